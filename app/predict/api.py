"""The predict route for programs: no cookie, no CSRF token, JSON back."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app.predict.drawings import (
    Drawing,
    drawing_from_file,
    drawings_from_json,
    is_as_digit,
    parse_json,
)
from app.predict.openapi import document
from app.predict.readings import found_in, read
from app.services import services
from app.web.errors import BadJson, BadRequest, UnsupportedBody
from app.web.turns import charge
from reader.framing import at_digit_size
from reader.ink import Ink
from reader.numbers import Number

api = Blueprint("api", __name__)


@api.post("/api/predict")
def predict() -> ResponseReturnValue:
    """Read one drawing, or a batch of them."""
    drawings, is_batch = _drawings()
    readings = [read(drawing).as_dict() for drawing in drawings]
    return jsonify({"readings": readings} if is_batch else readings[0])


@api.post("/api/ink")
def ink() -> ResponseReturnValue:
    """The ink of one drawing and of its digits, for the device, which looks inside by itself."""
    drawings, is_batch = _drawings()
    if is_batch:
        raise BadJson("Send one drawing, not a batch.")
    drawing = drawings[0]
    found = found_in(drawing)
    digits = found.digits if isinstance(found, Number) else ()
    return jsonify({**_pixels(drawing.ink), "digits": [_pixels(digit.ink) for digit in digits]})


def _pixels(ink: Ink) -> dict[str, Any]:
    """Ink at the size that framing works at."""
    levels = np.rint(at_digit_size(ink) * 255).astype(np.uint8)
    height, width = levels.shape
    content = base64.b64encode(levels.tobytes()).decode()
    return {"width": width, "height": height, "levels": content}


def _drawings() -> tuple[list[Drawing], bool]:
    """Each drawing in the body, whichever way it came, and whether it was a batch."""
    kind = request.mimetype
    if kind == "application/json":
        return drawings_from_json(parse_json(_body()), charge)
    if kind.startswith("image/"):
        return [drawing_from_file(_body(), charge, _as_digit())], False
    if kind == "multipart/form-data":
        file = request.files.get("image")
        if file is None:
            raise BadRequest("The form has no file in its field “image”.", "nothing_sent")
        return [drawing_from_file(file.read(), charge, _as_digit())], False
    raise UnsupportedBody("Send JSON, an image/* body, or multipart/form-data with a file “image”.")


def _as_digit() -> bool:
    """Whether `?as=digit` is in the address of a picture."""
    return "as" in request.args and is_as_digit(request.args["as"])


def _body() -> bytes:
    body = request.get_data(cache=False)
    # Under `flask run`, one of unknown length is cut at the limit without a word.
    if request.content_length is None and len(body) == request.max_content_length:
        raise RequestEntityTooLarge
    return body


@api.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    return jsonify(document(services().documents, services().recognizer.classes))

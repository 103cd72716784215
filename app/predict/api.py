"""The predict route for programs: no cookie, no CSRF token, JSON back."""

from __future__ import annotations

import base64

import numpy as np
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app.predict.drawings import ink_from_file, inks_from_json, parse_json
from app.predict.openapi import document
from app.predict.readings import read
from app.services import services
from app.web.errors import BadJson, BadRequest, UnsupportedBody
from app.web.turns import charge
from reader.framing import at_digit_size
from reader.ink import Ink

api = Blueprint("api", __name__)


@api.post("/api/predict")
def predict() -> ResponseReturnValue:
    """Read one drawing, or a batch of them."""
    inks, is_batch = _inks()
    readings = [read(ink).as_dict() for ink in inks]
    return jsonify({"readings": readings} if is_batch else readings[0])


@api.post("/api/ink")
def ink() -> ResponseReturnValue:
    """The ink of one drawing, as large as framing works: the device looks inside by itself."""
    inks, is_batch = _inks()
    if is_batch:
        raise BadJson("Send one drawing, not a batch.")
    levels = np.rint(at_digit_size(inks[0]) * 255).astype(np.uint8)
    height, width = levels.shape
    content = base64.b64encode(levels.tobytes()).decode()
    return jsonify({"width": width, "height": height, "levels": content})


def _inks() -> tuple[list[Ink], bool]:
    """The ink of each drawing in the body, whichever way it came, and whether it was a batch."""
    kind = request.mimetype
    if kind == "application/json":
        return inks_from_json(parse_json(_body()), charge)
    if kind.startswith("image/"):
        return [ink_from_file(_body(), charge)], False
    if kind == "multipart/form-data":
        file = request.files.get("image")
        if file is None:
            raise BadRequest("The form has no file in its field “image”.", "nothing_sent")
        return [ink_from_file(file.read(), charge)], False
    raise UnsupportedBody("Send JSON, an image/* body, or multipart/form-data with a file “image”.")


def _body() -> bytes:
    body = request.get_data(cache=False)
    # Under `flask run`, one of unknown length is cut at the limit without a word.
    if request.content_length is None and len(body) == request.max_content_length:
        raise RequestEntityTooLarge
    return body


@api.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    return jsonify(document(services().documents))

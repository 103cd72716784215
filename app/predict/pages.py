"""The pages that people see, and the route that their form is sent to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.predict.forms import PredictForm
from app.predict.openapi import EXAMPLE_STROKES, example_reading, limits
from app.predict.readings import read
from app.services import services
from app.web.errors import CODES, as_body, status_of
from app.web.negotiation import wants_json
from app.web.qr_codes import qr_code
from app.web.turns import charge
from reader.errors import InklingError
from reader.model_card import read_card

pages = Blueprint("pages", __name__)


def _page(status: int = 200, **answer: Any) -> ResponseReturnValue:
    """The page, with a reading, an error or neither."""
    shown = {
        "reading": None,
        "error": None,
        "where_read": services().where_read,
        "has_device_files": bool(services().device_files),
        "has_snapshots": services().has_snapshots,
        **answer,
    }
    return render_template("predict/index.html", form=PredictForm(), **shown), status


@pages.get("/")
def index() -> ResponseReturnValue:
    return _page()


@pages.post("/predict")
def predict() -> ResponseReturnValue:
    """Read what the form holds; the page again with the reading, or JSON when asked for."""
    try:
        reading = read(PredictForm().drawing(charge)).as_dict()
    except InklingError as error:
        if wants_json():
            raise
        g.error_code = error.code
        return _page(status_of(error), **as_body(error.code, error.message))
    return jsonify(reading) if wants_json() else _page(reading=reading)


@pages.get("/predict")
def back() -> ResponseReturnValue:
    """Lead back to the page from the address of a form that was sent without JavaScript."""
    return redirect(url_for("pages.index"))


@pages.get("/qr.svg")
def qr() -> Response:
    """The page's address, for phones that look at a projector."""
    address = url_for("pages.index", _external=True)
    return Response(qr_code(address), content_type="image/svg+xml; charset=utf-8")


@pages.get("/how")
def how() -> str:
    """MNIST, the network and its limits, in the figures of the model's card."""
    return how_text(url_for)


def how_text(url_for: Callable[..., str], **known: Any) -> str:
    """That page, with addresses of a server or of a folder of files."""
    card = read_card(services().settings.model_path)
    card_url = url_for("static", filename="reader/model.json") if services().device_files else None
    return render_template(
        "predict/how.html", card=card, card_url=card_url, url_for=url_for, **known
    )


@pages.get("/api")
def api_page() -> str:
    """How to use the API, with an answer that this model gave."""
    reading = example_reading(services().recognizer).as_dict()
    reading["digit_image"] = reading["digit_image"][:40] + "…"
    lines = (f"  {_json(name)}: {_json(value)}" for name, value in reading.items())
    return render_template(
        "predict/api.html",
        strokes_example=json.dumps({"strokes": EXAMPLE_STROKES}),
        reading_example="{\n" + ",\n".join(lines) + "\n}",
        predict_url=url_for("api.predict", _external=True),
        codes=CODES,
        limits=limits(),
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

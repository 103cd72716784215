"""The pages that people see, and the route that their form is sent to."""

from __future__ import annotations

import json

from flask import Blueprint, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InklingError, as_body
from app.forms import PredictForm
from app.negotiation import wants_json
from app.openapi import EXAMPLE_STROKES

pages = Blueprint("pages", __name__)


@pages.get("/")
def index() -> str:
    return render_template("index.html", form=PredictForm(), reading=None, error=None)


@pages.post("/predict")
def predict() -> ResponseReturnValue:
    """Read what the form holds; the page again with the reading, or JSON when asked for."""
    form = PredictForm()
    try:
        reading = current_app.extensions["recognizer"].read(form.ink()).as_dict()
    except InklingError as error:
        if wants_json():
            raise
        body = as_body(error.code, error.message)
        page = render_template("index.html", form=form, reading=None, **body)
        return page, error.status
    if wants_json():
        return jsonify(reading)
    return render_template("index.html", form=form, reading=reading, error=None)


@pages.get("/api")
def api_page() -> str:
    """How to use the API, with an answer that this very model gave."""
    from app.ink import ink_from_strokes

    reading = current_app.extensions["recognizer"].read(ink_from_strokes(EXAMPLE_STROKES))
    return render_template(
        "api.html",
        strokes_example=json.dumps({"strokes": EXAMPLE_STROKES}),
        reading_example=json.dumps(reading.as_dict(), indent=2, ensure_ascii=False),
        base_url=request.host_url.rstrip("/"),
        predict_url=url_for("api.predict", _external=True),
    )

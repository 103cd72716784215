"""Answers to a platform's health checks: the process is alive, and it can read."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.predict.openapi import example_reading
from app.services import services
from app.web import limits
from app.web.errors import NotReady

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> ResponseReturnValue:
    """The process answers. Nothing else is checked."""
    return jsonify(status="alive")


@health.get("/readyz")
def ready() -> ResponseReturnValue:
    """The network reads an example drawing."""
    try:
        reading = example_reading(services().recognizer)
    except Exception as error:
        raise NotReady("The network does not answer.") from error
    return jsonify(status="ready", model=reading.model, rate_limits=limits.place())

"""Inkling's web app: a drawing comes in, a reading goes out. This module is wiring alone."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from app import commands, error_pages, headers
from app.api import api
from app.config import FLASK_CONFIG, ROOT, Settings
from app.pages import pages
from app.recognizer import Recognizer
from app.uploads import Request

csrf = CSRFProtect()


def create_app(settings: Settings | None = None, recognizer: Recognizer | None = None) -> Flask:
    """The app, with the model loaded and warmed: when it is there, it answers."""
    settings = settings or Settings.from_environment()
    app = Flask(
        __name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    app.request_class = Request
    app.config.from_mapping(FLASK_CONFIG, SECRET_KEY=settings.secret_key)

    app.json.sort_keys = False  # type: ignore[attr-defined]  # a reading starts with its verdict

    recognizer = recognizer or Recognizer.load(settings.model_path)
    recognizer.warm_up()
    app.extensions["recognizer"] = recognizer

    csrf.init_app(app)
    csrf.exempt(api)
    app.register_blueprint(pages)
    app.register_blueprint(api)
    for feature in (commands, error_pages, headers):
        feature.init_app(app)
    return app

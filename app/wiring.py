"""What makes a Flask app of settings and a model: every feature, on one screen."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from app import (
    clients,
    commands,
    error_pages,
    headers,
    logs,
    metrics,
    rate_limits,
    static_files,
)
from app.api import api
from app.config import FLASK_CONFIG, ROOT, Settings
from app.doctor import doctor
from app.health import health
from app.pages import pages
from app.uploads import Request
from reader.model import Recognizer

csrf = CSRFProtect()


def wire(settings: Settings, recognizer: Recognizer) -> Flask:
    app = Flask("app", template_folder=str(ROOT / "templates"), static_folder=None)
    app.request_class = Request
    app.config.from_mapping(FLASK_CONFIG, SECRET_KEY=settings.secret_key)

    app.json.sort_keys = False  # type: ignore[attr-defined]  # a reading starts with its verdict
    app.extensions["settings"] = settings
    app.extensions["recognizer"] = recognizer

    # These look at a request before anything else does, in this order.
    for feature in (logs, clients, rate_limits):
        feature.init_app(app)
    csrf.init_app(app)
    csrf.exempt(api)
    app.register_blueprint(pages)
    app.register_blueprint(api)
    app.register_blueprint(health)
    app.cli.add_command(doctor)
    for feature in (static_files, commands, error_pages, headers, metrics):
        feature.init_app(app)
    return app

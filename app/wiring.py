"""What makes a Flask app of settings and a model: every feature, on one screen."""

from __future__ import annotations

from flask import Flask

from app import offline, ops, predict, rooms, web
from app.config import FLASK_CONFIG, ROOT, Settings
from app.counts import counts_for
from app.ops import metrics
from app.services import Services
from app.web.uploads import Request
from reader.device_files import device_files
from reader.model import Recognizer


def wire(settings: Settings, recognizer: Recognizer) -> Flask:
    app = Flask("app", template_folder=str(ROOT / "templates"), static_folder=None)
    app.request_class = Request
    app.config.from_mapping(FLASK_CONFIG, SECRET_KEY=settings.secret_key)
    app.jinja_env.globals["classes"] = recognizer.classes  # pages ask for what the model reads
    app.json.sort_keys = False  # type: ignore[attr-defined]  # a reading starts with its verdict
    services = Services(
        settings, recognizer, counts_for(settings), device_files(settings.model_path)
    )
    services.join(app)

    # In this order each looks at a request: `ops` writes down even what `web` refuses.
    for feature in (ops, web, predict, rooms, offline):
        feature.init_app(app)
    metrics.init_app(app)  # counts by the routes that there are
    return app

"""The page without a network or a server: service worker, manifest, `make site`."""

from __future__ import annotations

from flask import Flask

from app.offline.routes import offline


def init_app(app: Flask) -> None:
    app.register_blueprint(offline)

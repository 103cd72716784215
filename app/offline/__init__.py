"""The page without a network: the service worker that keeps it, and the manifest to install it by."""

from __future__ import annotations

from flask import Flask

from app.offline.routes import offline


def init_app(app: Flask) -> None:
    app.register_blueprint(offline)

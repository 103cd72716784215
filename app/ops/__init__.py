"""For the deployer: log lines, health, metrics. The doctor runs by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    # Imported here, because the doctor is in this package and runs where these imports fail.
    from app.ops import logs
    from app.ops.health import health

    logs.init_app(app)
    app.register_blueprint(health)

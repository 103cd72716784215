"""What a deployer sees: log lines, health, metrics, the doctor."""

from __future__ import annotations

from flask import Flask

from app.ops import doctor, logs
from app.ops.health import health


def init_app(app: Flask) -> None:
    logs.init_app(app)
    app.register_blueprint(health)
    app.cli.add_command(doctor.doctor)

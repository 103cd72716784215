"""What every request goes through, whatever it asks: who is asking, how often, in which shape."""

from __future__ import annotations

from flask import Flask

from app.web import (
    clients,
    cross_origin,
    error_pages,
    forgery,
    headers,
    limits,
    static_files,
    turns,
    uploads,
)


def init_app(app: Flask) -> None:
    for part in (
        clients,
        limits,
        turns,
        uploads,
        cross_origin,
        forgery,
        static_files,
        error_pages,
        headers,
    ):
        part.init_app(app)

"""The predict feature: the page and its form, the API and its document, the command line."""

from __future__ import annotations

from flask import Flask

from app.predict.api import api
from app.predict.commands import read
from app.predict.pages import pages
from app.web import forgery


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)
    app.register_blueprint(api)
    forgery.exempt(api)
    app.cli.add_command(read)

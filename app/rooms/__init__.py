"""The rooms feature: a class draws together. Tables, rules, API, pages, and what is taken home.

Its parts are imported where there are rooms: SQLAlchemy takes 13 MB of a worker. The doctor and the
process of an export import parts of it without Flask.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    from app.services import services_of

    if not services_of(app).settings.max_rooms:
        return
    from app.rooms import limits, openapi, service
    from app.rooms.api import api as json_routes
    from app.rooms.pages import pages as page_routes
    from app.web import forgery

    service.init_app(app)
    app.config["HAS_ROOMS"] = True  # for the link on every page
    app.register_blueprint(json_routes)
    app.register_blueprint(page_routes)
    app.after_request(limits.count_wrong_guesses)
    forgery.exempt(json_routes)  # a token in a header is nothing that another site can forge
    services_of(app).documents.append(openapi.part())


def start(app: Flask) -> None:
    """Start the work of a server besides answers: see service.keep_house."""
    from app.services import services_of

    if not services_of(app).settings.max_rooms:
        return
    from app.rooms import service

    arguments = (app.extensions[service.NAME], threading.Event())
    threading.Thread(target=service.keep_house, args=arguments, daemon=True).start()

"""The store of the app that answers, and what it does unasked: migrate, delete what is over."""

from __future__ import annotations

import contextlib
import threading

from flask import Flask, current_app

from app.config import Settings
from app.rooms.database import Database, RoomsAway, StorageFull
from app.rooms.store import Store
from app.services import services_of
from reader.classes import DIGITS, Classes

NAME = "rooms"
DELETE_EVERY_S = 600
AGAIN_AFTER_S = 5  # where the database is away


def init_app(app: Flask) -> None:
    services = services_of(app)
    app.extensions[NAME] = new_store(services.settings, services.recognizer.classes)


def new_store(settings: Settings, read: Classes = DIGITS) -> Store:
    database = Database(settings.database_url)
    return Store(database, settings.room_hours, settings.max_rooms, read)


def store() -> Store:
    found: Store = current_app.extensions[NAME]
    return found


def keep_house(store: Store, until: threading.Event) -> None:
    """In a thread of its own, so that a database that is away keeps nobody from drawing."""
    wait_s: float = 0
    while not until.wait(wait_s):
        wait_s = AGAIN_AFTER_S
        with contextlib.suppress(RoomsAway, StorageFull):
            store.delete_expired()
            wait_s = DELETE_EVERY_S

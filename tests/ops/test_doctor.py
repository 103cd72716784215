"""`python -m app doctor`: what it measures, what it finds wrong, and what it keeps to itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.config import ROOT, Settings, _read_database
from app.ops import doctor
from app.ops.doctor import Report, as_text, examine
from app.rooms.database import Database
from app.rooms.tables import REVISION, revisions
from tests.conftest import SHIPPED
from tests.redis_server import running_redis
from tests.serving import free_port

SECRET = "for the tests alone"
PASSWORD = "hunter2hunter2"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The doctor in a process of its own."""
    command = [sys.executable, "-m", "app", "doctor", *arguments]
    own = {**os.environ, "SECRET_KEY": SECRET, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=own, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the seconds that a worker takes, outside of any container, with no database."""
    monkeypatch.setattr(doctor, "try_worker", lambda _: {"worker_mb": 72})
    monkeypatch.setattr(doctor, "look_at_database", lambda *_: None)
    monkeypatch.setattr(doctor, "CONTAINER_FILES", ())


def looked_at(**environment: str) -> Report:
    return examine({"SECRET_KEY": SECRET, **environment})


def test_a_healthy_deployment_is_measured_and_described() -> None:
    """Exit code 0; which model, its worker's times and memory, how many fit; no secret is told.
    Hosts, limits and metrics of the deployment do not keep the doctor's own worker from reading."""
    done = run(
        "--json", WEB_CONCURRENCY="2", ALLOWED_HOSTS="draw.example.org", METRICS_ENABLED="1",
        RATELIMIT_PREDICT="1 per day", MAX_ROOMS="0",  # with rooms, none fits 256 MB
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    facts = found["facts"]
    card = json.loads(SHIPPED.with_suffix(".json").read_text())
    assert found["ok"]
    assert facts["model"] == str(SHIPPED)
    assert card["files"][SHIPPED.name]["sha256"].startswith(facts["model_sha256"])
    assert facts["start_s"] > 0
    assert facts["reading_ms"] > 0
    assert 10 < facts["master_mb"] < facts["worker_mb"]
    assert 0 < facts["workers_in_256_mb"] < facts["workers_in_512_mb"]
    assert facts["workers_in_512_mb"] < facts["workers_in_1024_mb"]
    assert facts["settings"]["WEB_CONCURRENCY"] == "2"
    assert SECRET not in done.stdout


def test_it_works_when_nothing_else_does(tmp_path: Path) -> None:
    """Wrong settings, no model and a package that breaks: each is named in one line; exit code 1.
    It loads nothing that could break itself."""
    (tmp_path / "flask.py").write_text("raise RuntimeError('this is broken')")
    broken = {"INKLING_ENV": "production", "SECRET_KEY": "", "PORT": "http"}
    done = run(**broken, MODEL_PATH=str(tmp_path / "a.tflite"), PYTHONPATH=str(tmp_path))
    assert done.returncode == 1, done.stderr
    told = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Wrong: ")]
    assert sorted(told) == ["PORT", "SECRET_KEY", "There"]
    assert done.stdout.endswith("3 to mend.\n")
    other = run(PYTHONPATH=str(tmp_path))
    assert other.returncode == 1
    assert "Wrong: A worker does not start: RuntimeError: this is broken" in other.stdout


@pytest.mark.usefixtures("no_worker")
def test_a_model_that_is_not_the_one_in_its_card_is_found(no_network: Path) -> None:
    """It is named, with the way to get the right one back."""
    no_network.write_bytes(b"another")
    (wrong,) = looked_at(MODEL_PATH=str(no_network)).wrong
    assert f"{no_network} is not the file" in wrong
    assert "git checkout models" in wrong


def test_a_worker_that_cannot_read_is_found(no_network: Path) -> None:
    """A file that is no network is found out by the worker, and told in one line."""
    (wrong,) = looked_at(MODEL_PATH=str(no_network)).wrong
    assert wrong.startswith("A worker does not start: ")
    assert str(no_network) in wrong
    assert "\n" not in wrong


@pytest.mark.usefixtures("no_worker")
def test_a_redis_that_does_not_answer_is_found() -> None:
    """Without its password; and it is not asked where nothing is counted."""
    url = f"redis://:{PASSWORD}@127.0.0.1:{free_port()}"
    report = looked_at(RATELIMIT_STORAGE_URI=url)
    assert [words.split()[0] for words in report.wrong] == ["RATELIMIT_STORAGE_URI:"]
    assert PASSWORD not in as_text(report)
    assert not looked_at(RATELIMIT_STORAGE_URI=url, RATELIMIT_ENABLED="0").wrong


@pytest.mark.usefixtures("no_worker", "redis_may_take_its_time")
def test_a_redis_that_answers_is_no_finding() -> None:
    with running_redis(port := free_port()):
        report = looked_at(RATELIMIT_STORAGE_URI=f"redis://127.0.0.1:{port}", WEB_CONCURRENCY="2")
    assert report.facts["redis"] == "answers"
    assert not report.wrong
    assert not report.advice


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize(
    ("variable", "proxies"), [("DYNO", "1"), ("RENDER", "2"), ("FLY_APP_NAME", "2")]
)
def test_a_platform_whose_proxy_is_not_counted_is_found(variable: str, proxies: str) -> None:
    """On a known platform TRUSTED_PROXIES is missed, by its value in that platform's file."""
    (wrong,) = looked_at(**{variable: "x"}).wrong
    assert wrong.endswith(f"Set TRUSTED_PROXIES={proxies}.")
    database = "postgres://db/rooms"
    good = looked_at(**{variable: "x"}, TRUSTED_PROXIES=proxies, DATABASE_URL=database)
    assert not good.wrong
    assert not good.advice


HEROKU = {"DYNO": "x", "TRUSTED_PROXIES": "1"}


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"WEB_CONCURRENCY": "2", "SECRET_KEY": SECRET}, "Each of 2 workers counts"),
        ({**HEROKU, "DATABASE_URL": "postgres://db/rooms"}, "SECRET_KEY is not set"),
        ({**HEROKU, "SECRET_KEY": SECRET}, "Rooms are kept in SQLite"),
    ],
)
def test_what_could_be_better_is_no_failure(environment: dict[str, Any], word: str) -> None:
    """Limits that each worker counts by itself, a secret and rooms that end with a container."""
    report = examine(environment)
    assert not report.wrong
    (advice,) = report.advice
    assert advice.startswith(word)


@pytest.mark.usefixtures("no_worker")
def test_the_text_has_every_setting_that_is_set_and_every_fact() -> None:
    text = as_text(looked_at(WEB_CONCURRENCY="2", PORT="http"))
    for row in ("WEB_CONCURRENCY +2", "SECRET_KEY +set, not shown", "worker_mb +72"):
        name, value = row.split(" +")
        assert f"{name:<22} {value}\n" in text
    assert "Wrong: PORT must be a whole number" in text
    assert "Could be better: Each of 2 workers" in text
    assert text.endswith("1 to mend.")
    assert SECRET not in text


def database_looked_at(url: str) -> Report:
    report = Report()
    settings = Settings("", SHIPPED, database_url=_read_database(url))
    doctor.look_at_database(report, settings)
    return report


def test_the_database_of_the_rooms_is_asked(tmp_path: Path) -> None:
    """Not there yet, there, and of a newer version. To look makes no file."""
    file = tmp_path / "rooms.db"
    url = f"sqlite:///{file}"
    assert database_looked_at(url).facts["rooms_database"] == "SQLite: the first start makes it"
    assert not file.exists()
    database = Database(f"sqlite:///{file}")
    database.prepare()
    healthy = database_looked_at(url)
    assert healthy.facts["rooms_database"] == f"SQLite answers; tables of revision {REVISION}"
    assert not healthy.wrong
    with database.writing() as connection:
        connection.execute(update(revisions).values(version_num="9999"))
    database.close()
    (wrong,) = database_looked_at(url).wrong
    assert "newer version" in wrong


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgres://me:{password}@127.0.0.1:{port}/rooms", "PostgreSQL does not answer"),
        ("sqlite:///{folder}/file/rooms.db", "no SQLite can be made in"),
        ("sqlite:///{folder}/file", "SQLite does not answer"),
    ],
)
def test_a_database_that_cannot_be_used_is_told(tmp_path: Path, url: str, says: str) -> None:
    """Without its password."""
    (tmp_path / "file").write_text("no database at all")
    url = url.format(password=PASSWORD, port=free_port(), folder=tmp_path)
    (wrong,) = database_looked_at(url).wrong
    assert says in wrong
    assert PASSWORD not in wrong

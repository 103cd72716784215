"""The log: one line a request, for machines or for people, and never a drawing in it."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import socket
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.log_lines import JsonLines, TextLines, is_wanted
from app.predict.openapi import EXAMPLE_STROKES
from app.services import services_of
from tests.paper import canvas, file, hands, picture
from tests.serving import serving

Log = Callable[[], str]
EIGHT_PNG = file(picture(canvas(next(strokes for digit, strokes in hands(10) if digit == 8))))
EIGHT_URL = "data:image/png;base64," + base64.b64encode(EIGHT_PNG).decode()
# Numbers that nothing else in a log would have.
# As long as no process id or port is.
STROKES = [[[314159.26, 271828.18], [141421.35, 173205.08]]]
TRACES = ("314159", "271828", "141421", "173205", EIGHT_URL[30:60], "drawn")


def without_numbers(text: str) -> str:
    """A log without the numbers of its requests: what chance makes may look like a drawing."""
    return re.sub(r"\b[0-9a-f]{16}\b", "", text)


@pytest.fixture(params=["json", "text"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """What the app writes in either format."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines() if request.param == "json" else TextLines())
    logger = logging.getLogger()
    logger.addHandler(handler)
    level, app_level = logger.level, logging.getLogger("app").level
    logger.setLevel(logging.DEBUG)
    logging.getLogger("app").setLevel(logging.DEBUG)
    yield written.getvalue
    logger.setLevel(level)
    logging.getLogger("app").setLevel(app_level)
    logger.removeHandler(handler)


class Quoting:
    """A recognizer with a bug whose words hold what it was given, as many bugs' words do."""

    def read_number(self, ink: Any, *_: Any, **__: Any) -> None:
        try:
            raise ValueError(f"drawn: {STROKES}")
        except ValueError as error:
            raise RuntimeError(f"cannot read {EIGHT_URL} {STROKES} {ink}") from error


REQUESTS: list[dict[str, Any]] = [
    {"json": {"strokes": STROKES}},
    {"json": {"image": EIGHT_URL}},
    {"json": {"strokes": "314159 drawn"}},
    {"data": json.dumps({"strokes": STROKES})[:-3], "content_type": "application/json"},
    {"data": b"drawn 314159", "content_type": "image/png"},
    {"data": {"image": (io.BytesIO(EIGHT_PNG[:200]), "drawn-314159.png")}},
    {"json": {"strokes": STROKES}, "query_string": {"drawn": json.dumps(STROKES)}},
    {
        "json": {"strokes": STROKES},
        "headers": {"X-Request-ID": "drawn 314159", "User-Agent": "271828"},
    },
    {"path": "/drawn/" + json.dumps(STROKES), "json": {}},
    {"path": "/" + EIGHT_URL, "json": {}},
]


@pytest.mark.parametrize("is_broken", [False, True], ids=["well", "broken"])
@pytest.mark.parametrize("request_", REQUESTS, ids=range(len(REQUESTS)))
def test_no_drawing_is_ever_in_the_log(
    app: Flask,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    request_: dict[str, Any],
    is_broken: bool,
) -> None:
    """Whatever is sent, wherever in the request, read, refused or stumbled over: a line, and
    nothing of it in the line."""
    if is_broken:
        monkeypatch.setattr(services_of(app), "recognizer", Quoting())
    fresh = {
        key: {"image": (io.BytesIO(EIGHT_PNG[:200]), "drawn-314159.png")}
        if isinstance(value, dict) and "image" in value and key == "data"
        else value
        for key, value in request_.items()
    }
    app.test_client().post(**{"path": "/api/predict", **fresh})
    assert "POST" in log()
    for trace in TRACES:
        assert trace not in without_numbers(log())


def test_a_fault_can_be_found_by_its_number(
    app: Flask, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 500 tells a number; the log has it, with what was raised and where, but not its words."""
    monkeypatch.setattr(services_of(app), "recognizer", Quoting())
    answer = app.test_client().post("/api/predict", json={"strokes": STROKES})
    assert answer.status_code == 500
    number = answer.headers["X-Request-ID"]
    assert number in answer.json["error"]["message"]
    assert set(answer.json["error"]) == {"code", "message"}
    assert number in log()
    assert "RuntimeError" in log()
    assert "ValueError" in log()
    assert "app/predict/api.py:" in log()


def test_the_words_of_a_fault_are_there_for_who_asks_for_them() -> None:
    """LOG_LEVEL=debug, on a developer's own machine, tells everything."""
    try:
        raise ValueError("no such thing")
    except ValueError as error:
        fault = type(error), error, error.__traceback__
    record = logging.LogRecord("app", logging.ERROR, __file__, 1, "fault", (), fault)
    assert "no such thing" not in JsonLines().format(record)
    assert "no such thing" in JsonLines(is_open=True).format(record)


@pytest.mark.parametrize(
    ("message", "is_kept"),
    [
        ('127.0.0.1 - - [21/Nov/2026] "GET /?drawn=314159 HTTP/1.1" 200 -', False),
        (" * Running on all addresses\n * Running on http://127.0.0.1:5000", True),
    ],
)
def test_flasks_own_server_writes_no_queries(message: str, is_kept: bool) -> None:
    """`flask run` says where it is, and not what it was asked."""
    assert (
        is_wanted(logging.LogRecord("werkzeug", logging.INFO, "", 1, message, (), None)) == is_kept
    )


@pytest.mark.parametrize(
    ("sent", "is_kept"),
    [
        ("0f8fad5b-d9cb-469f-a165-70867728950e", True),
        ("req_12345678", True),
        ("", False),
        ("short", False),
        ("x" * 65, False),
        ("two words here", False),
        ('{"a":"b","c":1}', False),
    ],
)
def test_a_request_has_an_id(client: FlaskClient, sent: str, is_kept: bool) -> None:
    """The one that a proxy gave it, if it looks like one; else a new one."""
    ids = {
        client.get(address, headers={"X-Request-ID": sent}).headers["X-Request-ID"]
        for address in ("/", "/nothing", "/healthz")
    }
    assert (ids == {sent}) == is_kept
    if not is_kept:
        assert len(ids) == 3
        assert all(id_.isalnum() for id_ in ids)


def test_probes_make_no_noise(client: FlaskClient, log: Log) -> None:
    """Nobody wants to read every five seconds that all is well."""
    client.get("/healthz")
    client.get("/readyz")
    assert log() == ""


def test_a_line_in_production(tmp_path: Path) -> None:
    """Every line of the real server that is a line of the log is an object: gunicorn's own, one
    for each request, and nothing of a visitor but the network, even when waitress refuses."""
    log = tmp_path / "log"
    with serving(log, INKLING_ENV="production", SECRET_KEY="0123456789abcdef") as url:
        body = json.dumps({"strokes": EXAMPLE_STROKES}).encode()
        request = urllib.request.Request(
            f"{url}/api/predict?drawn=314159", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            number = answer.headers["X-Request-ID"]
        place = urlsplit(url)
        for nonsense in (b"drawn 314159 271828\r\n\r\n", b"GET / HTTP/1.1\r\ndrawn 314159\r\n\r\n"):
            with socket.create_connection((place.hostname, place.port), timeout=10) as wire:
                wire.sendall(nonsense)
                assert b" 400 " in wire.recv(1000)
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.strip()]
    assert all(isinstance(line["level"], str) and line["time"].endswith("Z") for line in lines)
    said = [line["message"] for line in lines]
    assert any(message.startswith("Starting gunicorn") for message in said)
    assert any(message.startswith("Inkling is ready") for message in said)
    (line,) = [line for line in lines if line.get("request_id") == number]
    assert line["method"] == "POST"
    assert line["route"] == "/api/predict"
    assert line["status"] == 200
    assert line["duration_ms"] > 0
    assert line["client"] == "127.0.0.0/24"
    for trace in TRACES:
        assert trace not in without_numbers(text)


def test_a_line_for_people(tmp_path: Path) -> None:
    """In development: the time, the request, how it went."""
    log = tmp_path / "log"
    with serving(log) as url, urllib.request.urlopen(url, timeout=10):
        pass
    assert " GET / 200 in " in log.read_text()
    assert "{" not in log.read_text()

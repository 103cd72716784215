"""Counts for Prometheus: right with several workers, and not there unless they are asked for."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from prometheus_client import parser

from app import create_app
from app.config import Settings
from app.ops import metrics
from app.predict.openapi import EXAMPLE_STROKES
from app.web.errors import CODES
from reader.model import Recognizer
from tests.serving import running

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def client(recognizer: Recognizer) -> FlaskClient:
    return create_app(
        Settings("no secret, for tests", metrics_enabled=True), recognizer
    ).test_client()


def samples(text: str) -> Samples:
    """What Prometheus' own parser makes of it."""
    found: Samples = {}
    for family in parser.text_string_to_metric_families(text):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found, f"{key} is told twice"
            found[key] = sample.value
    return found


def value(found: Samples, name: str, **labels: str) -> float:
    return found[f"inkling_{name}", frozenset(labels.items())]


def told(client: FlaskClient) -> Samples:
    return samples(client.get("/metrics").get_data(as_text=True))


def test_it_is_off_unless_asked_for(recognizer: Recognizer) -> None:
    """By default there is no such address."""
    client = create_app(Settings("no secret, for tests"), recognizer).test_client()
    assert client.get("/metrics").status_code == 404


def test_everything_is_there_from_the_start(client: FlaskClient) -> None:
    """Prometheus takes a count that appears late for one that never rose: all start at 0."""
    found = told(client)
    for code in CODES:
        assert value(found, "errors_total", code=code) == 0
    for verdict in ("digit", "unsure", "not_a_digit", "blank"):
        assert value(found, "readings_total", verdict=verdict) == 0
    assert client.get("/metrics").content_type.startswith("text/plain; version=0.0.4")


def test_requests_readings_and_errors_are_counted(client: FlaskClient) -> None:
    """By route and status, by verdict, by code; a batch is as many readings as it has drawings."""
    client.post("/api/predict", json={"strokes": EXAMPLE_STROKES})
    client.post("/api/predict", json={"drawings": [{"strokes": []}] * 3})
    client.post("/api/predict", json={"strokes": 7})
    client.post("/predict")
    client.get("/nothing/of/the/kind")
    client.get("/static/nothing.js")
    client.get("/readyz")
    client.get("/api")  # shows an answer, but nobody drew it
    found = told(client)
    assert value(found, "requests_total", route="/api/predict", status="2xx") == 2
    assert value(found, "requests_total", route="/api/predict", status="4xx") == 1
    assert value(found, "requests_total", route="none", status="4xx") == 1
    assert value(found, "requests_total", route="/static/<path:filename>", status="4xx") == 1
    assert value(found, "readings_total", verdict="digit") == 1
    assert value(found, "readings_total", verdict="blank") == 3
    assert value(found, "errors_total", code="bad_strokes") == 1
    assert value(found, "errors_total", code="csrf_expired") == 1
    assert value(found, "errors_total", code="not_found") == 2


def test_an_error_on_the_page_is_counted_too(client: FlaskClient) -> None:
    """The form's answer is a page with the error in it; it counts as the same error."""
    page = client.get("/").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    client.post("/predict", data={"csrf_token": token})
    assert value(told(client), "errors_total", code="nothing_sent") == 1


def test_the_histogram_adds_up(client: FlaskClient) -> None:
    """Buckets rise to the count, the count is that of the requests, the sum is some time."""
    for _ in range(5):
        client.post("/api/predict", json={"strokes": EXAMPLE_STROKES})
    found = told(client)
    edges = [*(str(float(edge)) for edge in metrics.BUCKETS_S), "+Inf"]
    heights = [
        value(found, "request_seconds_bucket", route="/api/predict", le=edge) for edge in edges
    ]
    assert heights == sorted(heights)
    assert heights[-1] == value(found, "request_seconds_count", route="/api/predict") == 5
    assert 0 < value(found, "request_seconds_sum", route="/api/predict") < 60


def ask(url: str) -> None:
    """One drawing on a connection of its own, so that any worker may take it."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        seven = json.dumps({"strokes": EXAMPLE_STROKES})
        connection.request("POST", "/api/predict", seven, {"Content-Type": "application/json"})
        connection.getresponse().read()


def test_two_workers_count_as_one_and_a_dead_one_is_not_forgotten(tmp_path: Path) -> None:
    """gunicorn with two workers: each tells the sum of both. A worker is killed and replaced: no
    count falls, and the new worker takes over the dead one's files. The stop leaves no file."""
    log = tmp_path / "log"
    with running(log, WEB_CONCURRENCY="2", METRICS_ENABLED="1", LOG_FORMAT="json") as server:

        def readings() -> float:
            with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:
                return value(samples(answer.read().decode()), "readings_total", verdict="digit")

        def workers() -> set[int]:
            """Those that have read something."""
            lines = [json.loads(line) for line in log.read_text().splitlines() if line[:1] == "{"]
            return {line["process"] for line in lines if line.get("route") == "/api/predict"}

        folder = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(gettempdir())
        counts = folder / f"inkling-counts-{server.process.pid}"
        asked = 0

        def ask_until(this_many: int) -> None:
            """The kernel says which worker gets a connection."""
            nonlocal asked
            patience = time.monotonic() + 60
            while len(workers()) < this_many:
                assert time.monotonic() < patience, "a worker got nothing"
                ask(server.url)
                asked += 1

        ask_until(2)
        files = sorted(counts.iterdir())
        assert len(files) == 4  # the counters and the histogram of each worker
        assert {readings() for _ in range(10)} == {asked}
        os.kill(workers().pop(), signal.SIGKILL)
        ask_until(3)
        assert {readings() for _ in range(10)} == {asked}
        assert sorted(counts.iterdir()) == files
    assert not counts.exists()

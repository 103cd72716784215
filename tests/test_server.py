"""The real server process: what only a socket can show."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from app.config import ROOT
from app.predict.openapi import EXAMPLE_STROKES
from tests.serving import free_port, serving

SEVEN = json.dumps({"strokes": EXAMPLE_STROKES})


def post(url: str, body: bytes | str | Iterator[bytes], kind: str) -> tuple[int, dict[str, object]]:
    """The status and the JSON that a client reads after sending all of its body."""
    headers = {"Content-Type": kind}
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        chunked = not isinstance(body, bytes | str)
        connection.request("POST", "/api/predict", body, headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def reads(url: str) -> bool:
    """Whether the server still reads a seven."""
    return post(url, SEVEN, "application/json")[1]["digit"] == 7


def test_a_body_over_the_limit_gets_to_read_its_413(server: str) -> None:
    """The client sends all of it and then reads the answer: no reset connection."""
    status, answer = post(server, bytes(9 * 1024 * 1024), "image/png")
    assert status == 413
    assert answer["error"]["code"] == "body_too_large"
    assert reads(server)


def test_a_chunked_body_over_the_limit_is_refused_too(server: str) -> None:
    """No Content-Length to go by: counted as it comes."""
    status, answer = post(server, (bytes(1024 * 1024) for _ in range(9)), "image/png")
    assert status == 413
    assert answer["error"]["code"] == "body_too_large"
    assert reads(server)


def test_a_client_that_vanishes_is_not_waited_for(server: str) -> None:
    """Half a body, then silence: the others are answered."""
    place = urlsplit(server)
    for _ in range(3):
        gone = socket.create_connection((place.hostname, place.port))
        gone.sendall(b"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nhalf")
        gone.close()
    assert reads(server)


def test_a_server_without_its_model_says_so_and_ends(tmp_path: Path) -> None:
    """A missing model stops the start, with its name in the message."""
    environment = {
        **os.environ, "SECRET_KEY": "for the tests alone", "PORT": str(free_port()),
        "MODEL_PATH": str(tmp_path / "gone.tflite"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "app:create_app()"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert "gone.tflite" in done.stderr


def test_the_start_says_where_the_page_is(tmp_path: Path) -> None:
    """The address is printed once the model is there."""
    log = tmp_path / "log"
    with serving(log, WEB_CONCURRENCY="2") as url:
        assert reads(url)
    assert log.read_text().count(f"Inkling is ready: {url}") == 1

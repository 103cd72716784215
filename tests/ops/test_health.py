"""What a platform asks: alive, and ready to read."""

from __future__ import annotations

import json
import urllib.request

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reader.model import Recognizer


def test_it_is_alive(client: FlaskClient) -> None:
    """No cookie, not to be kept by a cache, and for HEAD as well."""
    answer = client.get("/healthz")
    assert answer.json == {"status": "alive"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert client.head("/healthz").status_code == 200


def test_it_is_ready(client: FlaskClient, recognizer: Recognizer) -> None:
    """Says which model answers, and where requests are counted."""
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ready", "model": recognizer.model, "rate_limits": "off"}


def test_ready_means_that_the_network_was_asked(
    app: Flask, recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that fails: alive, but not ready, in the shape of every error."""

    def broken(_: object) -> None:
        raise RuntimeError("the interpreter is gone")

    monkeypatch.setattr(recognizer, "network", broken)
    client = app.test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "not_ready"
    assert "interpreter" not in answer.get_data(as_text=True)
    assert client.get("/healthz").status_code == 200


def test_a_server_that_answers_is_ready(server: str) -> None:
    """The real one: from its first answer on."""
    with urllib.request.urlopen(f"{server}/readyz", timeout=10) as answer:
        assert json.load(answer)["status"] == "ready"

"""app/web/turns.py: dear work waits for its turn; quick work does not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from werkzeug.exceptions import ServiceUnavailable

from app import create_app
from app.config import Settings
from app.predict.openapi import EXAMPLE_STROKES
from app.web.turns import DEAR, Turn, Turns
from reader.model import Recognizer
from tests.conftest import SHIPPED
from tests.paper import canvas, file, picture

AS_BMP = {"content_type": "image/bmp"}


def large_picture() -> bytes:
    """A picture of a megapixel."""
    return file(picture(canvas(EXAMPLE_STROKES)).resize((1100, 1100)).convert("RGB"), "BMP")


@pytest.fixture
def full(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An app in which all places are taken, also those to wait in."""
    monkeypatch.setattr("app.web.turns.MOST_WAITING", -1)
    settings = Settings("not a secret", SHIPPED, ratelimit_enabled=False, threads=1)
    return create_app(settings, recognizer)


def test_one_waits_until_another_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next is refused: the line has an end."""
    turns = Turns(at_work=1, waiting=1)
    first, second, third = Turn(turns), Turn(turns), Turn(turns)
    first.take_dear()
    is_in_line, acquire = threading.Event(), turns.dear.acquire
    monkeypatch.setattr(turns.dear, "acquire", lambda: is_in_line.set() or acquire())
    with ThreadPoolExecutor(1) as thread:
        waits = thread.submit(second.take_dear)
        assert is_in_line.wait(timeout=20)
        with pytest.raises(ServiceUnavailable):
            third.take_dear()
        assert not waits.done()
        first.give_back()
        waits.result(timeout=20)
    second.give_back()
    third.take_dear()


def test_a_turn_is_taken_once() -> None:
    """However often a request says what it is about to do."""
    turn = Turn(Turns(at_work=1, waiting=0))
    turn.take_dear()
    turn.take_dear()
    turn.give_back()
    turn.give_back()
    turn.take_dear()


def test_who_turns_out_to_be_dear_makes_room_for_quick_work() -> None:
    """While it waits, too: a small file may hold a large picture."""
    turns = Turns(at_work=1, waiting=0)
    dear, quick = Turn(turns), Turn(turns)
    dear.take_quick()
    dear.take_dear()
    quick.take_quick()


@pytest.mark.parametrize("body", ["large", "many drawings"])
def test_a_crowd_of_pictures_is_told_to_come_back(full: Flask, body: str) -> None:
    """In the one shape of errors, with the time to wait."""
    drawing = {"strokes": EXAMPLE_STROKES}
    if body == "large":
        answer = full.test_client().post("/api/predict", data=large_picture(), **AS_BMP)
    else:
        answer = full.test_client().post("/api/predict", json={"drawings": [drawing] * DEAR})
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "busy"
    assert answer.headers["Retry-After"] == "5"


def test_quick_work_waits_for_nobody(full: Flask) -> None:
    """A drawing, as strokes and as the page's canvas."""
    client = full.test_client()
    assert client.post("/api/predict", json={"strokes": EXAMPLE_STROKES}).json["digit"] == 7
    png = file(picture(canvas(EXAMPLE_STROKES)))
    assert client.post("/api/predict", data=png, content_type="image/png").json["digit"] == 7


def test_a_turn_is_given_back_whatever_happens(recognizer: Recognizer) -> None:
    """After an answer, and after a picture that cannot be read."""
    settings = Settings("not a secret", SHIPPED, ratelimit_enabled=False, threads=1)
    client = create_app(settings, recognizer).test_client()
    for data in (large_picture(), large_picture()[:2_000_000]) * 20:
        answer = client.post("/api/predict", data=data, **AS_BMP)
        assert answer.status_code in (200, 400)

"""A class draws its own signs before any network knows them, and takes them home to learn from."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reader.classes import Classes
from training.data.drawings import labels_in, read_drawings

from .conftest import SPIRAL, Class, Person

SIGNS = ["☆", "♡", "a house"]


@pytest.fixture
def signs(rooms_app: Flask) -> Class:
    client = rooms_app.test_client()
    said = client.post("/api/rooms", json={"classes": SIGNS}).json
    return Class(client, Person(client, said["code"], said["teacher_token"]))


def test_the_tasks_are_the_signs_and_the_network_keeps_silent(signs: Class) -> None:
    """Each sign in turn; nothing is read, and nothing waits for the teacher."""
    pupil = signs.join()
    signs.teacher.start("draw")
    assert sorted(pupil.ask("GET").json["pupil"]["tasks"]) == [0, 1, 2]
    for task in (2, 0):
        reading = pupil.hand_in(SPIRAL, task=task).json["reading"]
        assert reading["sentence"] == "Inkling has not learnt these signs yet."
        assert reading["probabilities"] is None
    wall = signs.wall().json
    assert [(one["task"], one["said"], one["waiting"]) for one in wall["drawings"]] == [
        (2, None, False),
        (0, None, False),
    ]
    assert pupil.hand_in(task=3).json["error"]["message"] == "task must be 0 to 2 in this room."
    signs.teacher.ask("PATCH", f"/rounds/{wall['round']['round']}", {"state": "ended"})
    assert signs.wall().json["round"]["ending"]["sentences"] == [
        "Together we made 2 drawings.",
        "We made a set of 2 labelled drawings. The network can learn from it.",
    ]


def test_what_is_taken_home_is_what_training_reads(signs: Class, tmp_path: Path) -> None:
    """With the signs as labels."""
    pupil = signs.join()
    signs.teacher.start("draw")
    pupil.hand_in(task=2), pupil.hand_in(task=0)
    zipped = zipfile.ZipFile(io.BytesIO(signs.teacher.ask("GET", "/export.zip").data))
    zipped.extract("drawings.ndjson", tmp_path)
    assert labels_in(tmp_path / "drawings.ndjson") == {"☆", "a house"}
    drawings = read_drawings(tmp_path / "drawings.ndjson", Classes(tuple(SIGNS)))
    assert [drawing.label for drawing in drawings] == [2, 0]
    assert "a house" in zipped.read("drawings.csv").decode("utf-8-sig")


@pytest.mark.parametrize("kind", ["fool", "guess"])
def test_rounds_that_ask_the_network_wait_until_it_has_learnt(signs: Class, kind: str) -> None:
    """There is nothing to fool yet."""
    refused = signs.teacher.ask("POST", "/rounds", {"kind": kind})
    assert refused.status_code == 400
    assert "has not learnt these signs yet" in refused.json["error"]["message"]


@pytest.mark.parametrize("page", ["", "/wall", "/teacher"])
def test_the_pages_show_the_signs(signs: Class, page: str) -> None:
    """Buttons, tables and words."""
    assert "a house" in signs.client.get(f"/r/{signs.code}{page}").text


@pytest.mark.parametrize("labels", [["☆"], ["a", "a"], ["a", ""], ["a", "b" * 25], ["a", 1], "ab"])
def test_signs_that_cannot_be_shown_are_refused(client: FlaskClient, labels: object) -> None:
    """Too few, twice the same, empty, too long, no list."""
    refused = client.post("/api/rooms", json={"classes": labels})
    assert (refused.status_code, refused.json["error"]["code"]) == (400, "bad_json")

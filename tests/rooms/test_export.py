"""What a teacher takes home can be used: by train.py, by NumPy, in a spreadsheet, on paper."""

from __future__ import annotations

import csv
import io
import struct
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.rooms import takeout
from app.rooms.export import ABOUT, _note, room_as_zip
from app.rooms.store import Store
from reader.classes import Classes
from training.data.drawings import read_drawings

from .conftest import SEVEN, SPIRAL, Class


def zip_of(lesson: Class, store: Store) -> zipfile.ZipFile:
    """Made here; one test has it made as a teacher does, by another process."""
    return zipfile.ZipFile(io.BytesIO(b"".join(room_as_zip(store, store.room(lesson.code)))))


@pytest.fixture
def taken_home(lesson: Class, store: Store) -> zipfile.ZipFile:
    """A seven that is right, a seven meant as a 1, one hidden, a spiral, and one without a task."""
    pupil, other = lesson.join(), lesson.join()
    pupil.hand_in()
    lesson.teacher.start("draw")
    pupil.hand_in(task=7), other.hand_in(task=1), pupil.hand_in(SPIRAL, task=4)
    hidden = other.hand_in(task=7).json["id"]
    lesson.teacher.ask("PATCH", f"/drawings/{hidden}", {"hidden": True})
    return zip_of(lesson, store)


def table(folder: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(folder.read(name).decode("utf-8-sig"))))


def test_the_drawings_are_what_training_reads(taken_home: zipfile.ZipFile, tmp_path: Path) -> None:
    """With label, strokes and writer; neither hidden ones nor those that wait."""
    taken_home.extract("drawings.ndjson", tmp_path)
    drawings = read_drawings(tmp_path / "drawings.ndjson")
    assert [drawing.label for drawing in drawings] == [7, 1]
    assert drawings[0].strokes == SEVEN
    assert len({drawing.writer for drawing in drawings}) == 2
    assert taken_home.read("unlabelled.ndjson").count(b"\n") == 1


def test_the_pictures_are_what_the_network_saw(taken_home: zipfile.ZipFile) -> None:
    """The same as NumPy arrays and as MNIST's own files."""
    arrays = np.load(io.BytesIO(taken_home.read("digits.npz")))
    assert arrays["images"].shape == (2, 28, 28)
    assert arrays["images"].max() == 255
    assert arrays["labels"].tolist() == [7, 1]
    data = taken_home.read("digits-images-idx3-ubyte")
    assert struct.unpack(">IIII", data[:16]) == (0x803, 2, 28, 28)
    assert data[16:] == arrays["images"].tobytes()
    assert taken_home.read("digits-labels-idx1-ubyte") == struct.pack(">II", 0x801, 2) + b"\x07\x01"


def test_the_tables_have_everything(taken_home: zipfile.ZipFile) -> None:
    """Every drawing once, whatever its state; every pupil."""
    rows = table(taken_home, "drawings.csv")
    assert [row["task"] for row in rows] == ["", "7", "1", "4", "7"]
    assert [row["right"] for row in rows] == ["", "1", "0", "0", "1"]
    assert [row["state"] for row in rows] == ["shown", "shown", "shown", "waiting", "hidden"]
    assert len({row["id"] for row in rows}) == 5
    pupils = table(taken_home, "pupils.csv")
    assert [row["drawings"] for row in pupils] == ["3", "2"]


def test_there_is_something_to_look_at(taken_home: zipfile.ZipFile) -> None:
    """A picture of the drawings, and one page that stands alone."""
    sheet = Image.open(io.BytesIO(taken_home.read("contact-sheet.png")))
    assert sheet.getextrema()[0] < 64
    report = taken_home.read("report.html").decode()
    assert "Inkling read 50 % of our 2 drawings as meant." in report
    assert "<link" not in report
    assert "<script" not in report


@pytest.mark.parametrize(
    ("labels", "is_read", "note"),
    [
        (tuple("0123456789"), True, "7 read as 1"),
        (("house", "cat", *"abcdef"), False, "f"),
        (("☾", "☆", *"abcde☼"), True, ""),
    ],
)
def test_notes_on_the_contact_sheet(labels: tuple[str, ...], is_read: bool, note: str) -> None:
    """They name what was drawn as the class does. Signs that the font lacks are left out."""
    row: Any = SimpleNamespace(task=7, said=1)
    assert _note(row, Classes(labels), is_read=is_read) == note


def test_the_folder_says_what_is_in_it(taken_home: zipfile.ZipFile) -> None:
    assert taken_home.testzip() is None
    for name in taken_home.namelist():
        assert name in ABOUT or name.endswith("-ubyte") or name == "README.txt"


def test_an_empty_room_can_be_taken_home(lesson: Class, store: Store) -> None:
    """No drawing, and no error."""
    assert zip_of(lesson, store).read("drawings.ndjson") == b""


def test_a_teacher_downloads_it(lesson: Class) -> None:
    """As a file with the room's code, made by a process of its own."""
    lesson.join().hand_in()
    answer = lesson.teacher.ask("GET", "/export.zip")
    assert answer.mimetype == "application/zip"
    assert lesson.code in answer.headers["Content-Disposition"]
    assert zipfile.ZipFile(io.BytesIO(answer.data)).read("drawings.csv").count(b"\n") == 2


def test_a_zip_that_cannot_be_made_is_no_broken_file(
    lesson: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it keep the next teacher from theirs."""
    monkeypatch.setattr(takeout, "COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    for _ in range(2):
        refused = lesson.teacher.ask("GET", "/export.zip")
        assert (refused.status_code, refused.json["error"]["code"]) == (503, "rooms_away")

"""Drawings are read from both formats and rendered by the app's own code."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from reader import framing, ink, pieces, strokes
from reader.classes import Classes
from tests.training.conftest import write_drawings
from training.data import distortions, drawings, lines, writers
from training.data.drawings import (
    DISTORTED_SHARE,
    Drawing,
    as_read_from_canvas,
    kept,
    labels_in,
    read_drawings,
    render_all,
)
from training.data.lines import Points
from training.errors import DataError

UNIPEN = """\
.INCLUDE dene.doc
.SEGMENT DIGIT 0 ? "7"
.COMMENT 7 26 54
.PEN_DOWN
 10 90
 60 90
 30 10
.PEN_UP
.DT 100
.SEGMENT DIGIT 1 ? "4"
.COMMENT 4 3 1
.PEN_DOWN
 50 100
 10 40
 80 40
.PEN_UP
.PEN_DOWN
 60 70
 60 5
.PEN_UP
"""


def line(**changes: object) -> str:
    return json.dumps(
        {"label": 7, "source": "t", "writer": "w", "strokes": [[[0, 0], [9, 9]]]} | changes
    )


@pytest.mark.parametrize("name", ["digits.ndjson", "digits.ndjson.gz"])
def test_ndjson_is_read_gzipped_or_not(tmp_path: Path, name: str) -> None:
    """Labels, junk's null among them, come in order."""
    path = write_drawings(tmp_path / name, [7, None, 0])
    assert [drawing.label for drawing in read_drawings(path)] == [7, None, 0]


@pytest.mark.parametrize("packed", [False, True])
def test_pendigits_are_read_as_uci_ships_them(tmp_path: Path, packed: bool) -> None:
    """UNIPEN format: labels, strokes, writers, and y turned to point downwards."""
    path = tmp_path / "pendigits-orig.tra"
    path.write_bytes(gzip.compress(UNIPEN.encode()) if packed else UNIPEN.encode())
    seven, four = read_drawings(path)
    assert (seven.label, four.label) == (7, 4)
    assert (seven.writer, four.writer) == ("pendigits-w026", "pendigits-w003")
    assert seven.strokes == [[[10, -90], [60, -90], [30, -10]]]
    assert len(four.strokes) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no drawings"),
        (line().encode() + b"\n{oops", "line 2"),
        (line(label=12).encode(), "label must be 0 to 9 or null"),
        (line(label="7").encode(), "label must be 0 to 9 or null"),
        (line(label=True).encode(), "label must be 0 to 9 or null"),
        (line(strokes=[]).encode(), "at least one"),
        (line(strokes=[[[0, float("nan")]]]).encode(), "nan is not between"),
        (line(strokes=[[[1e308, 0], [-1e308, 5]]]).encode(), "not between ±1,000,000"),
        (b'{"label": 1, "strokes": ' + b"[" * 100_000, "line 1 is not a drawing"),
        (gzip.compress(line().encode(), mtime=0) + b"more", "damaged"),
        (line(strokes=[[[1]]]).encode(), "line 1"),
        (b"[1, 2]", "line 1"),
        (b'{"label": 7}', "line 1"),
        (gzip.compress(line().encode(), mtime=0)[:-9], "damaged"),
        (b"\xff\xfe\x00", "damaged"),
        (b'.SEGMENT DIGIT 0 ? "x"\n.PEN_DOWN\n 1 2\n', "names no digit"),
        (b'.SEGMENT DIGIT 0 ? "1"\n.PEN_DOWN\n one two\n', "is not a point"),
        (b'.SEGMENT DIGIT 0 ? "1"\n.PEN_DOWN\n 1 inf\n', "is not a point"),
    ],
)
def test_damage_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    """The file, and the line where there is one, and what is wrong."""
    path = tmp_path / "bad.ndjson"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        read_drawings(path)
    assert str(path) in str(error.value)


def test_labels_may_be_any_classes(tmp_path: Path) -> None:
    """A label, or a number that says its place; none of them is an error that names them."""
    signs = Classes(("☆", "♡", "7"))
    path = tmp_path / "signs.ndjson"
    path.write_text("\n".join(line(label=label) for label in ("♡", 0, 7, "7", None)))
    assert [drawing.label for drawing in read_drawings(path, signs)] == [1, 0, 2, 2, None]
    assert labels_in(path) == {"♡", "0", "7"}
    path.write_text(line(label="☾"))
    with pytest.raises(DataError, match=r"label must be one of ☆ ♡ 7 or null, not '☾'"):
        read_drawings(path, signs)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """No traceback for a mistyped name."""
    with pytest.raises(DataError, match=r"nowhere\.ndjson"):
        read_drawings(tmp_path / "nowhere.ndjson")


def test_strokes_are_rendered_as_the_app_renders_them(digits_file: Path) -> None:
    """Trained on what is served: the very same picture."""
    drawing = read_drawings(digits_file)[3]
    (picture,) = render_all([drawing], "strokes")
    assert (picture == framing.frame(strokes.ink_from_strokes(drawing.strokes))).all()


def test_no_ink_leaves_the_canvas_and_no_two_renderings_are_alike(digits_file: Path) -> None:
    """A canvas picture has its digit at many places, sizes and pens, always whole."""
    drawing = read_drawings(digits_file)[1]
    pictures = [as_read_from_canvas(drawing, np.random.default_rng(seed)) for seed in range(30)]
    assert all(picture.max() == 255 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) > 25
    heights = [np.flatnonzero(p.max(axis=1) > 60).size for p in pictures]
    assert min(heights) >= 18  # framed: a small 1 is as tall as a large one


def test_a_dot_is_rendered_too() -> None:
    """A drawing without extent does not divide by nothing."""
    dot = Drawing([[[5.0, 5.0]]], None)
    for how in ("training", "strokes", "canvas"):
        assert render_all([dot], how).max() == 255


def test_rendering_depends_on_the_seed_alone(digits_file: Path) -> None:
    """Same seed, same pictures; the rest of the file does not matter."""
    drawings = read_drawings(digits_file)
    few, many = render_all(drawings[:3], "training", 5), render_all(drawings[:9], "training", 5)
    assert (few == many[:3]).all()
    assert (few != render_all(drawings[:3], "training", 6)).any()


@pytest.mark.parametrize(
    "module", [strokes, ink, pieces, framing, writers, distortions, lines, drawings]
)
def test_pictures_are_rendered_anew_when_the_code_that_draws_has_changed(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody trains on what yesterday's code drew."""
    rendered: list[str] = []

    def render() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        rendered.append("once")
        return np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.int64)

    kept(module.__name__, render)
    kept(module.__name__, render)
    assert len(rendered) == 1
    changed = tmp_path / "changed.py"
    changed.write_text("another line")
    monkeypatch.setattr(module, "__file__", str(changed))
    kept(module.__name__, render)
    assert len(rendered) == 2


def test_some_drawings_to_learn_from_go_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """About as many as are meant to, by each distortion, more or less; none of those that judge."""
    went_wrong: list[float] = []

    def spoil(strokes: list[Points], _: np.random.Generator, much: float) -> list[Points]:
        went_wrong.append(much)
        return strokes

    monkeypatch.setattr(drawings, "TRAINING_DISTORTIONS", {"tilted": spoil})
    monkeypatch.setattr(drawings, "TRAINING_SHARES", [1.0])
    some = [Drawing([[[0, 0], [0, 9], [5, 9]]], 4)] * 200
    render_all(some, "strokes")
    assert went_wrong == []
    render_all(some, "training")
    assert abs(len(went_wrong) / 200 - DISTORTED_SHARE) < 0.1
    assert len(set(went_wrong)) == len(went_wrong)

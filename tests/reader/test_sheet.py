"""reader/sheet.py: a sheet of paper on a desk is read, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from reader.model import Recognizer
from reader.pictures import ink_from_image
from reader.sheet import may_show_a_desk, without_desk
from tests.paper import Sides, canvas, file, hands, on_desk, photo, picture

DESKS = {
    "all around": (0.1, 0.15, 0.2, 0.1),
    "a strip all around": (0.04, 0.04, 0.04, 0.04),
    "on the left": (0.15, 0, 0, 0),
    "at the bottom": (0, 0, 0, 0.1),
    "at a corner": (0, 0.2, 0.1, 0),
    "on three sides": (0.1, 0, 0.1, 0.25),
}


@pytest.mark.parametrize("margins", DESKS.values(), ids=DESKS)
@pytest.mark.parametrize(
    ("tilt", "desk"), [(0, 40), (0, 160), (-4, 90), (3, 120)], ids=["dark", "light", "tilt", "turn"]
)
def test_a_sheet_on_a_desk_reads_like_the_drawing(
    margins: Sides, tilt: float, desk: float, recognizer: Recognizer
) -> None:
    """Wherever the desk shows, dark, light or wooden, the sheet straight or nearly: all of ten."""
    read = [
        recognizer.read(ink_from_image(file(on_desk(canvas(strokes, 0.7), margins, tilt, desk))))
        for _, strokes in hands(10)
    ]
    assert [reading.as_dict()["digit"] for reading in read] == [digit for digit, _ in hands(10)]


KINDS = ("in the shade", "by a lamp", "cut out close", "cut out close, photos", "chalk")


@pytest.fixture(scope="module")
def pages() -> dict[str, list[Image.Image]]:
    """Photos and canvases that show no desk, though their edges may be dark."""
    drawn = [canvas(strokes, 0.9, pen) for _, strokes in hands(20) for pen in (10, 24)]
    close = [ink[np.ix_(ink.max(axis=1) > 0.5, ink.max(axis=0) > 0.5)] for ink in drawn]
    shots = [photo(ink, seed) for seed, ink in enumerate(drawn)]
    close_shots = [photo(ink, seed) for seed, ink in enumerate(close)]
    small = [picture(canvas(strokes, 0.3)) for _, strokes in hands(20)]
    lit = [Image.fromarray((page * np.linspace(1, 0.4, 280)).astype(np.uint8)) for page in small]
    bar = [np.array([[0.0, 0.0], [0.0, 100.0]])]
    bars = [picture(canvas(bar, 0.9, pen), 235, 20) for pen in (40, 50)]
    chalk = [Image.eval(shot, lambda level: 255 - level) for shot in shots + close_shots + bars]
    of_each = (shots, lit, [picture(ink) for ink in close], close_shots, chalk)
    return dict(zip(KINDS, of_each, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_desk_is_left(kind: str, pages: dict[str, list[Image.Image]]) -> None:
    """Not a pixel is cut off a page that fills the picture."""
    for page in pages[kind]:
        pixels = np.asarray(page.convert("RGB"))
        assert without_desk(pixels).shape == pixels.shape


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 1), np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (2, 2), (3, 500), (64, 64), (511, 5)])
@pytest.mark.parametrize("level", [0, 255, None])
def test_any_picture_is_looked_at(shape: tuple[int, int], level: int | None) -> None:
    """However small, thin, even or noisy."""
    pixels = noise(*shape) if level is None else np.full((*shape, 1), level, np.uint8)
    may_show_a_desk(pixels[:, :, 0])
    assert without_desk(pixels).size

"""Drawings made for this project by code: the shipped model reads them, with no outside data."""

from __future__ import annotations

import numpy as np
import pytest

from reader.model import Recognizer
from reader.pictures import ink_from_image
from reader.strokes import ink_from_strokes
from tests.drawings import FILE
from tests.paper import canvas, file, picture
from training.data.drawings import Drawing, read_drawings

DRAWINGS = read_drawings(FILE)
NAMES = [f"{drawing.source} {number % 3 + 1}" for number, drawing in enumerate(DRAWINGS)]


def test_there_are_a_few_dozen_of_both_sorts() -> None:
    """Every style and every kind that strokes can draw is there."""
    digits = {drawing.source for drawing in DRAWINGS if drawing.label is not None}
    others = {drawing.source for drawing in DRAWINGS if drawing.label is None}
    assert (len(digits), len(others), len(DRAWINGS)) == (11, 7, 54)


@pytest.mark.parametrize("way", ["strokes", "picture"])
@pytest.mark.parametrize("drawing", DRAWINGS, ids=NAMES)
def test_a_drawing_is_read_for_what_it_is(
    recognizer: Recognizer, drawing: Drawing, way: str
) -> None:
    """A digit is read as itself, surely or not; what is no digit does not get the verdict."""
    ink = ink_from_strokes(drawing.strokes)
    if way == "picture":
        strokes = [np.array(stroke, float) for stroke in drawing.strokes]
        ink = ink_from_image(file(picture(canvas(strokes))))
    reading = recognizer.read(ink)
    if drawing.label is None:
        assert reading.verdict != "digit", reading.sentence
        return
    assert reading.verdict in ("digit", "unsure"), reading.sentence
    assert reading.best is not None
    assert reading.best.digit == drawing.label, reading.sentence

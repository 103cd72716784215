"""Drawings made for this project by code: the shipped model reads them, with no outside data."""

from __future__ import annotations

import numpy as np
import pytest

from app.ink import ink_from_image, ink_from_strokes
from app.recognizer import Recognizer
from tests.drawings.make import FILE, as_ndjson
from tests.paper import canvas, file, picture
from training.drawings import Drawing, read_drawings

DRAWINGS = read_drawings(FILE)
NAMES = [f"{drawing.source} {number % 3 + 1}" for number, drawing in enumerate(DRAWINGS)]
# What the shipped model still takes for a digit; models/README.md says how often it does.
TAKEN_FOR_DIGITS = {("two digits side by side 2", "strokes")}


def test_the_drawings_are_the_ones_that_the_code_makes() -> None:
    """The file is what `python -m tests.drawings.make` writes, on any machine."""
    assert FILE.read_text(encoding="utf-8") == as_ndjson()


def test_there_are_a_few_dozen_of_both_sorts() -> None:
    """Every style and every kind that strokes can draw is there."""
    digits = {drawing.source for drawing in DRAWINGS if drawing.label is not None}
    others = {drawing.source for drawing in DRAWINGS if drawing.label is None}
    assert (len(digits), len(others), len(DRAWINGS)) == (11, 6, 51)


@pytest.mark.parametrize("way", ["strokes", "picture"])
@pytest.mark.parametrize(("name", "drawing"), list(zip(NAMES, DRAWINGS, strict=True)), ids=NAMES)
def test_a_drawing_is_read_for_what_it_is(
    recognizer: Recognizer, name: str, drawing: Drawing, way: str
) -> None:
    """A digit is read as itself, surely or not; what is no digit does not get the verdict `digit`,
    but for those of which we know that they do."""
    ink = ink_from_strokes(drawing.strokes)
    if way == "picture":
        strokes = [np.array(stroke, float) for stroke in drawing.strokes]
        ink = ink_from_image(file(picture(canvas(strokes))))
    reading = recognizer.read(ink)
    if drawing.label is None:
        is_known = (name, way) in TAKEN_FOR_DIGITS
        assert (reading.verdict == "digit") == is_known, reading.sentence
        return
    assert reading.verdict in ("digit", "unsure"), reading.sentence
    assert reading.best is not None
    assert reading.best.digit == drawing.label, reading.sentence

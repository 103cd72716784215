"""What is made by code to be no digit."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.conftest import SHAPES
from training.data import junk
from training.data.drawings import Drawing, render_all
from training.data.junk import made_junk

DIGITS = [Drawing(strokes, label) for label, strokes in SHAPES.items() if label is not None]
LETTERS = [
    Drawing([[[0, 10], [5, 0], [10, 10]], [[2, 6], [8, 6]]], None),  # A
    Drawing([[[0, 0], [10, 0]], [[5, 0], [5, 10]]], None),  # T
    Drawing([[[0, y], [10, y]] for y in (0, 5, 10)] + [[[5, 0], [5, 10]]], None),  # 王
]


def test_made_junk_is_no_digit_and_has_ink() -> None:
    """Every kind comes up, none is labelled, and each leaves ink when the app frames it."""
    made = made_junk(80, DIGITS + LETTERS)
    assert {drawing.label for drawing in made} == {None}
    makers = (*junk.FROM_NOTHING, *junk.FROM_DIGITS, *junk.FROM_LETTERS, junk.part_of_letter)
    kinds = {maker.__name__ for maker in makers}
    assert {drawing.writer for drawing in made} == kinds
    assert render_all(made, "training").max(axis=(1, 2)).min() > 100


def test_made_junk_depends_on_number_and_seed_alone() -> None:
    """A longer list begins like a shorter one; another seed makes other drawings."""
    assert made_junk(25, DIGITS)[:20] == made_junk(20, DIGITS)
    assert made_junk(20, DIGITS, seed=1) != made_junk(20, DIGITS)


def test_nothing_is_made_of_drawings_that_are_not_there() -> None:
    """`--made-junk` works with MNIST alone, which has no strokes, and with either file alone."""
    of_letters = (*junk.FROM_LETTERS, junk.part_of_letter)
    for drawings, makers in (([], ()), (DIGITS, junk.FROM_DIGITS), (LETTERS, of_letters)):
        kinds = {drawing.writer for drawing in made_junk(80, drawings)}
        assert kinds == {maker.__name__ for maker in (*junk.FROM_NOTHING, *makers)}


def test_a_foreign_letter_is_made_of_letters_alone() -> None:
    """Two to four strokes, the longest of each letter, some upright and some on their side."""
    roof, bar = LETTERS[0].strokes
    standing = [False, False]
    for number in range(40):
        strokes = junk.foreign_letter(np.random.default_rng(number), [Drawing([bar, roof], None)])
        assert 2 <= len(strokes) <= 4
        for stroke in strokes:
            assert len(stroke) == len(roof)
            assert np.all((stroke > -1e-9) & (stroke < 1 + 1e-9))
            wide, tall = np.abs(stroke[2] - stroke[0])  # a roof's ends are level, as it was drawn
            standing[int(tall > wide)] = True
    assert all(standing)


def test_a_part_of_a_letter_is_not_the_whole_letter() -> None:
    """Two strokes or three of the four, in the order they were written."""
    king = LETTERS[2].strokes
    for number in range(20):
        part = junk.part_of_letter(np.random.default_rng(number), LETTERS[2:])
        strokes = [stroke.tolist() for stroke in part]
        assert strokes in ([king[:2], king[1:3], king[2:], king[:3], king[1:]])


@pytest.mark.parametrize("number", range(20))
def test_a_flat_line_lies(number: int) -> None:
    """A line that stands is a 1, and must not be taught as junk."""
    rng = np.random.default_rng(number)
    (path,) = junk.flat_line(rng, [])
    wide, tall = np.ptp(path, axis=0)
    assert wide > 2 * tall


def test_a_number_often_has_a_bar_for_a_1() -> None:
    """Some writers' 1 has a flag or a foot, so mere bars are put beside digits too."""
    bar_points = 12  # what `line` draws; no digit here has as many in one stroke
    assert bar_points not in {len(stroke) for digit in DIGITS for stroke in digit.strokes}
    numbers = [d for d in made_junk(600, DIGITS) if d.writer == "digits_beside"]
    with_bar = [any(len(stroke) == bar_points for stroke in d.strokes) for d in numbers]
    assert 0.25 < np.mean(with_bar) < 0.55

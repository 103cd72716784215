"""What is made by code to be no digit."""

from __future__ import annotations

import numpy as np
import pytest

from training import junk
from training.drawings import Drawing, render_all
from training.junk import made_junk

from .conftest import SHAPES

DIGITS = [Drawing(strokes, label) for label, strokes in SHAPES.items() if label is not None]


def test_made_junk_is_no_digit_and_has_ink() -> None:
    """Every kind comes up, none is labelled, and each leaves ink when the app frames it."""
    made = made_junk(60, DIGITS)
    assert {drawing.label for drawing in made} == {None}
    kinds = {maker.__name__ for maker in (*junk.FROM_NOTHING, *junk.FROM_DIGITS)}
    assert {drawing.writer for drawing in made} == kinds
    assert render_all(made, "training").max(axis=(1, 2)).min() > 100


def test_made_junk_depends_on_number_and_seed_alone() -> None:
    """A longer list begins like a shorter one; another seed makes other drawings."""
    assert made_junk(25, DIGITS)[:20] == made_junk(20, DIGITS)
    assert made_junk(20, DIGITS, seed=1) != made_junk(20, DIGITS)


def test_without_digits_nothing_is_made_of_them() -> None:
    """`--made-junk` works with MNIST alone, which has no strokes."""
    kinds = {drawing.writer for drawing in made_junk(40, [])}
    assert kinds == {maker.__name__ for maker in junk.FROM_NOTHING}


@pytest.mark.parametrize("number", range(20))
def test_a_flat_line_lies(number: int) -> None:
    """A line that stands is a 1, and must not be taught as junk."""
    dice = np.random.default_rng(number)
    (path,) = junk.flat_line(dice, [])
    wide, tall = np.ptp(path, axis=0)
    assert wide > 2 * tall


def test_a_number_often_has_a_bar_for_a_1() -> None:
    """Some writers' 1 has a flag or a foot, so mere bars are put beside digits too."""
    bar_points = 12  # what `line` draws; no digit here has as many in one stroke
    assert bar_points not in {len(stroke) for digit in DIGITS for stroke in digit.strokes}
    numbers = [d for d in made_junk(600, DIGITS) if d.writer == "digits_beside"]
    with_bar = [any(len(stroke) == bar_points for stroke in d.strokes) for d in numbers]
    assert 0.25 < np.mean(with_bar) < 0.55

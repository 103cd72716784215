"""Numbers for the proof: made of digits by one writer, and every figure has its row."""

from __future__ import annotations

import numpy as np
import pytest

from reader.model import Recognizer
from tests.paper import as_lists, examples
from training.data.drawings import Drawing
from training.data.lines import box
from training.proof.numbers import (
    SPACINGS,
    below,
    made_number,
    number_rows,
    pictures_of,
    writers_of,
)


@pytest.fixture(scope="module")
def digits() -> list[Drawing]:
    """The page's examples, as if one writer had drawn them."""
    return [Drawing(as_lists(strokes), digit, writer="one") for digit, strokes in examples()]


@pytest.mark.parametrize("as_picture", [False, True], ids=["strokes", "picture"])
@pytest.mark.parametrize("spacing", SPACINGS)
def test_digits_are_set_side_by_side(digits: list[Drawing], spacing: str, as_picture: bool) -> None:
    """From left to right; in a picture each is alone on the same paper, and only some touch."""
    if spacing == "touch" and not as_picture:
        return
    dice = np.random.default_rng(1)
    made = made_number(writers_of(digits), 4, spacing, as_picture, dice)
    assert len(made.number) == len(made.digits) == 4
    left = [float(box(list(digit))[0][0]) for digit in made.digits]
    assert left == sorted(left)
    if as_picture:
        inks = pictures_of(made.digits, made.pen, dice)
        shared = sum(ink > 0.5 for ink in inks).max()
        assert (shared > 1) == (spacing == "touch")


def test_an_oracle_is_told_where_each_digit_is() -> None:
    """How much less is read right: 2 of 4, where it reads 3."""
    each = np.array([[1, 1], [0, 1], [1, 1], [0, 0]], bool)
    assert below(each) == pytest.approx(0.25)


def test_every_kind_has_its_row(recognizer: Recognizer, digits: list[Drawing]) -> None:
    """Ways, spacings and lengths; single digits; what is no number."""
    letters = [Drawing([[[0, 0], [5, 9], [9, 0]]], None, writer="one")]
    rows = list(number_rows(recognizer, digits, letters, count=1))
    assert len({row.name for row in rows}) == len(rows) == 3 * 7 + 2 * 2 + 5 * 2
    assert all(row.table == "numbers" and row.to_reach is not None for row in rows)
    single = next(row for row in rows if row.name == "single digits read as a number, strokes")
    assert single.share == 0

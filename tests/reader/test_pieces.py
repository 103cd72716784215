"""The pieces of a drawing: every one is found, and nothing of it is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.ink import Ink, inked
from reader.pieces import GRID, pieces_of


def paper(*boxes: tuple[int, int, int, int], side: int = 96, level: float = 1.0) -> Ink:
    """Ink in boxes of (top, bottom, left, right)."""
    ink = np.zeros((side, side), np.float32)
    for top, bottom, left, right in boxes:
        ink[top:bottom, left:right] = level
    return ink


def test_a_speck_is_a_piece_too() -> None:
    """A bar and a dot: two pieces, the upper first, each with its ink and its longer side."""
    bar, dot = pieces_of(paper((4, 60, 10, 16), (80, 82, 70, 72)))
    assert (bar.mass, dot.mass) == (56 * 6, 4)
    assert bar.cell_px == dot.cell_px == 96 // GRID
    assert (bar.extent, dot.extent) == (28, 1)


def test_corners_that_touch_make_one_piece() -> None:
    """A line that goes down a step at a time hangs together; a cell of paper parts it."""
    assert len(pieces_of(paper((0, 10, 0, 10), (10, 20, 10, 20)))) == 1
    assert len(pieces_of(paper((0, 10, 0, 10), (12, 22, 12, 22)))) == 2


def test_the_ends_of_rows_do_not_touch() -> None:
    """The right edge of one row is far from the left edge of the next."""
    assert len(pieces_of(paper((10, 12, 94, 96), (12, 14, 0, 2)))) == 2


@pytest.mark.parametrize("side", [1, 20, 48, 50, 97])
def test_paper_has_no_pieces(side: int) -> None:
    """Nothing drawn is nothing found, in pictures of every size."""
    assert pieces_of(np.zeros((side, side), np.float32)) == []


@given(st.integers(0, 2**32 - 1), st.integers(1, 130), st.integers(1, 130), st.floats(0, 0.2))
def test_all_ink_is_in_one_piece_and_no_more(
    seed: int, height: int, width: int, share: float
) -> None:
    """The masks cover the inked pixels once, and the masses add up to their ink."""
    dice = np.random.default_rng(seed)
    ink = (dice.random((height, width)) * (dice.random((height, width)) < share)).astype(np.float32)
    pieces = pieces_of(ink)
    times = sum((piece.mask(ink.shape).astype(int) for piece in pieces), np.zeros(ink.shape, int))
    drawn = inked(ink) & (ink > 0)
    assert times.max(initial=0) <= 1
    assert (times[drawn] == 1).all()
    assert sum(piece.mass for piece in pieces) == pytest.approx(float(ink[drawn].sum()), rel=1e-4)

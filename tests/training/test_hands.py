"""What another hand makes of a drawing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import framing, ink
from training import hands
from training.hands import by_another_hand
from training.strokes import Points, as_points

from .conftest import SHAPES

DRAWINGS = [as_points(strokes) for strokes in SHAPES.values()]


def picture(strokes: list[Points]) -> framing.DigitImage:
    """As the app sees it."""
    return framing.frame(ink.ink_from_strokes([stroke.tolist() for stroke in strokes]))


@given(st.integers(0, 2**32), st.sampled_from(DRAWINGS), st.floats(1e-3, 1e4))
def test_every_stroke_is_drawn_again(seed: int, strokes: list[Points], size: float) -> None:
    """None is lost, all are finite, whatever the size, and the same dice give the same drawing."""
    sized = [stroke * size for stroke in strokes]
    drawn = by_another_hand(sized, np.random.default_rng(seed))
    assert len(drawn) == len(strokes)
    assert all(len(stroke) and np.isfinite(stroke).all() for stroke in drawn)
    again = by_another_hand(sized, np.random.default_rng(seed))
    assert all(np.array_equal(one, other) for one, other in zip(drawn, again, strict=True))


@pytest.mark.parametrize("strokes", DRAWINGS)
def test_a_hand_like_the_writers_draws_what_the_writer_drew(
    strokes: list[Points], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where hands do not differ, the app sees the same but for the rounding of corners."""
    monkeypatch.setattr(hands, "DIFFERS", (0.0, 0.0))
    before = picture(strokes).astype(int)
    after = picture(by_another_hand(strokes, np.random.default_rng(0)))
    assert np.abs(after - before).sum() < 0.2 * before.sum()


def test_hands_differ() -> None:
    """No two draw the same, and a hand unlike the writer's is seen to be another."""
    strokes = DRAWINGS[0]
    drawn = [picture(by_another_hand(strokes, np.random.default_rng(i))) for i in range(20)]
    assert len({one.tobytes() for one in drawn}) == 20
    before = picture(strokes).astype(int)
    assert max(np.abs(one - before).sum() for one in drawn) > 0.3 * before.sum()


def test_a_dot_stays_a_dot() -> None:
    """A stroke of one point has no direction and no ends, and is kept all the same."""
    (dot,) = by_another_hand([np.array([[3.0, 4.0]])], np.random.default_rng(0))
    assert dot.shape == (1, 2)

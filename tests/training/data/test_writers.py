"""Drawings as other writers might have drawn them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import framing
from reader.model import Recognizer
from reader.strokes import ink_from_strokes
from tests.paper import examples
from tests.training.conftest import SHAPES
from training.data import writers
from training.data.lines import Points, as_points, length_of
from training.data.writers import by_another_writer

DRAWINGS = [as_points(strokes) for strokes in SHAPES.values()]


def picture(strokes: list[Points]) -> framing.DigitImage:
    """As the app sees it."""
    return framing.frame(ink_from_strokes([stroke.tolist() for stroke in strokes]))


@given(st.integers(0, 2**32), st.sampled_from(DRAWINGS), st.floats(1e-3, 1e4))
def test_every_stroke_is_drawn_again(seed: int, strokes: list[Points], size: float) -> None:
    """None is lost, all are finite, whatever the size, and the same dice give the same drawing."""
    sized = [stroke * size for stroke in strokes]
    drawn = by_another_writer(sized, np.random.default_rng(seed))
    assert len(drawn) == len(strokes)
    assert all(len(stroke) and np.isfinite(stroke).all() for stroke in drawn)
    again = by_another_writer(sized, np.random.default_rng(seed))
    assert all(np.array_equal(one, other) for one, other in zip(drawn, again, strict=True))


@pytest.mark.parametrize("strokes", DRAWINGS)
def test_a_writer_who_differs_by_nothing_draws_the_same(
    strokes: list[Points], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At strength 0 the app sees the same drawing, but for the rounding of corners."""
    monkeypatch.setattr(writers, "STRENGTH", (0.0, 0.0))
    before = picture(strokes).astype(int)
    after = picture(by_another_writer(strokes, np.random.default_rng(0)))
    assert np.abs(after - before).sum() < 0.2 * before.sum()


def test_writers_differ() -> None:
    """No two drawings are alike, and some differ much from the first."""
    strokes = DRAWINGS[0]
    drawn = [picture(by_another_writer(strokes, np.random.default_rng(i))) for i in range(20)]
    assert len({one.tobytes() for one in drawn}) == 20
    before = picture(strokes).astype(int)
    assert max(np.abs(one - before).sum() for one in drawn) > 0.3 * before.sum()


def test_another_writer_still_writes_the_digit(recognizer: Recognizer) -> None:
    """A 3 by another writer is still read as a 3."""
    drawn = [(digit, strokes) for digit, strokes in examples() for _ in range(20)]
    read = [
        recognizer.read_digit_image(picture(by_another_writer(strokes, np.random.default_rng(i))))
        for i, (_, strokes) in enumerate(drawn)
    ]
    right = [
        reading.best is not None and reading.best.digit == digit
        for reading, (digit, _) in zip(read, drawn, strict=True)
    ]
    assert np.mean(right) >= 0.97


def test_a_stroke_ends_sooner_or_later_but_never_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some strokes end sooner and some later, and a part of every stroke is left."""
    for other in ("STROKE_GROWS", "TURN_DEGREES", "SLANT", "STRETCH", "BEND"):
        monkeypatch.setattr(writers, other, 0.0)
    bar = [np.array([[0.0, 0.0], [0.0, 1.0]])]

    def lengths() -> list[float]:
        drawn = (by_another_writer(bar, np.random.default_rng(seed))[0] for seed in range(50))
        return [length_of(stroke) for stroke in drawn]

    assert min(lengths()) < 0.95
    assert max(lengths()) > 1.05
    monkeypatch.setattr(writers, "END", 5.0)
    assert min(lengths()) > writers.STEP


def test_a_dot_stays_a_dot() -> None:
    """A stroke of one point has no direction and no ends, and is kept all the same."""
    (dot,) = by_another_writer([np.array([[3.0, 4.0]])], np.random.default_rng(0))
    assert dot.shape == (1, 2)

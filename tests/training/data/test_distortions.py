"""Distorted drawings: each distortion does what its name says, to every drawing, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from reader import strokes
from training.data.distortions import DISTORTIONS
from training.data.drawings import Drawing
from training.data.lines import as_points

L_SHAPE = Drawing([[[0, 0], [0, 1000], [600, 1000]]], 4, "test", "t")


def distorted(
    distortion: str, number: int, drawing: Drawing = L_SHAPE
) -> list[NDArray[np.float64]]:
    return DISTORTIONS[distortion](as_points(drawing.strokes), np.random.default_rng(number), 1.0)


def test_a_tilt_is_of_15_degrees_either_way() -> None:
    """Lengths stay, directions turn."""
    turns = set()
    for number in range(20):
        (stroke,) = distorted("tilted", number)
        across, down = stroke[1] - stroke[0]
        assert np.hypot(across, down) == pytest.approx(1000)
        turns.add(round(float(np.degrees(np.arctan2(across, down)))))
    assert turns == {-15, 15}


def test_a_shaky_hand_misses_everywhere_but_not_by_much() -> None:
    """A point every 3 hundredths, each off the line by some hundredths of the size."""
    (stroke,) = distorted("shaky", 0)
    off_the_stem = stroke[:30, 0]
    assert len(stroke) > 40
    assert 5 < np.abs(off_the_stem).mean() < 40
    assert len(np.unique(off_the_stem)) == 30


def test_a_gap_leaves_bare_paper() -> None:
    """The ends are further apart than the pen of MNIST is wide, and nothing else is lost."""
    for number in range(20):
        before, after = distorted("gap", number)
        assert np.hypot(*(after[0] - before[-1])) > strokes.MNIST_PEN * 1000 * 0.7
        assert (before[0] == [0, 0]).all()
        assert after[-1] == pytest.approx([600, 1000], abs=10)
        way = np.abs(np.diff(np.concatenate([before, after]), axis=0)).sum()
        assert way == pytest.approx(1600, abs=30)


def test_a_stray_dot_lies_outside() -> None:
    """One more stroke of one point, beside the box around the drawing."""
    for number in range(20):
        stroke, dot = distorted("dot", number)
        assert stroke.tolist() == L_SHAPE.strokes[0]
        (x, y) = dot[0]
        assert not (0 <= x <= 600 and 0 <= y <= 1000)


def test_dots_lie_on_the_line_with_gaps_of_two_pens_at_the_most() -> None:
    """Each stroke of one point is a dot; neighbours are at most three pen widths apart."""
    dots = np.concatenate(distorted("dotted", 0))
    on_the_line = (dots[:, 0] == 0) | (dots[:, 1] == 1000)
    assert len(dots) > 4
    assert on_the_line.all()
    assert np.hypot(*np.diff(dots, axis=0).T).max() <= 3 * strokes.MNIST_PEN * 1000


def test_few_points_leave_straight_lines() -> None:
    """A point a fifth of the size from the next, and the last where it was."""
    (stroke,) = distorted("few points", 0)
    assert len(stroke) == 10
    assert stroke[-1].tolist() == [600, 1000]
    assert np.hypot(*np.diff(stroke, axis=0)[:-1].T) == pytest.approx(200)


def test_a_slow_line_cuts_the_corner_and_arrives() -> None:
    """No point is at the corner of an L, both ends are where they were, and all are in its box."""
    (stroke,) = distorted("slow line", 0)
    assert np.hypot(*(stroke - [0, 1000]).T).min() > 30
    assert stroke[0].tolist() == [0, 0]
    assert stroke[-1].tolist() == [600, 1000]
    assert ((stroke >= 0) & (stroke <= [600, 1000])).all()


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_the_smallest_drawings_go_wrong_too(distortion: str) -> None:
    """A dot, or a stroke shorter than a gap, is still a drawing afterwards."""
    for drawn in ([[[5.0, 5.0]]], [[[0.0, 0.0], [1.0, 0.0]], [[0.5, 9.0]]], [[[1, 1], [1, 1]]]):
        wrong = distorted(distortion, 0, Drawing(drawn, 1))
        assert sum(len(stroke) for stroke in wrong) >= 1
        assert all(np.isfinite(stroke).all() for stroke in wrong)

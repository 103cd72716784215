"""1s with long flags and 7s with short bars: what tells them apart is there in each."""

from __future__ import annotations

import numpy as np

from training.data.drawings import Drawing
from training.data.lines import as_points
from training.data.ones_and_sevens import made_ones_and_sevens, own_stem

BAR = Drawing([[[5, 100], [4, 50], [0, 0]]], 1)  # drawn upwards
WIDE = Drawing([[[0, 0], [60, 0], [20, 100]]], 1)


def opening_degrees(drawing: Drawing) -> float:
    """The angle at the top, between the way to the left end and the way to the foot."""
    line = np.concatenate(as_points(drawing.strokes[:2]))
    top = line[line[:, 1].argmin()] if drawing.label == 1 else line[9]
    left, foot = line[0] - top, line[-1] - top
    cosine = left @ foot / np.hypot(*left) / np.hypot(*foot)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def test_a_1_is_sharper_than_a_7() -> None:
    """1s and 7s come in turn. At the top a 1 has the sharper angle, in nearly all pairs."""
    made = [d for d in made_ones_and_sevens(200, []) if len(d.strokes) == 1]
    assert {drawing.label for drawing in made} == {1, 7}
    ones = [opening_degrees(d) for d in made if d.label == 1]
    sevens = [opening_degrees(d) for d in made if d.label == 7 and len(d.strokes[0]) == 19]
    assert np.quantile(ones, 0.9) < np.quantile(sevens, 0.2)


def test_a_writers_own_bar_gets_the_flag() -> None:
    """A bare 1 gives its stem, from its top down; a 1 that has a flag already gives none."""
    stem = own_stem(BAR)
    assert stem is not None
    assert stem[0, 1] < stem[-1, 1]
    assert own_stem(WIDE) is None
    assert own_stem(Drawing(BAR.strokes, 7)) is None
    assert made_ones_and_sevens(8, [BAR, WIDE]) != made_ones_and_sevens(8, [])


def test_a_drawing_depends_on_its_number_alone() -> None:
    """A longer list begins like a shorter one."""
    assert made_ones_and_sevens(9, [BAR])[:4] == made_ones_and_sevens(4, [BAR])

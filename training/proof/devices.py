"""Drawings as other devices record them: with few points, or with a line that lags behind the pen.

Strokes in, strokes out. Training drawings come from pens on tablets, and training has neither.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from training.data.lines import Points, longer_side, resampled

# Shares of the drawing's longer side.
FEW_STEP = 0.2  # from one point to the next
BEHIND, BEHIND_STEP = 0.09, 0.02  # how far the line lags behind the pen; between points


def with_few_points(strokes: list[Points], _: np.random.Generator, strength: float) -> list[Points]:
    """With few points and straight lines between, as a fast mouse draws."""
    step = strength * FEW_STEP * longer_side(strokes)
    return [np.concatenate([resampled(stroke, step), stroke[-1:]]) for stroke in strokes]


def behind_the_pen(strokes: list[Points], _: np.random.Generator, strength: float) -> list[Points]:
    """With a line that lags behind the pen, as software draws that smooths."""
    step = BEHIND_STEP * longer_side(strokes)
    lag = np.exp(-BEHIND_STEP / (strength * BEHIND))
    lines = []
    for stroke in strokes:
        line = resampled(stroke, step)
        for before, point in pairwise(line):
            point += lag * (before - point)
        lines.append(np.concatenate([line, stroke[-1:]]))
    return lines

"""Drawings as they go wrong: tilted, by a shaky hand, with a gap in the ink, with a stray dot; and
as other devices take them: with few points, or with a line that follows the pen slowly.

Strokes in, strokes out. The proof does each in full to every drawing; training does one of the
first four, more or less, to some.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from reader.strokes import MNIST_PEN
from training.data.lines import Points, box, length_of, longer_side, turned, walk

TILT_DEGREES = 15.0
# The rest are shares of the drawing's longer side.
TREMBLE = 0.02
TREMBLE_STEP = 0.03  # a point every so far, each off by a tremble
GAP = MNIST_PEN + 0.06  # between ends of the pen's middle; its round ends leave half of it bare
DOT_AWAY = (0.08, 0.35)  # from the box around the drawing
FEW_STEP = 0.2  # from one point to the next, and straight lines between
BEHIND, BEHIND_STEP = 0.09, 0.02  # how far the line is behind the pen, and a point every so far


def tilted(strokes: list[Points], generator: np.random.Generator, much: float) -> list[Points]:
    """Turned by 15 degrees, one way or the other."""
    return turned(strokes, float(much * np.radians(TILT_DEGREES) * generator.choice([-1.0, 1.0])))


def shaky(strokes: list[Points], generator: np.random.Generator, much: float) -> list[Points]:
    """By a hand that trembles all the way."""
    side = longer_side(strokes)
    walked = [walk(stroke, TREMBLE_STEP * side) for stroke in strokes]
    return [points + generator.normal(0, much * TREMBLE * side, points.shape) for points in walked]


def with_gap(strokes: list[Points], generator: np.random.Generator, much: float) -> list[Points]:
    """With a pen that skipped once, somewhere along the longest stroke but not at its ends."""
    gap = much * GAP * longer_side(strokes)
    lengths = [length_of(stroke) for stroke in strokes]
    longest = int(np.argmax(lengths))
    where = generator.uniform(0.25, 0.75) * lengths[longest]
    step = 0.01 * longer_side(strokes)
    points = walk(strokes[longest], step)
    way = np.arange(len(points)) * step
    halves = [points[way < where - gap / 2], points[way > where + gap / 2]]
    kept = [half for half in halves if len(half)]
    return [*strokes[:longest], *(kept or [points]), *strokes[longest + 1 :]]


def with_dot(strokes: list[Points], generator: np.random.Generator, much: float) -> list[Points]:
    """With a dot beside it, where the pen came down once too often."""
    low, high = box(strokes)
    away = much * generator.uniform(*DOT_AWAY) * longer_side(strokes)
    dot = generator.uniform(low, high)
    axis = int(generator.integers(2))
    dot[axis] = high[axis] + away if generator.random() < 0.5 else low[axis] - away
    return [*strokes, dot[None]]


def with_few_points(strokes: list[Points], _: np.random.Generator, much: float) -> list[Points]:
    """With a point every now and then, as by a mouse in a hurry."""
    step = much * FEW_STEP * longer_side(strokes)
    return [np.concatenate([walk(stroke, step), stroke[-1:]]) for stroke in strokes]


def behind_the_pen(strokes: list[Points], _: np.random.Generator, much: float) -> list[Points]:
    """With a line that follows the pen slowly, as software does that smooths."""
    step = BEHIND_STEP * longer_side(strokes)
    stays_back = np.exp(-BEHIND_STEP / (much * BEHIND))
    lines = []
    for stroke in strokes:
        line = walk(stroke, step)
        for before, point in pairwise(line):
            point += stays_back * (before - point)
        lines.append(np.concatenate([line, stroke[-1:]]))
    return lines


Distort = Callable[[list[Points], np.random.Generator, float], list[Points]]
TRAINING_DISTORTIONS: dict[str, Distort] = {
    "tilted": tilted,
    "shaky": shaky,
    "gap": with_gap,
    "dot": with_dot,
}
# All drawings to learn from come from pens on tablets. Other devices are only measured.
DEVICE_DISTORTIONS: dict[str, Distort] = {
    "few points": with_few_points,
    "slow line": behind_the_pen,
}
DISTORTIONS = TRAINING_DISTORTIONS | DEVICE_DISTORTIONS

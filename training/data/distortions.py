"""Distorted drawings: tilted, shaky, with a gap in the ink, with a stray dot, or as dots. And
drawings as other devices record them: with few points, or with a line that lags behind the pen.

Strokes in, strokes out. Training distorts some drawings by one of the first five, most by a tilt.
The proof distorts every drawing by each of the seven, at full strength.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from reader.strokes import MNIST_PEN
from training.data.lines import Points, box, length_of, longer_side, resampled, turned

TILT_DEGREES = 15.0
# The others are shares of the drawing's longer side.
TREMBLE = 0.02
TREMBLE_STEP = 0.03  # between points; each is moved by a tremble
GAP = MNIST_PEN + 0.06  # between the ends of the line; the pen's round ends cover half of it
DOTS_APART = 3 * MNIST_PEN  # from dot to dot, at the most: gaps of two pen widths
DOT_AWAY = (0.08, 0.35)  # from the box around the drawing to the dot
FEW_STEP = 0.2  # from one point to the next
BEHIND, BEHIND_STEP = 0.09, 0.02  # how far the line lags behind the pen; between points


def tilted(strokes: list[Points], rng: np.random.Generator, strength: float) -> list[Points]:
    """Turned by 15 degrees, to the left or to the right."""
    return turned(strokes, float(strength * np.radians(TILT_DEGREES) * rng.choice([-1.0, 1.0])))


def shaky(strokes: list[Points], rng: np.random.Generator, strength: float) -> list[Points]:
    """Drawn by a hand that trembles."""
    side = longer_side(strokes)
    walked = [resampled(stroke, TREMBLE_STEP * side) for stroke in strokes]
    return [points + rng.normal(0, strength * TREMBLE * side, points.shape) for points in walked]


def with_gap(strokes: list[Points], rng: np.random.Generator, strength: float) -> list[Points]:
    """With a gap in the longest stroke, not at its ends."""
    gap = strength * GAP * longer_side(strokes)
    lengths = [length_of(stroke) for stroke in strokes]
    longest = int(np.argmax(lengths))
    where = rng.uniform(0.25, 0.75) * lengths[longest]
    step = 0.01 * longer_side(strokes)
    points = resampled(strokes[longest], step)
    way = np.arange(len(points)) * step
    halves = [points[way < where - gap / 2], points[way > where + gap / 2]]
    kept = [half for half in halves if len(half)]
    return [*strokes[:longest], *(kept or [points]), *strokes[longest + 1 :]]


def with_dot(strokes: list[Points], rng: np.random.Generator, strength: float) -> list[Points]:
    """With a stray dot beside the drawing."""
    low, high = box(strokes)
    away = strength * rng.uniform(*DOT_AWAY) * longer_side(strokes)
    dot = rng.uniform(low, high)
    axis = int(rng.integers(2))
    dot[axis] = high[axis] + away if rng.random() < 0.5 else low[axis] - away
    return [*strokes, dot[None]]


def dotted(strokes: list[Points], rng: np.random.Generator, strength: float) -> list[Points]:
    """As dots with gaps between, as a canvas shows the points of a fast mouse."""
    step = min(strength, 1.0) * DOTS_APART * rng.uniform(0.35, 0.85) * longer_side(strokes)
    return [dot[None] for stroke in strokes for dot in resampled(stroke, step)]


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


Distort = Callable[[list[Points], np.random.Generator, float], list[Points]]
TRAINING_DISTORTIONS: dict[str, Distort] = {
    "tilted": tilted,
    "shaky": shaky,
    "gap": with_gap,
    "dot": with_dot,
    "dotted": dotted,
}
TRAINING_SHARES = (0.4, 0.15, 0.15, 0.15, 0.15)  # a tilt costs the most
# Training drawings come from pens on tablets. Other devices are only measured.
DEVICE_DISTORTIONS: dict[str, Distort] = {
    "few points": with_few_points,
    "slow line": behind_the_pen,
}
DISTORTIONS = TRAINING_DISTORTIONS | DEVICE_DISTORTIONS

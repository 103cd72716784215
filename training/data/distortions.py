"""Distorted drawings: tilted, shaky, with a gap in the ink, with a stray dot, or as dots.

Strokes in, strokes out. Training distorts some drawings, most by a tilt. The proof distorts every
drawing by each but the dots, at full strength; its dots are its own.
"""

from __future__ import annotations

from collections.abc import Callable

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


Distort = Callable[[list[Points], np.random.Generator, float], list[Points]]
TRAINING_DISTORTIONS: dict[str, Distort] = {
    "tilted": tilted,
    "shaky": shaky,
    "gap": with_gap,
    "dot": with_dot,
    "dotted": dotted,
}
TRAINING_SHARES = (0.35, 0.1, 0.15, 0.15, 0.25)  # tilts and dots cost the most

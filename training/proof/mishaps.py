"""Drawings as they go wrong: tilted, by a shaky hand, with a gap in the ink, with a stray dot.

Strokes in, strokes out; a drawing's number says which way it goes wrong, each time the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.ink import MNIST_PEN
from training.drawings import Drawing
from training.proof.hand import Points, box, turned

TILT_DEGREES = 15.0
# The rest are shares of the drawing's longer side.
TREMBLE = 0.02
TREMBLE_STEP = 0.03  # a point every so far, each off by a tremble
GAP = MNIST_PEN + 0.06  # between ends of the pen's middle; its round ends leave half of it bare
DOT_AWAY = (0.08, 0.35)  # from the box around the drawing


def tilted(strokes: list[Points], generator: np.random.Generator) -> list[Points]:
    """Turned by 15 degrees, one way or the other."""
    return turned(strokes, float(np.radians(TILT_DEGREES) * generator.choice([-1.0, 1.0])))


def shaky(strokes: list[Points], generator: np.random.Generator) -> list[Points]:
    """By a hand that trembles all the way."""
    side = longer_side(strokes)
    walked = [walk(stroke, TREMBLE_STEP * side) for stroke in strokes]
    return [points + generator.normal(0, TREMBLE * side, points.shape) for points in walked]


def with_gap(strokes: list[Points], generator: np.random.Generator) -> list[Points]:
    """With a pen that skipped once, somewhere along the longest stroke but not at its ends."""
    side = longer_side(strokes)
    lengths = [length_of(stroke) for stroke in strokes]
    longest = int(np.argmax(lengths))
    where = generator.uniform(0.25, 0.75) * lengths[longest]
    step = 0.01 * side
    points = walk(strokes[longest], step)
    way = np.arange(len(points)) * step
    halves = [points[way < where - GAP * side / 2], points[way > where + GAP * side / 2]]
    kept = [half for half in halves if len(half)]
    return [*strokes[:longest], *(kept or [points]), *strokes[longest + 1 :]]


def with_dot(strokes: list[Points], generator: np.random.Generator) -> list[Points]:
    """With a dot beside it, where the pen came down once too often."""
    low, high = box(strokes)
    away = generator.uniform(*DOT_AWAY) * longer_side(strokes)
    dot = generator.uniform(low, high)
    axis = int(generator.integers(2))
    dot[axis] = high[axis] + away if generator.random() < 0.5 else low[axis] - away
    return [*strokes, dot[None]]


def longer_side(strokes: list[Points]) -> float:
    """Of the box around the strokes; never nothing."""
    low, high = box(strokes)
    return max(float((high - low).max()), 1e-6)


def length_of(stroke: Points) -> float:
    """The way the pen went."""
    return float(np.hypot(*np.diff(stroke, axis=0).T).sum())


def walk(stroke: Points, step: float) -> Points:
    """The same line with a point every `step`."""
    way = np.append(0.0, np.cumsum(np.hypot(*np.diff(stroke, axis=0).T)))
    at = np.arange(0.0, way[-1] + step / 2, step)
    return np.stack([np.interp(at, way, stroke[:, axis]) for axis in (0, 1)], axis=1)


MISHAPS: dict[str, Callable[[list[Points], np.random.Generator], list[Points]]] = {
    "tilted": tilted,
    "shaky": shaky,
    "gap": with_gap,
    "dot": with_dot,
}


def gone_wrong(drawing: Drawing, mishap: str, number: int) -> Drawing:
    """The drawing of that number, as it goes wrong in that way."""
    generator = np.random.default_rng((zlib.crc32(mishap.encode()), number))
    strokes = [np.asarray(stroke, np.float64) for stroke in drawing.strokes if stroke]
    return replace(drawing, strokes=[s.tolist() for s in MISHAPS[mishap](strokes, generator)])

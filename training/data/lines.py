"""Geometry of strokes: size, length, turning, scaling, resampling.

Knows no digits, no files and no pens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # one stroke: (count, 2), x and y, y downwards


def as_points(strokes: Sequence[Sequence[Sequence[float]]]) -> list[Points]:
    """Strokes from a file, without empty strokes."""
    return [np.asarray(stroke, np.float64) for stroke in strokes if stroke]


def box(strokes: Sequence[Points]) -> tuple[Points, Points]:
    """The corners of the box around the strokes: least and largest x and y."""
    everything = np.concatenate(list(strokes))
    return everything.min(axis=0), everything.max(axis=0)


def longer_side(strokes: Sequence[Points]) -> float:
    """The longer side of the box around the strokes, never 0."""
    low, high = box(strokes)
    return max(float((high - low).max()), 1e-6)


def scaled(strokes: Sequence[Points], side: float = 1.0) -> list[Points]:
    """Moved to the origin, the longer side of the box made `side`."""
    low, _ = box(strokes)
    scale = side / longer_side(strokes)
    return [(stroke - low) * scale for stroke in strokes]


def turned(strokes: Sequence[Points], radians: float) -> list[Points]:
    """Turned about the origin."""
    cos, sin = np.cos(radians), np.sin(radians)
    return [stroke @ np.array([[cos, sin], [-sin, cos]]) for stroke in strokes]


def length_of(stroke: Points) -> float:
    """The length of the pen's way."""
    return float(np.hypot(*np.diff(stroke, axis=0).T).sum())


def resampled(stroke: Points, step: float) -> Points:
    """The same line with a point every `step`."""
    way = np.append(0.0, np.cumsum(np.hypot(*np.diff(stroke, axis=0).T)))
    at = np.arange(0.0, way[-1] + step / 2, step)
    return np.stack([np.interp(at, way, stroke[:, axis]) for axis in (0, 1)], axis=1)

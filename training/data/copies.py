"""Finds drawings that lie in two files, whatever the files are called.

A copy may be scaled, moved, or have fewer points. So drawings are compared by where the pen is at
equal steps of its way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from training.data.drawings import Drawing
from training.data.lines import as_points, scaled

STEPS = 32
APART = 0.005  # of the longer side, between two copies
LEAST_WAY = 1.5  # of the longer side; a plain bar is like every other bar


def copies(drawings: Sequence[Drawing], others: Sequence[Drawing]) -> int:
    """How many of the drawings are also among the others."""
    shapes, known = (_shapes(some) for some in (drawings, others))
    if not (len(shapes) and len(known)):
        return 0
    away, _ = cKDTree(known).query(shapes, distance_upper_bound=APART * STEPS**0.5)
    return int(np.isfinite(away).sum())


def _shapes(drawings: Sequence[Drawing]) -> NDArray[np.float64]:
    """Where the pen is at equal steps of its way: a row for each drawing that can be told apart."""
    found = []
    for drawing in drawings:
        strokes = scaled(as_points(drawing.strokes))
        points = np.concatenate(strokes)
        steps = np.hypot(*np.diff(points, axis=0).T)
        steps[np.cumsum([len(stroke) for stroke in strokes])[:-1] - 1] = 0  # the pen is up
        way = np.append(0, np.cumsum(steps))
        if way[-1] >= LEAST_WAY:
            at = np.linspace(0, way[-1], STEPS)
            found.append(np.concatenate([np.interp(at, way, axis) for axis in points.T]))
    return np.array(found)

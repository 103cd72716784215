"""How a hand draws: curves through points, a little different every time.

A stroke is written as pieces: smooth within a piece, a corner between two pieces. Each piece
starts where the last piece ended. Knows no digits and no shapes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.data.lines import Points, scaled, turned

Piece = Sequence[tuple[float, float]]
Form = Sequence[Sequence[Piece]]  # strokes, of pieces, of points; a digit is 1 high, y downwards

STEP = 0.03  # between the points of a curve
MISS = (0.01, 0.04)  # how far a careful and a quick hand miss a point
SWAY = (0.004, 0.012)  # how far they sway on the way


def drawn(form: Form, rng: np.random.Generator, lean: float = 0.0) -> list[Points]:
    """The form as one hand draws it once: wide or narrow, leaning by `lean` and a little more."""
    haste = rng.uniform()
    strokes = [aimed(pieces, rng, haste) for pieces in form]
    turn, slant = rng.normal(0, 0.06), lean + rng.normal(0, 0.12)
    wide = rng.uniform(0.7, 1.3)
    # Leaning to the right: the higher (the smaller y), the further right.
    bend = np.array([[wide, 0.0], [-slant, 1.0]])
    return turned([stroke @ bend for stroke in strokes], turn)


def aimed(pieces: Sequence[Piece], rng: np.random.Generator, haste: float = 0.3) -> Points:
    """One stroke that misses its points a little, and more in haste."""
    curves: list[Points] = []
    for number, piece in enumerate(pieces):
        points = np.asarray(piece, np.float64)
        points = points + rng.normal(0, share_of(MISS, haste), points.shape)
        if number:
            points = np.concatenate([curves[-1][-1:], points])
        curves.append(curve(points))
    return swaying(np.concatenate(curves), rng, share_of(SWAY, haste))


def curve(points: Points) -> Points:
    """A smooth line through all points: a centripetal Catmull-Rom spline, which makes no loops."""
    if len(points) < 2:
        return points
    ends = 2 * points[[0, -1]] - points[[1, -2]]
    p = np.concatenate([ends[:1], points, ends[1:]])
    knots = np.cumsum(np.append(0, np.maximum(np.hypot(*np.diff(p, axis=0).T), 1e-9) ** 0.5))
    parts = []
    for i in range(1, len(p) - 2):
        length = float(np.hypot(*(p[i + 1] - p[i])))
        t = np.linspace(knots[i], knots[i + 1], max(2, round(length / STEP) + 1))[:, None]
        a = [between(p[k], p[k + 1], knots[k], knots[k + 1], t) for k in (i - 1, i, i + 1)]
        b = [between(a[k], a[k + 1], knots[i - 1 + k], knots[i + 1 + k], t) for k in (0, 1)]
        parts.append(between(b[0], b[1], knots[i], knots[i + 1], t))
    return np.concatenate(parts)


def between(a: Points, b: Points, start: float, end: float, t: Points) -> Points:
    """Linear interpolation from `a` at `start` to `b` at `end`."""
    return np.asarray(((end - t) * a + (t - start) * b) / (end - start))


def share_of(range_: tuple[float, float], share: float) -> float:
    """Linear interpolation within a range."""
    return range_[0] + share * (range_[1] - range_[0])


def swaying(points: Points, rng: np.random.Generator, by: float) -> Points:
    """The line with a slow sway: a few waves of random phase."""
    way = np.arange(len(points))[:, None] * STEP
    sway = np.zeros_like(points)
    for wavelength in (0.9, 0.5, 0.3):
        phase = rng.uniform(0, 2 * np.pi, 2)
        sway += rng.normal(0, by, 2) * np.sin(2 * np.pi * way / wavelength + phase)
    return points + sway


def as_lists(strokes: Sequence[Points], longer_side: float = 1000.0) -> list[list[list[float]]]:
    """The strokes as files hold them: coordinates from 0 to 1000."""
    return [stroke.round(1).tolist() for stroke in scaled(strokes, longer_side)]

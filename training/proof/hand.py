"""How a hand draws: curves through points, each time a little different.

Knows no digits and no shapes. A stroke is written as pieces: smooth within a piece, a corner
between two, each piece going on where the last one ended.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.data.lines import Points, scaled, turned

Piece = Sequence[tuple[float, float]]
Form = Sequence[Sequence[Piece]]  # strokes, of pieces, of points; a digit is 1 high, y downwards

STEP = 0.03  # between the points of a curve
UNSURE = (0.01, 0.04)  # how far a hand, careful or quick, misses the point it aims at
WOBBLE = (0.004, 0.012)  # and how far it sways on the way


def drawn(form: Form, generator: np.random.Generator, lean: float = 0.0) -> list[Points]:
    """The form as one hand draws it once: wide or narrow, leaning by `lean` and a little more."""
    haste = generator.uniform()
    strokes = [aimed(pieces, generator, haste) for pieces in form]
    turn, slant = generator.normal(0, 0.06), lean + generator.normal(0, 0.12)
    wide = generator.uniform(0.7, 1.3)
    # Leaning to the right: the higher (the smaller y), the further right.
    bend = np.array([[wide, 0.0], [-slant, 1.0]])
    return turned([stroke @ bend for stroke in strokes], turn)


def aimed(pieces: Sequence[Piece], generator: np.random.Generator, haste: float = 0.3) -> Points:
    """One stroke through points that are missed a little, the more the greater the haste."""
    curves: list[Points] = []
    for number, piece in enumerate(pieces):
        points = np.asarray(piece, np.float64)
        points = points + generator.normal(0, share_of(UNSURE, haste), points.shape)
        if number:
            points = np.concatenate([curves[-1][-1:], points])
        curves.append(curve(points))
    return swaying(np.concatenate(curves), generator, share_of(WOBBLE, haste))


def curve(points: Points) -> Points:
    """A smooth line through all points: Catmull and Rom's, centripetal, which makes no loops."""
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
    """On the way from a, at `start`, to b, at `end`."""
    return np.asarray(((end - t) * a + (t - start) * b) / (end - start))


def share_of(range_: tuple[float, float], share: float) -> float:
    """So far on the way from the least to the most."""
    return range_[0] + share * (range_[1] - range_[0])


def swaying(points: Points, generator: np.random.Generator, by: float) -> Points:
    """The line with a slow sway: a few waves of random phase."""
    way = np.arange(len(points))[:, None] * STEP
    sway = np.zeros_like(points)
    for wavelength in (0.9, 0.5, 0.3):
        phase = generator.uniform(0, 2 * np.pi, 2)
        sway += generator.normal(0, by, 2) * np.sin(2 * np.pi * way / wavelength + phase)
    return points + sway


def as_lists(strokes: Sequence[Points], longer_side: float = 1000.0) -> list[list[list[float]]]:
    """The strokes as files of drawings have them: the longer side 1000, from 0 on."""
    return [stroke.round(1).tolist() for stroke in scaled(strokes, longer_side)]

"""A drawing as another writer might have drawn it.

Strokes come out as they went in, but leaning, stretched and bent in another way, joined a little
elsewhere, each ending sooner or later. The training set has a few dozen writers, and the network
must read everybody. `learning.augment` bends finished digit images. This module comes before
framing, so that framing meets other writers, too.
"""

from __future__ import annotations

import numpy as np

from training.data.lines import Points, resampled, scaled, turned

STRENGTH = (0.0, 1.4)  # from the writer's own hand to a very different one
# Standard deviations at a strength of 1; lengths are shares of the drawing's longer side.
TURN_DEGREES = 8.0
SLANT = 0.15
STRETCH = 0.13
BEND = 0.025  # of each wave
WAVES, PERIODS = 3, (0.3, 1.0)  # from edge to edge
STROKE_MOVES, STROKE_GROWS, STROKE_TURN_DEGREES = 0.03, 0.04, 3.0
END = 0.05  # an end is longer or shorter by this; strokes shorter than LONG keep their ends
LONG = 0.35
STEP = 0.03  # between points, so that lines can bend


def by_another_writer(strokes: list[Points], rng: np.random.Generator) -> list[Points]:
    """The drawing by another writer, its longer side about 1."""
    strength = rng.uniform(*STRENGTH)
    pieces = [_stroke(stroke, rng, strength) for stroke in scaled(strokes)]
    return _bent(_leaning(pieces, rng, strength), rng, strength)


def _stroke(stroke: Points, rng: np.random.Generator, strength: float) -> Points:
    """One stroke, starting a little elsewhere and ending a little sooner or later."""
    middle = stroke.mean(axis=0)
    turn = np.radians(STROKE_TURN_DEGREES) * rng.normal(0, strength)
    grown = turned([stroke - middle], turn)[0] * np.exp(STROKE_GROWS * rng.normal(0, strength))
    points = resampled(grown, STEP)
    if len(points) * STEP > LONG:
        last, first = END * rng.normal(0, strength, 2)
        points = _ended(_ended(points, last)[::-1], first)  # backwards now; the line is the same
    moved: Points = points + middle + STROKE_MOVES * rng.normal(0, strength, 2)
    return moved


def _ended(points: Points, longer: float) -> Points:
    """The line with its end made longer or shorter, but never all of it taken away."""
    if longer < 0:
        return points[: max(3, len(points) + round(longer / STEP))]
    onwards = points[-1] - points[-3]
    return np.concatenate([points, points[-1:] + onwards / max(np.hypot(*onwards), 1e-6) * longer])


def _leaning(strokes: list[Points], rng: np.random.Generator, strength: float) -> list[Points]:
    """All strokes turned, slanted, and made wider or narrower."""
    slanted = np.array([[np.exp(STRETCH * rng.normal(0, strength)), 0.0],
                        [SLANT * rng.normal(0, strength), 1.0]])  # fmt: skip
    return turned(
        [s @ slanted for s in strokes], np.radians(TURN_DEGREES) * rng.normal(0, strength)
    )


def _bent(strokes: list[Points], rng: np.random.Generator, strength: float) -> list[Points]:
    """All strokes bent by a few long waves through the paper."""
    away = [np.zeros_like(stroke) for stroke in strokes]
    for _ in range(WAVES):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        wave = 2 * np.pi * rng.uniform(*PERIODS) * np.array([np.cos(angle), np.sin(angle)])
        reach = BEND * rng.normal(0, strength, 2)
        for moved, stroke in zip(away, strokes, strict=True):
            moved += np.sin(stroke @ wave + phase)[:, None] * reach
    return [stroke + moved for stroke, moved in zip(strokes, away, strict=True)]

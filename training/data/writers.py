"""A drawing as another hand might have made it: the same strokes, leaning, stretched and bent
otherwise, meeting a little elsewhere, each ending sooner or later.

Strokes in, strokes out. A few dozen writers are in the training set; everybody else is to be read.
Unlike `augment`, which bends finished pictures, this comes before framing, so that framing sees
what it would see of such a hand.
"""

from __future__ import annotations

import numpy as np

from training.data.lines import Points, scaled, turned, walk

# Standard deviations, for a hand that differs by 1; lengths are shares of the longer side.
DIFFERS = (0.0, 1.4)  # how much hands differ, from the writer's own to one quite unlike it
TURN_DEGREES = 8.0
SLANT = 0.15
STRETCH = 0.13
BEND = 0.025  # of each wave
WAVES, PERIODS = 3, (0.3, 1.0)  # from edge to edge
STROKE_MOVES, STROKE_GROWS, STROKE_TURN_DEGREES = 0.03, 0.04, 3.0
END = 0.05  # what an end is longer or shorter; strokes under LONG keep theirs
LONG = 0.35
STEP = 0.03  # a point every so far, so that lines can bend


def by_another_writer(strokes: list[Points], dice: np.random.Generator) -> list[Points]:
    """The drawing, its longer side 1 or so, by a hand that differs more or less."""
    much = dice.uniform(*DIFFERS)
    pieces = [_stroke(stroke, dice, much) for stroke in scaled(strokes)]
    return _bent(_leaning(pieces, dice, much), dice, much)


def _stroke(stroke: Points, dice: np.random.Generator, much: float) -> Points:
    """One stroke, begun a little elsewhere and ended a little sooner or later."""
    middle = stroke.mean(axis=0)
    turn = np.radians(STROKE_TURN_DEGREES) * dice.normal(0, much)
    grown = turned([stroke - middle], turn)[0] * np.exp(STROKE_GROWS * dice.normal(0, much))
    points = walk(grown, STEP)
    if len(points) * STEP > LONG:
        last, first = END * dice.normal(0, much, 2)
        points = _ended(_ended(points, last)[::-1], first)  # it runs backwards now: the same line
    moved: Points = points + middle + STROKE_MOVES * dice.normal(0, much, 2)
    return moved


def _ended(points: Points, longer: float) -> Points:
    """The line, its end moved on in the same direction, or taken back, but never all of it."""
    if longer < 0:
        return points[: max(3, len(points) + round(longer / STEP))]
    onwards = points[-1] - points[-3]
    return np.concatenate([points, points[-1:] + onwards / max(np.hypot(*onwards), 1e-6) * longer])


def _leaning(strokes: list[Points], dice: np.random.Generator, much: float) -> list[Points]:
    """All strokes, turned, slanted, and made wider or narrower."""
    slanted = np.array([[np.exp(STRETCH * dice.normal(0, much)), 0.0],
                        [SLANT * dice.normal(0, much), 1.0]])  # fmt: skip
    return turned([s @ slanted for s in strokes], np.radians(TURN_DEGREES) * dice.normal(0, much))


def _bent(strokes: list[Points], dice: np.random.Generator, much: float) -> list[Points]:
    """All strokes, moved by a few long waves that run through the paper."""
    away = [np.zeros_like(stroke) for stroke in strokes]
    for _ in range(WAVES):
        angle, phase = dice.uniform(0, 2 * np.pi, 2)
        wave = 2 * np.pi * dice.uniform(*PERIODS) * np.array([np.cos(angle), np.sin(angle)])
        reach = BEND * dice.normal(0, much, 2)
        for moved, stroke in zip(away, strokes, strict=True):
            moved += np.sin(stroke @ wave + phase)[:, None] * reach
    return [stroke + moved for stroke, moved in zip(strokes, away, strict=True)]

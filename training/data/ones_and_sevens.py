"""1s with a long flag and 7s with a short or slanted bar, made by code.

Half of Europe writes its 1 with a flag as long as a 7's bar. The angle between flag and stem tells
them apart. The pen-drawn digits have few of both, so training makes more. Shapes between the two,
which nobody could read for certain, are not made. The proof makes its own with other code.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.data.drawings import Drawing
from training.data.lines import Points, as_points, box, scaled

Rng = np.random.Generator

FLAG = (0.2, 0.7)  # of the stem's height
FLAG_DEGREES = (20.0, 55.0)  # between flag and stem
STEM_LEAN_DEGREES = 9.0  # a 1's stem from the vertical: standard deviation
HAS_BASE = 0.2
BAR = (0.28, 0.75)  # of the stem's height
BAR_FALLS_DEGREES = (-8.0, 17.0)  # how far a 7's bar falls towards its left end
SEVEN_LEAN_DEGREES = (10.0, 42.0)  # a 7's stem from the vertical
HAS_SERIF = 0.25
BARE = 0.35  # a writer's 1 that is no wider than this share of its height has no flag yet
BENDS = 0.06  # of a line's length: standard deviation


def made_ones_and_sevens(count: int, drawings: Sequence[Drawing], seed: int = 0) -> list[Drawing]:
    """`count` drawings, 1s and 7s in turn. Half of the 1s have a writer's own stem, if any."""
    stems = [stem for stem in map(own_stem, drawings) if stem is not None]
    made = []
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        label = 7 if number % 2 else 1
        strokes = short_seven(rng) if label == 7 else flagged_one(rng, stems)
        made.append(Drawing([stroke.tolist() for stroke in strokes], label, "made"))
    return made


def own_stem(drawing: Drawing) -> Points | None:
    """A writer's 1 that is a mere bar, from its top down, one high."""
    if drawing.label != 1 or len(drawing.strokes) != 1 or len(drawing.strokes[0]) < 2:
        return None
    (stem,) = scaled(as_points(drawing.strokes))
    _, high = box([stem])
    if high[0] > BARE * high[1] or abs(stem[0, 1] - stem[-1, 1]) < 0.9:
        return None
    return stem if stem[0, 1] < stem[-1, 1] else stem[::-1]


def flagged_one(rng: Rng, stems: Sequence[Points]) -> list[Points]:
    """A stem, a flag that falls from its top to the left, and at times a base."""
    if stems and rng.random() < 0.5:
        stem = stems[int(rng.integers(len(stems)))]
        down = stem[-1] - stem[0]
        lean = float(np.arctan2(-down[0], down[1]))
    else:
        lean = float(np.radians(rng.normal(0, STEM_LEAN_DEGREES)))
        stem = bent(np.zeros(2), towards(lean), rng)
    angle = lean + np.radians(rng.uniform(*FLAG_DEGREES))
    flag = bent(stem[0] + rng.uniform(*FLAG) * towards(angle), stem[0], rng)
    if rng.random() < 0.15:  # a second stroke, that misses the corner a little
        strokes = [flag + rng.normal(0, 0.025, 2), stem]
    else:
        strokes = [np.concatenate([flag, stem[1:]])]
    if rng.random() < HAS_BASE:
        reach = rng.uniform(0.12, 0.4, 2)
        foot = stem[-1] + rng.normal(0, 0.03, 2)
        strokes.append(
            bent(foot - [reach[0], 0], foot + np.array([reach[1], rng.normal(0, 0.03)]), rng)
        )
    return strokes


def short_seven(rng: Rng) -> list[Points]:
    """A bar that lies or falls a little to the left, a stem that leans, and at times a serif."""
    lean = np.radians(rng.uniform(*SEVEN_LEAN_DEGREES))
    stem = bent(np.zeros(2), towards(lean), rng)
    angle = np.radians(90 - rng.uniform(*BAR_FALLS_DEGREES))
    left = rng.uniform(*BAR) * towards(angle)
    bar = bent(left, np.zeros(2), rng)
    if rng.random() < HAS_SERIF:
        tick = bent(left + np.array([rng.normal(0, 0.03), rng.uniform(0.06, 0.16)]), left, rng)
        bar = np.concatenate([tick, bar[1:]])
    return [np.concatenate([bar, stem[1:]])]


def towards(radians: float) -> Points:
    """One unit down, turned to the left by an angle."""
    return np.array([-np.sin(radians), np.cos(radians)])


def bent(start: Points, end: Points, rng: Rng) -> Points:
    """A line from start to end with a slight bow."""
    way = np.linspace(0, 1, 10)[:, None]
    along = end - start
    across = np.array([along[1], -along[0]]) * rng.normal(0, BENDS)
    return np.asarray(start + way * along + np.sin(np.pi * way) * across)

"""Ones with a long flag and uncrossed sevens, made of the 1s and 7s that dev writers wrote.

Half of Europe writes a 1 with a flag half as long as its stem: nearly a 7. The stem of a 1 and the
leg of a 7 stay as they were written. The flag or the bar is another. Training shares none of this
code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.data.drawings import Drawing
from training.data.lines import Points, as_points, box, resampled

Rng = np.random.Generator

# Shares of the height of the digit.
REACH = (0.25, 2 / 3)  # how far a flag comes down
FLAG_DEGREES = (22.0, 46.0)  # between a flag and the stem
FROM_UPRIGHT = (18.0, 56.0)  # between a flag and the upright
WIDEST_FLAG = 0.55
SHORT_BAR, LONG_BAR = (0.28, 0.42), (0.45, 0.65)
FLAT_DEGREES, SLANTED_DEGREES = (-8.0, 8.0), (10.0, 22.0)  # between a bar and the level
BOW = 0.04  # of the length of a flag or bar
STEP = 0.02
FLAGGED_FROM = 0.25  # the least reach of a flag that counts as long
VERSIONS = 3  # flags or bars for each stem or leg


def long_flagged(drawings: Sequence[Drawing]) -> list[Drawing]:
    """The 1s that their writers wrote with a long flag."""
    return [d for d in drawings if d.label == 1 and _reach_of_flag(d) >= FLAGGED_FROM]


def ones_with_flags(drawings: Sequence[Drawing]) -> list[Drawing]:
    """Each writer's own 1s, with long flags of other lengths and slopes."""
    made = []
    for number, drawing in enumerate(drawings):
        stem = _stem(drawing) if drawing.label == 1 else None
        if stem is None:
            continue
        for version in range(VERSIONS):
            rng = np.random.default_rng((71, number, version))
            lean = np.degrees(np.arctan2(-stem[-1, 0], stem[-1, 1]))
            angle = np.radians(np.clip(lean + rng.uniform(*FLAG_DEGREES), *FROM_UPRIGHT))
            reach = rng.uniform(*REACH)
            tip = np.array([-min(reach * np.tan(angle), WIDEST_FLAG), reach])
            made.append(_with(drawing, stem, tip, rng))
    return made


def sevens_without_crossing(drawings: Sequence[Drawing]) -> list[Drawing]:
    """Each writer's own 7s without the stroke across, with a short or a slanted bar."""
    made = []
    for number, drawing in enumerate(drawings):
        leg = _leg(drawing) if drawing.label == 7 else None
        if leg is None:
            continue
        for version in range(VERSIONS):
            rng = np.random.default_rng((17, number, version))
            short = (number + version) % 2 == 0
            bar = rng.uniform(*(SHORT_BAR if short else LONG_BAR))
            slope = np.radians(rng.uniform(*(FLAT_DEGREES if short else SLANTED_DEGREES)))
            made.append(_with(drawing, leg, bar * np.array([-np.cos(slope), np.sin(slope)]), rng))
    return made


def _reach_of_flag(drawing: Drawing) -> float:
    """How far the flag of a 1 comes down beside its stem; 0 without a flag."""
    stroke = _tallest(as_points(drawing.strokes))
    low, high = box([stroke])
    tall = float((high - low)[1])
    top = int(stroke[:, 1].argmin())
    if not tall or not top or stroke[-1, 1] < low[1] + 0.8 * tall or stroke[0, 0] >= stroke[top, 0]:
        return 0.0
    return float(stroke[0, 1] - low[1]) / tall


def _stem(drawing: Drawing) -> Points | None:
    """The stem of a 1 from its top downwards, 1 high; None where it hardly stands."""
    stroke = _tallest(as_points(drawing.strokes))
    return _upright(stroke[int(stroke[:, 1].argmin()) :])


def _leg(drawing: Drawing) -> Points | None:
    """The leg of a 7 from its corner downwards, 1 high."""
    stroke = _tallest(as_points(drawing.strokes))
    low, high = box([stroke])
    stroke = resampled(stroke, STEP * max(float((high - low).max()), 1e-6))
    (x, y), (across, down) = stroke[0], stroke[-1] - stroke[0]
    off_the_chord = across * (stroke[:, 1] - y) - down * (stroke[:, 0] - x)
    corner = int(off_the_chord.argmin())  # right of and above the chord
    if stroke[corner, 1] > low[1] + 0.35 * (high - low)[1]:
        return None
    leg = _upright(stroke[corner:])
    return leg if leg is not None and leg[-1, 0] < leg[0, 0] else None


def _upright(line: Points) -> Points | None:
    """The line with its first point at (0, 0), 1 high; None where it is more wide than high."""
    if len(line) < 2:
        return None
    tall, wide = float(np.ptp(line[:, 1])), float(np.ptp(line[:, 0]))
    if wide > 0.7 * tall or line[-1, 1] < line[:, 1].max() - 0.05 * tall:
        return None
    return np.asarray((line - line[0]) / tall)


def _with(drawing: Drawing, upright: Points, tip: Points, rng: Rng) -> Drawing:
    """A flag or a bar from `tip` to the top, then down."""
    way = np.linspace(0, 1, 12)[:, None]
    sideways = np.array([tip[1], -tip[0]]) * rng.normal(0, BOW)
    flag = tip * (1 - way) + np.sin(np.pi * way) * sideways
    stroke = np.concatenate([flag, upright[1:]])
    return replace(drawing, strokes=[(1000 * stroke).round(1).tolist()])


def _tallest(strokes: Sequence[Points]) -> Points:
    return max(strokes, key=lambda stroke: float(np.ptp(stroke[:, 1])))

"""Drawings that are no digit, made by code: what people scrawl, cross out or write side by side.

Letters and symbols come from files; these come from dice. Every drawing depends on its own number
and the seed alone. None of the drawings that judge a model are made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.drawings import Drawing, Stroke

Dice = np.random.Generator
Line = NDArray[np.float64]  # (points, 2), y downwards; the scale does not matter


def made_junk(count: int, digits: Sequence[Drawing], seed: int = 0) -> list[Drawing]:
    """`count` drawings; those that are made of digits need some to begin with."""
    makers = [*FROM_NOTHING, *(FROM_DIGITS if digits else ())]
    return [_junk(number, makers, digits, seed) for number in range(count)]


def _junk(number: int, makers: Sequence[Maker], digits: Sequence[Drawing], seed: int) -> Drawing:
    dice = np.random.default_rng((seed, number))
    make = makers[number % len(makers)]
    paths = [path for path in make(dice, digits) if len(path)]
    strokes = [[[float(x), float(y)] for x, y in path] for path in paths]
    return Drawing(strokes, None, "made", make.__name__)


def wandering(dice: Dice, corners: int) -> Line:
    """A wandering line without a corner: a random walk with its corners cut."""
    path = np.cumsum(dice.normal(0, 1, (corners, 2)), axis=0)
    for _ in range(3):  # Chaikin's corner cutting
        ahead = path[1:]
        path = np.stack([0.75 * path[:-1] + 0.25 * ahead, 0.25 * path[:-1] + 0.75 * ahead], axis=1)
        path = path.reshape(-1, 2)
    return path


def line(start: Sequence[float], end: Sequence[float], dice: Dice, shake: float = 0.02) -> Line:
    """A straight line by a hand that is not."""
    way = np.linspace(start, end, 12)
    length = float(np.hypot(*(way[-1] - way[0])))
    bend = np.sin(np.linspace(0, np.pi, 12))[:, None] * dice.normal(0, shake * length, 2)
    return np.asarray(way + bend)


def turned(paths: Sequence[Line], radians: float) -> list[Line]:
    """Paths turned about the origin."""
    cos, sin = np.cos(radians), np.sin(radians)
    return [path @ np.array([[cos, sin], [-sin, cos]]) for path in paths]


def scribble(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """A line that wanders and crosses itself."""
    return [wandering(dice, int(dice.integers(14, 36))) for _ in range(int(dice.integers(1, 3)))]


def round_scribble(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """Round and round, in a different place each time: in the same place it would be a fat 0."""
    angle = np.linspace(0, dice.uniform(3, 8) * 2 * np.pi, 160)
    drift = wandering(dice, 12)
    drift = drift[np.linspace(0, len(drift) - 1, len(angle)).astype(int)]
    drift = dice.uniform(0.5, 1.2) * drift / np.ptp(drift, axis=0)
    wide, tall = dice.uniform(0.5, 1.0, 2)
    circle = np.stack([wide * np.cos(angle), tall * np.sin(angle)], axis=1)
    return [circle * (1 + dice.normal(0, 0.05, (len(angle), 1))) + drift]


def spiral(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """From the middle outwards, two turns or more; fewer would look like a 6 or a 9."""
    angle = np.linspace(0, dice.uniform(2.2, 5) * 2 * np.pi, 120) * dice.choice([-1, 1])
    radius = np.abs(angle) + 0.3
    return turned([np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)],
                  dice.uniform(0, 2 * np.pi))  # fmt: skip


def zigzag(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """Back and forth, six times or more, as one fills an area or crosses something out."""
    turns = int(dice.integers(7, 16))
    x = np.linspace(0, dice.uniform(0.6, 3), turns) + dice.normal(0, 0.05, turns)
    y = np.where(np.arange(turns) % 2, 1.0, 0.0) + dice.normal(0, 0.1, turns)
    return turned([np.stack([x, y], axis=1)], dice.uniform(0, 2 * np.pi))


def waves(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """Water, a moustache, a signature: one to three wavy lines."""
    x = np.linspace(0, dice.uniform(2.5, 5) * 2 * np.pi, 80)
    return [
        np.stack([x, dice.uniform(0.5, 3) * np.sin(x + dice.uniform(0, 6)) + 6 * row], axis=1)
        for row in range(int(dice.integers(1, 4)))
    ]


def flat_line(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """One line that lies rather than stands; a standing one is a 1."""
    angle = dice.uniform(-0.35, 0.35)
    return turned([line((-1, 0), (1, 0), dice)], angle)


def several_lines(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """Two to six lines side by side, like an equals sign or a tally."""
    count = int(dice.integers(2, 7))
    gap = dice.uniform(0.5 if count == 2 else 0.25, 0.8)  # two that touch look like a fat 1
    rows = [line((-1, gap * row), (1, gap * row), dice) for row in range(count)]
    return turned(rows, dice.uniform(0, np.pi))


def cross(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """Two or more lines through one middle: ×, +, an asterisk."""
    count = int(dice.choice([2, 2, 2, 3, 4]))
    first = dice.uniform(0, np.pi)
    angles = first + np.pi / count * (np.arange(count) + dice.uniform(-0.15, 0.15, count))
    return [
        turned([line((-dice.uniform(0.7, 1), 0), (dice.uniform(0.7, 1), 0), dice)], a)[0]
        for a in angles
    ]


def grid(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """A hash, a fence, a naughts-and-crosses board."""
    across, down = dice.integers(2, 5, 2)
    lean = dice.normal(0, 0.15)
    return [
        *(line((x + lean, -0.6), (x - lean, down - 0.4), dice) for x in range(int(across))),
        *(line((-0.6, y), (across - 0.4, y), dice) for y in range(int(down))),
    ]


def polygon(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """A triangle, a box, a star with five or seven points; with more sides it would be a 0."""
    corners = int(dice.choice([3, 3, 4, 4, 5, 7]))
    angle = np.sort(2 * np.pi * (np.arange(corners) + dice.uniform(-0.2, 0.2, corners)) / corners)
    radius = dice.uniform(0.75, 1, corners)
    if corners > 4:  # a star: every second corner next
        order = np.arange(corners) * 2 % corners
        angle, radius = angle[order], radius[order]
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    around = turned([points], dice.uniform(0, 2 * np.pi))[0] * dice.uniform(0.6, 1, 2)
    closed = np.concatenate([around, around[:1]])
    return [np.concatenate([line(*side, dice) for side in pairwise(closed)])]


def arrow(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """A shaft with a head; not one that points up or down, which is near a 1."""
    head = dice.uniform(0.25, 0.6)
    paths = [line((-1, 0), (1, 0), dice), np.array([[1 - head, -head], [1, 0], [1 - head, head]])]
    return turned(paths, dice.uniform(-0.9, 0.9) + np.pi * dice.integers(0, 2))


def dots(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """Some dots apart from one another, or one alone."""
    places = dice.uniform(-1, 1, (int(dice.choice([1, 2, 3, 4, 6, 9])), 2))
    return [place[None] for place in places]


def blot(dice: Dice, _: Sequence[Drawing]) -> list[Line]:
    """An area filled with ink."""
    rows = int(dice.integers(14, 24))
    y = np.linspace(-1, 1, rows)
    half = np.sqrt(1.02 - y**2) if dice.random() < 0.5 else np.ones(rows)
    half = half * dice.uniform(0.5, 1) * (1 + dice.normal(0, 0.1, rows))
    x = np.where(np.arange(rows) % 2, half, -half)
    return turned([np.stack([x, y], axis=1)], dice.uniform(0, np.pi))


def several_shapes(dice: Dice, digits: Sequence[Drawing]) -> list[Line]:
    """Two of the others, one beside, above or in the other."""
    first, second = (
        scaled(make(dice, digits))
        for make in dice.choice(np.array(SIMPLE, dtype=object), 2, replace=True)
    )
    away = dice.uniform(0, 1.2) * np.array(dice.choice([[1, 0], [0, 1]]))
    size = dice.uniform(0.3, 1)
    return [*first, *(size * path + away for path in second)]


def digits_beside(dice: Dice, digits: Sequence[Drawing]) -> list[Line]:
    """Two or three digits as one writes a number."""
    x = 0.0
    paths: list[Line] = []
    for index in dice.integers(0, len(digits), int(dice.choice([2, 2, 2, 3]))):
        one = scaled(arrays(digits[index].strokes))
        size, rise = dice.uniform(0.75, 1), dice.uniform(-0.1, 0.1)
        low = min(path[:, 0].min() for path in one) * size
        high = max(path[:, 0].max() for path in one) * size
        paths += [size * path + [x - low, rise] for path in one]
        x += high - low + dice.uniform(0.05, 0.5)
    return paths


def digit_crossed_out(dice: Dice, digits: Sequence[Drawing]) -> list[Line]:
    """A digit that somebody took back: an X over it, three strikes, or a scrawl.

    One stroke alone is not enough: it makes a crossed 7 or a slashed 0.
    """
    digit = scaled(arrays(digits[int(dice.integers(len(digits)))].strokes))
    high = np.concatenate(digit).max(axis=0)
    way = dice.integers(3)
    if way == 0:
        over = [line((-0.1, -0.1), high + 0.1, dice),
                line((high[0] + 0.1, -0.1), (-0.1, high[1] + 0.1), dice)]  # fmt: skip
    elif way == 1:
        heights = dice.uniform(0.15, 0.85, 3) * high[1]
        over = [line((-0.2, y), (high[0] + 0.2, y + dice.normal(0, 0.1)), dice) for y in heights]
    else:
        over = [(path - path.min(axis=0)) / np.ptp(path, axis=0).max() * high.max()
                for path in zigzag(dice, digits)]  # fmt: skip
    return [*digit, *over]


def arrays(strokes: Sequence[Stroke]) -> list[Line]:
    """Strokes as arrays, empty ones left out."""
    return [np.asarray(stroke, np.float64) for stroke in strokes if stroke]


def scaled(paths: Sequence[Line]) -> list[Line]:
    """Paths moved to the origin, their longer side 1."""
    points = np.concatenate(paths)
    low = points.min(axis=0)
    size = max(float((points.max(axis=0) - low).max()), 1e-9)
    return [(path - low) / size for path in paths]


Maker = Callable[[Dice, Sequence[Drawing]], list[Line]]
SIMPLE: tuple[Maker, ...] = (
    scribble, round_scribble, spiral, zigzag, waves, flat_line, several_lines, cross, grid,
    polygon, arrow, dots, blot,
)  # fmt: skip
FROM_NOTHING: tuple[Maker, ...] = (*SIMPLE, several_shapes)
# Numbers are what people write most where one digit is asked for, so they come more often.
FROM_DIGITS: tuple[Maker, ...] = (*[digits_beside] * 4, *[digit_crossed_out] * 2)

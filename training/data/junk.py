"""Drawings that are no digit, made by code: scrawls, crossed-out digits, digits side by side.

Letters and symbols come from files. The drawings here come from random numbers, and some contain
parts of digits or letters. A drawing depends only on its own number and the seed. No drawing that
a model is evaluated on is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from training.data.drawings import Drawing
from training.data.lines import Points, as_points, box, length_of, scaled, turned

Rng = np.random.Generator
Place = Sequence[float] | Points


def made_junk(count: int, drawings: Sequence[Drawing], seed: int = 0) -> list[Drawing]:
    """`count` drawings. Kinds made of digits or letters are left out where `drawings` has none."""
    digits = [drawing for drawing in drawings if drawing.label is not None]
    letters = [drawing for drawing in drawings if drawing.label is None]
    makers = [(make, digits) for make in (*FROM_NOTHING, *(FROM_DIGITS if digits else ()))]
    composed = [letter for letter in letters if len(letter.strokes) >= MANY_STROKES]
    makers += [(make, letters) for make in (FROM_LETTERS if letters else ())]
    makers += [(part_of_letter, composed)] * (6 if composed else 0)
    return [_junk(number, *makers[number % len(makers)], seed) for number in range(count)]


def _junk(number: int, make: Maker, some: Sequence[Drawing], seed: int) -> Drawing:
    rng = np.random.default_rng((seed, number))
    paths = [path for path in make(rng, some) if len(path)]
    strokes = [[[float(x), float(y)] for x, y in path] for path in paths]
    return Drawing(strokes, None, "made", make.__name__)


def wandering(rng: Rng, corners: int) -> Points:
    """A wandering line: a random walk with its corners cut."""
    path = np.cumsum(rng.normal(0, 1, (corners, 2)), axis=0)
    for _ in range(3):  # Chaikin's corner cutting
        ahead = path[1:]
        path = np.stack([0.75 * path[:-1] + 0.25 * ahead, 0.25 * path[:-1] + 0.75 * ahead], axis=1)
        path = path.reshape(-1, 2)
    return path


def line(start: Place, end: Place, rng: Rng, shake: float = 0.02) -> Points:
    """A line that is nearly straight."""
    way = np.linspace(start, end, 12)
    length = float(np.hypot(*(way[-1] - way[0])))
    bend = np.sin(np.linspace(0, np.pi, 12))[:, None] * rng.normal(0, shake * length, 2)
    return np.asarray(way + bend)


def scribble(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """A line that wanders and crosses itself."""
    return [wandering(rng, int(rng.integers(20, 40))) for _ in range(int(rng.integers(1, 3)))]


def round_scribble(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """Round and round, in a different place each time: in the same place it would be a fat 0."""
    angle = np.linspace(0, rng.uniform(3, 8) * 2 * np.pi, 160)
    drift = wandering(rng, 12)
    drift = drift[np.linspace(0, len(drift) - 1, len(angle)).astype(int)]
    drift = rng.uniform(0.5, 1.2) * drift / np.ptp(drift, axis=0)
    wide, tall = rng.uniform(0.5, 1.0, 2)
    circle = np.stack([wide * np.cos(angle), tall * np.sin(angle)], axis=1)
    return [circle * (1 + rng.normal(0, 0.05, (len(angle), 1))) + drift]


def spiral(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """From the middle outwards, two turns or more; fewer would look like a 6 or a 9."""
    angle = np.linspace(0, rng.uniform(2.2, 5) * 2 * np.pi, 120) * rng.choice([-1, 1])
    radius = np.abs(angle) + 0.3
    return turned([np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)],
                  rng.uniform(0, 2 * np.pi))  # fmt: skip


def zigzag(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """Back and forth, six times or more, as one fills an area or crosses something out."""
    turns = int(rng.integers(7, 16))
    x = np.linspace(0, rng.uniform(0.6, 3), turns) + rng.normal(0, 0.05, turns)
    y = np.where(np.arange(turns) % 2, 1.0, 0.0) + rng.normal(0, 0.1, turns)
    return turned([np.stack([x, y], axis=1)], rng.uniform(0, 2 * np.pi))


def waves(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """Water, a moustache, a signature: one to three wavy lines."""
    x = np.linspace(0, rng.uniform(2.5, 5) * 2 * np.pi, 80)
    return [
        np.stack([x, rng.uniform(0.5, 3) * np.sin(x + rng.uniform(0, 6)) + 6 * row], axis=1)
        for row in range(int(rng.integers(1, 4)))
    ]


def flat_line(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """One line that lies rather than stands; a standing one is a 1."""
    angle = rng.uniform(-0.35, 0.35)
    return turned([line((-1, 0), (1, 0), rng)], angle)


def several_lines(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """Two to six lines side by side, like an equals sign or a tally."""
    count = int(rng.integers(2, 7))
    gap = rng.uniform(0.5 if count == 2 else 0.25, 0.8)  # two that touch look like a fat 1
    rows = [line((-1, gap * row), (1, gap * row), rng) for row in range(count)]
    return turned(rows, rng.uniform(0, np.pi))


def cross(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """Two or more lines through one middle: ×, +, an asterisk."""
    count = int(rng.choice([2, 2, 2, 3, 4]))
    first = rng.uniform(0, np.pi)
    angles = first + np.pi / count * (np.arange(count) + rng.uniform(-0.15, 0.15, count))
    return [
        turned([line((-rng.uniform(0.7, 1), 0), (rng.uniform(0.7, 1), 0), rng)], a)[0]
        for a in angles
    ]


def grid(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """A hash, a fence, a naughts-and-crosses board."""
    across, down = rng.integers(2, 5, 2)
    lean = rng.normal(0, 0.15)
    return [
        *(line((x + lean, -0.6), (x - lean, down - 0.4), rng) for x in range(int(across))),
        *(line((-0.6, y), (across - 0.4, y), rng) for y in range(int(down))),
    ]


def polygon(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """A triangle, a box, a star with five or seven points; with more sides it would be a 0."""
    corners = int(rng.choice([3, 3, 4, 4, 5, 7]))
    angle = np.sort(2 * np.pi * (np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) / corners)
    radius = rng.uniform(0.75, 1, corners)
    if corners > 4:  # a star: every second corner next
        order = np.arange(corners) * 2 % corners
        angle, radius = angle[order], radius[order]
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    around = turned([points], rng.uniform(0, 2 * np.pi))[0] * rng.uniform(0.6, 1, 2)
    closed = np.concatenate([around, around[:1]])
    return [np.concatenate([line(*side, rng) for side in pairwise(closed)])]


def arrow(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """A shaft with a head; not one that points up or down, which is near a 1."""
    head = rng.uniform(0.25, 0.6)
    paths = [line((-1, 0), (1, 0), rng), np.array([[1 - head, -head], [1, 0], [1 - head, head]])]
    return turned(paths, rng.uniform(-0.9, 0.9) + np.pi * rng.integers(0, 2))


def dots(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """Some dots apart from one another, or one alone."""
    places = rng.uniform(-1, 1, (int(rng.choice([1, 2, 3, 4, 6, 9])), 2))
    return [place[None] for place in places]


def blot(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """An area filled with ink."""
    rows = int(rng.integers(14, 24))
    y = np.linspace(-1, 1, rows)
    half = np.sqrt(1.02 - y**2) if rng.random() < 0.5 else np.ones(rows)
    half = half * rng.uniform(0.5, 1) * (1 + rng.normal(0, 0.1, rows))
    x = np.where(np.arange(rows) % 2, half, -half)
    return turned([np.stack([x, y], axis=1)], rng.uniform(0, np.pi))


def ring_with_something(rng: Rng, digits: Sequence[Drawing]) -> list[Points]:
    """A wheel, a clock, a target, a button; not a ring with one line, which is a slashed 0."""
    angle = np.linspace(0, 2 * np.pi * rng.uniform(0.95, 1.1), 60) + rng.uniform(0, 6)
    ring = np.stack([np.cos(angle), rng.uniform(0.8, 1.2) * np.sin(angle)], axis=1)
    make = rng.choice(np.array([cross, grid, several_lines, scribble, polygon], object))
    inside = rng.uniform(0.6, 1.3)
    return [ring, *(path - inside / 2 for path in scaled(make(rng, digits), inside))]


def closed_arcs(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """A cloud, a star with hollow sides, a drop: three to six arcs that close, with corners."""
    corners = int(rng.integers(3, 7))
    angle = 2 * np.pi * (np.arange(corners + 1) + 0.3 * rng.uniform(-1, 1)) / corners
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.uniform(0.6, 1, 2)
    bulges = rng.choice([-1, 1, 1]) * rng.uniform(0.45, 0.9, corners)
    if rng.random() < 0.3:
        bulges[rng.integers(corners)] *= -1
    way = np.linspace(0, 1, 14)[:, None]
    arcs = []
    for (start, end), bulge in zip(pairwise(points), bulges, strict=True):
        side = end - start
        outwards = np.array([side[1], -side[0]]) * bulge
        arcs.append(start + way * side + np.sin(np.pi * way) * outwards)
    return turned([np.concatenate(arcs)], rng.uniform(0, 2 * np.pi))


def drop(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """A drop, a tear, a fish: round, and pulled out to one point; not upwards, as some end a 0."""
    angle = np.linspace(0, 2 * np.pi, 50)
    sharp = rng.uniform(1, 2.5)
    wide = rng.uniform(0.65, 1.1) * np.sin(angle / 2) ** sharp
    shape = np.stack([wide * np.sin(angle), rng.uniform(0.9, 1.1) * np.cos(angle)], axis=1)
    return turned([shape], rng.uniform(-2.6, 2.6))


def bean(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """A bean, a boomerang, a cloud: smooth, closed, and dented well; a 0 may have a kink."""
    angle = np.linspace(0, 2 * np.pi, 60) + rng.uniform(0, 2 * np.pi)
    radius = np.ones_like(angle)
    for place in rng.uniform(0, 2 * np.pi, int(rng.choice([1, 1, 2, 3]))):
        away = np.angle(np.exp(1j * (angle - place)))
        radius -= rng.uniform(0.45, 0.75) * np.exp(-((away / rng.uniform(0.3, 0.6)) ** 2))
    return [np.stack([radius * np.cos(angle), rng.uniform(0.7, 1.3) * radius * np.sin(angle)], 1)]


def moon(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """Two arcs from point to point, one inside the other: a moon, a slice, a banana."""
    way = np.linspace(0, np.pi, 30)
    outer, inner = rng.uniform(0.7, 1.3), rng.uniform(-0.1, 0.6)
    there = np.stack([np.cos(way), outer * np.sin(way)], axis=1)
    back = np.stack([np.cos(way), inner * outer * np.sin(way)], axis=1)[::-1]
    return turned([np.concatenate([there, back])], rng.uniform(0, 2 * np.pi))


def several_shapes(rng: Rng, digits: Sequence[Drawing]) -> list[Points]:
    """Two of the others, one beside, above or in the other."""
    first, second = (
        scaled(make(rng, digits))
        for make in rng.choice(np.array(SIMPLE, dtype=object), 2, replace=True)
    )
    away = rng.uniform(0, 1.2) * np.array(rng.choice([[1, 0], [0, 1]]))
    size = rng.uniform(0.3, 1)
    return [*first, *(size * path + away for path in second)]


def digits_beside(rng: Rng, digits: Sequence[Drawing]) -> list[Points]:
    """Two or three digits as one writes a number; often one of them is a 1, a mere bar."""
    count = int(rng.choice([2, 2, 2, 3]))
    bar = int(rng.integers(count)) if rng.random() < 0.4 else None
    x = 0.0
    paths: list[Points] = []
    for place, index in enumerate(rng.integers(0, len(digits), count)):
        standing = [line((rng.normal(0.05, 0.12), 0), (0, 1), rng)] if place == bar else None
        one = scaled(standing or as_points(digits[index].strokes))
        size, rise = rng.uniform(0.75, 1), rng.uniform(-0.1, 0.1)
        paths += [size * path + [x, rise] for path in one]
        x += size * float(box(one)[1][0]) + rng.uniform(0.05, 0.5)
    return paths


def digit_crossed_out(rng: Rng, digits: Sequence[Drawing]) -> list[Points]:
    """A digit that somebody took back: an X over it, three strikes, or a scrawl.

    One stroke alone is not enough: it makes a crossed 7 or a slashed 0.
    """
    digit = scaled(as_points(digits[int(rng.integers(len(digits)))].strokes))
    _, high = box(digit)
    way = rng.integers(3)
    if way == 0:
        over = [line((-0.1, -0.1), high + 0.1, rng),
                line((high[0] + 0.1, -0.1), (-0.1, high[1] + 0.1), rng)]  # fmt: skip
    elif way == 1:
        heights = rng.uniform(0.15, 0.85, 3) * high[1]
        over = [line((-0.2, y), (high[0] + 0.2, y + rng.normal(0, 0.1)), rng) for y in heights]
    else:
        over = scaled(zigzag(rng, digits), float(high.max()))
    return [*digit, *over]


def foreign_letter(rng: Rng, letters: Sequence[Drawing]) -> list[Points]:
    """What might be a letter of another script: two to four strokes of ours, put together."""
    paths: list[Points] = []
    for index in rng.integers(0, len(letters), int(rng.choice([2, 3, 3, 4]))):
        (one,) = scaled([_longest(as_points(letters[index].strokes))], rng.uniform(0.5, 1))
        if rng.random() < 0.5:  # lying on its side, or on its head
            (one,) = turned([one], np.pi / 2 * int(rng.integers(1, 4)))
        low, high = box([one])
        paths.append(one - low + rng.uniform(0, 1, 2) * (1 - (high - low)))
    return paths


def part_of_letter(rng: Rng, letters: Sequence[Drawing]) -> list[Points]:
    """Two to four strokes in a row of a letter that has more: kanji are made of simpler signs."""
    strokes = as_points(letters[int(rng.integers(len(letters)))].strokes)
    count = min(int(rng.choice([2, 3, 3, 4])), len(strokes) - 1)
    first = int(rng.integers(0, len(strokes) - count + 1))
    return strokes[first : first + count]


def invented_letter(rng: Rng, _: Sequence[Drawing]) -> list[Points]:
    """Three to five bars, hooks, arcs and rings that touch, as the letters of many scripts."""
    paths: list[Points] = []
    ringed = False
    for _each in range(int(rng.choice([3, 3, 4, 4, 5]))):
        way = np.linspace(0, 1, 20)
        kind = rng.integers(3 if ringed else 4)
        if kind == 0:
            path = line((0, 0), (1, 0), rng, 0.05)
        elif kind == 1:  # an arc, up to three quarters of a ring
            angle = way * rng.uniform(0.8, 4.7)
            path = np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.uniform(0.2, 0.6)
        elif kind == 2:  # a hook
            bend = rng.uniform(0.2, 0.5)
            path = np.array([[0, 0], [1, 0], [1 - bend * rng.uniform(0.2, 1), bend]], float)
        else:  # one ring at the most: two make an 8
            ringed = True
            angle = way * 2 * np.pi
            path = np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.uniform(0.12, 0.3)
        turn = np.pi / 4 * rng.integers(8) + rng.normal(0, 0.15)
        (path,) = turned([path * rng.uniform(0.4, 1)], turn)
        if paths:  # from a place on an earlier stroke
            earlier = paths[int(rng.integers(len(paths)))]
            here, there = (int(rng.integers(len(some))) for some in (path, earlier))
            path = path + earlier[there] - path[here]
        paths.append(path)
    return paths


def _longest(strokes: list[Points]) -> Points:
    return max(strokes, key=length_of)


Maker = Callable[[Rng, Sequence[Drawing]], list[Points]]
SIMPLE: tuple[Maker, ...] = (
    scribble, round_scribble, spiral, zigzag, waves, flat_line, several_lines, cross, grid,
    polygon, arrow, dots, blot, ring_with_something, closed_arcs, drop, bean, moon,
)  # fmt: skip
FROM_NOTHING: tuple[Maker, ...] = (*SIMPLE, several_shapes, *(invented_letter,) * 6)
# People asked for one digit often write a number, so pairs of digits come more often.
FROM_DIGITS: tuple[Maker, ...] = (*[digits_beside] * 6, *[digit_crossed_out] * 2)
# There are more scripts than shapes.
FROM_LETTERS: tuple[Maker, ...] = (foreign_letter,) * 10
MANY_STROKES = 4  # a letter with as many is made of parts

"""Find the digits of a number: which strokes, or which pieces of ink, belong together.

Pure: a drawing and a network in, the digits from left to right out. Knows no HTTP and no model
file. The network knows that two digits are no digit, which is what makes the search work.

    parts ─▶ groups that may be a digit ─▶ each framed and read, in one batch ─▶ the best way through
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reader.framing import INKED, DigitImage, frame
from reader.ink import Ink
from reader.strokes import Strokes, ink_from_strokes

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Points = NDArray[np.float64]  # (count, 2), x and y, y downwards
Mask = NDArray[np.bool_]
Group = tuple[int, ...]  # the numbers of the parts that may be a digit

MAX_DIGITS = 10
MAX_PARTS = 40
MAX_IN_GROUP = 5
MAX_GROUPS = 200
LONGEST = 16  # times as wide as high: more than ten digits are

# Lengths are shares of the height of the number, which is that of its highest part.
WIDEST = 1.7  # a digit's width beside its height
TALL = 0.5  # parts that are higher may be digits of their own
NEAR_TALL, NEAR = 0.25, 0.3  # from a part of a digit to the next, if both are tall, or not
STEP = 0.05  # distances are measured between points that far apart
NARROW = 0.1  # no part counts as narrower
# What speaks against a group, as the negative logarithm of a probability.
DIGIT = 0.7  # every digit
WHOLE, SMALL = 0.75, 6.0  # a digit that is less high than WHOLE: SMALL times what it lacks
BESIDE = 2.0  # two tall parts of a digit that are not above each other
SECOND=0.0
NO_DIGIT = 0.003
DISTANT = 8.0  # the distance between two parts, times this


@dataclass(frozen=True)
class Box:
    """Where something is in the drawing, in the drawing's own units."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, points: Points) -> Box:
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return cls(float(left), float(top), float(right), float(bottom))

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def apart(self, other: Box) -> float:
        """The distance between both."""
        across = max(self.left - other.right, other.left - self.right, 0.0)
        down = max(self.top - other.bottom, other.top - self.bottom, 0.0)
        return math.hypot(across, down)

    def around(self, other: Box) -> Box:
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True)
class Part:
    """A stroke or a piece of ink."""

    box: Box
    points: Points  # near enough to each other to measure distances
    cut_from: int | None = None  # parts that were cut from one have the same number here


class Parts(Protocol):
    """A drawing in parts."""

    parts: Sequence[Part]

    def ink(self, group: Group) -> Ink:
        """Those parts alone."""


class StrokeParts:
    """Strokes, each of them a part."""

    def __init__(self, strokes: Strokes) -> None:
        self.strokes = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
        boxes = [Box.of(stroke) for stroke in self.strokes]
        step = STEP * max((box.height for box in boxes), default=0.0)
        self.parts = [
            Part(box, walked(stroke, step)) for box, stroke in zip(boxes, self.strokes, strict=True)
        ]

    def ink(self, group: Group) -> Ink:
        return ink_from_strokes([self.strokes[part] for part in group])


def walked(line: Points, step: float) -> Points:
    """The same line with points no further than a step apart, or 200 of them."""
    way = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    if way[-1] == 0:
        return line[:1]
    at = np.linspace(0, way[-1], 2 + int(way[-1] / max(step, way[-1] / 200)))
    return np.stack([np.interp(at, way, line[:, axis]) for axis in (0, 1)], axis=1)


ROWS = 80  # ink is made less high than twice this: framing wants a digit as high as this
SPECK = 0.02  # a piece with less than this share of the largest piece's pixels is left out


class InkParts:
    """Pieces of ink that hang together, each of them a part."""

    def __init__(self, ink: Ink) -> None:
        self.small, self.box, self.px = shrunk(ink)
        labels = labels_of(self.small >= INKED * self.small.max(initial=1e-6))
        sizes = np.bincount(labels.ravel())[1:]
        kept = 1 + np.flatnonzero(sizes > SPECK * sizes.max(initial=0))
        self.masks = [labels == label for label in kept[: MAX_PARTS + 1]]
        self.parts = [self._part(mask) for mask in self.masks]

    def _part(self, mask: Mask, cut_from: int | None = None) -> Part:
        rows, columns = np.nonzero(mask)
        corner = (self.box.left, self.box.top)
        ends = np.array([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]])
        points = corner + self.px * (outline(mask) + 0.5)
        return Part(Box.of(corner + self.px * ends), points, cut_from)

    def cut(self, group: Group) -> None:
        """Cut these parts where ink is thin."""
        for part in sorted(group, reverse=True):
            masks = cut(self.masks[part], self.small)
            if len(masks) > 1:
                self.masks[part : part + 1] = masks
                self.parts[part : part + 1] = [self._part(mask, id(masks)) for mask in masks]

    def ink(self, group: Group) -> Ink:
        held = np.logical_or.reduce([self.masks[part] for part in group])
        columns = np.flatnonzero(held.any(axis=0))
        inside = np.s_[:, columns[0] : columns[-1] + 1]
        return np.where(held[inside], self.small[inside], np.float32(0))


MAX_CUTS = 6
BEND = 1.0  # what a step aside costs a cut, in pixels of ink
THROUGH = 0.8  # a cut goes through this much ink at most, of the height of what is cut
CUTS_APART = 0.1
LEAST = 0.5  # of its height is on either side of a cut


def cut(mask: Mask, small: Ink) -> list[Mask]:
    """The piece in as many as it may have digits and more, from left to right."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    inside = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    held = mask[inside]
    ink = np.where(held, small[inside], np.float32(0))
    height, width = ink.shape
    down, up = seams(ink), seams(ink[::-1])[::-1]
    middle = height // 2
    through = down[middle] + up[middle] - ink[middle]
    places: list[int] = []
    side = np.zeros(ink.shape, np.intp)
    for x in np.argsort(through, kind="stable").tolist():
        if through[x] > THROUGH * height or len(places) == MAX_CUTS:
            break
        if any(abs(x - place) < CUTS_APART * height for place in places):
            continue
        line = np.concatenate([followed(down, middle, x, -1)[::-1], [x], followed(up, middle, x, 1)])
        right = np.arange(width) > line[:, None]
        if min(np.ptp(np.flatnonzero((held & half).any(axis=1)), initial=0) if False else extent_of(held & half) for half in (right, ~right)) >= LEAST * height:
            places.append(x)
            side += right
    masks = []
    for number in range(len(places) + 1):
        some = np.zeros_like(mask)
        some[inside] = held & (side == number)
        if some.any():
            masks.append(some)
    return masks


def extent_of(mask: Mask) -> int:
    rows = np.flatnonzero(mask.any(axis=1))
    return int(rows[-1] - rows[0]) + 1 if rows.size else 0


def seams(ink: Ink) -> NDArray[np.float32]:
    """The least ink on a way from the top to each pixel, itself included."""
    least = ink.copy()
    aside = np.full((2, ink.shape[1] + 2), np.inf, np.float32)
    for y in range(1, len(ink)):
        aside[0, 1:-1] = least[y - 1]
        best = np.minimum(np.minimum(aside[0, :-2], aside[0, 2:]) + np.float32(BEND), least[y - 1])
        least[y] += best
    return least


def followed(least: NDArray[np.float32], row: int, x: int, step: int) -> list[int]:
    """Where the way goes from that pixel on, row by row."""
    line = []
    last = least.shape[1] - 1
    for y in range(row + step, -1 if step < 0 else len(least), step):
        here = least[y]
        x = min((x, max(x - 1, 0), min(x + 1, last)), key=lambda at, x=x: here[at] + BEND * (at != x))
        line.append(x)
    return line


def shrunk(ink: Ink) -> tuple[Ink, Box, int]:
    """The ink cropped and made small, its box, and how many pixels became one, across and down."""
    inked = ink >= INKED * max(float(ink.max(initial=0)), INKED)
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return np.zeros((1, 1), np.float32), Box(0, 0, 1, 1), 1
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    px = max(1, int(bottom - top) // ROWS)
    height, width = -(-(bottom - top) // px), -(-(right - left) // px)
    padded = np.zeros((height * px, width * px), np.float32)
    padded[: bottom - top, : right - left] = ink[top:bottom, left:right]
    small = padded.reshape(height, px, width, px).mean(axis=(1, 3), dtype=np.float32)
    return small, Box(float(left), float(top), float(right), float(bottom)), px


def labels_of(inked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The number of the piece of ink that each pixel is of, from 1 on; 0 is paper.

    Runs of pixels in a row are found first; runs that touch, corners included, are of one piece.
    """
    height, width = inked.shape
    row = width + 2
    edges = np.diff(np.pad(inked, ((0, 0), (1, 1))).ravel().astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    first = np.searchsorted(ends, starts + row)
    last = np.searchsorted(starts, ends + row, side="right")
    piece = list(range(len(starts)))

    def root(run: int) -> int:
        while piece[run] != run:
            piece[run] = run = piece[piece[run]]
        return run

    for run, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        for below in range(low, high):
            one, other = root(run), root(below)
            piece[max(one, other)] = min(one, other)
    roots = np.array([root(run) for run in range(len(piece))], np.intp)
    numbers = np.unique(roots, return_inverse=True)[1] + 1
    flat = np.zeros(height * row, np.intp)
    flat[1 + starts] = numbers
    flat[1 + ends] -= numbers
    return np.cumsum(flat).reshape(height, row)[:, 1:-1]


def outline(mask: NDArray[np.bool_]) -> Points:
    """Pixels at the left and right ends of its runs, x and y; every other row is enough."""
    rows = np.pad(mask, ((0, 0), (1, 1)))[::2]
    ends = rows[:, 1:-1] & ~(rows[:, :-2] & rows[:, 2:])
    y, x = np.nonzero(ends if ends.any() else mask)
    return np.stack([x, 2 * y if ends.any() else y], axis=1).astype(np.float64)


@dataclass(frozen=True)
class Candidate:
    """Parts that may be one digit, and what their places say against it."""

    group: Group
    box: Box
    cost: float


@dataclass(frozen=True)
class Found:
    """A candidate, read."""

    box: Box
    digit_image: DigitImage
    probabilities: NDArray[np.float32]
    cost: float
    group: Group = ()


DOUBTFUL = 0.9  # a piece of ink that is no more surely a digit is cut


def digits_in_ink(ink: Ink, network: Network) -> list[Found]:
    """The digits, from left to right, of a picture; digits that touch are cut apart."""
    parts = InkParts(ink)
    found = digits_in(parts, network)
    doubtful = [one.group for one in found if one.probabilities.max() < DOUBTFUL]
    if doubtful:
        for group in sorted(doubtful, key=max, reverse=True):
            parts.cut(group)
        found = digits_in(parts, network) or found
    return found


def digits_in(parts: Parts, network: Network) -> list[Found]:
    """The digits, from left to right; none if there is no way to see the parts as a number."""
    groups = candidates(parts.parts)
    if not groups:
        return []
    images = [frame(parts.ink(candidate.group)) for candidate in groups]
    batch = np.stack(images)[..., None].astype(np.float32) / np.float32(255)
    return best_way([
        Found(
            candidate.box,
            image,
            shares,
            candidate.cost + doubt(shares),
            candidate.group,
        )
        for candidate, image, shares in zip(groups, images, network(batch), strict=True)
    ])


def doubt(shares: NDArray[np.float32]) -> float:
    """What a reading says against a digit: nothing where it is sure, much where all are alike."""
    second, first = np.sort(shares)[-2:].tolist()
    return -math.log(max((first + SECOND * second - 0.1 - SECOND*0.1) / (0.9 - SECOND*0.1), NO_DIGIT))


def candidates(parts: Sequence[Part]) -> list[Candidate]:
    """Groups of parts that may be a digit: near to each other, and together not too wide."""
    if not 0 < len(parts) <= MAX_PARTS:
        return []
    whole = parts[0].box
    for part in parts:
        whole = whole.around(part.box)
    height = max(part.box.height for part in parts)
    if height == 0 or whole.width > LONGEST * height:
        return []
    order = sorted(range(len(parts)), key=lambda part: (parts[part].box.left, parts[part].box.top))
    tall = [part.box.height > TALL * height for part in parts]
    price = prices(parts, tall, height)
    found = []
    last = {(part,): 0.0 for part in order}
    for _ in range(MAX_IN_GROUP):
        larger: dict[Group, float] = {}
        for group, cost in last.items():
            box = parts[group[0]].box
            for part in group[1:]:
                box = box.around(parts[part].box)
            if len(group) > 1 and box.width > WIDEST * max(box.height, height / 2):
                continue
            small = SMALL * max(0.0, WHOLE - box.height / height)
            found.append(Candidate(group, box, DIGIT + small + cost))
            if len(found) > MAX_GROUPS:
                return []
            tall_ones = [part for part in group if tall[part]]
            for part in order:
                if part in group:
                    continue
                near = price[part, group].min()
                both_tall = tall[part] and tall_ones
                more = price[part, tall_ones].sum() if both_tall else near
                if more < np.inf and held_together(parts, (*group, part)):
                    both = tuple(sorted((*group, part), key=order.index))
                    larger[both] = min(cost + more, larger.get(both, np.inf))
        last = larger
    return found


def held_together(parts: Sequence[Part], group: Group) -> bool:
    """Whether no part between two of one piece is missing."""
    for part in group:
        piece = parts[part].cut_from
        if piece is not None:
            numbers = [p for p in group if parts[p].cut_from == piece]
            if max(numbers) - min(numbers) != len(numbers) - 1:
                return False
    return True


def prices(parts: Sequence[Part], tall: Sequence[bool], height: float) -> NDArray[np.float64]:
    """What it costs to take two parts for one digit; infinite where they are not near."""
    price = np.full((len(parts), len(parts)), np.inf)
    for one, first in enumerate(parts):
        for other, second in enumerate(parts[:one]):
            if first.cut_from is not None and first.cut_from == second.cut_from:
                price[one, other] = price[other, one] = 0.0
                continue
            both_tall = tall[one] and tall[other]
            near = (NEAR_TALL if both_tall else NEAR) * height
            if first.box.apart(second.box) > near:
                continue
            away = first.points[:, None] - second.points[None]
            distance = float(np.sqrt((away**2).sum(axis=2).min()))
            if distance <= near:
                beside = 1 - shared(first.box, second.box, NARROW * height) if both_tall else 0.0
                price[one, other] = price[other, one] = (
                    BESIDE * beside + DISTANT * distance / height
                )
    return price


def shared(one: Box, other: Box, narrow: float) -> float:
    """How much of the narrower lies above or below the other: 0 … 1."""
    (low, high), (low2, high2) = (
        (min(box.left, middle - narrow / 2), max(box.right, middle + narrow / 2))
        for box in (one, other)
        for middle in [(box.left + box.right) / 2]
    )
    return max(0.0, min(high, high2) - max(low, low2)) / max(min(high - low, high2 - low2), 1e-9)


def best_way(found: Sequence[Found]) -> list[Found]:
    """The groups that use each part once and cost least, from left to right."""
    masks = [sum(1 << part for part in one.group) for one in found]
    order = [one.group[0] for one in found if len(one.group) == 1]  # from left to right
    holding = {part: [i for i, one in enumerate(found) if part in one.group] for part in order}

    @cache
    def best(used: int) -> tuple[float, tuple[int, ...]]:
        first = next((part for part in order if not used >> part & 1), None)
        if first is None:
            return 0.0, ()
        ways = []
        for index in holding[first]:
            if not used & masks[index]:
                cost, rest = best(used | masks[index])
                ways.append((found[index].cost + cost, (index, *rest)))
        return min(ways)

    groups = [found[index] for index in best(0)[1]]
    return sorted(groups, key=lambda one: one.box.left + one.box.right)

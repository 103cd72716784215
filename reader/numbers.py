"""Find the digits of a number: which strokes, or which pieces of ink, belong together.

Pure: parts of a drawing and a network in, the digits from left to right out. Knows no HTTP and no
model file. The network knows that two digits are no digit, which is what makes the search work.

    parts ─▶ candidate groups ─▶ each framed and read, in one batch ─▶ the best way through them
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reader.framing import DigitImage, frame
from reader.ink import Ink
from reader.strokes import Strokes, ink_from_strokes

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Group = tuple[int, ...]  # the numbers of the parts that may be a digit

MAX_DIGITS = 10
MAX_PARTS = 40
MAX_IN_GROUP = 4
MAX_GROUPS = 80
# Lengths are shares of the height of the number: of its highest part.
WIDEST = 1.7  # a digit's width beside its height
TALL = 0.5  # parts that are higher may be digits of their own
NEAR_TALL, NEAR = 0.2, 0.3  # from one part of a digit to the next, if both are tall, or not
STEP = 0.05  # distances are measured between points as far apart
# What speaks against a group, in natural logarithms of a probability.
WHOLE, SMALL = 0.75, 6.0  # a digit is this high, or SMALL is the price of one that has no height
DIGIT = 0.7  # a digit more
BESIDE, DISTANT = 2.0, 8.0  # two tall parts are one digit; its lines are so far apart
NARROW = 0.1  # no part is taken for narrower


@dataclass(frozen=True)
class Box:
    """Where something is in the drawing, in the drawing's own units."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def apart(self, other: Box) -> float:
        """The distance between both."""
        across = max(self.left - other.right, other.left - self.right, 0.0)
        down = max(self.top - other.bottom, other.top - self.bottom, 0.0)
        return math.hypot(across, down)

    def shared(self, other: Box, narrow: float) -> float:
        """How much of the narrower lies above or below the other: 0 … 1."""
        low = max(self.middle - max(self.width, narrow) / 2, other.middle - max(other.width, narrow) / 2)
        high = min(self.middle + max(self.width, narrow) / 2, other.middle + max(other.width, narrow) / 2)
        return max(0.0, high - low) / max(min(self.width, other.width), narrow)

    def around(self, other: Box) -> Box:
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


class Parts(Protocol):
    """What a drawing is made of."""

    points: Sequence[NDArray[np.float64]]  # of each part, (count, 2)

    def ink(self, group: Group) -> Ink:
        """Those parts alone."""


class StrokeParts:
    def __init__(self, strokes: Strokes) -> None:
        self.strokes = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
        self.points = self.strokes

    def ink(self, group: Group) -> Ink:
        return ink_from_strokes([self.strokes[part] for part in group])


@dataclass(frozen=True)
class Candidate:
    """Parts that may be one digit, and what their places say for and against it."""

    group: Group
    box: Box
    cost: float


@dataclass(frozen=True)
class Found:
    """A group that is taken for a digit."""

    box: Box
    digit_image: DigitImage
    probabilities: NDArray[np.float32]
    cost: float
    group: Group = ()


def digits_in(parts: Parts, network: Network) -> list[Found]:
    """The digits, from left to right; none if there is no way to see the parts as a number."""
    groups = candidates(parts)
    if not groups:
        return []
    images = [frame(parts.ink(candidate.group)) for candidate in groups]
    batch = np.stack(images)[..., None].astype(np.float32) / np.float32(255)
    found = [
        Found(candidate.box, image, shares, candidate.cost, candidate.group)
        for candidate, image, shares in zip(groups, images, network(batch), strict=True)
    ]
    return best_way(found)


def box_of(points: NDArray[np.float64]) -> Box:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(float(left), float(top), float(right), float(bottom))


def candidates(parts: Parts) -> list[Candidate]:
    """Groups of parts that may be one digit: near to each other, and together not too wide."""
    count = len(parts.points)
    if not 1 < count <= MAX_PARTS:
        return []
    boxes = [box_of(points) for points in parts.points]
    height = max(box.height for box in boxes)
    if height == 0:
        return []
    sizes = [box.height / height for box in boxes]
    pairs = np.full((count, count), np.inf)  # the price of taking both for one digit
    for one in range(count):
        for other in range(one):
            tall = min(sizes[one], sizes[other]) > TALL
            near = (NEAR_TALL if tall else NEAR) * height
            if boxes[one].apart(boxes[other]) > near:
                continue
            distance = distance_between(parts.points[one], parts.points[other], STEP * height)
            if distance <= near:
                cost = DISTANT * distance / height
                if tall:
                    cost += BESIDE * (1 - boxes[one].shared(boxes[other], NARROW * height))
                pairs[one, other] = pairs[other, one] = cost
    found = {}
    last = {frozenset([part]): 0.0 for part in range(count)}
    for _ in range(MAX_IN_GROUP):
        larger = {}
        for group, cost in last.items():
            members = sorted(group, key=lambda part: (boxes[part].left, part))
            box = box_around([boxes[part] for part in members])
            if len(members) > 1 and box.width > WIDEST * max(box.height, height / 2):
                continue
            small = SMALL * max(0.0, WHOLE - box.height / height)
            found[group] = Candidate(tuple(members), box, DIGIT + small + cost)
            tall = [part for part in members if sizes[part] > TALL]
            for part in set(range(count)) - group:
                more = pairs[part, members].min()
                if sizes[part] > TALL and tall:
                    more = pairs[part, tall].sum()
                if more < np.inf:
                    larger[group | {part}] = min(cost + more, larger.get(group | {part}, np.inf))
        if len(found) > MAX_GROUPS:
            return []
        last = larger
    return list(found.values())


def distance_between(one: NDArray[np.float64], other: NDArray[np.float64], step: float) -> float:
    """From the one to the other, nearly: between points a step apart."""
    away = walked(one, step)[:, None] - walked(other, step)[None]
    return float(np.sqrt((away**2).sum(axis=2).min()))


def walked(line: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """The same line with points no further than a step apart."""
    way = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    at = np.linspace(0, way[-1], 2 + int(way[-1] / step))
    return np.stack([np.interp(at, way, line[:, axis]) for axis in (0, 1)], axis=1)


def box_around(boxes: Sequence[Box]) -> Box:
    first, *rest = boxes
    for box in rest:
        first = first.around(box)
    return first


def best_way(found: Sequence[Found]) -> list[Found]:
    """The likeliest groups that use each part once."""
    masks = [sum(1 << part for part in one.group) for one in found]
    costs = [one.cost - math.log(max(float(one.probabilities.max()), 1e-9)) for one in found]
    everything = 0
    for mask in masks:
        everything |= mask
    holding = {
        part: [index for index, mask in enumerate(masks) if mask >> part & 1]
        for part in range(everything.bit_length())
    }
    order = [one.group[0] for one in sorted(found, key=lambda f: f.box.left) if len(one.group) == 1]

    @lru_cache(maxsize=None)
    def best(used: int) -> tuple[float, tuple[int, ...]]:
        first = next((part for part in order if not used >> part & 1), None)
        if first is None:
            return 0.0, ()
        ways = [
            (costs[index] + rest[0], (index, *rest[1]))
            for index in holding[first]
            if not used & masks[index]
            for rest in [best(used | masks[index])]
        ]
        return min(ways)

    groups = [found[index] for index in best(0)[1]]
    return sorted(groups, key=lambda f: f.box.left + f.box.right)

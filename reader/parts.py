"""A drawing in parts: its strokes, or the pieces of its ink, which may be cut where ink is thin.

Pure: knows no digits and no network. Which parts make a digit is decided by `reader.numbers`.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reader.ink import INKED, Ink, inked
from reader.strokes import Strokes, ink_from_strokes

Points = NDArray[np.float64]  # (count, 2), x and y, y downwards
Ways = NDArray[np.float64]
Mask = NDArray[np.bool_]  # the pixels of a part
Group = tuple[int, ...]  # the numbers of some parts
Run = tuple[int, int, int]  # the number of a stroke, its first point, and the point after its last

MAX_PARTS = 30  # three of each of ten digits; beyond, a drawing is no number
STEP = 0.05  # of the highest part: distances are measured between points that far apart
MAX_POINTS = 100  # of a part
MOST_OF_ALL = 1_500  # points of all parts; a scribble has more, and ten digits half of that


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

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def apart(self, other: Box) -> float:
        """The distance between both."""
        across = max(self.left - other.right, other.left - self.right, 0.0)
        down = max(self.top - other.bottom, other.top - self.bottom, 0.0)
        return math.hypot(across, down)

    def around(self, other: Box) -> Box:
        """The box around both."""
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
    cut_from: int | None = None  # the piece that it was cut from
    turn: int | None = None  # when it was drawn; None in a picture


class Parts(Protocol):
    """A drawing in parts."""

    parts: list[Part]

    def ink(self, group: Group) -> Ink:
        """Those parts alone."""

    def runs(self, group: Group, /) -> list[Run] | None:
        """The runs of strokes that they are; None in a picture."""

    def points(self, group: Group, /) -> int:
        """How many points there are to draw."""

    def cut(self, group: Group) -> Parts:
        """The drawing with these parts cut where little holds them together."""


class StrokeParts:
    """Strokes, each of them a part."""

    def __init__(self, strokes: Strokes) -> None:
        self.parts: list[Part] = []
        self._runs = [(i, 0, len(stroke)) for i, stroke in enumerate(strokes) if len(stroke)]
        if len(self._runs) > MAX_PARTS:
            return
        self.strokes = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes]
        lines = [self._points(run) for run in self._runs]
        height = max((float(np.ptp(line[:, 1])) for line in lines), default=0.0)
        self._step = STEP * height
        parts = [self._part(line, turn) for turn, line in enumerate(lines)]
        if sum(len(part.points) for part in parts) <= MOST_OF_ALL:
            self.parts = parts

    def _part(self, line: Points, turn: int | None, cut_from: int | None = None) -> Part:
        return Part(Box.of(line), walked(line, self._step), cut_from, turn)

    def ink(self, group: Group) -> Ink:
        return ink_from_strokes([self._points(run) for run in self.runs(group)])

    def runs(self, group: Group) -> list[Run]:
        return [self._runs[part] for part in group]

    def points(self, group: Group) -> int:
        return sum(end - first for _, first, end in self.runs(group))

    def cut(self, group: Group) -> StrokeParts:
        """These strokes are cut where a digit may end and the next begin."""
        new = copy(self)
        new._runs, new.parts = [*self._runs], [*self.parts]
        for part in sorted(group, reverse=True):
            stroke, first, end = self._runs[part]
            turn = self.parts[part].turn
            ends = [first + place for place in places_to_cut(self._points(self._runs[part]))]
            between = pairwise([first, *ends, end - 1])
            runs = [(stroke, one, other + 1) for one, other in between]
            if len(runs) > 1:
                pieces = [self._part(self._points(run), turn, part) for run in runs]
                new._runs[part : part + 1], new.parts[part : part + 1] = runs, pieces
        return new

    def _points(self, run: Run) -> Points:
        stroke, first, end = run
        return self.strokes[stroke][first:end]


MOST_POINTS_TO_CUT = 500
MOST_PLACES = 4
LEANS = (0.0, -0.3, 0.3)  # across for each down, of what a cut goes along
END = 0.5  # each side of a cut is as high as this share of the stroke


def places_to_cut(line: Points) -> list[int]:
    """The points at which a line from top to bottom would cross the stroke once, and nothing else.

    Such points follow each other, as on the way from a digit to the next; the middle one counts.
    """
    if not 3 <= len(line) <= MOST_POINTS_TO_CUT:
        return []
    height = float(np.ptp(line[:, 1]))
    found: list[int] = []
    for lean in LEANS:
        x = line[:, 0] + lean * line[:, 1]
        low, high = np.minimum(x[:-1], x[1:]), np.maximum(x[:-1], x[1:])
        crossings = ((low <= x[:, None]) & (x[:, None] < high)).sum(axis=1)
        once = np.flatnonzero(crossings[1:-1] == 1) + 1
        for some in np.split(once, np.flatnonzero(np.diff(once) > 1) + 1):
            if not len(some):
                continue
            place = int(some[len(some) // 2])
            sides = (line[: place + 1, 1], line[place:, 1])
            apart = all(abs(place - other) > 2 for other in found)
            if apart and min(float(np.ptp(side)) for side in sides) >= END * height:
                found.append(place)
    return sorted(found[:MOST_PLACES])


def walked(line: Points, step: float) -> Points:
    """The same line with points no further than a step apart, unless there would be too many."""
    way = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    if way[-1] == 0:
        return line[:1]
    at = np.linspace(0, way[-1], 2 + int(way[-1] / max(step, way[-1] / MAX_POINTS)))
    return np.stack([np.interp(at, way, line[:, axis]) for axis in (0, 1)], axis=1)


ROWS = 80  # ink is made small, but no less high than this: framing wants a digit as high
SPECK = 0.02  # a piece with less than this share of the largest piece's pixels is left out


class InkParts:
    """Pieces of ink that hang together, each of them a part."""

    def __init__(self, ink: Ink) -> None:
        self.small, self.box, self.px = shrunk(ink)
        labels = labels_of(inked(self.small)) if self.small.any() else np.zeros((1, 1), np.intp)
        sizes = np.bincount(labels.ravel())[1:]
        kept = 1 + np.flatnonzero(sizes > SPECK * sizes.max(initial=0))
        self.masks = [labels == label for label in kept] if len(kept) <= MAX_PARTS else []
        self.parts = [self._part(mask) for mask in self.masks]

    def _part(self, mask: Mask, cut_from: int | None = None) -> Part:
        rows, columns = inside = box_in(mask)
        corner = (self.box.left, self.box.top)
        ends = np.array([[columns.start, rows.start], [columns.stop, rows.stop]])
        points = corner + self.px * (ends[0] + outline(mask[inside]) + 0.5)
        return Part(Box.of(corner + self.px * ends), points, cut_from)

    def ink(self, group: Group) -> Ink:
        held = np.logical_or.reduce([self.masks[part] for part in group])
        columns = np.flatnonzero(held.any(axis=0))
        inside = np.s_[:, columns[0] : columns[-1] + 1]
        return np.where(held[inside], self.small[inside], np.float32(0))

    def runs(self, _: Group) -> None:
        return None

    def points(self, _: Group) -> int:
        return 0

    def cut(self, group: Group) -> InkParts:
        """These parts are cut where ink is thin."""
        new = copy(self)
        new.masks, new.parts = [*self.masks], [*self.parts]
        for part in sorted(group, reverse=True):
            masks = cut(self.masks[part], self.small)
            if len(masks) > 1:
                new.masks[part : part + 1] = masks
                new.parts[part : part + 1] = [self._part(mask, part) for mask in masks]
        return new


def shrunk(ink: Ink) -> tuple[Ink, Box, int]:
    """The ink cropped and made small, its box, and how many pixels became one, across and down."""
    if ink.max(initial=0) < INKED:
        return np.zeros((1, 1), np.float32), Box(0, 0, 0, 0), 1
    rows, columns = (np.flatnonzero(inked(ink).any(axis=axis)) for axis in (1, 0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    px = max(1, int(bottom - top) // ROWS)
    height, width = -(-(bottom - top) // px), -(-(right - left) // px)
    padded = np.zeros((height * px, width * px), np.float32)
    padded[: bottom - top, : right - left] = ink[top:bottom, left:right]
    small = padded.reshape(height, px, width, px).mean(axis=(1, 3))
    return small, Box(float(left), float(top), float(right), float(bottom)), px


def labels_of(cells: Mask) -> NDArray[np.intp]:
    """The number of the piece that each cell is of, from 1 on; 0 is paper.

    Runs of cells in a row are found first. Runs that touch, corners included, are of one piece.
    """
    height, width = cells.shape
    row = width + 2  # paper at either end keeps runs apart
    edges = np.diff(np.pad(cells, ((0, 0), (1, 1))).ravel().astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    first = np.searchsorted(ends, starts + row)  # of the runs below that touch this one …
    last = np.searchsorted(starts, ends + row, side="right")  # … and the first that does not
    counts = last - first
    pieces = np.arange(len(starts))  # a run of the same piece; the first run is its own
    above = np.repeat(pieces, counts)
    below = np.arange(counts.sum()) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    while ((one := pieces[above]) != (other := pieces[below])).any():
        np.minimum.at(pieces, np.maximum(one, other), np.minimum(one, other))
        while ((before := pieces[pieces]) != pieces).any():
            pieces = before
    numbers = np.unique(pieces, return_inverse=True)[1] + 1
    steps = np.zeros(height * row, np.intp)
    steps[1 + starts] = numbers
    steps[1 + ends] -= numbers
    return np.cumsum(steps).reshape(height, row)[:, 1:-1]


def box_in(mask: Mask) -> tuple[slice, slice]:
    """The rows and the columns that it has pixels in."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def outline(mask: Mask) -> Points:
    """The pixels at the ends of its runs, x and y, in every other row from the first on."""
    rows = np.zeros((-(-len(mask) // 2), mask.shape[1] + 2), bool)
    rows[:, 1:-1] = mask[::2]
    y, x = np.nonzero(rows[:, 1:-1] & ~(rows[:, :-2] & rows[:, 2:]))
    return np.stack([x, 2 * y], axis=1).astype(np.float64)


MAX_CUTS = 6
# Shares of the height of what is cut.
LINE, INK = 0.2, 0.4  # what a cut costs for each line that it goes through, and for its ink
THROUGH = 0.8  # a cut costs this much at most
CUTS_APART = 0.1
LEAST = 0.5  # what is on either side of a cut is this high


def cut(mask: Mask, small: Ink) -> list[Mask]:
    """The piece cut from top to bottom, where the cuts go through least ink: from left to right."""
    inside = box_in(mask)
    held = mask[inside]
    ink = np.where(held, small[inside], np.float32(0)).astype(np.float64)
    height, width = ink.shape
    line = LINE * height
    down, above = least_ink(ink, line)
    up, below = least_ink(ink[::-1], line)
    middle = height // 2
    through = down[middle] + up[height - 1 - middle] - (line + INK) * ink[middle]
    places: list[int] = []
    right_of = np.zeros(ink.shape, np.intp)  # how many cuts each pixel is right of
    for x in np.argsort(through, kind="stable").tolist():
        if through[x] > THROUGH * height or len(places) == MAX_CUTS:
            break
        if any(abs(x - place) < CUTS_APART * height for place in places):
            continue
        way = [*way_to(middle, x, above)[::-1], *way_to(height - 1 - middle, x, below)[1:]]
        right = np.arange(width) > np.array(way)[:, None]
        if min(_height(held & right), _height(held & ~right)) >= LEAST * height:
            places.append(x)
            right_of += right
    masks = []
    for number in range(len(places) + 1):
        between = held & (right_of == number)
        if between.any():
            some = np.zeros_like(mask)
            some[inside] = between
            masks.append(some)
    return masks


def least_ink(ink: NDArray[np.float64], line: float) -> tuple[Ways, NDArray[np.intp]]:
    """What the cheapest way from the top to each pixel costs, and from where above it comes.

    Every line that the way goes through costs `line`, and its ink little: a cut between two digits
    goes through the line where they touch, however long, and a cut through a 0 through two lines.
    A step aside costs a pixel, so that ways are no more crooked than they need.
    """
    padded = np.pad(ink, ((0, 0), (1, 1)))
    least = np.full(padded.shape, np.inf)
    least[0, 1:-1] = (line + INK) * ink[0]
    steps = np.zeros(ink.shape, np.intp)
    width = ink.shape[1]
    for y in range(1, len(ink)):
        here = ink[y]
        costs = np.stack([
            least[y - 1, x : x + width]
            + line * np.maximum(here - padded[y - 1, x : x + width], 0)
            + abs(x - 1)
            for x in (1, 0, 2)  # straight on, if all are alike
        ])  # fmt: skip
        best = costs.argmin(axis=0)
        steps[y] = np.array([0, -1, 1])[best]
        least[y, 1:-1] = costs.min(axis=0) + INK * here
    return least[:, 1:-1], steps


def way_to(row: int, x: int, steps: NDArray[np.intp]) -> list[int]:
    """The columns of that way, from that pixel up to the top."""
    line = [x]
    for y in range(row, 0, -1):
        line.append(line[-1] + int(steps[y, line[-1]]))
    return line


def _height(mask: Mask) -> int:
    rows = np.flatnonzero(mask.any(axis=1))
    return int(rows[-1] - rows[0]) + 1 if rows.size else 0

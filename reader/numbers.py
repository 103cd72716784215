"""Read a number: find which strokes, or which pieces of ink, make its digits.

Pure: a drawing and a network in, a number out. Knows no HTTP and no model file. The network knows
that two digits are no digit, which is what makes the search work.

    parts ─▶ groups that may be a digit ─▶ framed and read in one batch ─▶ the best way through
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, groupby, pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from reader.framing import DigitImage, frame
from reader.ink import Ink
from reader.model_card import Thresholds
from reader.parts import MAX_PARTS, Box, Group, InkParts, Part, Parts, Run, StrokeParts
from reader.reading import Guess, Reading, percent
from reader.strokes import Strokes
from reader.words import WORDS

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Shares = NDArray[np.float32]  # ten probabilities
Prices = list[list[float]]  # of taking two parts for one digit, by their numbers

MAX_DIGITS = 10
MAX_IN_GROUP = 5
MAX_GROUPS = 80
MOST_POINTS = 8_000  # of strokes, in all groups together; a long number has half of that
# Lengths are shares of the height of the number, which is that of its highest part.
LONGEST = 16  # as wide is no number of ten digits
WIDEST = 1.7  # a digit's width beside its height
TALL = 0.5  # parts that are higher may be digits of their own
NEAR_TALL, NEAR = 0.3, 0.3  # from a part of a digit to the next, if both are tall, or not
FAR = 0.6  # … from a small part that is near to none, to the nearest
TOUCHING = 0.05  # lines that are nearer touch or cross
NARROW = 0.1  # no part counts as narrower
ON_LINE = 0.3  # digits beside each other have this share of the lower one's height in common
# What speaks against a group, as the negative logarithm of a probability.
DIGIT = 0.7  # every digit
WHOLE, SMALL = 0.75, 6.0  # a digit that is less high than WHOLE: SMALL times what it lacks
CUT = 0.3  # pieces of a part instead of the part
SMALLEST = 0.3  # a part that is less high is no digit by itself
BESIDE = 3.0  # two tall parts of a digit that are not above each other
DISTANT = 8.0  # the distance between two parts, times this
LATER = 2.0  # a stroke of a digit that was drawn after a stroke of another digit
NO_DIGIT = 6.0  # at most, for a group that is read as none
ABOVE, MAY_BE_ABOVE = 4.0, 0.5  # digits that are above each other by more than this share
WAYS = 6  # this many best ways are compared by where their digits are
# What a number takes.
SURE = 0.9  # this confidence in its digits, on the geometric mean; less: unsure
BAR_SURE = 0.97  # … in each, if all were cut from each other and a 1 is one: letters have bars
JOINED = 0.5  # … in each at least, if all touch, as the lines of a letter do
REST_SURE = 0.96  # … in the others, if one in three is read as no digit
LEAST = 0.13  # … and in that one; what is far from any digit has 0.1
VERY_SURE = 0.97  # … in each, if the whole drawing is as surely read as a digit
WHOLE_DIGIT = 0.7  # of the height is each digit of it then; digits in a row are
MOST_ABOVE = 0.9  # digits that are above each other by more are none
DOUBTFUL = 0.9  # a piece of ink that is no more surely a digit is cut


@dataclass(frozen=True)
class Candidate:
    """Parts that may be one digit, and what speaks against it."""

    group: Group
    box: Box
    cost: float


@dataclass(frozen=True)
class Found(Candidate):
    """A candidate, read."""

    ink: Ink
    digit_image: DigitImage
    shares: Shares


@dataclass(frozen=True)
class Digit:
    """A digit of a number, read."""

    reading: Reading
    box: Box  # where it is in the drawing
    ink: Ink
    runs: list[Run] | None  # of strokes; None in a picture

    def as_dict(self) -> dict[str, Any]:
        box = self.box
        return self.reading.as_dict() | {
            "box": [box.left, box.top, box.right, box.bottom],
            "runs": self.runs,
        }


@dataclass(frozen=True)
class Number:
    """A drawing of several digits, read."""

    verdict: Literal["number", "unsure"]
    digits: tuple[Digit, ...]
    whole: Reading  # the same drawing as one digit

    @property
    def number(self) -> str:
        return "".join(str(guess.digit) for guess in self._guesses)

    @property
    def confidence(self) -> float:
        """The probability that every digit is right."""
        return round(math.prod(guess.confidence for guess in self._guesses), 6)

    @property
    def _guesses(self) -> list[Guess]:
        return guesses([digit.reading for digit in self.digits])

    @property
    def sentence(self) -> str:
        """The verdict as the page says it; one that is not sure says where."""
        if self.verdict == "number":
            words = {"digit": self.number, "percent": percent(self.confidence)}
            return str(WORDS["digit"].format(**words))
        named: list[str] = []  # sure digits side by side have one name
        for is_sure, some in groupby(self._guesses, lambda guess: guess.confidence >= SURE):
            digits = [guess.digit for guess in some]
            if is_sure:
                named.append("".join(map(str, digits)))
            else:
                named += [WORDS["doubtful_digit"].format(digit=digit) for digit in digits]
        return str(WORDS["then"].join(named))

    def as_dict(self) -> dict[str, Any]:
        """The number as the API gives it: a reading of no one digit, and the digits' readings."""
        return self.whole.as_dict() | {
            "verdict": self.verdict,
            "sentence": self.sentence,
            "digit": None,
            "label": None,
            "confidence": self.confidence,
            "probabilities": None,
            "runner_up": None,
            "number": self.number,
            "digits": [digit.as_dict() for digit in self.digits],
        }


def guesses(readings: Sequence[Reading]) -> list[Guess]:
    """The best guess of each, for none is blank."""
    return [reading.best for reading in readings if reading.best]


def number_in(
    drawing: Strokes | Ink,
    whole: Reading,
    network: Network,
    thresholds: Thresholds,
    before_search: Callable[[], None],
) -> Number | None:
    """The number in a drawing that was read as a whole; None if there is none, or one digit."""
    if whole.best is None:
        return None
    parts: Parts = InkParts(drawing) if isinstance(drawing, np.ndarray) else StrokeParts(drawing)
    is_digit = whole.verdict == "digit"
    if is_digit and not may_be_digits(parts.parts):
        return None
    before_search()
    parts, digits = digits_of(parts, network)
    boxes = [digit.box for digit in digits]
    if not 2 <= len(digits) <= MAX_DIGITS or not are_in_a_row(boxes, MOST_ABOVE):
        return None
    readings = [
        Reading.of(digit.shares, digit.digit_image, whole.model, thresholds) for digit in digits
    ]
    least_sure = min(guess.confidence for guess in guesses(readings))
    if is_digit:
        least = VERY_SURE if whole.best.confidence >= VERY_SURE else SURE
        if least_sure < least or not are_whole(boxes) or not are_in_a_row(boxes, MAY_BE_ABOVE):
            return None
    verdict = verdict_on(readings)
    if are_joined(digits, parts.parts):
        has_bar = any(guess.digit == 1 for guess in guesses(readings))
        is_cut = any(part.cut_from is not None for part in parts.parts)
        least = (BAR_SURE if is_cut else SURE) if has_bar else thresholds.digit
        # A stroke that goes on is a letter more often than several digits.
        one_stroke = is_cut and isinstance(parts, StrokeParts)
        if least_sure < (min(least, SURE) if one_stroke else JOINED):
            return None
        if verdict == "number" and least_sure < least:
            verdict = "unsure"
    if verdict is None:
        return None
    read = zip(readings, digits, strict=True)
    found = (Digit(reading, d.box, d.ink, parts.runs(d.group)) for reading, d in read)
    return Number(verdict, tuple(found), whole)


def may_be_digits(parts: Sequence[Part]) -> bool:
    """Whether two of the parts may each be most of a digit, beside each other."""
    height = box_around([part.box for part in parts]).height if parts else 0.0
    tall = [part.box for part in parts if part.box.height >= WHOLE_DIGIT * height]
    return any(
        shared(one, other, NARROW * height) <= MAY_BE_ABOVE for one, other in combinations(tall, 2)
    )


def are_whole(boxes: Sequence[Box]) -> bool:
    """Whether each digit is nearly as high as all together."""
    height = box_around(boxes).height
    return all(box.height >= WHOLE_DIGIT * height for box in boxes)


def verdict_on(readings: Sequence[Reading]) -> Literal["number", "unsure"] | None:
    """Whether digits are a number: one in three may be no digit, if the others are sure ones."""
    ranked = sorted((guess.confidence for guess in guesses(readings)), reverse=True)
    no_digits = [reading for reading in readings if reading.verdict == "not_a_digit"]
    if no_digits:
        rest = ranked[: -len(no_digits)]
        sure = math.prod(rest) >= REST_SURE ** len(rest) and ranked[-1] >= LEAST
        return "unsure" if sure and len(no_digits) <= max(1, len(readings) // 3) else None
    sure = all(reading.verdict == "digit" for reading in readings)
    return "number" if sure and math.prod(ranked) >= SURE ** len(ranked) else "unsure"


def are_in_a_row(boxes: Sequence[Box], above: float) -> bool:
    """Whether each digit is beside the last: on its line, and no more than that share above it."""
    narrow = NARROW * max(box.height for box in boxes)
    return all(
        min(left.bottom, right.bottom) - max(left.top, right.top)
        >= ON_LINE * min(left.height, right.height)
        and shared(left, right, narrow) <= above
        for left, right in pairwise(boxes)
    )


def are_joined(digits: Sequence[Found], parts: Sequence[Part]) -> bool:
    """Whether lines go from each digit to the next, as they do in a letter."""
    near = TOUCHING * max(part.box.height for part in parts)
    return all(
        any(touch(parts[a], parts[b], near) for a in one.group for b in other.group)
        for one, other in pairwise(digits)
    )


def touch(one: Part, other: Part, near: float) -> bool:
    """Whether lines of both touch, or did before they were cut apart."""
    if one.cut_from is not None and one.cut_from == other.cut_from:
        return True
    return one.box.apart(other.box) <= near and distance_between(one, other) <= near


def digits_of(parts: Parts, network: Network) -> tuple[Parts, list[Found]]:
    """The digits, and the parts that they are made of: parts that are hardly a digit are cut.

    They stay whole where their pieces are no better digits: a 0 that is read with doubt, say.
    """
    digits = digits_in(parts, network)
    doubtful = [digit.group for digit in digits if digit.shares.max() < DOUBTFUL]
    if doubtful:
        cut = parts.cut(tuple(part for group in doubtful for part in group))
        again = digits_in(cut, network) if len(parts.parts) < len(cut.parts) <= MAX_PARTS else []
        if again and against(again) + CUT < against(digits):
            return cut, again
    return parts, digits


def against(digits: Sequence[Found]) -> float:
    """The cost of these digits, without the price that each digit has."""
    return sum(digit.cost - DIGIT for digit in digits) + price_of_rows([d.box for d in digits])


def digits_in(parts: Parts, network: Network) -> list[Found]:
    """The digits, from left to right; none if there are too many ways to see the parts.

    Parts are read alone first. A group that costs more than its parts, however it is read, is not
    read: most groups of parts of different digits are such.
    """

    def apart(group: Group) -> float:
        boxes = sorted((parts.parts[part].box for part in group), key=lambda box: box.middle)
        return sum(costs.get(part, math.inf) for part in group) + price_of_rows(boxes)

    groups = candidates(parts.parts)
    if sum(parts.points(one.group) for one in groups) > MOST_POINTS:
        return []
    alone = read([one for one in groups if len(one.group) == 1], parts, network)
    costs = {one.group[0]: one.cost for one in alone}
    together = [one for one in groups if len(one.group) > 1 and one.cost < apart(one.group)]
    return best_way(from_left(parts.parts), alone + read(together, parts, network))


def read(groups: Sequence[Candidate], parts: Parts, network: Network) -> list[Found]:
    """The candidates, read in one batch."""
    if not groups:
        return []
    inks = [parts.ink(one.group) for one in groups]
    images = [frame(ink) for ink in inks]
    answers = network(np.stack(images)[..., None].astype(np.float32) / np.float32(255))
    return [
        Found(one.group, one.box, one.cost + doubt(shares), ink, image, shares)
        for one, ink, image, shares in zip(groups, inks, images, answers, strict=True)
    ]


def doubt(shares: Shares) -> float:
    """What a reading says against a digit: nothing if it is sure, much if all shares are alike."""
    return min(NO_DIGIT, -math.log(max((float(shares.max()) - 0.1) / 0.9, 1e-9)))


def candidates(parts: Sequence[Part]) -> list[Candidate]:
    """Groups of parts that may be a digit: near to each other, and together not too wide."""
    height = max((part.box.height for part in parts), default=0.0)
    if height == 0:
        return []
    order = from_left(parts)
    width = max(part.box.right for part in parts) - parts[order[0]].box.left
    if width > LONGEST * height:
        return []
    tall = [part.box.height > TALL * height for part in parts]
    prices = prices_of(parts, tall, height)
    found: list[Candidate] = []
    grown: dict[Group, float] = {(part,): 0.0 for part in order}
    for _ in range(MAX_IN_GROUP):
        last, grown = grown, {}
        for group, price in last.items():
            box = box_around([parts[part].box for part in group])
            if len(group) > 1 and box.width > WIDEST * max(box.height, height / 2):
                continue
            small = SMALL * max(0.0, WHOLE - box.height / height)
            turns = sorted(parts[part].turn or 0 for part in group)
            later = LATER * sum(after - before > 1 for before, after in pairwise(turns))
            if len(group) > 1 or box.height >= SMALLEST * height:
                found.append(Candidate(group, box, DIGIT + small + price + later))
            if len(found) > MAX_GROUPS:
                return []
            for part in order:
                more = price_of_adding(part, group, parts, tall, prices)
                if more < math.inf:
                    larger = tuple(sorted((*group, part), key=order.index))
                    grown[larger] = min(price + more, grown.get(larger, np.inf))
    return found


def box_around(boxes: Sequence[Box]) -> Box:
    first, *rest = boxes
    for box in rest:
        first = first.around(box)
    return first


def prices_of(parts: Sequence[Part], tall: Sequence[bool], height: float) -> Prices:
    """What speaks against two parts being of one digit; infinite if they are not near."""
    prices = [[math.inf] * len(parts) for _ in parts]
    for one, other in combinations(range(len(parts)), 2):
        first, second = parts[one], parts[other]
        both_tall = tall[one] and tall[other]
        near = (NEAR_TALL if both_tall else NEAR) * height
        if first.cut_from is not None and first.cut_from == second.cut_from:
            price = 0.0
        elif first.box.apart(second.box) > near:
            continue
        else:
            distance = distance_between(first, second)
            if distance > near:
                continue
            price = DISTANT * distance / height
            if both_tall:
                price += BESIDE * (1 - shared(first.box, second.box, NARROW * height))
        prices[one][other] = prices[other][one] = price
    for part, is_tall in enumerate(tall):  # the bar of a 5 may lie far from the rest
        if is_tall or min(prices[part], default=0.0) < math.inf:
            continue
        others = [other for other in range(len(parts)) if other != part]
        ways = [(distance_between(parts[part], parts[other]), other) for other in others]
        distance, nearest = min(ways, default=(math.inf, part))
        if distance <= FAR * height:
            prices[part][nearest] = prices[nearest][part] = DISTANT * distance / height
    return prices


def price_of_adding(
    part: int, group: Group, parts: Sequence[Part], tall: Sequence[bool], prices: Prices
) -> float:
    """What speaks against one more part in a group: each tall part there, or the nearest part."""
    if part in group:
        return math.inf
    piece = parts[part].cut_from
    if piece is not None:
        of_piece = [other for other in (*group, part) if parts[other].cut_from == piece]
        if max(of_piece) - min(of_piece) >= len(of_piece):
            return math.inf  # a part between them is missing
    others = [other for other in group if tall[other]] if tall[part] else []
    if others:
        return sum(prices[part][other] for other in others)
    return min(prices[part][other] for other in group)


def distance_between(one: Part, other: Part) -> float:
    (x, y), (other_x, other_y) = one.points.T, other.points.T
    squares = (x[:, None] - other_x) ** 2 + (y[:, None] - other_y) ** 2
    return math.sqrt(squares.min())


def shared(one: Box, other: Box, narrow: float) -> float:
    """How much of the narrower box lies above or below the other: 0 … 1."""
    half, other_half = max(one.width, narrow) / 2, max(other.width, narrow) / 2
    low = max(one.middle - half, other.middle - other_half)
    high = min(one.middle + half, other.middle + other_half)
    return max(0.0, high - low) / (2 * min(half, other_half))


def price_of_rows(boxes: Sequence[Box]) -> float:
    """The price of digits that are above each other. Their boxes come from left to right."""
    narrow = NARROW * max(box.height for box in boxes)
    if narrow == 0:  # dots and dashes
        return 0.0
    above = (shared(one, other, narrow) for one, other in pairwise(boxes))
    return ABOVE * sum(max(0.0, share - MAY_BE_ABOVE) for share in above)


def from_left(parts: Sequence[Part]) -> list[int]:
    return sorted(range(len(parts)), key=lambda part: parts[part].box.left)


def best_way(order: Sequence[int], found: Sequence[Found]) -> list[Found]:
    """The candidates that use each part once and cost least, from left to right."""
    masks = [sum(1 << part for part in one.group) for one in found]
    holding = {part: [i for i, one in enumerate(found) if part in one.group] for part in order}

    @cache
    def best(used: int) -> list[tuple[float, tuple[int, ...]]]:
        first = next((part for part in order if not used >> part & 1), None)
        if first is None:
            return [(0.0, ())]
        ways = [
            (found[index].cost + cost, (index, *rest))
            for index in holding[first]
            if not used & masks[index]
            for cost, rest in best(used | masks[index])
        ]
        return sorted(ways)[:WAYS]

    def placed(way: tuple[float, tuple[int, ...]]) -> tuple[float, list[Found]]:
        digits = sorted((found[index] for index in way[1]), key=lambda digit: digit.box.middle)
        return way[0] + price_of_rows([digit.box for digit in digits]), digits

    ways = [way for way in best(0) if way[1]]
    return min(map(placed, ways), key=lambda way: way[0])[1] if ways else []

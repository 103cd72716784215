"""Numbers of several digits, made of digits by one writer each, and what the reader makes of them.

Owns how digits are set side by side: size, baseline, slant and gap differ as they do in a hand.
Knows no thresholds: those are chosen on numbers made of other drawings than these are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reader.ink import Ink
from reader.strokes import rasterise
from training.data.drawings import Drawing
from training.data.lines import Points, as_points, box, resampled, scaled, turned

Dice = np.random.Generator
Digit = list[Points]  # the strokes of a digit
Writer = dict[int, list[Drawing]]  # the drawings of each digit

# Standard deviations; lengths are shares of the height of a digit.
SIZE, BASELINE, SLANT, OWN_SLANT, CLIMB_DEGREES = 0.1, 0.05, 0.12, 0.04, 2.0
APART, TIGHT = (0.15, 0.45), (0.01, 0.12)  # paper between the boxes around the ink
OVERLAP = (0.05, 0.3)  # of the narrower of two boxes
BETWEEN = (0.03, 0.1)  # paper between lines whose boxes overlap
TOUCH = (0.3, 1.0)  # from the middle of a line to that of its neighbour, in pens
PENS = (0.07, 0.17)  # pen width in a picture
HEIGHTS_PX = (40, 160)  # of a digit in a picture
STEP = 0.02
SPECIAL = ("11", "17", "71", "77", "10", "00")
SPACINGS = ("apart", "tight", "overlap", "touch")


@dataclass(frozen=True)
class MadeNumber:
    """A number and the strokes of each of its digits, in one frame."""

    number: str
    digits: tuple[Digit, ...]
    pen: float  # as wide, if it becomes a picture

    @property
    def strokes(self) -> Digit:
        return [stroke for digit in self.digits for stroke in digit]


def writers_of(drawings: Sequence[Drawing]) -> list[Writer]:
    """The drawings of each writer who drew all ten digits."""
    writers: dict[str, Writer] = defaultdict(lambda: defaultdict(list))
    for drawing in drawings:
        if drawing.label is not None:
            writers[drawing.writer][drawing.label].append(drawing)
    return [writer for writer in writers.values() if len(writer) == 10]


def made_number(
    writers: Sequence[Writer], length: int, spacing: str, as_picture: bool, dice: Dice
) -> MadeNumber:
    """A number by one writer. In a picture, no digits but two neighbours touch, or none."""
    while True:
        made = _made_number(writers, length, spacing, as_picture, dice)
        if made is not None:
            return made


def _made_number(
    writers: Sequence[Writer], length: int, spacing: str, as_picture: bool, dice: Dice
) -> MadeNumber | None:
    """None if no boxes overlap that should."""
    writer = writers[int(dice.integers(len(writers)))]
    number = _digits(length, dice)
    drawings = [writer[int(d)][int(dice.integers(len(writer[int(d)])))] for d in number]
    pen = float(dice.uniform(*PENS)) if as_picture else 0.0
    slant = dice.normal(0, SLANT)
    one_size = [_varied(as_points(drawing.strokes), slant, dice) for drawing in drawings]
    touching = int(dice.integers(1, length)) if spacing == "touch" else 0
    placed, overlaps = [one_size[0]], 0
    for place, digit in enumerate(one_size[1:], start=1):
        right = max(float(box(before)[1][0]) for before in placed)
        width = min(float(np.ptp(box(d), axis=0)[0]) for d in (digit, placed[-1]))
        shift = right + pen + dice.uniform(*(APART if spacing == "apart" else TIGHT))
        if spacing == "overlap" and not as_picture:
            shift = right - dice.uniform(*OVERLAP) * width
        elif spacing == "overlap":
            shift = _shift_to(placed, digit, pen + dice.uniform(*BETWEEN))
            overlaps += shift < right + pen
        elif place == touching:
            shift = _shift_to(placed, digit, pen * dice.uniform(*TOUCH))
        placed.append([stroke + np.array([shift, 0]) for stroke in digit])
    if spacing == "overlap" and as_picture and not overlaps:
        return None
    climb = np.radians(dice.normal(0, CLIMB_DEGREES))
    return MadeNumber(number, tuple(turned(digit, climb) for digit in placed), pen)


def _digits(length: int, dice: Dice) -> str:
    """Any, leading zeros too; some have neighbours that are easily taken for others."""
    number = "".join(map(str, dice.integers(0, 10, length)))
    if dice.random() < 0.25:
        at = int(dice.integers(0, length - 1))
        number = number[:at] + str(dice.choice(SPECIAL)) + number[at + 2 :]
    return number


def _varied(digit: Digit, slant: float, dice: Dice) -> Digit:
    """As high as others or nearly, leaning as others or nearly, its left edge at 0."""
    lean = np.array([[1, 0], [-slant - dice.normal(0, OWN_SLANT), 1]])
    sized = scaled([s @ lean for s in scaled(digit)], float(np.exp(dice.normal(0, SIZE))))
    foot = [0, float(box(sized)[1][1]) + dice.normal(0, BASELINE)]
    return [stroke - foot for stroke in sized]


def _shift_to(placed: Sequence[Digit], digit: Digit, distance: float) -> float:
    """How far right the digit is when it comes from the right and is that near to the others."""
    there = np.concatenate([_dense(stroke) for before in placed for stroke in before])
    here = np.concatenate([_dense(stroke) for stroke in digit])
    down = np.abs(there[:, None, 1] - here[None, :, 1])
    across = there[:, None, 0] - here[None, :, 0]
    reach = np.sqrt(np.maximum(distance**2 - down**2, 0))
    met = np.where(down < distance, across + reach, -np.inf)
    # Digits that pass above each other would go on for ever; half of each box is enough.
    return max(float(met.max()), float(there[:, 0].max() - here[:, 0].max() / 2))


def _dense(stroke: Points) -> Points:
    return np.concatenate([resampled(stroke, STEP), stroke[-1:]])


def picture_of(strokes: Sequence[Points], pen: float, dice: Dice) -> Ink:
    """A picture of them at a random place and size; height 1 is a digit's."""
    (ink,) = pictures_of([strokes], pen, dice)
    return ink


def pictures_of(digits: Sequence[Sequence[Points]], pen: float, dice: Dice) -> list[Ink]:
    """Each of them alone on the same paper, where it is in the picture of all."""
    px = dice.uniform(*HEIGHTS_PX)
    low, high = box([stroke for digit in digits for stroke in digit])
    before, after = dice.uniform(0.1, 1, (2, 2)) + pen
    width, height = np.ceil((high - low + before + after) * px).astype(int)
    return [
        rasterise([(s - low + before) * px for s in digit], (height, width), max(1.0, pen * px))
        for digit in digits
    ]

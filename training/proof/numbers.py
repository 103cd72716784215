"""Numbers of several digits, made of digits by one writer each, and what the reader makes of them.

Owns how digits are set side by side: size, baseline, slant and gap differ as they do in a hand.
The thresholds in reader/numbers.py were chosen on numbers made of the training drawings; the rows
are of the dev drawings, by other people. `train.py prove` measures them with all other rows, and

    python -m training.proof.numbers DIGITS... --junk LETTERS... --model FILE

measures them alone.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reader.ink import Ink
from reader.model import Recognizer
from reader.model_card import Thresholds
from reader.numbers import Number
from reader.reading import Reading
from reader.strokes import ink_from_strokes, rasterise
from training.data.drawings import Drawing, read_drawings
from training.data.lines import Points, as_points, box, resampled, scaled, turned
from training.export import Predictor
from training.proof.made import OF_EACH, made_drawings
from training.proof.row import Row, row

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
NAMES = {
    "apart": "apart",
    "tight": "tight",
    "overlap": "boxes overlap",
    "touch": "two neighbours touch",
}
TABLE = "numbers"
DOODLES = ("scribbles", "smileys", "hearts", "crosses", "lines", "Japanese letters")


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


# Points below an oracle that is told where each digit is, for 2, 4 and 6 digits: at most.
LENGTHS = (2, 4, 6)
BELOW = {
    ("strokes", "apart"): (0.01, 0.015, 0.02),
    ("strokes", "tight"): (0.01, 0.015, 0.025),
    ("strokes", "overlap"): (0.02, 0.05, 0.09),
    ("pictures", "apart"): (0.015, 0.025, 0.035),
    ("pictures", "tight"): (0.02, 0.03, 0.05),
    ("pictures", "overlap"): (0.03, 0.09, 0.15),
}
RIGHT_IF_TWO_TOUCH = (0.9, 0.85, 0.78)
DIGIT_AS_NUMBER, DIGIT_HARMED, OTHER_AS_NUMBER = 0.003, 0.001, 0.03
DIGITS_FOR_EACH = 4  # as many single digits as numbers of a kind, times this: one is 0.05 points


def number_rows(
    reader: Recognizer, digits: Sequence[Drawing], junk: Sequence[Drawing], count: int
) -> Iterator[Row]:
    """Every row about numbers: what is read of them, and what must not be read as one."""
    writers = writers_of(digits)
    if writers:
        yield from made_number_rows(reader, writers, count)
    yield from other_rows(reader, digits, junk, count)


def reader_with(predict: Predictor, thresholds: Thresholds) -> Recognizer:
    """A recognizer of any model that training can load."""

    def network(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(predict(np.rint(batch[..., 0] * 255).astype(np.uint8)), np.float32)

    return Recognizer(network, "a model in proof", thresholds)


def made_number_rows(reader: Recognizer, writers: Sequence[Writer], count: int) -> Iterator[Row]:
    """The share of numbers that is read right, or how far it is below the oracle's."""
    for (way, spacing), most in {**BELOW, ("pictures", "touch"): RIGHT_IF_TWO_TOUCH}.items():
        for length, to_reach in zip(LENGTHS, most, strict=True):
            dice = np.random.default_rng((way == "pictures", SPACINGS.index(spacing), length))
            found = np.array([
                judged(reader, made_number(writers, length, spacing, way == "pictures", dice),
                       way == "pictures", dice)
                for _ in range(count)
            ])  # fmt: skip
            name = f"numbers of {length} digits, {way}, {NAMES[spacing]}"
            if spacing == "touch":
                yield row(TABLE, f"{name}: right", found[:, 0], to_reach)
            else:
                yield row(TABLE, f"{name}: below the oracle", found, to_reach, True, below)


def below(each: NDArray[np.bool_]) -> float:
    """How much less is read right than by the oracle."""
    right, oracle = each.mean(axis=0)
    return float(oracle - right)


def judged(reader: Recognizer, made: MadeNumber, as_picture: bool, dice: Dice) -> tuple[bool, bool]:
    """Whether it is read right, and whether the oracle reads each of its digits right."""
    if as_picture:
        inks = pictures_of(made.digits, made.pen, dice)
        found = reader.read_number(np.maximum.reduce(inks))
    else:
        inks = [ink_from_strokes(as_lists(digit)) for digit in made.digits]
        strokes = as_lists(made.strokes)
        found = reader.read_number(ink_from_strokes(strokes), strokes)
    oracle = "".join(str(best.digit) for ink in inks if (best := reader.read(ink).best))
    return isinstance(found, Number) and found.number == made.number, oracle == made.number


def as_lists(strokes: Sequence[Points]) -> list[list[list[float]]]:
    return [stroke.tolist() for stroke in strokes]


def other_rows(
    reader: Recognizer, digits: Sequence[Drawing], junk: Sequence[Drawing], count: int
) -> Iterator[Row]:
    """What is no number: the share that is called a number; and the single digits it costs."""
    dice = np.random.default_rng(0)
    chosen = [digits[i] for i in dice.permutation(len(digits))[: DIGITS_FOR_EACH * count]]
    for way in ("strokes", "pictures"):
        found = [
            read_as(way, reader, scaled(as_points(drawing.strokes)), dice) for drawing in chosen
        ]
        numbers = [isinstance(one, Number) for one in found]
        harmed = [
            isinstance(one, Number) and was_right(one.whole, drawing.label)
            for one, drawing in zip(found, chosen, strict=True)
        ]
        for name, each, most in (
            ("single digits", numbers, DIGIT_AS_NUMBER),
            ("right digits", harmed, DIGIT_HARMED),
        ):
            yield row(TABLE, f"{name} read as a number, {way}", np.array(each), most, True)
    kinds = {
        "pairs of letters": [word_of(junk, 2, dice) for _ in range(count)],
        "words": [word_of(junk, int(dice.integers(3, 7)), dice) for _ in range(count)],
        "scribbles": [drawn("scribbles", number) for number in range(count)],
        "doodles": [drawn(DOODLES[1 + n % (len(DOODLES) - 1)], n) for n in range(count)],
        "single letters": [
            scaled(as_points(junk[i].strokes)) for i in dice.permutation(len(junk))[:count]
        ],
    }
    for name, drawings in kinds.items():
        for way in ("strokes", "pictures"):
            called = [read_as(way, reader, one, dice).verdict == "number" for one in drawings]
            yield row(TABLE, f"{name} with the verdict `number`, {way}", np.array(called),
                      OTHER_AS_NUMBER, True)  # fmt: skip


def drawn(kind: str, number: int) -> Digit:
    """A drawing that is no digit."""
    return scaled(as_points(made_drawings()[kind][number % OF_EACH].strokes))


def read_as(way: str, reader: Recognizer, points: Digit, dice: Dice) -> Reading | Number:
    if way == "pictures":
        (ink,) = pictures_of([points], float(dice.uniform(*PENS)), dice)
        return reader.read_number(ink)
    strokes = as_lists(points)
    return reader.read_number(ink_from_strokes(strokes), strokes)


def was_right(reading: Reading, label: int | None) -> bool:
    """Whether the answer before numbers were read was the right digit."""
    answered = reading.verdict in ("digit", "unsure")
    return answered and reading.best is not None and reading.best.digit == label


def word_of(letters: Sequence[Drawing], length: int, dice: Dice) -> Digit:
    """Letters by one writer, side by side; some are small."""
    writer = letters[int(dice.integers(len(letters)))].writer
    own = [letter for letter in letters if letter.writer == writer]
    placed: Digit = []
    right = 0.0
    for index in dice.integers(0, len(own), length):
        size = float(np.exp(dice.normal(0, SIZE)) * dice.choice([0.7, 1.0]))
        letter = scaled(as_points(own[index].strokes), size)
        high = box(letter)[1]
        placed += [stroke + np.array([right, -high[1]]) for stroke in letter]
        right += float(high[0]) + dice.uniform(0.03, 0.35)
    return placed


def main() -> None:
    """Print the rows, of any model file."""
    parser = argparse.ArgumentParser(description="How well numbers are read.")
    parser.add_argument("digits", nargs="+", type=Path)
    parser.add_argument("--junk", nargs="+", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/mnist_model.tflite"))
    parser.add_argument("--count", type=int, default=OF_EACH, help="numbers of each kind")
    given = parser.parse_args()
    digits = [drawing for path in given.digits for drawing in read_drawings(path)]
    junk = [drawing for path in given.junk for drawing in read_drawings(path)]
    for one in number_rows(Recognizer.load(given.model), digits, junk, given.count):
        to_reach = 100 * (one.to_reach or 0)
        mark = "✓" if one.reached else "✗"
        print(f"{one.name:<64} {100 * one.share:6.2f} {to_reach:6.1f} {mark}", flush=True)


if __name__ == "__main__":
    main()

"""Numbers of several digits, made of digits by one writer each, and what the reader makes of them.

Owns how digits are set side by side: size, baseline, slant and gap differ as they do in a hand.
The thresholds in reader/numbers.py were chosen on numbers made of the training drawings; the table
is of the dev drawings, by other people:

    python -m training.proof.numbers DIGITS... --junk LETTERS...
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reader.ink import Ink
from reader.model import Recognizer
from reader.numbers import Number
from reader.reading import Reading
from reader.strokes import ink_from_strokes, rasterise
from training.data.drawings import Drawing, read_drawings
from training.data.junk import made_junk
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


Row = tuple[str, ...]
HEAD = ("numbers", "read right", "the oracle", "below it", "sure: `number`", "wrong `number`")


def number_rows(reader: Recognizer, drawings: Sequence[Drawing], count: int) -> Iterator[Row]:
    """Each way to write a number, and the share that is read right; beside an oracle that is told
    where each digit is."""
    writers = writers_of(drawings)
    for as_picture in (False, True):
        for spacing in SPACINGS if as_picture else SPACINGS[:-1]:
            for length in (2, 4, 6):
                dice = np.random.default_rng((as_picture, SPACINGS.index(spacing), length))
                found = np.zeros(4)
                for _ in range(count):
                    made = made_number(writers, length, spacing, as_picture, dice)
                    found += judged(reader, made, as_picture, dice)
                right, oracle, sure, wrong = 100 * found / count
                name = f"{'pictures' if as_picture else 'strokes'}, {spacing}, {length} digits"
                below = f"{oracle - right:.1f}"
                yield name, f"{right:.1f}", f"{oracle:.1f}", below, f"{sure:.1f}", f"{wrong:.1f}"


def judged(reader: Recognizer, made: MadeNumber, as_picture: bool, dice: Dice) -> list[bool]:
    """Whether it is read right, by the oracle too, and whether it is called a number; wrongly."""
    if as_picture:
        inks = pictures_of(made.digits, made.pen, dice)
        found = reader.read_number(np.maximum.reduce(inks))
    else:
        inks = [ink_from_strokes(as_lists(digit)) for digit in made.digits]
        strokes = as_lists(made.strokes)
        found = reader.read_number(ink_from_strokes(strokes), strokes)
    right = isinstance(found, Number) and found.number == made.number
    oracle = "".join(str(best.digit) for ink in inks if (best := reader.read(ink).best))
    is_number = found.verdict == "number"
    return [right, oracle == made.number, is_number and right, is_number and not right]


def as_lists(strokes: Sequence[Points]) -> list[list[list[float]]]:
    return [stroke.tolist() for stroke in strokes]


def other_rows(
    reader: Recognizer, digits: Sequence[Drawing], letters: Sequence[Drawing], count: int
) -> Iterator[Row]:
    """What must not become a number: the share that does; and the digits that it cost."""
    dice = np.random.default_rng(0)
    kinds = {
        "single digits": [as_points(drawing.strokes) for drawing in digits],
        "single letters": [as_points(letter.strokes) for letter in letters[:count]],
        "pairs of letters": [word_of(letters, 2, dice) for _ in range(count)],
        "words": [word_of(letters, int(dice.integers(3, 7)), dice) for _ in range(count)],
        "scribbles": [as_points(drawing.strokes) for drawing in made_junk(count, ())],
    }
    for name, drawings in kinds.items():
        for as_picture in (False, True):
            called = {"number": 0, "unsure": 0}
            harmed = 0
            for index, points in enumerate(drawings):
                sized = points if name in ("pairs of letters", "words") else scaled(points)
                if as_picture:
                    pen = float(dice.uniform(*PENS))
                    (ink,) = pictures_of([sized], pen, dice)
                    found = reader.read_number(ink)
                else:
                    ink = ink_from_strokes(as_lists(sized))
                    found = reader.read_number(ink, as_lists(sized))
                if isinstance(found, Number):
                    called[found.verdict] += 1
                    label = digits[index].label if name == "single digits" else None
                    harmed += was_right(found.whole, label)
            number, unsure, harm = (
                f"{100 * some / len(drawings):.2f}" for some in (*called.values(), harmed)
            )
            yield f"{name} as {'pictures' if as_picture else 'strokes'}", number, unsure, harm


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
    """Print both tables."""
    parser = argparse.ArgumentParser(description="How well numbers are read.")
    parser.add_argument("digits", nargs="+", type=Path)
    parser.add_argument("--junk", nargs="+", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("models/mnist_model.tflite"))
    parser.add_argument("--count", type=int, default=500, help="numbers of each kind")
    given = parser.parse_args()
    reader = Recognizer.load(given.model)
    digits = [drawing for path in given.digits for drawing in read_drawings(path)]
    letters = [drawing for path in given.junk for drawing in read_drawings(path)]
    show(HEAD)
    for row in number_rows(reader, digits, given.count):
        show(row)
    show(("no numbers", "`number`", "`unsure`, a number", "digits harmed"))
    for row in other_rows(reader, digits, letters, given.count):
        show(row)


def show(row: Row) -> None:
    print(f"{row[0]:<32}", *(f"{cell:>18}" for cell in row[1:]), flush=True)


if __name__ == "__main__":
    main()

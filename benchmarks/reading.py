"""What one reading costs, stage by stage, in CPU time of this process.

    python benchmarks/reading.py

The drawings are the ten that the page shows; each figure is the median of five rounds. Then what
drawings of many parts cost at most, and how many photos of numbers on paper are read right: 100
photos, of two to five digits by other hands, in uneven light, with a shadow's edge and grain.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL import ImageOps

from app.config import Settings
from app.predict.drawings import parse_json
from reader.decoding import Pixels, decoded, opened
from reader.framing import frame
from reader.model import Recognizer
from reader.numbers import Number
from reader.pictures import ink_from_image, ink_from_pixels
from reader.strokes import checked_strokes, ink_from_strokes, rasterise
from tests.paper import (
    Points,
    as_lists,
    canvas,
    examples,
    file,
    hands,
    photo,
    picture,
    side_by_side,
)

ROUNDS = 5
REPEATS = 20
BUDGET_MS = {
    "strokes": 1.5,
    "a 280×280 PNG": 3.0,
    "the same in blue": 3.0,
    "strokes of four digits": 6.0,
    "a picture of four digits": 6.0,
}
MANY_PARTS_BUDGET_MS = 100
PHOTOS = 100
NUMBERS = ("4217", "3058", "9646", "7713")


def cpu_ms(work: Callable[[object], object], inputs: list[object], repeats: int = REPEATS) -> float:
    """CPU milliseconds for one input."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(repeats):
            for item in inputs:
                work(item)
        rounds.append((time.process_time() - start) / repeats / len(inputs) * 1000)
    return statistics.median(rounds)


def pixels_of(png: bytes) -> tuple[Pixels, Pixels | None]:
    """What a file is decoded to."""
    return decoded(opened(png))


def number_of(
    drawings: list[tuple[int, list[Points]]], rng: np.random.Generator
) -> tuple[str, list[Points]]:
    """Two to five digits by other hands, beside each other."""
    chosen = [drawings[index] for index in rng.integers(0, len(drawings), rng.integers(2, 6))]
    placed, right = [], 0.0
    for _, strokes in chosen:
        low, high = (f(np.concatenate(strokes), axis=0) for f in (np.min, np.max))
        placed += [stroke - low + [right, 0] for stroke in strokes]
        right += high[0] - low[0] + 0.25 * (high[1] - low[1])
    return "".join(str(digit) for digit, _ in chosen), placed


def photos_right(recognizer: Recognizer) -> int:
    """How many photos of numbers are read right."""
    rng = np.random.default_rng(21)
    drawings = hands(100)
    right = 0
    for seed in range(PHOTOS):
        number, strokes = number_of(drawings, rng)
        shot = photo(canvas(strokes, size=0.85, pen_px=8), seed)
        found = recognizer.read_number(ink_from_image(file(shot, "JPEG", quality=85)))
        right += isinstance(found, Number) and found.number == number
    return right


def drawings_of_many_parts() -> dict[str, list[list[list[float]]]]:
    """Strokes that there are many ways to group, or too many to group at all."""
    rng = np.random.default_rng(0)

    def scattered(count: int, length: float) -> list[list[list[float]]]:
        """Short strokes on a page of 1000 × 300."""
        starts = rng.uniform(0, (1000, 300), (count, 2))
        return [[s.tolist(), (s + rng.uniform(-length, length, 2)).tolist()] for s in starts]

    return {
        "30 dots": scattered(30, 3),
        "30 lines": scattered(30, 200),
        "10 lines": scattered(10, 200),
        "200 dots": scattered(200, 3),
        "200 lines": scattered(200, 200),
    }


def print_many_parts(recognizer: Recognizer) -> None:
    print("\nfrom many parts, as strokes and as a picture")
    for name, strokes in drawings_of_many_parts().items():
        pixels = rasterise([np.array(s) + 250 for s in strokes], (800, 1500), 9)
        costs = [
            cpu_ms(lambda given: recognizer.read_number(*given), [given], repeats=2)
            for given in ((ink_from_strokes(strokes), strokes), (pixels,))
        ]
        verdict = "within" if max(costs) <= MANY_PARTS_BUDGET_MS else "OVER"
        print(
            f"  {name:<16}{costs[0]:8.3f} ms {costs[1]:8.3f} ms   "
            f"{verdict} the {MANY_PARTS_BUDGET_MS} ms it may cost"
        )


def main() -> None:
    recognizer = Recognizer.load(Settings.from_environment().model_path)
    drawings = [strokes for _, strokes in examples()]
    numbers = [as_lists(side_by_side(number)) for number in NUMBERS]
    number_inks = [canvas(side_by_side(number), size=0.9, pen_px=8) for number in NUMBERS]
    texts = [json.dumps(as_lists(strokes)) for strokes in drawings]
    inks = [canvas(strokes) for strokes in drawings]
    pngs = [file(picture(ink).convert("RGBA")) for ink in inks]
    blue = [file(ImageOps.colorize(picture(ink), (30, 60, 200), "white")) for ink in inks]
    strokes_inks = [ink_from_strokes(strokes) for strokes in drawings]
    blue_inks = [ink_from_image(png) for png in blue]
    png_inks = [ink_from_image(png) for png in pngs]
    pictures = [frame(ink) for ink in strokes_inks]
    readings = [recognizer.read_digit_image(digit_image) for digit_image in pictures]

    shared = [
        ("the network", recognizer.read_digit_image, pictures),
        ("reading → JSON", lambda reading: json.dumps(reading.as_dict()), readings),
    ]
    ways = {
        "strokes": [
            ("check the JSON", lambda text: checked_strokes(parse_json(text)), texts),
            ("strokes → ink", ink_from_strokes, drawings),
            ("ink → 28×28", frame, strokes_inks),
            *shared,
        ],
        "a 280×280 PNG": [
            ("decode", pixels_of, pngs),
            ("pixels → ink", lambda pixels: ink_from_pixels(*pixels), [pixels_of(p) for p in pngs]),
            ("ink → 28×28", frame, png_inks),
            *shared,
        ],
        "the same in blue": [
            ("decode", pixels_of, blue),
            ("pixels → ink", lambda pixels: ink_from_pixels(*pixels), [pixels_of(p) for p in blue]),
            ("ink → 28×28", frame, blue_inks),
            *shared,
        ],
        "strokes of four digits": [
            (
                "the number",
                lambda strokes: recognizer.read_number(ink_from_strokes(strokes), strokes),
                numbers,
            ),
        ],
        "a picture of four digits": [
            ("the number", recognizer.read_number, number_inks),
        ],
    }
    print(f"{platform.machine()}, Python {platform.python_version()}, model {recognizer.model}")
    for way, stages in ways.items():
        print(f"\nfrom {way}")
        total = 0.0
        for name, work, inputs in stages:
            cost = cpu_ms(work, inputs)
            total += cost
            print(f"  {name:<16}{cost:8.3f} ms")
        verdict = "within" if total <= BUDGET_MS[way] else "OVER"
        print(f"  {'in all':<16}{total:8.3f} ms   {verdict} the {BUDGET_MS[way]} ms it may cost")
    print_many_parts(recognizer)
    print(f"\nphotos of numbers: {photos_right(recognizer)} of {PHOTOS} are read right")


if __name__ == "__main__":
    main()

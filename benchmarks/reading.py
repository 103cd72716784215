"""What one reading costs, stage by stage, in CPU time of this process.

    python benchmarks/reading.py

The drawings are the ten that the page shows; each figure is the median of five rounds.
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

from PIL import ImageOps

from app.config import Settings
from app.predict.drawings import parse_json
from reader.decoding import Pixels, decoded, opened
from reader.framing import frame
from reader.model import Recognizer
from reader.pictures import ink_from_image, ink_from_pixels
from reader.strokes import checked_strokes, ink_from_strokes
from tests.paper import as_lists, canvas, examples, file, picture, side_by_side

ROUNDS = 5
REPEATS = 20
BUDGET_MS = {
    "strokes": 1.5,
    "a 280×280 PNG": 3.0,
    "the same in blue": 3.0,
    "strokes of four digits": 6.0,
}
NUMBERS = ("4217", "3058", "9646", "7713")


def cpu_ms(work: Callable[[object], object], inputs: list[object]) -> float:
    """CPU milliseconds for one input."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(REPEATS):
            for item in inputs:
                work(item)
        rounds.append((time.process_time() - start) / REPEATS / len(inputs) * 1000)
    return statistics.median(rounds)


def pixels_of(png: bytes) -> tuple[Pixels, Pixels | None]:
    """What a file is decoded to."""
    return decoded(opened(png))


def main() -> None:
    recognizer = Recognizer.load(Settings.from_environment().model_path)
    drawings = [strokes for _, strokes in examples()]
    numbers = [as_lists(side_by_side(number)) for number in NUMBERS]
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


if __name__ == "__main__":
    main()

"""The drawings that every test run reads: `python -m tests.drawings.make` writes them anew.

The first three of each style and of each kind of no digit, as the proof of the model draws them;
none was chosen by what a model makes of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from training.data.drawings import Drawing
from training.proof.not_digits import STROKE_KINDS, not_a_digit
from training.proof.styles import STYLES, in_style

FILE = Path(__file__).parent / "drawings.ndjson"
OF_EACH = 3


def drawings() -> Iterator[Drawing]:
    """All of them, style by style and kind by kind."""
    for style in STYLES:
        yield from (in_style(style, number) for number in range(OF_EACH))
    for kind in STROKE_KINDS:
        for number in range(OF_EACH):
            drawing = not_a_digit(kind, number)
            assert isinstance(drawing, Drawing)
            yield drawing


def as_ndjson() -> str:
    """One drawing a line, in the format that `train.py --drawings` reads."""
    return "".join(
        json.dumps(
            {
                "label": drawing.label,
                "source": drawing.source,
                "writer": "code",
                "strokes": [
                    [[round(x), round(y)] for x, y in stroke] for stroke in drawing.strokes
                ],
            },
            separators=(",", ":"),
        )
        + "\n"
        for drawing in drawings()
    )


if __name__ == "__main__":
    FILE.write_text(as_ndjson(), encoding="utf-8")

"""The mistakes as sheets of pictures, to be looked at before any figure is believed.

Each drawing stands beside its digit image. Owns the sheets, not what counts as a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from reader.strokes import ink_from_strokes
from training.data.drawings import Drawing
from training.data.examples import WAYS
from training.files import whole_file
from training.judging import plots
from training.proof.rows import AS, Proof

TILE_PX = 84
ON_A_SHEET = 60
COLUMNS = 6


def write_sheets(proof: Proof, folder: Path) -> list[Path]:
    """Write a PNG file for every sixty mistakes of a set."""
    written = []
    for name, sheets in (
        ("mnist", sheets_of(proof, "mnist test", None)),
        *((f"drawn-{AS[way].replace(' ', '-')}", sheets_of(proof, f"drawings as {way}",
           proof.drawings)) for way in WAYS),
    ):  # fmt: skip
        for number, sheet in enumerate(sheets, start=1):
            path = folder / f"mistakes-{name}-{number}.png"
            with whole_file(path) as temporary:
                sheet.savefig(temporary, dpi=90)
            written.append(path)
    return written


def sheets_of(proof: Proof, name: str, drawings: tuple[Drawing, ...] | None) -> Iterator[Figure]:
    """The mistakes of one set, by digit, the most confident first."""
    digits, answers = proof.evaluation.sets[name], proof.evaluation.answers[name]
    read, sure = answers.argmax(axis=1), answers.max(axis=1)
    wrong = np.flatnonzero(read != digits.labels)
    wrong = wrong[np.lexsort((-sure[wrong], read[wrong], digits.labels[wrong]))]
    for start in range(0, len(wrong), ON_A_SHEET):
        tiles, captions = [], []
        for i in wrong[start : start + ON_A_SHEET]:
            source = "" if drawings is None else f"{drawings[i].source} {drawings[i].writer}"
            drawn = None if drawings is None else drawings[i]
            tiles.append(tile(digits.images[i], drawn))
            captions.append(f"{i}: is {digits.labels[i]}, read {read[i]} ({sure[i]:.0%})\n{source}")
        sheet = plots.digit_grid(np.stack(tiles), captions, [False] * len(tiles), COLUMNS)
        sheet.set_size_inches(1.7 * COLUMNS, 1.25 * -(-len(tiles) // COLUMNS))
        yield sheet


def tile(digit_image: NDArray[np.uint8], drawing: Drawing | None) -> NDArray[np.uint8]:
    """The drawing beside its digit image."""
    seen = np.asarray(Image.fromarray(digit_image).resize((TILE_PX, TILE_PX), 0))
    if drawing is None:
        return seen
    ink = ink_from_strokes(drawing.strokes, pen_width=0.05)
    drawn = Image.fromarray(np.rint(ink * 255).astype(np.uint8))
    drawn.thumbnail((TILE_PX - 8, TILE_PX - 8))
    paper = Image.new("L", (TILE_PX, TILE_PX))
    paper.paste(drawn, ((TILE_PX - drawn.width) // 2, (TILE_PX - drawn.height) // 2))
    return np.hstack([np.asarray(paper), seen])

"""The digit images of the proof, made with the reader's own ink and framing.

Rendered pictures are kept in the cache. Knows no model.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reader import framing, pictures
from training.data.distortions import DISTORTIONS
from training.data.drawings import (
    RENDERERS,
    Drawing,
    Rendered,
    kept,
    labels_of,
    read_drawings,
    render_all,
    side_by_side,
)
from training.data.lines import as_points
from training.files import sha256_of_file
from training.proof import hand, not_digits, styles

CODE = (__file__, *(str(m.__file__) for m in (hand, not_digits, styles)))
OF_EACH = 500  # drawings of a style or kind: one more or less is 0.2 points


def distorted_file(path: Path, distortion: str, how: str) -> Rendered:
    """The digit images of a file's drawings under one distortion, and their labels."""

    def render() -> Rendered:
        drawings = read_drawings(path)
        wrong = [distorted(drawing, distortion, n) for n, drawing in enumerate(drawings)]
        print(f"rendering {len(drawings):,} drawings of {path.name}, {distortion}, as {how} ...")
        return render_all(wrong, how), labels_of(drawings)

    return kept(f"{distortion} {how} {sha256_of_file(path)}", render, CODE)


def distorted(drawing: Drawing, distortion: str, number: int) -> Drawing:
    """A drawing under one distortion; always the same for the same number."""
    rng = np.random.default_rng((zlib.crc32(distortion.encode()), number))
    strokes = DISTORTIONS[distortion](as_points(drawing.strokes), rng, 1.0)
    return replace(drawing, strokes=[stroke.tolist() for stroke in strokes])


def made(names: Sequence[str], of_each: int = OF_EACH) -> dict[str, NDArray[np.uint8]]:
    """`of_each` digit images of each style or kind, by name."""

    def render() -> Rendered:
        print(f"rendering {of_each} drawings of each of {len(names)} styles and kinds ...")
        items = [(name, number) for name in names for number in range(of_each)]
        return side_by_side(seen, items), np.repeat(np.arange(len(names)), of_each)

    images, numbers = kept(f"{of_each} of {names}", render, CODE)
    return {name: images[numbers == number] for number, name in enumerate(names)}


def seen(item: tuple[str, int]) -> framing.DigitImage:
    """One drawing made by code as the app sees it: sent as strokes or as a picture."""
    name, number = item
    thing = (
        styles.in_style(name, number) if name in styles.STYLES else not_digits.not_a_digit(*item)
    )
    if not isinstance(thing, Drawing):
        return framing.frame(pictures.ink_from_pixels(thing))
    # Two of each in turn, because the forms of a style take turns, too.
    how = "canvas" if number // 2 % 2 else "strokes"
    return RENDERERS[how](thing, (0, number))

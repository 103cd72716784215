"""The drawings made by code that the model is proved with: ways to write digits, and what is none.

They are kept as data, `made.npz`, so that no change of code moves the yardstick. The code that drew
them is in the history of this repository, in `training/proof/styles.py` and `not_digits.py`. Knows
no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reader import framing, pictures
from training.data.drawings import RENDERERS, Drawing, Rendered, kept, side_by_side
from training.files import read_arrays
from training.proof import no_writing
from training.proof.no_writing import PICTURE_KINDS, picture

FILE = Path(__file__).with_name("made.npz")
CODE = (__file__, no_writing.__file__, str(FILE))
OF_EACH = 500  # drawings of a style or kind: one more or less is 0.2 points


@cache
def made_drawings() -> dict[str, list[Drawing]]:
    """`OF_EACH` drawings of each style and kind, by its name.

    The file keeps the steps from point to point. The longer side of a drawing is 120.
    """
    kept_as = read_arrays(FILE)
    steps = np.stack([kept_as["x_steps"], kept_as["y_steps"]], axis=1).astype(np.int64)
    strokes = iter(np.split(steps, np.cumsum(kept_as["points"])[:-1]))
    count = iter(kept_as["strokes"].tolist())
    return {
        str(kind): [
            Drawing(list(_strokes(strokes, next(count))), label if label >= 0 else None, str(kind))
            for _ in range(OF_EACH)
        ]
        for kind, label in zip(kept_as["kinds"], kept_as["labels"].tolist(), strict=True)
    }


def _strokes(steps: Iterator[NDArray[np.int64]], count: int) -> Iterator[list[list[float]]]:
    """The next strokes. A stroke starts with the step from the end of the last."""
    at = np.zeros(2, np.int64)
    for _ in range(count):
        points = at + np.cumsum(next(steps), axis=0)
        at = points[-1]
        yield points.astype(float).tolist()


def styles() -> dict[str, int]:
    """The ways to write a digit, and the digit."""
    return {name: some[0].label for name, some in made_drawings().items()
            if some[0].label is not None}  # fmt: skip


def kinds() -> list[str]:
    """The kinds of what is no digit."""
    return [name for name in made_drawings() if name not in styles()] + list(PICTURE_KINDS)


def made(names: list[str], of_each: int = OF_EACH) -> dict[str, NDArray[np.uint8]]:
    """The first `of_each` digit images of each style or kind, by name."""

    def render() -> Rendered:
        print(f"rendering {of_each} drawings of each of {len(names)} styles and kinds ...")
        items = [
            (number, picture(name, number) if name in PICTURE_KINDS else drawings[name][number])
            for name in names
            for number in range(of_each)
        ]
        return side_by_side(seen, items), np.repeat(np.arange(len(names)), of_each)

    drawings = made_drawings()
    images, numbers = kept(f"{of_each} of {names}", render, CODE)
    return {name: images[numbers == number] for number, name in enumerate(names)}


def seen(item: tuple[int, Drawing | no_writing.Pixels]) -> framing.DigitImage:
    """A drawing as the app sees it, sent as strokes or as a picture; or a picture."""
    number, thing = item
    if not isinstance(thing, Drawing):
        return framing.frame(pictures.ink_from_pixels(thing))
    # Two of each in turn, because the forms of a style take turns, too.
    how = "canvas" if number // 2 % 2 else "strokes"
    return RENDERERS[how](thing, (0, number))

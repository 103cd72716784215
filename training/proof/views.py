"""Dev drawings in other ways than they were drawn, as the app sees them: digit images.

A view is made at proof time, always the same for the same file. Rendered images are kept in the
cache. Knows no model.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from reader import framing, pictures
from reader.strokes import rasterise
from training.data.distortions import shaky, tilted, with_dot, with_gap
from training.data.drawings import (
    CANVAS_PENS_PX,
    CANVAS_PX,
    CANVAS_SIZES,
    RENDERERS,
    STROKE_PENS,
    Drawing,
    as_read_from_canvas,
    kept,
    labels_of,
    side_by_side,
)
from training.data.lines import Points, as_points, box, length_of, longer_side, resampled, scaled
from training.data.writers import by_another_writer
from training.proof import corruptions, devices, flags
from training.proof.corruptions import CORRUPTIONS
from training.proof.devices import behind_the_pen, with_few_points

Rng = np.random.Generator
CODE = tuple(
    str(module) for module in (__file__, corruptions.__file__, devices.__file__, flags.__file__)
)

DISTORTIONS = {
    "tilted": tilted,
    "shaky": shaky,
    "gap": with_gap,
    "dot": with_dot,
    "few points": with_few_points,
    "slow line": behind_the_pen,
}
GAPS = (0.5, 2.0)  # between two dots of ink, in pen widths: as a slow and as a fast mouse leaves
MOST_APART = 0.2  # from dot to dot, as a share of the drawing's longer side: else no digit is left
OTHER_HANDS = 3
DIGIT_PX = 20  # the longer side of a digit in MNIST's pictures of 28


def seen(drawings: Sequence[Drawing], name: str, view: View) -> NDArray[np.uint8]:
    """The digit images of drawings in one view; `name` is that of the drawings and the view."""
    inked = str([(drawing.label, drawing.strokes) for drawing in drawings])

    def render() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        print(f"rendering {len(drawings):,} drawings, {name} ...", flush=True)
        return side_by_side(view, list(enumerate(drawings))), labels_of(drawings)

    return kept(f"{name} {zlib.crc32(inked.encode())} {len(inked)}", render, CODE)[0]


def as_drawn(item: tuple[int, Drawing], how: str) -> framing.DigitImage:
    """As strokes or as a picture."""
    number, drawing = item
    return RENDERERS[how](drawing, (0, number))


def distorted(item: tuple[int, Drawing], distortion: str, how: str) -> framing.DigitImage:
    """Under one distortion, at full strength."""
    number, drawing = item
    rng = np.random.default_rng((zlib.crc32(distortion.encode()), number))
    strokes = DISTORTIONS[distortion](as_points(drawing.strokes), rng, 1.0)
    return as_drawn((number, with_strokes(drawing, strokes)), how)


def dotted(item: tuple[int, Drawing]) -> framing.DigitImage:
    """As a picture of dots, which a canvas shows when the mouse is faster than its events."""
    number, drawing = item
    same = np.random.default_rng((0, number))  # as the picture without gaps draws them
    pen = same.uniform(*CANVAS_PENS_PX) / (CANVAS_PX * same.uniform(*CANVAS_SIZES))
    strokes = as_points(drawing.strokes)
    side = longer_side(strokes)
    rng = np.random.default_rng((23, number))
    gap = rng.uniform(*GAPS)
    dots = [
        dot[None]
        for stroke in strokes
        for dot in _dots(stroke, pen * side, gap, MOST_APART * side, rng)
    ]
    return as_read_from_canvas(with_strokes(drawing, dots), np.random.default_rng((0, number)))


def _dots(stroke: Points, pen: float, gap: float, most: float, rng: Rng) -> Points:
    """The places where a pen touches that a fast hand moves along the line."""
    length = length_of(stroke)
    step = max(0.01 * most, 1e-6)
    line = resampled(stroke, step)
    at, places = 0.0, [0]
    while at < length:
        at += min(pen * (1 + gap * rng.uniform(0.6, 1.0)), most)
        places.append(min(round(at / step), len(line) - 1))
    return np.asarray(line[np.unique(places)])


def corrupted(item: tuple[int, Drawing], corruption: str) -> framing.DigitImage:
    """As a picture with something over it, read as the app reads an uploaded picture."""
    number, drawing = item
    rng = np.random.default_rng((zlib.crc32(corruption.encode()), number))
    changed = CORRUPTIONS[corruption](as_mnist_draws(drawing, rng), rng)
    return framing.frame(pictures.ink_from_pixels(changed[:, :, None]))


def as_mnist_draws(drawing: Drawing, rng: Rng) -> NDArray[np.uint8]:
    """A large grey picture with the digit in the middle, as large in it as MNIST's digits are."""
    side = CANVAS_PX * DIGIT_PX / framing.DIGIT_IMAGE_PX
    sized = scaled(as_points(drawing.strokes), side)
    corner = (CANVAS_PX - box(sized)[1]) / 2
    ink = rasterise(
        [stroke + corner for stroke in sized],
        (CANVAS_PX, CANVAS_PX),
        side * rng.uniform(*STROKE_PENS),
    )
    return np.rint(255 - 255 * ink).astype(np.uint8)


def by_other_hands(drawings: Sequence[Drawing]) -> list[Drawing]:
    """Each ideal form as it is, and as some hands would write it."""
    made = list(drawings)
    for number, drawing in enumerate(drawings):
        for hand in range(OTHER_HANDS):
            rng = np.random.default_rng((29, number, hand))
            strokes = by_another_writer(as_points(drawing.strokes), rng)
            made.append(with_strokes(drawing, strokes))
    return made


def with_strokes(drawing: Drawing, strokes: Sequence[Points]) -> Drawing:
    """The drawing with other strokes."""
    return replace(drawing, strokes=[stroke.tolist() for stroke in strokes])


View = Callable[[tuple[int, Drawing]], framing.DigitImage]
AS_STROKES: View = partial(as_drawn, how="strokes")
AS_PICTURES: View = partial(as_drawn, how="canvas")

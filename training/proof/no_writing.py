"""Pictures without writing: a filled square, noise, a photo of paper or of things out of focus.

Made by code, because 500 pictures of noise are too large to be kept. Training makes none of these.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from training.data.lines import turned

Pixels = NDArray[np.uint8]  # (height, width, 1 or 3)
PICTURE_PX = 200


def filled_square(rng: np.random.Generator) -> Pixels:
    """A square, filled, of any size, a little turned."""
    side = rng.uniform(0.2, 0.65) * PICTURE_PX
    high = side * rng.uniform(0.85, 1.15)
    corners = np.array([[-side, -high], [side, -high], [side, high], [-side, high]]) / 2
    room = PICTURE_PX - np.hypot(side, high)
    middle = PICTURE_PX / 2 + rng.uniform(-0.5, 0.5, 2) * room
    placed = turned([corners], rng.normal(0, 0.1))[0] + middle
    picture = Image.new("L", (PICTURE_PX, PICTURE_PX), 255)
    ImageDraw.Draw(picture).polygon([(x, y) for x, y in placed.tolist()], fill=0)
    return np.asarray(picture)[:, :, None]


def noise(rng: np.random.Generator) -> Pixels:
    """Snow on a screen, coarse or fine, thick or thin."""
    cells = int(rng.choice([10, 25, 50, 100]))
    match rng.integers(3):
        case 0:
            grains = rng.uniform(0, 255, (cells, cells))
        case 1:
            inked = rng.random((cells, cells)) < rng.uniform(0.05, 0.95)
            grains = np.where(inked, 255.0, 0.0)
        case _:
            grains = rng.normal(128, 40, (cells, cells))
    coarse = np.clip(grains, 0, 255).astype(np.uint8)
    grain_px = PICTURE_PX // cells
    return coarse.repeat(grain_px, axis=0).repeat(grain_px, axis=1)[:, :, None]


def photo(rng: np.random.Generator) -> Pixels:
    """A photo without writing: paper in uneven light, or something out of focus."""
    y, x = np.mgrid[0:PICTURE_PX, 0:PICTURE_PX] / PICTURE_PX
    slope = rng.normal(0, 50, 2)
    light = rng.uniform(110, 230) + slope[0] * (x - 0.5) + slope[1] * (y - 0.5)
    colour = light[:, :, None] * rng.uniform(0.85, 1.0, 3)
    if rng.random() < 0.5:  # the edge of a shadow
        across = np.cos(angle := rng.uniform(0, np.pi)) * x + np.sin(angle) * y
        edge = 1 / (1 + np.exp(-(across - rng.uniform(0.2, 0.9)) * rng.uniform(6, 40)))
        colour *= (1 - rng.uniform(0.1, 0.45) * edge)[:, :, None]
    if rng.random() < 0.4:  # things, out of focus
        things = rng.uniform(0, 255, (4, 4, 3)).astype(np.uint8)
        blurred = Image.fromarray(things).resize((PICTURE_PX, PICTURE_PX), Image.Resampling.BICUBIC)
        soft = blurred.filter(ImageFilter.GaussianBlur(12))
        share = rng.uniform(0.2, 0.9)
        colour = (1 - share) * colour + share * np.asarray(soft, np.float64)
    grain = rng.normal(0, rng.uniform(0.5, 6), (PICTURE_PX, PICTURE_PX, 1))
    return np.asarray(np.clip(colour + grain, 0, 255), np.uint8)


PICTURE_KINDS: dict[str, Callable[[np.random.Generator], Pixels]] = {
    "a filled square": filled_square,
    "noise": noise,
    "a photo with no writing": photo,
}


def picture(kind: str, number: int) -> Pixels:
    """The picture of that number of a kind; always the same for the same number."""
    return PICTURE_KINDS[kind](np.random.default_rng((zlib.crc32(kind.encode()), number)))

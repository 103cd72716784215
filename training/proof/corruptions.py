"""Pictures of drawn digits with something over them: stripes, a zigzag, specks, blur, fog.

A picture is grey, 255 = paper. Owns what happens to pictures; training shares none of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Rng = np.random.Generator
Grey = NDArray[np.uint8]

STRAY_LINES = ("stripes", "zigzags")


def stripes(picture: Grey, rng: Rng) -> Grey:
    """One to three straight lines from edge to edge, side by side."""
    side = len(picture)
    angle, gap = rng.uniform(0, np.pi), rng.uniform(0.15, 0.3) * side
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    middle = side / 2 + rng.uniform(-0.15, 0.15, 2) * side
    count, width_px = int(rng.integers(1, 4)), int(rng.integers(4, 13))
    image = Image.fromarray(picture)
    for number in range(count):
        place = middle + (number - (count - 1) / 2) * gap * across
        ends = [tuple(place + way * 2 * side * along) for way in (-1, 1)]
        ImageDraw.Draw(image).line(ends, fill=0, width=width_px)
    return np.asarray(image)


def zigzags(picture: Grey, rng: Rng) -> Grey:
    """A line that goes up and down, from the left edge to the right."""
    side = len(picture)
    turns = int(rng.integers(4, 9))
    x = np.linspace(0, side, turns) + rng.normal(0, 0.02 * side, turns)
    high = rng.uniform(0.1, 0.3) * side
    y = rng.uniform(0.3, 0.7) * side + np.where(np.arange(turns) % 2, -high, high) / 2
    y = y + rng.normal(0, 0.03 * side, turns)
    image = Image.fromarray(picture)
    line = list(zip(x.tolist(), y.tolist(), strict=True))
    ImageDraw.Draw(image).line(line, fill=0, width=int(rng.integers(4, 11)), joint="curve")
    return np.asarray(image)


def specks(picture: Grey, rng: Rng) -> Grey:
    """Ten to sixty drops of ink anywhere."""
    side = len(picture)
    image = Image.fromarray(picture)
    for _ in range(int(rng.integers(10, 61))):
        x, y = rng.uniform(0, side, 2)
        radius = rng.uniform(0.004, 0.016) * side
        ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return np.asarray(image)


def blur(picture: Grey, rng: Rng) -> Grey:
    """Out of focus."""
    radius_px = rng.uniform(0.01, 0.04) * len(picture)
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius_px)))


def fog(picture: Grey, rng: Rng) -> Grey:
    """Grey clouds before it: less contrast, and not the same everywhere."""
    side = len(picture)
    clouds = np.zeros((side, side))
    for cells, weight in ((3, 0.6), (6, 0.3), (12, 0.1)):
        grains = Image.fromarray(rng.uniform(0, 1, (cells, cells)).astype(np.float32))
        clouds += weight * np.asarray(grains.resize((side, side), Image.Resampling.BICUBIC))
    share = rng.uniform(0.4, 0.75)
    return np.clip((1 - share) * picture + share * 255 * clouds, 0, 255).astype(np.uint8)


CORRUPTIONS: dict[str, Callable[[Grey, Rng], Grey]] = {
    "stripes": stripes,
    "zigzags": zigzags,
    "specks": specks,
    "blur": blur,
    "fog": fog,
}

"""What is no digit, made by code: strokes, and pictures where strokes cannot show it.

Owns the kinds. They are never trained on. Training makes junk of similar kinds with other code.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from training.data.drawings import Drawing
from training.data.lines import Points, box, turned
from training.proof.hand import Form, Piece, aimed, as_lists, drawn
from training.proof.katakana import KATAKANA
from training.proof.styles import PLAIN

Pixels = NDArray[np.uint8]  # (height, width, 1 or 3)
PICTURE_PX = 200


def scribble(rng: np.random.Generator) -> list[Points]:
    """A line that goes anywhere, to and fro, or round and round."""
    turns = int(rng.integers(5, 10))
    match rng.integers(3):
        case 0:
            path = rng.uniform(0, 1, (2 * turns, 2))
        case 1:
            across = np.where(np.arange(2 * turns) % 2, 1.0, 0.0) + rng.normal(0, 0.12, 2 * turns)
            path = np.stack([across, np.linspace(0, 0.8, 2 * turns)], axis=1)
        case _:
            angle = np.linspace(0, turns * 2 * np.pi / 1.5, 8 * turns)
            reach = rng.uniform(0.2, 0.5, 8 * turns)
            middle = np.linspace(0, rng.uniform(0.6, 1.6), 8 * turns)
            path = np.stack([middle + reach * np.cos(angle), reach * np.sin(angle)], axis=1)
    return turned([aimed([as_piece(path)], rng)], rng.uniform(0, 2 * np.pi))


def lines(rng: np.random.Generator) -> list[Points]:
    """One flat line, or several side by side. One upright line would be a 1."""
    count = int(rng.integers(1, 5))
    strokes = [
        aimed([[(rng.normal(0, 0.05), 0.3 * i), (1 + rng.normal(0, 0.05), 0.3 * i)]],
              rng)
        for i in range(count)
    ]  # fmt: skip
    return turned(strokes, rng.uniform(-0.4, 0.4) if count < 3 else rng.uniform(0, 3))


def cross(rng: np.random.Generator) -> list[Points]:
    """A plus or a times."""
    form: Form = [[[(0.5, 0.0), (0.5, 1.0)]], [[(0.0, 0.5), (1.0, 0.5)]]]
    turn = rng.choice([0.0, np.pi / 4]) + rng.normal(0, 0.08)
    return turned(drawn(form, rng), float(turn))


def smiley(rng: np.random.Generator) -> list[Points]:
    """A face: round, two eyes, a mouth, at times a nose."""
    face = ring((0.5, 0.5), 0.5, rng)
    mouth = [(0.25, 0.65), (0.5, rng.uniform(0.75, 0.85)), (0.75, 0.65)]
    form: list[list[Piece]] = [[face], [mouth]]
    high = rng.uniform(0.28, 0.4)
    for x in (0.33, 0.67):
        form.append([[(x, high), (x, high + rng.uniform(0.02, 0.15))]])
    if rng.random() < 0.4:
        form.append([[(0.5, 0.42), (0.46, 0.56), (0.53, 0.57)]])
    return drawn(form, rng)


def heart(rng: np.random.Generator) -> list[Points]:
    """A heart, in one stroke or two."""
    dip, wide = rng.uniform(0.18, 0.3), rng.uniform(0.4, 0.55)
    left = [(0.5, dip), (0.5 - 0.5 * wide, 0.02), (0.5 - wide, 0.25), (0.5 - 0.6 * wide, 0.62)]
    right = [(1 - x, y) for x, y in left]
    if rng.random() < 0.5:
        return drawn([[left, [(0.5, 1.0)]], [right, [(0.5, 1.0)]]], rng)
    return drawn([[left, [(0.5, 1.0)], [*right[::-1]]]], rng)


def japanese_letter(rng: np.random.Generator) -> list[Points]:
    """A letter of a script that training never saw."""
    return drawn(KATAKANA[str(rng.choice(list(KATAKANA)))], rng)


def two_digits(rng: np.random.Generator) -> list[Points]:
    """A number of two digits."""
    tens, ones = (drawn(PLAIN[int(d)], rng) for d in rng.integers(0, 10, 2))
    gap = rng.uniform(0.12, 0.4)
    right = box(tens)[1][0] + gap - box(ones)[0][0]
    away = np.array([right, rng.normal(0, 0.05)])
    return [*tens, *(stroke + away for stroke in ones)]


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


def ring(
    middle: tuple[float, float], radius: float, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Once around, from anywhere, ending about where it began."""
    start = rng.uniform(0, 2 * np.pi)
    angles = start + np.linspace(0, 2 * np.pi * rng.uniform(0.97, 1.05), 9)
    return [(middle[0] + radius * np.cos(a), middle[1] + radius * np.sin(a)) for a in angles]


def as_piece(points: Points) -> Piece:
    """An array as a piece of a stroke."""
    return [(float(x), float(y)) for x, y in points]


STROKE_KINDS: dict[str, Callable[[np.random.Generator], list[Points]]] = {
    "scribbles": scribble,
    "lines": lines,
    "crosses": cross,
    "smileys": smiley,
    "hearts": heart,
    "two digits side by side": two_digits,
    "Japanese letters": japanese_letter,
}
PICTURE_KINDS: dict[str, Callable[[np.random.Generator], Pixels]] = {
    "a filled square": filled_square,
    "noise": noise,
    "a photo with no writing": photo,
}
KINDS = (*STROKE_KINDS, *PICTURE_KINDS)


def not_a_digit(kind: str, number: int) -> Drawing | Pixels:
    """The drawing of that number of a kind; always the same for the same number."""
    rng = np.random.default_rng((zlib.crc32(kind.encode()), number))
    if kind in PICTURE_KINDS:
        return PICTURE_KINDS[kind](rng)
    return Drawing(as_lists(STROKE_KINDS[kind](rng)), None, source=kind)

"""Drawings and pictures for the tests, all made here: the page's examples, bent and drawn.

Knows the reader's ink, and nothing of the web.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from reader.ink import Ink
from reader.strokes import rasterise

ROOT = Path(__file__).resolve().parent.parent
CANVAS_PX = 280

Points = NDArray[np.float64]
Place = tuple[float, float]  # shares of the free space, rightwards and downwards


def examples() -> list[tuple[int, list[Points]]]:
    """The drawings that the page shows: (digit, strokes)."""
    drawings = json.loads((ROOT / "static" / "examples.json").read_text())
    return [
        (drawing["digit"], [np.array(stroke, float)[:, :2] for stroke in drawing["strokes"]])
        for drawing in drawings
    ]


def hands(count: int, seed: int = 7) -> list[tuple[int, list[Points]]]:
    """`count` drawings: the examples as other hands would draw them, leaning, wide, shaky."""
    rng = np.random.default_rng(seed)
    drawn = []
    for index in range(count):
        digit, strokes = examples()[index % 10]
        turn, lean = rng.normal(0, 0.07), rng.normal(0, 0.12)
        wide, high = rng.uniform(0.8, 1.2, 2)
        bend = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        bend = bend @ np.array([[wide, 0], [-lean, high]])
        shaky = [stroke + rng.normal(0, 4, stroke.shape) for stroke in strokes]
        drawn.append((digit, [stroke @ bend for stroke in shaky]))
    return drawn


def side_by_side(number: str) -> list[Points]:
    """The examples of its digits, each 100 high, with 25 between them."""
    drawings = dict(examples())
    strokes: list[Points] = []
    right = 0.0
    for digit in number:
        everything = np.concatenate(drawings[int(digit)])
        low, high = everything.min(axis=0), everything.max(axis=0)
        scale = 100 / (high[1] - low[1])
        strokes += [(s - low) * scale + np.array([right, 0]) for s in drawings[int(digit)]]
        right += (high[0] - low[0]) * scale + 25
    return strokes


def placed(
    strokes: list[Points],
    size: float = 0.6,
    pen_px: float = 14,
    at: tuple[float, float] = (0.5, 0.5),
) -> list[Points]:
    """The strokes in canvas pixels: `size` is a share of the canvas, `at` a place in the rest."""
    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = (size * CANVAS_PX - pen_px) / (high - low).max()
    room = CANVAS_PX - pen_px - (high - low) * scale
    return [(stroke - low) * scale + pen_px / 2 + room * at for stroke in strokes]


def canvas(
    strokes: list[Points],
    size: float = 0.6,
    pen_px: float = 14,
    at: tuple[float, float] = (0.5, 0.5),
) -> Ink:
    """A canvas with the drawing on it, as a browser would paint it."""
    return rasterise(placed(strokes, size, pen_px, at), (CANVAS_PX, CANVAS_PX), pen_px, 2)


def picture(ink: Ink, paper: int = 255, pen: int = 0) -> Image.Image:
    """The ink as a grey picture with this paper and this pen."""
    return Image.fromarray(np.rint(paper + (pen - paper) * ink).astype(np.uint8))


def file(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The picture as a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photo(ink: Ink, seed: int = 0, shadow: bool = True, grain: float = 4) -> Image.Image:
    """A phone’s photo of the ink on paper: warm, uneven light, a shadow’s edge, grain, blur."""
    rng = np.random.default_rng(seed)
    height, width = ink.shape
    y, x = np.mgrid[0:height, 0:width] / max(ink.shape)
    light = 225 - 70 * x - 40 * y
    if shadow:
        edge = 1 / (1 + np.exp(-(x + 0.6 * y - 0.75) * 25))
        light = light * (1 - 0.4 * edge)
    soft = np.asarray(picture(ink, 0, 255).filter(ImageFilter.GaussianBlur(1.2)), float) / 255
    grey = light * (1 - 0.72 * soft)
    colour = np.stack([grey, grey * 0.97, grey * 0.9], axis=2) + rng.normal(
        0, grain, (height, width, 1)
    )
    return Image.fromarray(np.clip(colour, 0, 255).astype(np.uint8))


Sides = tuple[float, float, float, float]  # left, top, right, bottom, in shares


def on_desk(ink: Ink, margins: Sides, tilt: float = 0, desk: float = 70) -> Image.Image:
    """A photo of a sheet with the ink on it. The desk shows beside the sheet, in the margins."""
    rng = np.random.default_rng(0)
    height, width = shape = (640, 480)
    left, top, right, bottom = np.multiply(margins, (width, height, width, height))
    box = (
        left or -width,
        top or -height,
        width - right or 2 * width,
        height - bottom or 2 * height,
    )
    sheet = Image.new("L", (width, height))
    ImageDraw.Draw(sheet).rectangle(box, fill=255)
    side = round(0.9 * min(width - left - right, height - top - bottom))
    corner = round((width + left - right - side) / 2), round((height + top - bottom - side) / 2)
    written = Image.new("L", (width, height))
    written.paste(picture(ink, 0, 255).resize((side, side)), corner)
    paper, pen = (
        np.asarray(part.rotate(tilt, Image.Resampling.BICUBIC), float) / 255
        for part in (sheet, written)
    )
    wood = desk + 10 * np.sin(np.mgrid[0:height, 0:width][0] / 9)
    light = np.linspace(1, 0.8, width)
    shot = (wood * (1 - paper) + 230 * (1 - 0.7 * pen) * paper) * light + rng.normal(0, 5, shape)
    return Image.fromarray(np.clip(shot, 0, 255).astype(np.uint8))


def as_lists(strokes: list[Points]) -> list[list[list[float]]]:
    """The strokes as JSON has them."""
    return [stroke.round(2).tolist() for stroke in strokes]

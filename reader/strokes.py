"""Strokes become ink: they are drawn with the pen of MNIST.

Pure: knows no HTTP, no model and no picture file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from reader.errors import BadStrokes, TooLarge
from reader.ink import Ink

Stroke = Sequence[Sequence[float]]
Strokes = Sequence[Stroke]

MAX_STROKES = 200
MAX_POINTS = 20_000
MAX_COORDINATE = 1_000_000
START_ANEW = "Start a new one."


def checked_strokes(strokes: Any) -> Strokes:
    """Check the strokes: lists of finite [x, y] within the limits."""
    if not isinstance(strokes, list) or not all(isinstance(stroke, list) for stroke in strokes):
        raise BadStrokes("strokes must be a list of strokes, each a list of [x, y] points.")
    if len(strokes) > MAX_STROKES:
        raise TooLarge(
            f"A drawing may have {MAX_STROKES} strokes. {START_ANEW}", "too_many_strokes"
        )
    if sum(map(len, strokes)) > MAX_POINTS:
        raise TooLarge(f"A drawing may have {MAX_POINTS:,} points. {START_ANEW}", "too_many_points")
    for stroke in strokes:
        for point in stroke:
            if (
                not isinstance(point, list)
                or len(point) != 2
                or not all(map(_is_coordinate, point))
            ):
                raise BadStrokes(
                    f"A point must be [x, y], two numbers between ±{MAX_COORDINATE:,}."
                )
    return strokes


def _is_coordinate(value: Any) -> bool:
    return (
        type(value) in (int, float)  # bool is a subclass of int
        and -MAX_COORDINATE <= value <= MAX_COORDINATE
        and math.isfinite(value)
    )


MNIST_PEN = 2.4 / 20  # an MNIST line is 2.4 of the digit's 20 pixels wide (framing.THIN, THICK)
CANONICAL_PX = 80  # the longer side of ink made from strokes; framing works at this size
SMOOTHING = 2  # strokes are drawn this many times larger, then shrunk, so edges become grey


def ink_from_strokes(
    strokes: Sequence[NDArray[np.float64] | Stroke], pen_width: float = MNIST_PEN
) -> Ink:
    """Draw strokes of any size at any place with the pen of MNIST. No points give no ink.

    `pen_width` is a share of the digit's longer side.
    """
    points = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes if len(stroke)]
    if not points:
        return np.zeros((1, 1), np.float32)
    everything = np.concatenate(points)
    low, high = everything.min(axis=0), everything.max(axis=0)
    extent = float((high - low).max())
    pen_px = CANONICAL_PX * pen_width
    # A dot has no size to scale by. It becomes a blot as wide as the pen.
    scale = (CANONICAL_PX - pen_px) / extent if extent > 1e-9 else 0.0
    placed = [(stroke - low) * scale + pen_px / 2 + 1 for stroke in points]
    width, height = np.ceil((high - low) * scale + pen_px + 2).astype(int)
    return rasterise(placed, (int(height), int(width)), pen_px, SMOOTHING)


def rasterise(
    strokes: Sequence[NDArray[np.float64] | Stroke],
    shape: tuple[int, int],
    pen_width_px: float,
    supersampling: int = 1,
) -> Ink:
    """Draw strokes, given in pixels, with a round pen on paper of `shape` (height, width)."""
    k = supersampling
    canvas = Image.new("L", (shape[1] * k, shape[0] * k))
    pen = ImageDraw.Draw(canvas)
    width = max(1, round(pen_width_px * k))
    radius = pen_width_px * k / 2
    for stroke in strokes:
        points = np.rint(np.asarray(stroke, np.float64).reshape(-1, 2) * k)
        # A point on the same pixel as the point before adds no ink, only time.
        moved = np.ones(len(points), bool)
        moved[1:] = (points[1:] != points[:-1]).any(axis=1)
        line = points[moved]
        if len(line) > 1:
            pen.line(line.ravel().tolist(), fill=255, width=width)
        for x, y in line.tolist():  # round ends and joints
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    if k > 1:
        canvas = canvas.reduce(k)
    return np.asarray(canvas, np.float32) / np.float32(255)

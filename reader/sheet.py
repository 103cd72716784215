"""Find the sheet of paper on a photo that shows a darker desk beside it.

Pure: pixels in, the pixels of the sheet out. Without a desk all pixels come back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from reader.decoding import Pixels, in_grey

Cells = NDArray[np.bool_]

CELLS = 64  # along the longer side of the picture: the grid on which the desk is looked for
MARGIN_CELLS = 2  # cut off on each side, because a cell at the sheet's edge is part desk
# These tell a sheet on a desk from a page in the shade, from a digit that touches the picture's
# edge, and from chalk on a board.
LIGHT_SHARE = 0.82  # the sheet holds at least this share of all light cells
PAPER_SHARE = 0.85  # at least this share of the sheet is light; the rest is ink
LEAST_SHARE = 0.2  # the sheet is at least this share of the picture
STEEP = 0.15  # the light falls by at least this share from a cell of paper to a cell of desk


def may_show_a_desk(levels: Pixels) -> bool:
    """Whether a side of the picture is darker than its lighter parts.

    A cheap test first, because most pictures are canvases without a desk.
    """
    sides = (levels[0], levels[-1], levels[:, 0], levels[:, -1])
    some = np.sort(levels[::16, ::16], axis=None)
    lighter = some[len(some) * 4 // 5]
    return bool(min(side.mean() for side in sides) < (1 - STEEP) * lighter)


def without_desk(colour: Pixels) -> Pixels:
    """The largest upright rectangle of the sheet without any desk in it."""
    cell = max(1, -(-max(colour.shape[:2]) // CELLS))
    levels = np.asarray(in_grey(colour).reduce(cell))
    light = levels > _threshold(levels)
    desk = _reached_from_outside(~light)
    top, bottom, left, right = 0, desk.shape[0], 0, desk.shape[1]
    while (inside := desk[top:bottom, left:right]).any():
        sides = (inside[0], inside[-1], inside[:, 0], inside[:, -1])
        worst = int(np.argmax([side.mean() for side in sides]))
        top, bottom = top + (worst == 0), bottom - (worst == 1)
        left, right = left + (worst == 2), right - (worst == 3)
    sheet = light[top:bottom, left:right]
    if (
        not desk.any()
        or min(sheet.shape) <= 4 * MARGIN_CELLS
        or sheet.sum() < max(LIGHT_SHARE * light.sum(), PAPER_SHARE * sheet.size)
        or sheet.size < LEAST_SHARE * light.size
        or _steepness(levels, desk) < STEEP
    ):
        return colour
    first, last = MARGIN_CELLS * cell, -MARGIN_CELLS * cell
    return colour[top * cell : bottom * cell, left * cell : right * cell][first:last, first:last]


def _threshold(levels: Pixels) -> int:
    """The level that separates light from dark best (Otsu)."""
    counts = np.bincount(levels.ravel(), minlength=256)
    below, mass = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    apart = (mass * below[-1] - below * mass[-1]).astype(float) ** 2 / np.maximum(below * above, 1)
    return int(apart.argmax())


def _reached_from_outside(cells: Cells) -> Cells:
    """The cells that are connected to the picture's edge."""
    padded = np.pad(cells, 1, constant_values=True).astype(np.uint8)
    field = Image.fromarray(padded).copy()  # a picture made from an array is read-only
    ImageDraw.floodfill(field, (0, 0), 2)
    return np.asarray(np.asarray(field)[1:-1, 1:-1] == 2)


def _steepness(levels: Pixels, desk: Cells) -> float:
    """The share of light that is lost from a cell of paper to the cell of desk beside it."""
    shares = []
    for here, beside in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        edge = desk[here] != desk[beside]
        pair = np.stack([levels[here][edge], levels[beside][edge]]).astype(float)
        shares.append(1 - pair.min(axis=0) / np.maximum(pair.max(axis=0), 1))
    return float(np.median(np.concatenate(shares)))

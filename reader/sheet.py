"""Find the sheet of paper on a photo that shows a darker desk beside it.

Pure: pixels in, those of the sheet out, or all of them where no desk is seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from reader.decoding import Pixels, in_grey

Cells = NDArray[np.bool_]

CELLS = 64  # along the longer side of the picture: its desk is looked for that coarsely
MARGIN_CELLS = 2  # are cut off all around: a cell at the edge of the sheet is part desk
# What tells a sheet from a page in the shade, a digit that touches the picture's edge, and chalk on
# a board: it has most …
LIGHT_SHARE = 0.82  # … of what is light in the picture, …
PAPER_SHARE = 0.85  # is light nearly all over, for the rest is ink, …
LEAST_SHARE = 0.2  # is this much of the picture, …
STEEP = 0.15  # and loses this share of its light from a cell to the next, where the desk begins


def may_show_a_desk(levels: Pixels) -> bool:
    """Whether a side of the picture is darker than its lighter parts. Takes no time, for canvases
    come this way as well."""
    sides = (levels[0], levels[-1], levels[:, 0], levels[:, -1])
    some = np.sort(levels[::16, ::16], axis=None)
    lighter = some[len(some) * 4 // 5]
    return bool(min(side.mean() for side in sides) < (1 - STEEP) * lighter)


def without_desk(colour: Pixels) -> Pixels:
    """The largest upright part of the sheet that has no desk in it."""
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
    """The level that parts light from dark best: what is on either side varies least (Otsu)."""
    counts = np.bincount(levels.ravel(), minlength=256)
    below, mass = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    apart = (mass * below[-1] - below * mass[-1]).astype(float) ** 2 / np.maximum(below * above, 1)
    return int(apart.argmax())


def _reached_from_outside(cells: Cells) -> Cells:
    """Those of the cells that touch the picture's edge, or such a one."""
    padded = np.pad(cells, 1, constant_values=True).astype(np.uint8)
    field = Image.fromarray(padded).copy()  # an array's own picture cannot be painted on
    ImageDraw.floodfill(field, (0, 0), 2)
    return np.asarray(np.asarray(field)[1:-1, 1:-1] == 2)


def _steepness(levels: Pixels, desk: Cells) -> float:
    """The share of its light that the picture loses on the way into the desk, from cell to cell."""
    shares = []
    for here, beside in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        edge = desk[here] != desk[beside]
        pair = np.stack([levels[here][edge], levels[beside][edge]]).astype(float)
        shares.append(1 - pair.min(axis=0) / np.maximum(pair.max(axis=0), 1))
    return float(np.median(np.concatenate(shares)))

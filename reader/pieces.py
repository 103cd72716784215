"""The pieces of a drawing: ink that hangs together, with its mass and its extent.

Owns how pieces are told apart. It keeps all pieces: callers decide which pieces are specks, and
which pieces make a digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.ink import Ink, inked

Cells = NDArray[np.bool_]

GRID = 48  # pieces are told apart on a grid of this many cells along the longer side


@dataclass(frozen=True)
class Piece:
    """Ink that hangs together."""

    cells: Cells  # the cells of the grid with ink of this piece
    cell_px: int  # the side of a cell
    mass: float  # the sum of its ink
    extent: int  # the longer side of the box around it, in cells

    def mask(self, shape: tuple[int, int]) -> Cells:
        """The pixels of this piece in a picture of `shape`, to the nearest cell."""
        return at_full_size(self.cells, self.cell_px, shape)


def pieces_of(ink: Ink) -> list[Piece]:
    """The pieces of the ink, from top to bottom; none where there is no ink.

    Cells that touch, corners included, belong to one piece. A coarse grid is cheap, and a hairline
    gap does not break a line in two.
    """
    if not ink.any():
        return []
    cell_px = max(1, -(-max(ink.shape) // GRID))
    drawn = inked(ink)
    cells = _in_cells(drawn, cell_px)
    groups = _groups(cells)
    if len(groups) == 1:  # most drawings; the sum by cells takes a fifth of framing
        return [Piece(cells, cell_px, float(ink[drawn].sum()), _extent(cells))]
    height, width = cells.shape
    weights = np.zeros((height * cell_px, width * cell_px), np.float32)
    weights[: ink.shape[0], : ink.shape[1]] = np.where(drawn, ink, np.float32(0))
    mass = weights.reshape(height, cell_px, width, cell_px).sum(axis=(1, 3))
    return [Piece(g, cell_px, float(mass[g].sum()), _extent(g)) for g in groups]


def _in_cells(drawn: Cells, cell_px: int) -> Cells:
    """The cells with a drawn pixel. Whole rows and columns are joined: `any` by cells is slower."""
    height, width = (-(-side // cell_px) for side in drawn.shape)
    rows = np.zeros((height, drawn.shape[1]), bool)
    cells = np.zeros((height, width), bool)
    for offset in range(cell_px):
        some = drawn[offset::cell_px]
        rows[: len(some)] |= some
    for offset in range(cell_px):
        some = rows[:, offset::cell_px]
        cells[:, : some.shape[1]] |= some
    return cells


def at_full_size(cells: Cells, cell_px: int, shape: tuple[int, int]) -> Cells:
    """The pixels that lie in these cells, in a picture of `shape`."""
    return cells.repeat(cell_px, axis=0).repeat(cell_px, axis=1)[: shape[0], : shape[1]]


def _groups(cells: Cells) -> list[Cells]:
    """Cells that touch each other, corners included, in groups.

    The grid is one integer, a bit for each cell, so a few shifts grow a group in all directions.
    """
    height, row = cells.shape[0], cells.shape[1] + 1  # an empty column keeps the ends of rows apart
    grid = np.zeros((height, row), bool)
    grid[:, :-1] = cells
    left = int.from_bytes(np.packbits(grid, bitorder="little").tobytes(), "little")
    groups: list[int] = []
    while left:
        group, grown = 0, left & -left
        while grown != group:
            group = grown
            across = group | group << 1 | group >> 1
            grown = (across | across << row | across >> row) & left
        left &= ~group
        groups.append(group)
    if len(groups) == 1:  # as a digit should be
        return [cells]
    as_bits = (
        np.frombuffer(group.to_bytes(-(-grid.size // 8), "little"), np.uint8) for group in groups
    )
    flat = (np.unpackbits(bits, count=grid.size, bitorder="little") for bits in as_bits)
    return [bits.reshape(grid.shape)[:, :-1].astype(bool) for bits in flat]


def _extent(cells: Cells) -> int:
    """The longer side of the box around some cells."""
    sides = (np.flatnonzero(cells.any(axis=axis)) for axis in (0, 1))
    return max(int(side[-1] - side[0]) + 1 for side in sides)

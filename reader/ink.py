"""Ink: a drawing as one 2-D float array, 0 = paper, 1 = ink."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]

INKED = 0.25  # a pixel with at least this share of the darkest pixel's ink belongs to the drawing


def inked(ink: NDArray[np.floating]) -> NDArray[np.bool_]:
    """The pixels that belong to the drawing, edges included, however faint it is."""
    return np.asarray(ink >= INKED * ink.max())

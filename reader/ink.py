"""Ink: a drawing as one 2-D float array, 0 = paper, 1 = ink."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]

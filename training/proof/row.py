"""One row of the proof: a figure, the count behind it, its interval, and its target.

A row that was measured just now also knows what became of each drawing, so that two models can be
compared on the same drawings. The card keeps none of that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Each = NDArray[Any]  # a number for each drawing, or several
Figure = Callable[[Each], float]

Z = 1.96  # 95 % of a normal distribution
RESAMPLED = 500


def share_of(each: Each) -> float:
    """The share of the drawings where it is so."""
    return float(each.mean())


@dataclass(frozen=True)
class Row:
    """A figure, its table, and its name in the table."""

    table: str
    name: str
    share: float
    count: int
    to_reach: float | None = None
    lower_is_better: bool = False
    interval: tuple[float, float] | None = None  # 95 %, if drawings were drawn independently
    each: Each | None = field(default=None, compare=False, repr=False)
    figure: Figure = field(default=share_of, compare=False, repr=False)  # of `each`

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without a target."""
        if self.to_reach is None:
            return None
        if self.lower_is_better:
            return self.share <= self.to_reach
        return self.share >= self.to_reach

    def worse_than(self, before: float) -> float:
        """By how much the share is worse than `before`; negative where it is better."""
        return self.share - before if self.lower_is_better else before - self.share


def row(
    table: str,
    name: str,
    each: Each,
    to_reach: float | None = None,
    lower_is_better: bool = False,
    figure: Figure = share_of,
) -> Row:
    """A row measured on these drawings."""
    share = figure(each)
    interval = wilson(share, len(each)) if each.dtype == bool and each.ndim == 1 else (
        resampled(each, figure))  # fmt: skip
    return Row(table, name, share, len(each), to_reach, lower_is_better, interval, each, figure)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's interval of a share."""
    middle = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * np.sqrt(share * (1 - share) / count + (Z / (2 * count)) ** 2)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def resampled(each: Each, figure: Figure) -> tuple[float, float]:
    """The bootstrap's interval of any other figure."""
    rng = np.random.default_rng(0)
    found = [figure(each[rng.integers(0, len(each), len(each))]) for _ in range(RESAMPLED)]
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)

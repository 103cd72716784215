"""One row of the proof: a share, of how many, and what it was to reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure with its place: the table it stands in and its name there."""

    table: str
    name: str
    share: float
    count: int
    to_reach: float | None = None
    lower_is_better: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether it is as good as it was to be; None when nobody said."""
        if self.to_reach is None:
            return None
        if self.lower_is_better:
            return self.share <= self.to_reach
        return self.share >= self.to_reach

    def worse_than(self, before: float) -> float:
        """By how much it has fallen; less than nothing when it has risen."""
        return self.share - before if self.lower_is_better else before - self.share

"""One row of the proof: a share, the count behind it, and its target."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure, its table, and its name in the table."""

    table: str
    name: str
    share: float
    count: int
    to_reach: float | None = None
    lower_is_better: bool = False

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

"""Whether one model may take the place of another: both read the same drawings.

Owns what counts as worse. Rows about MNIST, drawn digits, letters and calibration must not be worse
by more than chance explains. Drawings made by code must together not be worse at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest  # type: ignore[import-untyped]

from training.proof.row import RESAMPLED, Row

HEADLINES = "figures"
MADE = ("not digits", "styles")
BY_CHANCE = 0.01  # seldomer than this is no chance; there are some twenty rows
MOVED = 0.05


@dataclass(frozen=True)
class Change:
    """A row of the old model and of the new, and how easily chance makes one so much worse."""

    old: Row
    new: Row
    chance_of_worse: float
    chance_of_better: float

    @property
    def moved(self) -> bool:
        return min(self.chance_of_worse, self.chance_of_better) < MOVED


def changes(old: Sequence[Row], new: Sequence[Row]) -> list[Change]:
    """Each row that both models were measured on, drawing by drawing."""
    before = {(row.table, row.name): row for row in old}
    return [
        Change(before[row.table, row.name], row, *chances(before[row.table, row.name], row))
        for row in new
        if (row.table, row.name) in before and row.each is not None
    ]


def chances(old: Row, new: Row) -> tuple[float, float]:
    """How often chance alone makes the new row so much worse than the old, and so much better."""
    then, now = np.asarray(old.each), np.asarray(new.each)
    if now.dtype == bool and now.ndim == 1:
        gained, lost = int((now & ~then).sum()), int((then & ~now).sum())
        if not gained + lost:
            return 1.0, 1.0
        fewer, more = (
            float(binomtest(count, gained + lost, alternative="greater").pvalue)
            for count in (lost, gained)
        )
    else:
        rng = np.random.default_rng(0)
        some = rng.integers(0, len(now), (RESAMPLED, len(now)))
        change = np.array([new.figure(now[those]) - new.figure(then[those]) for those in some])
        fewer, more = float((change >= 0).mean()), float((change <= 0).mean())
    return (more, fewer) if new.lower_is_better else (fewer, more)


def faults(found: Sequence[Change]) -> list[str]:
    """A line for each reason against the new model."""
    lines = [
        f"{change.new.name}: {change.old.share:.2%} before, {change.new.share:.2%} now "
        f"(by chance: {change.chance_of_worse:.1%})"
        for change in found
        if change.new.table == HEADLINES and change.chance_of_worse < BY_CHANCE
    ]
    made = [c for c in found if c.new.table in MADE and c.new.name != "all of these"]
    before, now = (sum(map(mistakes, rows)) for rows in
                   ([c.old for c in made], [c.new for c in made]))  # fmt: skip
    if now > before:
        lines.append(f"drawings made by code: {before} mistakes before, {now} now")
    return lines


def mistakes(row: Row) -> int:
    """How many drawings of a row went wrong."""
    wrong = row.share if row.lower_is_better else 1 - row.share
    return round(wrong * row.count)


def show_changes(found: Sequence[Change]) -> None:
    """Print the rows that moved."""
    print(f"\nrows that moved (by chance in less than {MOVED:.0%} of cases)")
    for change in found:
        if change.moved:
            worse = change.chance_of_worse < change.chance_of_better
            print(f"  {change.new.name:<76} {change.old.share:>9.2%} → {change.new.share:>7.2%} "
                  f" {'worse' if worse else 'better'}")  # fmt: skip

"""The proof in the card and on the page, and what it guards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.errors import DataError
from training.proof.card import fallen, page_with_tables, section
from training.proof.row import Row

ROWS = (
    Row("figures", "read right", 0.99, 1000, to_reach=0.98),
    Row("not digits", "passes", 0.01, 1000, to_reach=0.02, lower_is_better=True),
)
KEPT = section(ROWS, 0.1, {}, {})


def test_a_fall_of_more_than_two_tenths_of_a_point_is_told() -> None:
    """In the direction that is worse for the row; the other way and up to 0.2 points are fine."""
    good, low = ROWS
    fine = (replace(good, share=0.988), replace(low, share=0.012))
    better = (replace(good, share=1.0), replace(low, share=0.0))
    assert fallen(ROWS, KEPT) == fallen(fine, KEPT) == fallen(better, KEPT) == []
    assert fallen((replace(good, share=0.9879), low), KEPT) == [
        "read right: 98.79 %, the card says 99.00 %"
    ]
    assert fallen((good, replace(low, share=0.0121)), KEPT) == [
        "passes: 1.21 %, the card says 1.00 %"
    ]


def test_a_row_that_is_missing_on_either_side_is_told() -> None:
    """A proof cannot be passed by measuring less."""
    assert fallen(ROWS[:1], KEPT) == ["passes: in the card, but not measured any more"]
    assert fallen((*ROWS, replace(ROWS[0], name="new")), KEPT) == [
        "new: measured, but not in the card"
    ]


def test_a_page_without_marks_is_refused() -> None:
    """Tables are never written where nobody asked for them."""
    with pytest.raises(DataError, match="no lines"):
        page_with_tables("# A page\n", {})

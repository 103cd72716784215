"""Whether a model may take the place of another."""

from __future__ import annotations

import numpy as np

from training.proof.gate import changes, faults
from training.proof.row import Row, row, wilson
from training.proof.rows import calibration


def rows(wrong: int, made_wrong: int = 5) -> list[Row]:
    """A model that reads all but `wrong` of 1,000 drawings, and made drawings less well."""
    right = np.arange(1000) >= wrong
    return [
        row("figures", "drawn digits", right),
        row("not digits", "hearts", np.arange(500) < made_wrong, lower_is_better=True),
        row("styles", "open 4", np.arange(500) >= made_wrong),
    ]


def test_a_headline_that_is_worse_than_chance_explains_is_a_fault() -> None:
    """Five more mistakes on the same 1,000 drawings may be luck; thirty are not."""
    assert faults(changes(rows(20), rows(25))) == []
    found = changes(rows(20), rows(50))
    assert next(change.new.name for change in found if change.moved) == "drawn digits"
    assert faults(found)[0].startswith("drawn digits: 98.00% before, 95.00% now")
    assert faults(changes(rows(50), rows(20))) == []


def test_confidence_that_is_further_off_is_a_fault() -> None:
    """Calibration is compared on the same drawings too."""
    right = np.arange(1000) >= 20
    before, now = (
        calibration("calibration error", np.stack([np.where(right, sure, 0.5), right], axis=1))
        for sure in (0.99, 0.8)
    )
    (line,) = faults(changes([before], [now]))
    assert line.startswith("calibration error")
    assert before.interval is not None
    assert before.interval[0] < before.share < before.interval[1]


def test_drawings_made_by_code_are_judged_together() -> None:
    """One more mistake among all of them is a fault."""
    assert faults(changes(rows(20), rows(20, made_wrong=5))) == []
    assert faults(changes(rows(20), rows(20, made_wrong=6))) == [
        "drawings made by code: 10 mistakes before, 12 now"
    ]


def test_every_figure_has_an_interval() -> None:
    """Wilson's for a share: wide for few drawings, and never outside 0 to 1."""
    assert np.allclose(wilson(0.5, 100), (0.404, 0.596), atol=0.001)
    assert wilson(1.0, 20)[1] == 1
    assert wilson(1.0, 20)[0] < 0.85
    for found in rows(20):
        assert found.interval is not None
        low, high = found.interval
        assert low <= found.share <= high

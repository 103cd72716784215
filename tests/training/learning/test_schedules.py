"""Learning rate schedules."""

from __future__ import annotations

import numpy as np
import pytest

from training.learning.schedules import SCHEDULES


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_schedules_stay_between_nothing_and_the_peak(name: str) -> None:
    """One-cycle rises and falls to almost nothing; cosine only falls; constant stays."""
    shares = [SCHEDULES[name](done) for done in np.linspace(0, 1, 101)]
    assert min(shares) >= 0
    assert max(shares) == pytest.approx(1)
    if name == "one-cycle":
        assert shares[0] < 0.05
        assert shares[25] == pytest.approx(1)
        assert shares[-1] < 0.001
    if name == "cosine":
        assert shares == sorted(shares, reverse=True)

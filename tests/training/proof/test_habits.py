"""The habits in the card count what they say."""

from __future__ import annotations

import numpy as np

from training.proof.habits import habits


def test_habits_count_what_they_say() -> None:
    """Four digits by two writers: two sure, of which one is wrong; two less sure and right."""
    answers = np.zeros((4, 10), np.float32)
    answers[[0, 1, 2, 3], [4, 9, 4, 4]] = [0.97, 0.96, 0.7, 0.7]
    found = habits(answers, np.array([4, 4, 4, 4]), ["anna", "ben", "ben", "ben"])
    counted = {bin_["from"]: (bin_["count"], bin_["right"]) for bin_ in found["calibration"]}
    assert counted[0.95] == (2, 1)
    assert counted[0.65] == (2, 2)
    assert sum(count for count, _ in counted.values()) == 4
    assert found["confusions"] == [{"drawn": 4, "read": 9, "count": 1, "writers": 1}]
    assert found["writers"]["count"] == 2
    assert found["writers"]["lowest"] == 2 / 3

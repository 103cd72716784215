"""What is set aside of drawings: every class in each part, and people apart where they can be."""

from __future__ import annotations

from itertools import chain

import pytest

from reader.classes import Classes
from training.data.drawings import Drawing
from training.data.set_aside import set_aside
from training.errors import DataError

SIGNS = Classes(("☆", "♡", "☾", "∞"))


def drawn(each: int, writers: int) -> list[Drawing]:
    return [
        Drawing([[[0, 0], [number, 9]]], label, "t", f"w{number % writers}" if writers else "")
        for label in range(4)
        for number in range(each)
    ]


@pytest.mark.parametrize(("each", "writers"), [(3, 0), (10, 3), (36, 18), (12, 12)])
def test_each_drawing_is_in_one_part_and_each_class_in_all(each: int, writers: int) -> None:
    """A sixth, but one at least, is validated on, and as much is tested on."""
    drawings = drawn(each, writers)
    parts = set_aside(drawings, SIGNS)
    assert sorted(map(id, chain(*parts))) == sorted(map(id, drawings))
    for part in parts:
        assert {drawing.label for drawing in part} == {0, 1, 2, 3}
    assert len(parts[1]) == len(parts[2]) == 4 * max(1, round(each / 6))
    assert set_aside(drawings, SIGNS) == parts


def test_nobodys_hand_is_both_learnt_and_tested() -> None:
    """With people enough, whole people are set aside."""
    learnt, validation, test = (
        {drawing.writer for drawing in part} for part in set_aside(drawn(30, 15), SIGNS)
    )
    assert not learnt & test
    assert not (learnt | test) & validation


def test_a_class_with_too_few_drawings_is_named() -> None:
    """One to learn from, one to validate on, one to test on."""
    with pytest.raises(DataError, match="∞ has 2 drawings"):
        set_aside(drawn(5, 0)[:-3], SIGNS)

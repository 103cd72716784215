"""Numbers: the same digits, in the same places, from Python and from JavaScript."""

from __future__ import annotations

import numpy as np
import pytest

from reader.model import Recognizer
from reader.numbers import Number
from reader.strokes import Strokes, ink_from_strokes
from tests.paper import hands, side_by_side
from tests.parity.conftest import Device, as_lists
from tests.parity.test_reading import OFF, pixels
from training.data.lines import resampled


def numbers(count: int, seed: int = 4) -> list[Strokes]:
    """Two to six digits by other hands, apart, tight or overlapping, their strokes in any order."""
    rng = np.random.default_rng(seed)
    digits = [strokes for _, strokes in hands(60, seed)]
    made = []
    for _ in range(count):
        placed, x = [], 0.0
        for index in rng.integers(0, len(digits), rng.integers(2, 7)):
            strokes = digits[index]
            low, high = (f(np.concatenate(strokes), axis=0) for f in (np.min, np.max))
            placed += [stroke - low + [x, rng.normal(0, 5)] for stroke in strokes]
            x += high[0] - low[0] + (high[1] - low[1]) * rng.uniform(-0.15, 0.4)
        rng.shuffle(placed)
        made.append(as_lists(placed))
    return made


def test_numbers_are_read_alike(device: Device, recognizer: Recognizer) -> None:
    """The object of the predict route: verdict, sentence, and each digit with its box."""
    drawings = numbers(60)
    found = 0
    for strokes, here in zip(drawings, device.readings(drawings), strict=True):
        number = recognizer.read_number(ink_from_strokes(strokes), strokes)
        there = number.as_dict()
        assert list(here) == list(there)
        for name in ("verdict", "digit", "model"):
            assert here[name] == there[name], strokes
        if not isinstance(number, Number):
            continue
        found += 1
        assert here["number"] == there["number"]
        assert here["confidence"] == pytest.approx(there["confidence"], abs=6 * OFF)
        for one, other in zip(here["digits"], there["digits"], strict=True):
            assert one["runs"] == list(map(list, other["runs"]))
            assert one["box"] == pytest.approx(other["box"])
            np.testing.assert_array_equal(*map(pixels, (one["digit_image"], other["digit_image"])))
            assert one["probabilities"] == pytest.approx(other["probabilities"], abs=OFF)
    assert found > len(drawings) / 2


def test_numbers_in_one_stroke_are_cut_alike(device: Device, recognizer: Recognizer) -> None:
    """The same points end each digit."""
    drawings: list[Strokes] = [
        as_lists([resampled(np.concatenate(side_by_side(number)), 6)])
        for number in ("22", "66", "89", "3223", "17")
    ]
    found = 0
    for strokes, here in zip(drawings, device.readings(drawings), strict=True):
        there = recognizer.read_number(ink_from_strokes(strokes), strokes)
        assert here["verdict"] == there.verdict
        if isinstance(there, Number):
            found += 1
            runs = [[list(run) for run in digit.runs or []] for digit in there.digits]
            assert [digit["runs"] for digit in here["digits"]] == runs
    assert found >= 3


def test_one_digit_may_be_asked_for(device: Device) -> None:
    assert not any("number" in reading for reading in device.readings(numbers(20), "digit"))

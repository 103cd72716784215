"""Lines and discs: what JavaScript draws is what Pillow draws, pixel by pixel."""

from __future__ import annotations

import random

import numpy as np

from reader.strokes import Strokes, ink_from_strokes
from tests.parity.conftest import Device


def scrawls(count: int, seed: int) -> list[Strokes]:
    """Drawings by chance: a few points each, near and far, on whole numbers and between them."""
    chance = random.Random(seed)
    drawings = []
    for _ in range(count):
        side = chance.choice([5, 20, 100, 1000])
        place = chance.choice([chance.randint, chance.uniform])
        drawings.append(
            [
                [[place(0, side), place(0, side)] for _ in range(chance.randint(1, 6))]
                for _ in range(chance.randint(1, 4))
            ]
        )
    return drawings


def check(device: Device, drawings: list[Strokes]) -> None:
    """Each ink has the same size and the same levels on both sides."""
    inks = list(device.inks(drawings))
    assert len(inks) == len(drawings)
    for strokes, found in zip(drawings, inks, strict=True):
        np.testing.assert_array_equal(found, ink_from_strokes(strokes) * 255, err_msg=str(strokes))


def test_made_drawings_have_the_same_ink(device: Device, made_drawings: list[Strokes]) -> None:
    """Every pixel, of digits, of what is no digit, of dots and of nothing."""
    check(device, made_drawings)


def test_scrawls_have_the_same_ink(device: Device) -> None:
    """Every pixel of lines in any direction, by chance, the same chance in each run."""
    check(device, scrawls(600, seed=5))

"""static/js/inside: what is said about a reading is true of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from reader.strokes import Strokes
from tests.paper import as_lists, hands
from tests.parity.conftest import Device

Ask = Callable[[str, Sequence[Strokes]], Any]


@pytest.fixture
def ask(device: Device) -> Ask:
    """Call a function of inside.js with drawings."""
    return lambda what, drawings: device.page.evaluate(
        "async ([what, given]) => (await import('/tests/parity/inside.js'))[what](given)",
        [what, json.dumps(drawings)],
    )


@pytest.fixture(scope="module")
def digits() -> list[Strokes]:
    """Drawings on a pad, as other hands would draw the examples."""
    drawings: list[Strokes] = []
    for _, strokes in hands(100):
        low = np.concatenate(strokes).min(axis=0)
        drawings.append(as_lists([np.clip(stroke - low + 50, 0, 1000) for stroke in strokes]))
    return drawings


def test_the_last_step_is_the_readers_own(ask: Ask, digits: list[Strokes]) -> None:
    """With no step left out, the picture is the same to the last level, wherever it is drawn."""
    dot: Strokes = [[[500, 500]]]
    small: Strokes = [[[900, 20], [930, 60]]]
    speck: Strokes = [[[300, 100], [300, 700]], [[990, 990]]]
    assert ask("stepsThatDiffer", [*digits[:30], dot, small, speck]) == 0


def test_a_drawing_beyond_the_pad_fits_in_a_link(ask: Ask) -> None:
    """A wide pad has points up to 2000, and a program may hand in any: the drawing becomes smaller,
    and keeps its proportions."""
    wide, at_home = ask("linked", [[[[0, 0], [2000, 1000]]], [[[0, 0], [1000, 500]]]])
    assert wide == at_home
    assert wide["again"] == wide["hash"]


def test_a_link_keeps_a_drawing(ask: Ask, digits: list[Strokes]) -> None:
    """It fits in a message, and the drawing in it makes the same link again."""
    links = ask("linked", digits[:30])
    assert max(len(link["hash"]) for link in links) < 2000
    assert [link["again"] for link in links] == [link["hash"] for link in links]


def test_slopes_are_those_of_the_network(ask: Ask, digits: list[Strokes]) -> None:
    assert ask("slopeError", digits[3:4]) < 0.1


def test_marked_ink_matters_more_than_other_ink(ask: Ask, digits: list[Strokes]) -> None:
    """Of 100 drawings: without the ink that spoke most for a digit, less of its odds is left than
    without as much other ink."""
    left = ask("oddsLeft", digits)
    assert sum(one["marked"] < one["elsewhere"] for one in left) >= 95


def test_a_change_that_is_found_is_read_as_it_says(ask: Ask, digits: list[Strokes]) -> None:
    found = [one for one in ask("changes", digits[:6]) if one is not None]
    assert len(found) >= 3
    assert [one["digit"] for one in found] == [one["target"] for one in found]
    assert max(one["pieces"] for one in found) <= 5


def test_every_sum_is_the_networks_own(ask: Ask, digits: list[Strokes]) -> None:
    """The products and sums that are shown add up to the layer's number, to the digits shown."""
    for one in ask("sums", digits[:1]):
        assert one["result"] == pytest.approx(one["value"], abs=5e-4), one["name"]


def test_where_a_number_goes_next_it_is_found(ask: Ask, digits: list[Strokes]) -> None:
    """The number and its weight stand in the sum that they are said to go into."""
    found = ask("goneAstray", digits[:1])
    assert found["astray"] == 0
    assert found["followed"] > 500

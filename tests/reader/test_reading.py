"""Readings: four verdicts, and words that promise no more than the numbers."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from reader.classes import Classes
from reader.model_card import Thresholds
from reader.reading import Reading, percent, png, verdicts

NO_DIGIT = "I can’t read this as a digit. One at a time, big and clear."
BLACK = np.zeros((28, 28), np.uint8)
THRESHOLDS = Thresholds(digit=0.8, pair=0.9)


def reading(**shares: float) -> Reading:
    probabilities = np.full(10, (1 - sum(shares.values())) / (10 - len(shares)), np.float32)
    for name, share in shares.items():
        probabilities[int(name[1:])] = share
    return Reading.of(probabilities, BLACK, "abc", THRESHOLDS)


@pytest.mark.parametrize(
    ("shares", "verdict", "sentence"),
    [
        ({"d7": 0.981}, "digit", "7, 98% sure"),
        ({"d7": 0.8}, "digit", "7, 80% sure"),
        ({"d7": 0.999}, "digit", "7, over 99% sure"),
        ({"d4": 0.6, "d9": 0.39}, "unsure", "A 4 or a 9?"),
        ({"d8": 0.5, "d0": 0.45}, "unsure", "An 8 or a 0?"),
        (
            {"d4": 0.6, "d9": 0.25},
            "not_a_digit",
            NO_DIGIT,
        ),
        ({}, "not_a_digit", NO_DIGIT),
    ],
)
def test_the_verdict_and_its_sentence(
    shares: dict[str, float], verdict: str, sentence: str
) -> None:
    """Sure enough of one: digit. Of two: unsure, and which two. Else: not a digit."""
    got = reading(**shares)
    assert (got.verdict, got.sentence) == (verdict, sentence)


@given(hnp.arrays(np.float64, (7, 10), elements=st.floats(0.001, 1)))
def test_many_rows_get_the_verdicts_that_each_gets_alone(rows: np.ndarray) -> None:
    """What is measured of a model is what its readings say."""
    rows = np.round(rows / rows.sum(axis=1, keepdims=True), 6)
    alone = [Reading.of(row, BLACK, "abc", THRESHOLDS).verdict for row in rows]
    assert verdicts(rows, THRESHOLDS).tolist() == alone


def test_a_blank_reading_has_no_digit_and_no_numbers() -> None:
    """Nothing drawn: nulls, never a confident digit."""
    blank = Reading.blank(BLACK, "abc").as_dict()
    assert blank["verdict"] == "blank"
    assert blank["sentence"] == "No ink found here"
    for name in ("digit", "confidence", "probabilities", "runner_up"):
        assert blank[name] is None


@given(hnp.arrays(np.float32, 10, elements=st.floats(0.0009765625, 1, width=32)))
def test_the_numbers_agree_with_each_other(shares: np.ndarray) -> None:
    """They sum to 1, whatever the network's do; the digit has most, the runner-up second most."""
    answer = Reading.of(shares, BLACK, "abc", THRESHOLDS).as_dict()
    probabilities = answer["probabilities"]
    assert sum(probabilities) == pytest.approx(1, abs=1e-5)
    first, second = answer["digit"], answer["runner_up"]["digit"]
    assert first != second
    assert answer["confidence"] == probabilities[first] == max(probabilities)
    assert answer["runner_up"]["confidence"] == probabilities[second]
    assert all(probabilities[second] >= p for d, p in enumerate(probabilities) if d != first)


@given(st.floats(0, 1))
def test_no_percentage_claims_certainty(share: float) -> None:
    """Nobody is ever told 100 %."""
    assert "100" not in percent(share)


@given(hnp.arrays(np.uint8, (28, 28)))
def test_the_picture_survives_its_png(digit_image: np.ndarray) -> None:
    """What the page shows is what the network saw, pixel by pixel."""
    assert (np.asarray(Image.open(io.BytesIO(png(digit_image)))) == digit_image).all()
    url = Reading.blank(digit_image, "abc").as_dict()["digit_image"]
    assert base64.b64decode(url.removeprefix("data:image/png;base64,")) == png(digit_image)


def test_other_classes_are_read_by_their_labels() -> None:
    """No digit where there are none; the sentence has the label."""
    signs = Classes(("☆", "♡", "☾", "∞"))

    def read(*shares: float) -> dict[str, object]:
        return Reading.of(np.array(shares, np.float32), BLACK, "abc", THRESHOLDS, signs).as_dict()

    star = read(0.9, 0.05, 0.03, 0.02)
    assert (star["verdict"], star["sentence"]) == ("digit", "☆, 90% sure")
    assert (star["digit"], star["label"], star["confidence"]) == (None, "☆", 0.9)
    assert star["runner_up"] == {"digit": None, "label": "♡", "confidence": 0.05}
    assert read(0.45, 0.5, 0.03, 0.02)["sentence"] == "A ♡ or a ☆?"
    none = read(0.25, 0.25, 0.25, 0.25)["sentence"]
    assert none == "This is no sign that I know. One at a time, big and clear."

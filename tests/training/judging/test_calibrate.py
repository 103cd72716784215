"""Confidence is brought to mean what it says."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from training.judging.calibrate import (
    DEFAULT_THRESHOLDS,
    best_temperature,
    calibration_error,
    calibration_error_by_chance,
    choose_thresholds,
    fold_temperature,
    tempered,
)
from training.learning.networks import build

pytestmark = pytest.mark.tensorflow


def honest(count: int = 20_000) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Answers whose confidence is exactly how often they are right."""
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, (count, 10))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([generator.choice(10, p=row) for row in probabilities])
    return probabilities.astype(np.float32), labels


@pytest.mark.parametrize("boast", [0.5, 1.0, 2.0])
def test_temperature_undoes_boasting_and_modesty(boast: float) -> None:
    """Logits multiplied by a factor are divided by that factor again."""
    probabilities, labels = honest()
    found = best_temperature(tempered(probabilities, 1 / boast), labels)
    assert found == pytest.approx(boast, rel=0.05)


def test_calibration_error_sees_boasting() -> None:
    """Near nothing for honest answers, large for boasting ones."""
    probabilities, labels = honest()
    assert calibration_error(probabilities, labels) < 0.015
    assert calibration_error(tempered(probabilities, 0.3), labels) > 0.1


def test_calibration_error_is_counted_in_narrow_bins() -> None:
    """Modesty at one confidence does not make up for boasting at another."""
    modest, boasting = [0.6] * 10, [0.9] * 10
    labels = np.array([3] * 10 + [3, 5] * 5)  # all right, and half right
    assert calibration_error(answers(modest + boasting), labels) == pytest.approx(0.4)


def test_few_answers_have_a_calibration_error_by_chance() -> None:
    """Honest answers measure about what chance alone explains, and the fewer the more."""
    probabilities, labels = honest()
    few = calibration_error_by_chance(probabilities[:500])
    assert few > 2 * calibration_error_by_chance(probabilities)
    pieces = [slice(start, start + 500) for start in range(0, len(labels), 500)]
    found = [calibration_error(probabilities[piece], labels[piece]) for piece in pieces]
    assert np.mean(found) == pytest.approx(few, rel=0.1)


def test_the_temperature_is_folded_into_the_network() -> None:
    """The model itself then gives the tempered answers."""
    keras.utils.set_random_seed(0)
    model = build("lenet5")
    pictures = np.random.default_rng(0).random((8, 28, 28, 1), np.float32)
    before = np.asarray(model(pictures))
    fold_temperature(model, 1.7)
    np.testing.assert_allclose(np.asarray(model(pictures)), tempered(before, 1.7), atol=1e-6)


def answers(top: list[float], second: float = 0.0) -> NDArray[np.float32]:
    rows = np.zeros((len(top), 10), np.float32)
    rows[:, 3] = top
    rows[:, 5] = second
    return rows


def test_thresholds_answer_nearly_all_drawn_digits() -> None:
    """98.3 % of the drawn digits are at least as sure as the threshold."""
    drawn = answers(list(np.linspace(0.4, 1.0, 2001)))
    thresholds = choose_thresholds(drawn, None)
    assert thresholds.digit == 0.5  # never below an even chance
    sure = answers(list(np.linspace(0.7, 1.0, 2001)))
    assert (sure.max(axis=1) >= choose_thresholds(sure, None).digit).mean() == pytest.approx(
        0.983, abs=0.001
    )


def test_junk_is_seldom_called_a_pair() -> None:
    """The sum of the two likeliest must be more than what nearly all junk reaches."""
    junk = answers(list(np.linspace(0.1, 0.6, 1000)), second=0.2)
    pair = choose_thresholds(answers([0.5] * 100), junk).pair
    assert (junk.sum(axis=1) >= pair).mean() == pytest.approx(0.04, abs=0.005)


def test_thresholds_are_strict_where_nothing_can_choose_them() -> None:
    """Without drawings the card carries cautious thresholds."""
    assert DEFAULT_THRESHOLDS.digit >= 0.8

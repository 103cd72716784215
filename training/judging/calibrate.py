"""Calibration: a temperature for the logits, thresholds for the verdicts, the calibration error.

Temperature and thresholds are chosen on validation or dev examples, never on a test set.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]

from reader.model_card import Thresholds, card_path, read_card

if TYPE_CHECKING:
    import keras

Probabilities = NDArray[np.float32]

# For models without dev drawings; strict, so that they seldom claim too much.
DEFAULT_THRESHOLDS = Thresholds(digit=0.80, pair=0.95)
DIGITS_ANSWERED = 0.983  # the share of drawn dev digits that gets the verdict `digit`
JUNK_AS_PAIR = 0.04  # the largest share of dev junk that gets the verdict `unsure`
ECE_BINS = 15


def thresholds_of(path: Path) -> Thresholds:
    """The thresholds in the card beside the model, or the defaults."""
    if not card_path(path).is_file():
        return DEFAULT_THRESHOLDS
    return Thresholds.of_card(read_card(path))


def cross_entropy(probabilities: Probabilities, labels: NDArray[np.int64]) -> float:
    """The mean of -log(probability of the right digit)."""
    right = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def tempered(probabilities: Probabilities, temperature: float) -> Probabilities:
    """The probabilities with the logits divided by `temperature`."""
    powers = np.log(np.maximum(probabilities, 1e-12)) / temperature
    powers = np.exp(powers - powers.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def best_temperature(probabilities: Probabilities, labels: NDArray[np.int64]) -> float:
    """The temperature with the lowest cross-entropy on these labels."""
    found = minimize_scalar(
        lambda log_t: cross_entropy(tempered(probabilities, float(np.exp(log_t))), labels),
        bounds=(np.log(0.2), np.log(5.0)),
        method="bounded",
    )
    return float(np.exp(found.x))


def fold_temperature(model: keras.Model, temperature: float) -> None:
    """Divide the last layer by the temperature: the model is then calibrated by itself."""
    logits = model.get_layer("logits")
    logits.set_weights([weight / temperature for weight in logits.get_weights()])


def choose_thresholds(drawn_digits: Probabilities, junk: Probabilities | None) -> Thresholds:
    """Thresholds that answer nearly all drawn digits, and that little junk reaches."""
    digit = round(float(np.quantile(drawn_digits.max(axis=1), 1 - DIGITS_ANSWERED)), 3)
    digit = min(max(digit, 0.5), 0.99)
    if junk is None:
        return Thresholds(digit, max(DEFAULT_THRESHOLDS.pair, digit))
    top_two = np.sort(junk, axis=1)[:, -2:].sum(axis=1)
    pair = round(float(np.quantile(top_two, 1 - JUNK_AS_PAIR)), 3)
    return Thresholds(digit, min(max(pair, digit), 0.99))


def calibration_error(probabilities: Probabilities, labels: NDArray[np.int64]) -> float:
    """Expected calibration error: how far confidence and accuracy lie apart, bin by bin."""
    return gaps(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def calibration_error_by_chance(probabilities: Probabilities, times: int = 200) -> float:
    """The calibration error of a perfectly calibrated model with these confidences.

    It is not 0: in a bin with few drawings, accuracy differs from confidence by chance.
    """
    confidence = probabilities.max(axis=1)
    rng = np.random.default_rng(0)
    luck = rng.random((times, len(confidence)))
    return float(np.mean([gaps(confidence, drawn < confidence) for drawn in luck]))


def gaps(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    """Confidence minus accuracy in each bin, absolute, weighted by the bin's share."""
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    off = np.bincount(bins, confidence - right, ECE_BINS)
    return float(np.abs(off).sum() / len(confidence))

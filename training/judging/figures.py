"""Figures from probabilities: accuracy, calibration error, how much junk passes. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import classification_report, confusion_matrix, roc_auc_score

from reader.classes import DIGITS
from reader.model_card import Thresholds
from reader.reading import verdicts
from training.judging.calibrate import calibration_error, cross_entropy

DIGIT_NAMES = DIGITS.labels


def digit_figures(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], thresholds: Thresholds
) -> dict[str, float]:
    """Accuracy, loss, calibration error, and the share with the verdict `digit`."""
    right = probabilities.argmax(axis=1) == labels
    answered = verdicts(probabilities, thresholds) == "digit"
    return {
        "count": len(labels),
        "accuracy": float(right.mean()),
        "loss": cross_entropy(probabilities, labels),
        "calibration_error": calibration_error(probabilities, labels),
        "answered": float(answered.mean()),
        "answered_right": float(right[answered].mean()) if answered.any() else 0.0,
    }


def junk_figures(
    junk: NDArray[np.float32], digits: NDArray[np.float32], thresholds: Thresholds
) -> dict[str, float]:
    """How much junk passes as a digit, and how well confidence separates junk from digits."""
    confidence, digit_confidence = junk.max(axis=1), digits.max(axis=1)
    keeps_95 = float(np.quantile(digit_confidence, 0.05))
    verdict = verdicts(junk, thresholds)
    is_digit = np.concatenate([np.ones(len(digits)), np.zeros(len(junk))])
    return {
        "count": len(junk),
        "mean_confidence": float(confidence.mean()),
        "passes_as_digit": float((verdict == "digit").mean()),
        "passes_as_pair": float((verdict == "unsure").mean()),
        "passes_when_95_percent_of_digits_do": float((confidence >= keeps_95).mean()),
        "auroc": float(roc_auc_score(is_digit, np.concatenate([digit_confidence, confidence]))),
    }


def confusion(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """A row for each digit, a column for each answer."""
    table: NDArray[np.int64] = confusion_matrix(
        labels, probabilities.argmax(axis=1), labels=range(probabilities.shape[1])
    )
    return table


def per_digit(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    names: Sequence[str] = DIGIT_NAMES,
) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each digit, and their averages."""
    report: dict[str, Any] = classification_report(
        labels,
        probabilities.argmax(axis=1),
        labels=range(len(names)),
        target_names=names,
        output_dict=True,
        zero_division=0.0,
    )
    return {name: row for name, row in report.items() if isinstance(row, dict)}

"""Figures count what they say."""

from __future__ import annotations

import numpy as np
import pytest

from reader.model_card import Thresholds
from training.judging.calibrate import DEFAULT_THRESHOLDS
from training.judging.figures import confusion, digit_figures, junk_figures, per_digit


def test_figures_count_what_they_say() -> None:
    """Four digits, one wrong, one under the threshold."""
    answers = np.full((4, 10), 0.01, np.float32)
    answers[[0, 1, 2, 3], [3, 3, 3, 5]] = [0.95, 0.9, 0.6, 0.91]
    figures = digit_figures(answers, np.array([3, 3, 3, 3]), Thresholds(0.8, 0.95))
    assert figures["accuracy"] == 0.75
    assert figures["answered"] == 0.75
    assert figures["answered_right"] == pytest.approx(2 / 3)
    assert confusion(answers, np.array([3, 3, 3, 3]))[3].tolist() == [0, 0, 0, 3, 0, 1, 0, 0, 0, 0]
    assert per_digit(answers, np.array([3, 3, 3, 3]))["3"]["recall"] == 0.75


def test_junk_figures_count_what_they_say() -> None:
    """Flat junk is told apart perfectly; sure junk passes."""
    digits = np.full((20, 10), 0.01, np.float32)
    digits[:, 2] = 0.9
    junk = np.full((10, 10), 0.1, np.float32)
    assert junk_figures(junk, digits, Thresholds(0.8, 0.95))["auroc"] == 1
    junk[:5, 4] = 0.85
    assert junk_figures(junk, digits, Thresholds(0.8, 0.95))["passes_as_digit"] == 0.5
    junk[5:8, 4:6] = 0.5, 0.46
    figures = junk_figures(junk, digits, Thresholds(0.8, 0.95))
    assert (figures["passes_as_digit"], figures["passes_as_pair"]) == (0.5, 0.3)  # never as both


def test_junk_passes_where_95_percent_of_digits_do() -> None:
    """At the confidence that one digit in twenty does not reach."""
    digits, junk = (np.zeros((1001, 10), np.float32) for _ in range(2))
    digits[:, 0], junk[:, 0] = np.linspace(0.5, 1, 1001), np.linspace(0, 1, 1001)
    figures = junk_figures(junk, digits, DEFAULT_THRESHOLDS)
    assert figures["passes_when_95_percent_of_digits_do"] == pytest.approx(0.475, abs=0.002)

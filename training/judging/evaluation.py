"""One evaluation: a model reads sets of pictures, and the answers are summed up in figures.

Knows neither how the model was made nor how figures are shown on a page.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reader.classes import DIGITS, Classes
from reader.model_card import Thresholds
from training.data.examples import names_of_halves
from training.data.sets import Digits
from training.errors import BelowTheBar
from training.export import Predictor
from training.judging.figures import digit_figures, junk_figures
from training.learning.progress import clock

READINGS_TIMED = 300


@dataclass(frozen=True)
class Evaluation:
    """A model, the sets that it read, its answers, and figures of them."""

    read: Predictor
    sets: dict[str, Digits]
    answers: dict[str, NDArray[np.float32]]
    figures: dict[str, dict[str, float]]
    thresholds: Thresholds
    classes: Classes = DIGITS


def evaluate(
    read: Predictor,
    test: Digits | None,
    drawings: dict[str, Digits],
    junk: NDArray[np.uint8] | None,
    thresholds: Thresholds,
    classes: Classes = DIGITS,
) -> Evaluation:
    """Read the test set, the drawings (by how they reach the app) and the junk."""
    _, test_name = names_of_halves(classes)
    sets = {} if test is None else {test_name: test}
    sets |= {f"drawings as {way}": digits for way, digits in drawings.items()}
    answers = {name: read(digits.images) for name, digits in sets.items()}
    figures = {
        name: digit_figures(answers[name], digits.labels, thresholds)
        for name, digits in sets.items()
    }
    if junk is not None:
        drawn = [answers[name] for name in sets if name != test_name] or list(answers.values())
        figures["junk"] = junk_figures(read(junk), np.concatenate(drawn), thresholds)
    return Evaluation(read, sets, answers, figures, thresholds, classes)


def reading_ms(read: Predictor, digit_image: NDArray[np.uint8]) -> float:
    """The median time of one reading alone, as the app reads."""
    times = []
    for _ in range(READINGS_TIMED):
        started_s = time.perf_counter()
        read(digit_image[None])
        times.append(time.perf_counter() - started_s)
    return 1000 * float(np.median(times))


def require(accuracy: float | None, evaluation: Evaluation) -> None:
    """Raise an error below the accuracy that `--require-accuracy` asks for."""
    name = next(iter(evaluation.sets))
    reached = evaluation.figures[name]["accuracy"]
    if accuracy is not None and reached < accuracy:
        raise BelowTheBar(f"{reached:.2%} on {name}; {accuracy:.2%} was required")


def summarise(figures: dict[str, dict[str, float]], paths: list[Path], seconds: float) -> None:
    """Print the figures and the written files."""
    print(f"\ndone in {clock(seconds)}")
    for name, row in figures.items():
        shown = ", ".join(
            f"{key.replace('_', ' ')} {value:,}" if isinstance(value, int)
            else f"{key.replace('_', ' ')} {value:.4f}"
            for key, value in row.items()
        )  # fmt: skip
        print(f"  {name}: {shown}")
    for path in paths:
        print(f"  {path}")

"""Looks for a learning rate: the rate rises from step to step, and the loss shows what it does.

At small rates the loss stays; then it falls; then the steps are too long and it rises again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras
import numpy as np

from training.data.examples import Examples
from training.errors import LearningFailed
from training.learning.fit import Learner
from training.options import Options

LOWEST, HIGHEST = 1e-5, 3.0
STEPS = 160
SMOOTHING = 0.85  # how much of the loss of the steps before is in the smoothed loss
GIVEN_UP_AT = 3.0  # times the lowest loss


@dataclass(frozen=True)
class Sweep:
    """The rate of each step, the smoothed loss after it, and the rate to take."""

    rates: list[float]
    losses: list[float]
    suggested: float


def sweep(model: keras.Model, training: Examples, options: Options) -> Sweep:
    """Train for a few steps at rising rates. The model is of no use afterwards."""
    learner = Learner(model, training, options)
    order = np.random.default_rng((options.seed, 0)).permutation(len(training))
    rates: list[float] = []
    losses: list[float] = []
    average = 0.0
    for number, rate in enumerate(np.geomspace(LOWEST, HIGHEST, STEPS)):
        places = np.arange(learner.batch_size) + number * learner.batch_size
        loss, _ = learner.take_step(number, np.take(order, places, mode="wrap"), float(rate))
        if not math.isfinite(loss):
            break
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        rates.append(float(rate))
        losses.append(average / (1 - SMOOTHING ** (number + 1)))
        if losses[-1] > GIVEN_UP_AT * min(losses):
            break
    if not losses or min(losses) > 0.95 * losses[0]:
        raise LearningFailed("the loss fell at no rate, so none can be suggested")
    return Sweep(rates, losses, suggested(rates, losses))


def suggested(rates: list[float], losses: list[float]) -> float:
    """A third of the rate at which the loss is lowest: there the steps are nearly too long.

    On the careful side, by `benchmarks/short_runs.py rates` with batches of 64 and of 256: of six
    runs, four were within 0.5 points of the best of a third, once and three times that rate. Two
    read 0.6 and 0.8 points more at three times. None was better at a third.
    """
    return float(f"{rates[int(np.argmin(losses))] / 3:.1g}")

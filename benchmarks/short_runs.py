"""The accuracy of a short run on 6,000 digits: with batch norm settled or not, by learning rate.

    python benchmarks/short_runs.py norms [--networks resnet vgg] [--seeds 3]
    python benchmarks/short_runs.py rates [--networks compact lenet5 textbook] [--batch-size 256]

`norms`: one epoch, with and without `settle_norms`. `rates`: two epochs at the rate that --lr-find
suggests, and at other rates. Figures are those of 5,000 other digits of MNIST's training half.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

from training.data.examples import Examples
from training.data.mnist import load_mnist
from training.data.sets import Digits, one_hot
from training.errors import LearningFailed
from training.learning.fit import Learner, fit
from training.learning.networks import new_network
from training.learning.rate_finder import sweep
from training.options import Options

LEARNT, TESTED = slice(6000), slice(50_000, 55_000)
NETWORKS = {"norms": ["resnet", "vgg"], "rates": ["compact", "lenet5", "textbook"]}
TIMES = (1 / 10, 1 / 3, 1, 3, 10)


def examples(digits: Digits, part: slice) -> Examples:
    return Examples(digits.images[part], one_hot(digits.labels[part]))


def reached(learnt: Examples, tested: Examples, options: Options) -> float:
    """The share that is read right after a run; 0 where it diverged."""
    try:
        history = fit(new_network(options), learnt, tested, options)
    except LearningFailed:
        return 0.0
    return history.epochs[-1]["val_accuracy"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=["norms", "rates"])
    parser.add_argument("--data", type=Path, help="default: MNIST as Keras downloads it")
    parser.add_argument("--networks", nargs="+")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--seeds", type=int, default=2)
    typed = parser.parse_args()
    digits = load_mnist(typed.data).train
    learnt, tested = examples(digits, LEARNT), examples(digits, TESTED)
    rows = []
    for name in typed.networks or NETWORKS[typed.what]:
        runs = [
            Options(network=name, epochs=1, batch_size=typed.batch_size, seed=seed)
            for seed in range(typed.seeds)
        ]
        if typed.what == "norms":
            rows.append((f"{name}, settled", [reached(learnt, tested, run) for run in runs]))
            with patch.object(Learner, "settle_norms", lambda *_: None):
                rows.append((f"{name}, not", [reached(learnt, tested, run) for run in runs]))
            continue
        suggested = sweep(new_network(runs[0]), learnt, runs[0]).suggested
        for times in TIMES:
            rate = {"epochs": 2, "learning_rate": suggested * times}
            shares = [reached(learnt, tested, run.changed(rate)) for run in runs]
            rows.append((f"{name}, {suggested:g} × {times:.2g}", shares))
    for what, shares in rows:
        print(f"{what:<28}" + "".join(f"{share:>8.1%}" for share in shares)
              + f"   mean {np.mean(shares):.1%}")  # fmt: skip


if __name__ == "__main__":
    main()

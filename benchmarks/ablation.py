"""What each part of the shipped recipe is worth: one part is left out, several seeds each.

    python benchmarks/ablation.py --data mnist.npz --drawings FILE --junk FILE
        --dev-drawings FILE --dev-junk FILE [--seeds 3] [--epochs 2] [ROW ...]

The row `everything` is a short version of the recipe, from new weights and without teachers. The
other rows are compared with it: they show what a part is worth, not how good the shipped model is.
The row `the whole recipe` is the recipe as it is, and shows how much a seed decides. It takes
hours, and is trained only where it is named. Prints a Markdown table with mean and spread over the
seeds, and each run on stderr. MNIST means its test set, which chooses nothing here. Drawings and
junk are the dev files.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.data import drawings
from training.data.examples import Datasets, named_files, prepare
from training.judging.calibrate import DEFAULT_THRESHOLDS, calibration_error
from training.judging.figures import junk_figures
from training.learning.fit import Weights, fit, predict
from training.learning.networks import new_network
from training.options import Options, combined
from training.run import calibrate

SHORT: dict[str, Any] = {
    "teachers": (),
    "start_from": None,
    "mnist_times": 1,
    "renderings": 2,
    "made_junk": 9000,
}
ROWS: dict[str, dict[str, Any]] = {
    "everything": {},
    "without framing when reading": {},
    "without augmentation": {"augment": False},
    "without drawings": {"drawings": ()},
    "without junk": {"junk": (), "made_junk": 0},
    "without made junk": {"made_junk": 0},
    "without the average of weights": {"ema": 0.0},
}
WHOLE = "the whole recipe"
COLUMNS = ("MNIST", "as strokes", "as pictures", "junk passes", "ECE raw", "ECE")


def unframed(files: tuple[str, ...]) -> NDArray[np.uint8]:
    """The dev pictures without framing: the whole canvas made small."""
    images = []
    for path in named_files(files):
        for number, drawing in enumerate(drawings.read_drawings(path)):
            canvas = drawings.canvas_of(drawing, np.random.default_rng((0, number)))
            picture = Image.fromarray(np.uint8(canvas * 255))
            images.append(np.asarray(picture.resize((28, 28), Image.Resampling.BOX)))
    return np.stack(images)


def trained(options: Options, datasets: Datasets) -> Weights:
    """The weights of a trained network, before calibration."""
    model = new_network(options)
    fit(model, datasets.training, datasets.validation, options)
    return model.get_weights()


def measured(row: str, weights: Weights, options: Options, datasets: Datasets) -> dict[str, float]:
    """The figures of one network in one row."""
    model = new_network(options)
    model.set_weights(weights)
    strokes, canvas = (datasets.dev_drawings[way] for way in ("strokes", "canvas"))
    raw = predict(model, strokes.images)
    calibrate(model, datasets)
    pictures = unframed(options.dev_drawings) if "framing" in row else canvas.images
    as_strokes, as_pictures = predict(model, strokes.images), predict(model, pictures)
    junk = predict(model, datasets.dev_junk)
    test = datasets.test
    return {
        "MNIST": accuracy(predict(model, test.images), test.labels),
        "as strokes": accuracy(as_strokes, strokes.labels),
        "as pictures": accuracy(as_pictures, canvas.labels),
        "junk passes": junk_figures(
            junk, np.concatenate([as_strokes, as_pictures]), DEFAULT_THRESHOLDS
        )["passes_when_95_percent_of_digits_do"],
        "ECE raw": calibration_error(raw, strokes.labels),
        "ECE": calibration_error(as_strokes, strokes.labels),
    }


def accuracy(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", default=list(ROWS))
    parser.add_argument("--data")
    for flag in ("--drawings", "--junk", "--dev-drawings", "--dev-junk"):
        parser.add_argument(flag, nargs="+", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    typed = parser.parse_args()
    files = {
        key: tuple(getattr(typed, key)) for key in ("drawings", "junk", "dev_drawings", "dev_junk")
    }
    files["data"] = typed.data
    whole = combined("shipped", files)
    short = whole.changed({**SHORT, "epochs": typed.epochs})
    learnt: dict[Options, Weights] = {}  # rows may differ only in how pictures are read
    print(f"| row | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}", flush=True)
    for row in typed.rows:
        options = whole if row == WHOLE else short.changed(ROWS[row])
        datasets = prepare(options)
        runs = []
        for seed in range(typed.seeds):
            # The seed changes weights and order; every run has the same examples.
            seeded = replace(options, seed=seed)
            if seeded not in learnt:
                learnt[seeded] = trained(seeded, datasets)
            runs.append(measured(row, learnt[seeded], seeded, datasets))
        print(json.dumps({row: runs}), file=sys.stderr, flush=True)
        cells = [
            f"{mean(r[c] for r in runs):.2%} ({min(r[c] for r in runs):.2%}–"
            f"{max(r[c] for r in runs):.2%})" for c in COLUMNS
        ]  # fmt: skip
        print(f"| {row} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

"""One model from several: the mean of their weights.

Models that went on from the same weights, each in its own way, lie in one valley of the loss. Their
mean often reads better than each of them and costs no more ("model soups", Wortsman et al., 2022).
Networks that began at different random weights have no such mean.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reader.model_card import card_path, read_card
from training.data.examples import prepare
from training.errors import TrainingError
from training.export import classes_of, load_keras, made_by
from training.files import sha256_of_file, workplace
from training.judging.evaluation import summarise
from training.options import Options
from training.run import finish
from training.shipped import next_commands


def average(paths: Sequence[Path], options: Options, out: Path, command: tuple[str, ...]) -> int:
    """Write the mean of these models, calibrated and evaluated as after a training run."""
    started_s = time.monotonic()
    models = [load_keras(path) for path in paths]
    cards = [read_card(card_path(path)) for path in paths]
    layers = [[weight.shape for weight in model.weights] for model in models]
    for path, shapes in zip(paths, layers, strict=True):
        if shapes != layers[0] or classes_of(path) != classes_of(paths[0]):
            raise TrainingError(f"{path} is another network than {paths[0]}: they have no mean")
    datasets = prepare(options)
    model = models[0]
    weights = zip(*(model.get_weights() for model in models), strict=True)
    model.set_weights([np.mean(some, axis=0) for some in weights])
    made = {
        **made_by(command, options),
        "mean_of": [
            {"name": path.name, "sha256": sha256_of_file(path), "made": card["made"]}
            for path, card in zip(paths, cards, strict=True)
        ],
    }
    for card in cards:
        datasets.data.update(card["data"] | datasets.data)
    with workplace(out) as unfinished:
        evaluation, _, written = finish(
            model, cards[0]["network"]["name"], datasets, made, out, unfinished
        )
    summarise(evaluation.figures, written, time.monotonic() - started_s)
    for why, command_line in next_commands(out):
        print(f"{why}:\n  {command_line}")
    return 0

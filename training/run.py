"""One training run from data to report: prepare, build, fit, calibrate, export, evaluate.

Reads from top to bottom as `python train.py` runs. Each step has a module of its own.
"""

from __future__ import annotations

import shlex
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np

from reader.model_card import Thresholds
from training.data.examples import Datasets, prepare
from training.errors import TrainingError
from training.export import (
    MODEL_NAME,
    check_agreement,
    export,
    git_commit,
    load_predictor,
    versions,
    write_card,
)
from training.files import make_folder, workplace
from training.judging.calibrate import (
    DEFAULT_THRESHOLDS,
    best_temperature,
    choose_thresholds,
    fold_temperature,
)
from training.judging.evaluation import evaluate, require, summarise
from training.judging.report import write_report
from training.learning.fit import fit, options_of_checkpoint, predict
from training.learning.networks import multiply_adds, new_network
from training.learning.tensorboard import tensorboard_log
from training.options import Options

INTERRUPTED = 130  # the exit code of a program ended by Ctrl-C


@dataclass(frozen=True)
class Request:
    """The typed command: options, folders and switches."""

    options: Options
    typed: dict[str, Any] = field(default_factory=dict)
    out: Path = Path("models")
    reports: Path = Path("reports")
    resume: bool = False
    tensorboard: bool = False
    report: bool = True
    command: tuple[str, ...] = ("train.py",)


def train(request: Request) -> int:
    """Train as asked, leave model, card and report behind, and return the exit code."""
    checkpoint = request.out / f"{MODEL_NAME}.checkpoint.npz"
    options = resumed_options(checkpoint, request) if request.resume else request.options
    if request.report or request.tensorboard:
        make_folder(request.reports)
    with workplace(request.out) as unfinished:
        return run(request, options, checkpoint, unfinished)


def run(request: Request, options: Options, checkpoint: Path, unfinished: Path) -> int:
    """From data to report. Files stay in `unfinished` until the model is known to be good."""
    started_s = time.monotonic()
    model = new_network(options)  # an impossible network is an error before data is prepared
    if options.start_from:
        start = keras.saving.load_model(options.start_from, compile=False)
        model.set_weights(start.get_weights())
    datasets = prepare(options)
    print(
        f"{options.network}: {model.count_params():,} parameters, "
        f"{multiply_adds(model) / 1e6:.2f} M multiply-adds a reading; "
        f"{len(datasets.training):,} examples, {len(datasets.validation):,} for validation"
    )
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{options.network}"
    folder = request.reports / name
    log = tensorboard_log(folder / "tensorboard") if request.tensorboard else None
    history = fit(
        model, datasets.training, datasets.validation, options, checkpoint, request.resume, log
    )

    temperature, thresholds = calibrate(model, datasets)
    paths = export(model, unfinished)
    check_agreement(paths, datasets.mnist_validation.images[:200])
    # The served file is evaluated. This is the only look at the test set.
    evaluation = evaluate(
        load_predictor(paths[".tflite"]),
        datasets.mnist_test,
        datasets.dev_drawings,
        datasets.dev_junk,
        thresholds,
    )
    card = {
        "made": {
            "command": shlex.join(request.command),
            "recipe": options.recipe,
            "options": options.as_json(),
            "seed": options.seed,
            "git_commit": git_commit(),
            "date": datetime.now(UTC).date().isoformat(),
            "versions": versions(),
            "minutes": round((time.monotonic() - started_s) / 60, 2),
            "epochs_trained": len(history.epochs),
            "best_epoch": history.best_epoch + 1,
            "interrupted": history.interrupted,
        },
        "network": {
            "name": options.network,
            "parameters": model.count_params(),
            "multiply_adds": multiply_adds(model),
        },
        "data": datasets.data,
        "figures": evaluation.figures,
        "temperature": temperature,
        "thresholds": asdict(thresholds),
    }
    # Moved all at once: the app refuses a model that is not the model in its card.
    finished = [*paths.values(), write_card(unfinished, card, paths)]
    written = [path.replace(request.out / path.name) for path in finished]
    if request.report:
        written.append(write_report(folder, evaluation, card, model, history, options))
    summarise(evaluation.figures, written, time.monotonic() - started_s)
    if history.interrupted:
        return INTERRUPTED
    checkpoint.unlink(missing_ok=True)
    require(options.require_accuracy, evaluation)
    return 0


def resumed_options(checkpoint: Path, request: Request) -> Options:
    """The options of the interrupted run. A typed flag that differs from them is an error."""
    options = options_of_checkpoint(checkpoint)
    for key, value in request.typed.items():
        kept = getattr(options, key)
        if kept != value:
            flag = "--" + key.replace("_", "-")
            raise TrainingError(
                f"{checkpoint} was made with {flag} {kept}, not {value}; "
                "leave the flag out, or train anew without --resume"
            )
    return options


def calibrate(model: keras.Model, datasets: Datasets) -> tuple[float, Thresholds]:
    """Fold a temperature into the model; choose thresholds where there are dev drawings."""
    drawn = list(datasets.dev_drawings.values())
    chosen_on = drawn or [datasets.mnist_validation]
    images = np.concatenate([digits.images for digits in chosen_on])
    labels = np.concatenate([digits.labels for digits in chosen_on])
    temperature = best_temperature(predict(model, images), labels)
    fold_temperature(model, temperature)
    if not drawn:
        return temperature, DEFAULT_THRESHOLDS
    junk = None if datasets.dev_junk is None else predict(model, datasets.dev_junk)
    return temperature, choose_thresholds(predict(model, images), junk)

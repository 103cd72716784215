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

from reader.classes import Classes
from reader.model_card import Thresholds
from training.data.examples import Datasets, prepare
from training.errors import TrainingError
from training.export import (
    MODEL_NAME,
    check_agreement,
    classes_of,
    export,
    git_commit,
    load_keras,
    load_predictor,
    made_by,
    write_card,
)
from training.files import make_writable, workplace
from training.judging.calibrate import (
    DEFAULT_THRESHOLDS,
    best_temperature,
    choose_thresholds,
    fold_temperature,
)
from training.judging.evaluation import Evaluation, evaluate, require, summarise
from training.judging.report import write_report
from training.learning.fit import check_learnt, fit, options_of_checkpoint, predict
from training.learning.networks import multiply_adds, new_network, with_new_head
from training.learning.snapshots import FOLDER, Snapshots
from training.learning.tensorboard import tensorboard_log
from training.options import Options
from training.shipped import keep_aside, next_commands

FEW = 100  # pictures that a temperature is chosen on
INTERRUPTED = 130  # the exit code of a program ended by Ctrl-C
PATIENCE_CUTS_THE_CYCLE = """\
--schedule one-cycle learns most at the end, when the rate falls to 0, and --patience may stop the
run before. With --patience, take --schedule constant."""


@dataclass(frozen=True)
class Request:
    """The typed command: options, folders and switches."""

    options: Options
    typed: dict[str, Any] = field(default_factory=dict)
    out: Path = Path("models")
    reports: Path = Path("reports")
    resume: bool = False
    tensorboard: bool = False
    snapshots: bool = False
    report: bool = True
    command: tuple[str, ...] = ("train.py",)


def train(request: Request) -> int:
    """Train as asked, leave model, card and report behind, and return the exit code."""
    checkpoint = request.out / f"{MODEL_NAME}.checkpoint.npz"
    options = resumed_options(checkpoint, request) if request.resume else request.options
    if options.patience and options.schedule == "one-cycle":
        print("note: " + PATIENCE_CUTS_THE_CYCLE)
    if request.report or request.tensorboard:
        make_writable(request.reports)
    with workplace(request.out) as unfinished:
        return run(request, options, checkpoint, unfinished)


def run(request: Request, options: Options, checkpoint: Path, unfinished: Path) -> int:
    """From data to report. Files stay in `unfinished` until the model is known to be good."""
    started_s = time.monotonic()
    new_network(options)  # an impossible network is an error before data is prepared
    datasets = prepare(options)
    classes = datasets.classes
    model = network_for(options, classes)
    if not classes.are_digits:
        print(f"{len(classes)} classes: {', '.join(classes.labels)}")
    network = options.network
    if options.start_from is not None:
        network = f"from {Path(options.start_from).name}"
    print(
        f"{network}: {model.count_params():,} parameters, "
        f"{multiply_adds(model) / 1e6:.2f} M multiply-adds a reading; "
        f"{len(datasets.training):,} examples, {len(datasets.validation):,} for validation"
    )
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{options.network}"
    folder = request.reports / name
    log = tensorboard_log(folder / "tensorboard") if request.tensorboard else None
    about = {
        "command": shlex.join(request.command),
        "git_commit": git_commit(),
        "batch_size": options.batch_size,
        "drawings": len(options.drawings),
        **classes.as_card(),
    }
    snapshots = Snapshots(request.out / FOLDER, datasets.validation, about)
    history = fit(
        model, datasets.training, datasets.validation, options, checkpoint, request.resume, log,
        snapshots.after_step if request.snapshots else None, datasets.data,
        [load_keras(Path(name)) for name in options.teachers],
    )  # fmt: skip
    steps = len(history.epochs) * max(1, len(datasets.training) // options.batch_size)
    check_learnt(history, datasets.validation, options, steps)

    made = {
        **made_by(request.command, options),
        "minutes": round((time.monotonic() - started_s) / 60, 2),
        "epochs_trained": len(history.epochs),
        "best_epoch": history.best_epoch + 1,
        "interrupted": history.interrupted,
    }
    evaluation, card, written = finish(model, network, datasets, made, request.out, unfinished)
    commands = next_commands(request.out)
    if request.report:
        written.append(write_report(folder, evaluation, card, model, history, options, commands))
    summarise(evaluation.figures, written, time.monotonic() - started_s)
    for why, command_line in commands:
        print(f"{why}:\n  {command_line}")
    if history.interrupted:
        return INTERRUPTED
    checkpoint.unlink(missing_ok=True)
    require(options.require_accuracy, evaluation)
    return 0


def finish(
    model: keras.Model,
    network: str,
    datasets: Datasets,
    made: dict[str, Any],
    out: Path,
    unfinished: Path,
) -> tuple[Evaluation, dict[str, Any], list[Path]]:
    """Calibrate, evaluate and export a model, and put its files and its card in place."""
    classes = datasets.classes
    temperature, thresholds = calibrate(model, datasets)
    paths = export(model, unfinished)
    check_agreement(paths, datasets.held_out.images[:200], classes)
    # The served file is evaluated. This is the only look at the test set.
    evaluation = evaluate(
        load_predictor(paths[".tflite"], classes),
        datasets.test,
        datasets.dev_drawings,
        datasets.dev_junk,
        thresholds,
        classes,
    )
    card = {
        "made": made,
        "network": {
            "name": network,
            "parameters": model.count_params(),
            "multiply_adds": multiply_adds(model),
        },
        "data": datasets.data,
        "figures": evaluation.figures,
        "temperature": temperature,
        "thresholds": asdict(thresholds),
        **classes.as_card(),
    }
    keep_aside(out)
    # Moved all at once: the app refuses a model that is not the model in its card.
    finished = [*paths.values(), write_card(unfinished, card, paths)]
    return evaluation, card, [path.replace(out / path.name) for path in finished]


def network_for(options: Options, classes: Classes) -> keras.Model:
    """A new network; or the model of --start-from, with a new last layer for other classes."""
    if options.start_from is None:
        return new_network(options, len(classes))
    path = Path(options.start_from)
    model = load_keras(path)
    if classes_of(path) == classes:
        return model
    keras.utils.set_random_seed(options.seed)
    return with_new_head(model, len(classes))


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
    chosen_on = drawn or [datasets.held_out]
    images = np.concatenate([digits.images for digits in chosen_on])
    labels = np.concatenate([digits.labels for digits in chosen_on])
    temperature = best_temperature(predict(model, images), labels)
    if len(labels) < FEW:  # all right by luck, they would make it sure of everything
        temperature = max(temperature, 1.0)
    fold_temperature(model, temperature)
    if not drawn:
        return temperature, DEFAULT_THRESHOLDS
    junk = None if datasets.dev_junk is None else predict(model, datasets.dev_junk)
    return temperature, choose_thresholds(predict(model, images), junk)

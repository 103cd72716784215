"""`train.py search`: Optuna looks for better options, on one machine or several.

The study's database holds everything, so any process may be killed at any time. A running trial
sends heartbeats to the database. A trial that stops sending them is taken for dead, and the next
free process runs it again with the same choices.
"""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Callable, Set
from functools import partial
from pathlib import Path
from typing import Any

import keras
import optuna
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from training.data.examples import Datasets, prepare
from training.errors import TrainingError
from training.files import make_folder, whole_file
from training.judging import plots
from training.learning.fit import fit
from training.learning.networks import NETWORKS, multiply_adds, new_network
from training.options import Options

SILENT_HEARTBEATS = 4  # as many missed in a row mean death
RETRIES = 3
SEARCHED = ("filters", "kernel_size", "layers", "dropout", "learning_rate", "batch_size")
FILES = ("drawings", "junk", "dev_drawings", "dev_junk")
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def search(
    options: Options,
    asked: Set[str],
    trials: int,
    storage_url: str | None,
    study_name: str,
    reports: Path,
    heartbeat_s: int,
) -> int:
    """Run trials until the study has `trials` finished ones, then print the best.

    Options named in `asked` are kept as they are.
    """
    if trials < 1:
        raise TrainingError(f"--trials cannot be {trials}")
    if heartbeat_s < 1:
        raise TrainingError(f"--heartbeat cannot be {heartbeat_s}")
    kept = asked & set(SEARCHED)
    if len(kept) == len(SEARCHED):
        flags = ", ".join("--" + key.replace("_", "-") for key in SEARCHED)
        raise TrainingError(f"nothing is left to search: leave out one of {flags}")
    folder = reports / f"search-{study_name}"
    make_folder(folder)
    study = open_study(
        storage_url or f"sqlite:///{(folder / 'study.db').resolve()}", study_name, heartbeat_s
    )
    datasets = prepare(options)
    check_question(study, question(options, kept, datasets.data))
    while finished(study) < trials:
        study.optimize(
            lambda trial: try_out(trial, datasets, options, kept),
            n_trials=1,
            callbacks=[lambda study, trial: say(study, trial, trials)],
        )
    if not any(trial.state is TrialState.COMPLETE for trial in study.trials):
        raise TrainingError("every trial was pruned or failed; ask for more --trials")
    paths = plot(study, folder)
    winner = options_of(study.best_trial)
    print(f"\nbest validation accuracy {study.best_value:.4f}, trial {study.best_trial.number}")
    for path in paths:
        print(f"  {path}")
    print(f"train the winner with\n  {command_for(winner)}")
    return 0


def say(study: optuna.Study, trial: FrozenTrial, trials: int) -> None:
    """Print how this trial ended, and how many trials all processes have finished."""
    print(f"trial {trial.number}: {trial.state.name.lower()}; {finished(study)} of {trials} done")


def open_study(url: str, name: str, heartbeat_s: int) -> optuna.Study:
    """The study in its database. The first process creates it."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]  # the installed driver
    try:
        with warnings.catch_warnings():
            # Optuna advises heartbeats and constant_liar where several processes work.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            storage = RDBStorage(
                url,
                engine_kwargs={"poolclass": NullPool},  # survives a restart of the database
                heartbeat_interval=heartbeat_s,
                grace_period=SILENT_HEARTBEATS * heartbeat_s,
                heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=RETRIES),
            )
            sampler = optuna.samplers.TPESampler(n_startup_trials=8, constant_liar=True)
        return optuna.create_study(
            storage=storage,
            study_name=name,
            direction="maximize",
            load_if_exists=True,
            sampler=sampler,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
        )
    except (SQLAlchemyError, ImportError) as error:
        # The URL may hold a password, so only the kind of error is printed.
        raise TrainingError(f"--storage cannot be used: {type(error).__name__}") from error


def question(options: Options, kept: Set[str], data: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The question a study answers: the options that shape its trials, and hashes of the data."""
    asked = options.as_json()
    del asked["recipe"], asked["require_accuracy"]  # neither changes a trial
    asked |= {key: "searched" for key in SEARCHED if key not in kept}
    asked["data"] = data["mnist train"]["sha256"]
    return asked | {key: [data[Path(name).name]["sha256"] for name in asked[key]] for key in FILES}


def check_question(study: optuna.Study, asked: dict[str, Any]) -> None:
    """Raise an error where the study was begun with another question."""
    if "question" not in study.user_attrs:
        study.set_user_attr("question", asked)
    begun = study.user_attrs["question"]  # perhaps another process was first
    others = [key for key in begun | asked if begun.get(key) != asked.get(key)]
    if others:
        flags = ", ".join("--" + key.replace("_", "-") for key in others)
        raise TrainingError(
            f"the study {study.study_name} was begun with other {flags}: name another with --study"
        )


def finished(study: optuna.Study) -> int:
    """How many trials are complete or pruned."""
    return len(study.get_trials(deepcopy=False, states=FINISHED))


def try_out(trial: optuna.Trial, datasets: Datasets, options: Options, kept: Set[str]) -> float:
    """Train with the choices of a trial. Optuna prunes a trial that lags behind the others."""
    options = chosen_options(choices(trial, options.network, kept), options)
    trial.set_user_attr("options", options.as_json())

    def after_epoch(epoch: int, figures: dict[str, float]) -> None:
        trial.report(figures["val_accuracy"], epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    keras.backend.clear_session()
    try:
        model = new_network(options)
    except TrainingError as error:
        print(error)
        raise optuna.TrialPruned from error
    trial.set_user_attr("parameters", model.count_params())
    trial.set_user_attr("multiply_adds", multiply_adds(model))
    history = fit(model, datasets.training, datasets.validation, options, after_epoch=after_epoch)
    if history.interrupted:
        raise KeyboardInterrupt
    return history.epochs[history.best_epoch]["val_accuracy"]


def choices(trial: optuna.Trial, network: str, kept: Set[str]) -> dict[str, Any]:
    """The choices of a trial: every searched option that was not asked for."""
    space: dict[str, Callable[[str], Any]] = {
        "first_filters": partial(trial.suggest_categorical, choices=[8, 12, 16, 24, 32]),
        "growth": partial(trial.suggest_categorical, choices=[1.5, 2.0]),
        "kernel_size": partial(trial.suggest_categorical, choices=[3, 5]),
        "layers": partial(trial.suggest_int, low=1, high=2 if network != "lenet5" else 1),
        "dropout": partial(trial.suggest_float, low=0.0, high=0.5, step=0.1),
        "learning_rate": partial(trial.suggest_float, low=5e-4, high=2e-2, log=True),
        "batch_size": partial(trial.suggest_categorical, choices=[64, 128, 256]),
    }
    part_of = {"first_filters": "filters", "growth": "filters"}
    return {
        key: suggest(key) for key, suggest in space.items() if part_of.get(key, key) not in kept
    }


def chosen_options(chosen: dict[str, Any], options: Options) -> Options:
    """The options with these choices in them; the rest stays as it is."""
    new = {key: float(f"{v:.3g}") if isinstance(v, float) else v for key, v in chosen.items()}
    if "growth" in new:
        first, growth = new.pop("first_filters"), new.pop("growth")
        blocks = len(NETWORKS[options.network][1].filters)
        new["filters"] = tuple(round(first * growth**block) for block in range(blocks))
    return options.changed(new)


def options_of(trial: FrozenTrial) -> Options:
    """The options that a trial was trained with, as the trial recorded them."""
    try:
        return Options.from_json(trial.user_attrs["options"])
    except (KeyError, ValueError) as error:
        raise TrainingError(f"trial {trial.number} is of another Inkling ({error})") from error


def command_for(options: Options) -> str:
    """The command that trains with these options: the flags that differ from the defaults."""
    words = ["python", "train.py"]
    defaults = Options().as_json()
    for key, value in options.as_json().items():
        if key == "recipe" or value == defaults[key]:  # the recipe's options are printed as flags
            continue
        flag = "--" + key.replace("_", "-")
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        elif key == "filters":
            words += [flag, ",".join(map(str, value))]
        elif isinstance(value, list):
            words += [flag, *value]
        else:
            words += [flag, str(value)]
    return shlex.join(words)


def plot(study: optuna.Study, folder: Path) -> list[Path]:
    """Plot the history of the study and, with enough trials, the importance of each choice."""
    done = study.get_trials(deepcopy=False, states=FINISHED)
    reached = {trial.number: trial.value for trial in done if trial.value is not None}
    figures = {"history": plots.search_history(list(reached), list(reached.values()))}
    try:
        figures["importance"] = plots.importances(optuna.importance.get_param_importances(study))
    except (ValueError, RuntimeError):
        print("importance needs more finished trials that differ")
    paths = []
    for name, figure in figures.items():
        path = folder / f"{name}.png"
        with whole_file(path) as temporary:
            figure.savefig(temporary, dpi=110)
        paths.append(path)
    return paths

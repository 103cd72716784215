"""The command line: flags become options, a word becomes the command of that name.

TensorFlow takes seconds to import, so it is imported only when a command runs. `--help` and
mistyped flags are answered at once. Where TensorFlow is missing, the message says what to install.
"""

from __future__ import annotations

import argparse
import difflib
import importlib.util
import io
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from reader.model_card import ModelError
from training.errors import BelowTheBar, LearningFailed, TrainingError
from training.options import (
    NETWORK_NAMES,
    OPTIMIZER_NAMES,
    SCHEDULE_NAMES,
    Options,
    asked_for,
    combined,
    option_kinds,
)

TENSORFLOW_MISSING = """\
Training needs TensorFlow, which is not installed here. Install it with
    python -m pip install -r requirements-train.txt
(The web app does not need it.)"""

COMMANDS = ("evaluate", "prove", "average", "weights", "compare", "search", "restore")
OPTION_NAMES = frozenset(Options.__dataclass_fields__)
# With one of these, --start-from is a whole training run, and not a class's drawings alone.
OTHER_DATA = frozenset({"data", "recipe", "classes", "junk", "made_junk"})


def main(arguments: Sequence[str], about: str) -> int:
    """Run what was typed and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # not every terminal has a ✓
    command = arguments[0] if arguments and arguments[0] in COMMANDS else "train"
    parser = PARSERS[command]()
    if command == "train":
        parser.description = about
    typed = parser.parse_args(arguments if command == "train" else arguments[1:])
    if importlib.util.find_spec("tensorflow") is None:
        print(TENSORFLOW_MISSING, file=sys.stderr)
        return 2
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return RUNNERS[command](typed, ("train.py", *arguments))
    except BelowTheBar as error:
        print(f"below the bar: {error}", file=sys.stderr)
        return 1
    except LearningFailed as error:
        print(f"learning failed: {error}", file=sys.stderr)
        return 1
    except (TrainingError, ModelError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a file that is not ours to read
        where = f"{error.filename}: " if error.filename else ""
        print(f"train.py: {where}{error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def whole(text: str) -> int:
    """16 as a number."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


def number(text: str) -> float:
    """0.5 as a number."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None


def whole_numbers(text: str) -> tuple[int, ...]:
    """16,32,64 as three numbers."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not numbers with commas") from None


class ShortParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the fifty flags that are right."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        message = message.replace("argument ", "", 1)
        unknown = message.removeprefix("unrecognized arguments: ").split(" ")[0]
        if unknown != message.split(" ")[0]:
            flags = re.findall(r"--[a-z-]+", self.format_usage())
            near = difflib.get_close_matches(unknown, flags, 1)
            message = f"no flag is called {unknown}" + (f"; is it {near[0]}?" if near else "")
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help lists all flags)\n")


def new_parser(usage: str, about: str) -> argparse.ArgumentParser:
    """A parser that leaves out what was not typed, so that recipes can fill the gaps."""
    return ShortParser(
        prog=f"train.py {usage}".strip(),
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """Where the pictures are."""
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="small labelled pictures: IDX files (raw or .gz), an .npz, .csv files, a folder for "
        "each class, or a .zip of these (default: MNIST, downloaded once, kept by Keras)",
    )


TRAINING_FLAGS: dict[str, dict[str, tuple[str | None, str | None]]] = {
    "drawings, as .ndjson[.gz] or Pendigits in UNIPEN format": {
        "drawings": ("FILE", "digits, or other classes, drawn with a pen, to train on"),
        "junk": ("FILE", "what is not a digit, to train towards the uniform answer"),
        "dev-drawings": ("FILE", "drawn digits that choose weights, temperature and thresholds"),
        "dev-junk": ("FILE", "junk that chooses thresholds"),
        "mnist-times": ("N", "how often MNIST's digits come"),
        "renderings": ("N", "pictures made of each drawing"),
        "made-digits": ("N", "add N 1s and 7s that look alike"),
        "made-junk": ("N", "add N scrawls and the like, made by code"),
        "junk-weight": ("SHARE", "of what is no digit in the loss; a digit counts 1"),
    },
    "network": {
        "filters": ("N,N", "channels by block"),
        "kernel-size": ("N", "side of a convolution"),
        "layers": ("N", "convolutions in a block"),
        "dropout": ("SHARE", "before the last layer"),
    },
    "learning": {
        "epochs": ("N", "times each example is seen"),
        "batch-size": ("N", "examples in a step"),
        "learning-rate": ("RATE", "at its peak"),
        "optimizer": (None, None),
        "weight-decay": ("SHARE", "for adamw"),
        "schedule": (None, "of the learning rate"),
        "patience": ("N", "stop after N epochs without a better one; 0: never"),
        "augment": (None, "shift, rotate, scale, shear, bend and thicken digits while training"),
        "augment-strength": ("FACTOR", "1: as usual"),
        "label-smoothing": ("SHARE", "given to all answers alike"),
        "ema": ("DECAY", "average of weights; 0: none"),
        "validation-split": ("SHARE", "held out"),
        "seed": ("N", "same seed, same model"),
    },
    "learning from larger networks": {
        "teachers": ("MODEL", "models that answer too"),
        "trust": ("SHARE", "in them, not in the label"),
    },
}


def add_training_flags(parser: argparse.ArgumentParser) -> None:
    """Everything that shapes a training run."""
    add_data_flags(parser)
    parser.add_argument(
        "--classes",
        nargs="+",
        metavar="NAME",
        help="what the labels mean, in order; or digits, letters, fashion or kuzushiji",
    )
    ways: dict[Any, dict[str, Any]] = {
        int: {"type": whole},
        float: {"type": number},
        bool: {"action": argparse.BooleanOptionalAction},
        tuple[int, ...]: {"type": whole_numbers},
        tuple[str, ...]: {"nargs": "+"},
    }
    choices = {"optimizer": OPTIMIZER_NAMES, "schedule": SCHEDULE_NAMES}
    kinds = option_kinds()
    for title, flags in TRAINING_FLAGS.items():
        group = parser.add_argument_group(title)
        for name, (metavar, text) in flags.items():
            kind = kinds[name.replace("-", "_")]
            way = {"choices": choices[name]} if name in choices else ways[kind]
            named: dict[str, Any] = {"metavar": metavar} if metavar else {}
            group.add_argument(f"--{name}", help=text, **way, **named)


def add_evaluation_flags(parser: argparse.ArgumentParser) -> None:
    """A model file, and the data to evaluate it on."""
    parser.add_argument("model", type=Path, metavar="MODEL")
    add_data_flags(parser)
    parser.add_argument(
        "--drawings", nargs="+", metavar="FILE", help="drawn digits to evaluate it on"
    )
    parser.add_argument("--junk", nargs="+", metavar="FILE", help="drawings that are no digit")


def add_output_flags(parser: argparse.ArgumentParser) -> None:
    """Where reports go."""
    parser.add_argument("--reports", type=Path, metavar="FOLDER", help="default: reports")


def add_bar(parser: argparse.ArgumentParser) -> None:
    """What a model must reach."""
    parser.add_argument(
        "--require-accuracy",
        type=number,
        metavar="SHARE",
        help="exit with 1 below this on the test set",
    )


def train_parser() -> argparse.ArgumentParser:
    """`train.py [flags]`."""
    parser = new_parser("", "")
    parser.add_argument("--network", choices=NETWORK_NAMES, help="default: compact")
    add_training_flags(parser)
    run = parser.add_argument_group("the run")
    recipe = run.add_mutually_exclusive_group()
    recipe.add_argument("--recipe", metavar="NAME", help="many options at once, or a .toml file")
    recipe.add_argument("--quick", action="store_true", help="one epoch: the recipe named quick")
    run.add_argument("--start-from", metavar="MODEL", help="train this .h5 or .keras on")
    run.add_argument("--out", type=Path, metavar="FOLDER", help="for the model; default: models")
    add_output_flags(run)  # type: ignore[arg-type]
    run.add_argument("--no-report", dest="report", action="store_false", help="write no page")
    run.add_argument("--lr-find", action="store_true", help="train nothing; suggest a rate")
    run.add_argument("--resume", action="store_true", help="go on with the run that --out holds")
    run.add_argument("--tensorboard", action="store_true", help="write logs for TensorBoard too")
    run.add_argument("--snapshots", action="store_true", help="save how it learned, for the page")
    add_bar(run)  # type: ignore[arg-type]
    return parser


def evaluate_parser() -> argparse.ArgumentParser:
    """`train.py evaluate MODEL`."""
    parser = new_parser(
        "evaluate", "Evaluate any .h5, .keras, .tflite or .weights: figures and report."
    )
    add_evaluation_flags(parser)
    add_bar(parser)
    add_output_flags(parser)
    return parser


def prove_parser() -> argparse.ArgumentParser:
    """`train.py prove MODEL`."""
    parser = new_parser(
        "prove",
        "Measure every row of the proof in a model's card again: drawn digits, as they are and "
        "gone wrong, styles, what is no digit. Exits with 1 if a row is more than 0.2 points "
        "worse than the card says. Sheets of all mistakes go to --reports.",
    )
    add_evaluation_flags(parser)
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the rows into the card, and into the README.md beside it",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="MODEL",
        help="the model that it shall take the place of: tells which rows moved, and exits with "
        "1 if a row about MNIST, drawn digits, letters or calibration is worse by more than chance "
        "explains, or drawings made by code together are worse",
    )
    add_output_flags(parser)
    return parser


def average_parser() -> argparse.ArgumentParser:
    """`train.py average MODEL ...`."""
    parser = new_parser(
        "average",
        "Write the mean of models that went on from the same weights. It costs one model and often "
        "reads better than each.",
    )
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL", help=".h5 or .keras")
    add_data_flags(parser)
    for flag in ("--dev-drawings", "--dev-junk"):
        parser.add_argument(flag, nargs="+", metavar="FILE", help="as for training")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for the model")
    return parser


def weights_parser() -> argparse.ArgumentParser:
    """`train.py weights MODEL`."""
    parser = new_parser(
        "weights",
        "Write the .weights, which the page and NumPy read, of an .h5 or .keras that has a card, "
        "and name the file in the card. Every training run does so by itself.",
    )
    parser.add_argument("model", type=Path, metavar="MODEL")
    return parser


def compare_parser() -> argparse.ArgumentParser:
    """`train.py compare NETWORK ...`."""
    parser = new_parser("compare", "Train several networks alike and print one table.")
    parser.add_argument("networks", nargs="+", choices=NETWORK_NAMES, metavar="NETWORK")
    add_training_flags(parser)
    parser.add_argument("--recipe", metavar="NAME", help="many options at once, or a .toml file")
    add_output_flags(parser)
    return parser


def search_parser() -> argparse.ArgumentParser:
    """`train.py search --trials N`."""
    parser = new_parser(
        "search",
        "Search for a better recipe with Optuna. Flags that are typed, and those of --recipe, are "
        "kept. Run it again to go on; run it on several machines with one "
        "--storage postgresql://... to share the work.",
    )
    parser.add_argument("--trials", type=whole, metavar="N", help="trials in all; default: 20")
    parser.add_argument("--storage", metavar="URL", help="default: SQLite in --reports")
    parser.add_argument("--study", metavar="NAME", help="default: inkling")
    parser.add_argument(
        "--heartbeat",
        type=whole,
        metavar="SECONDS",
        help="a trial silent for four of these is taken for dead and run again; default: 10",
    )
    parser.add_argument("--network", choices=NETWORK_NAMES, help="default: compact")
    add_training_flags(parser)
    parser.add_argument("--recipe", metavar="NAME", help="many options at once, or a .toml file")
    add_output_flags(parser)
    return parser


def restore_parser() -> argparse.ArgumentParser:
    """`train.py restore`."""
    parser = new_parser(
        "restore", "Bring back the shipped model that a training run has kept aside."
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: models")
    return parser


PARSERS = {
    "train": train_parser,
    "evaluate": evaluate_parser,
    "prove": prove_parser,
    "average": average_parser,
    "weights": weights_parser,
    "compare": compare_parser,
    "search": search_parser,
    "restore": restore_parser,
}


def typed_options(typed: argparse.Namespace) -> dict[str, Any]:
    """The part of what was typed that is about training."""
    values = {key: value for key, value in vars(typed).items() if key in OPTION_NAMES}
    return {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}


def run_train(typed: argparse.Namespace, command: tuple[str, ...]) -> int:
    """Train one model."""
    values = typed_options(typed) | ({"recipe": "quick"} if hasattr(typed, "quick") else {})
    from training.data.examples import are_of_digits

    if "start_from" in values:
        of_digits = are_of_digits(Options().changed(values))
        if of_digits and "drawings" in values and not values.keys() & OTHER_DATA:
            return run_further(typed, values, command)
        if not of_digits:
            values.setdefault("recipe", "signs")
    options = combined(values.get("recipe"), values)
    if hasattr(typed, "lr_find"):
        from training.lr_find import lr_find

        return lr_find(options, getattr(typed, "reports", Path("reports")))
    from training.run import Request, train

    rest = {
        key: value
        for key, value in vars(typed).items()
        if key in ("out", "reports", "report", "resume", "snapshots", "tensorboard")
    }
    if options.start_from and not are_of_digits(options):
        rest.setdefault("out", Path("models/signs"))  # the model that it starts from stays
    return train(Request(options=options, typed=values, command=command, **rest))


def run_further(typed: argparse.Namespace, values: dict[str, Any], command: tuple[str, ...]) -> int:
    """Train a model on with the drawings of a class."""
    options = combined("further", values)
    from training.further import train_further

    out = getattr(typed, "out", Path("models/further"))
    return train_further(Path(typed.start_from), options, out, command)


def evaluation_arguments(typed: argparse.Namespace) -> dict[str, Any]:
    """The model and the data that were typed."""
    return {
        "path": typed.model,
        "data": getattr(typed, "data", None),
        "drawings": tuple(getattr(typed, "drawings", ())),
        "junk": tuple(getattr(typed, "junk", ())),
        "reports": getattr(typed, "reports", Path("reports")),
    }


def run_evaluate(typed: argparse.Namespace, command: tuple[str, ...]) -> int:
    """Evaluate a model file."""
    bar = Options(require_accuracy=getattr(typed, "require_accuracy", None)).require_accuracy
    from training.judging.command import evaluate_file

    return evaluate_file(
        **evaluation_arguments(typed),
        require_accuracy=bar,
        command=command,
    )


def run_prove(typed: argparse.Namespace, command: tuple[str, ...]) -> int:
    """Measure a model against its card."""
    from training.proof.command import prove_file

    return prove_file(
        **evaluation_arguments(typed),
        write=hasattr(typed, "write"),
        against=getattr(typed, "against", None),
        command=command,
    )


def run_average(typed: argparse.Namespace, command: tuple[str, ...]) -> int:
    """Write the mean of several models."""
    options = Options().changed(typed_options(typed))
    from training.average import average

    return average(typed.models, options, typed.out, command)


def run_weights(typed: argparse.Namespace, _command: tuple[str, ...]) -> int:
    """Write the weights of a model for the page."""
    from training.export import add_weights

    print(add_weights(typed.model))
    return 0


def run_compare(typed: argparse.Namespace, _command: tuple[str, ...]) -> int:
    """Train several networks alike."""
    options = combined(getattr(typed, "recipe", None), typed_options(typed))
    from training.compare import compare

    return compare(typed.networks, options, getattr(typed, "reports", Path("reports")))


def run_search(typed: argparse.Namespace, _command: tuple[str, ...]) -> int:
    """Look for better options."""
    asked = asked_for(getattr(typed, "recipe", None), typed_options(typed))
    options = Options().changed(asked)
    from training.search import search

    return search(
        options,
        asked=frozenset(asked),
        trials=getattr(typed, "trials", 20),
        storage_url=getattr(typed, "storage", None),
        study_name=getattr(typed, "study", "inkling"),
        reports=getattr(typed, "reports", Path("reports")),
        heartbeat_s=getattr(typed, "heartbeat", 10),
    )


def run_restore(typed: argparse.Namespace, _command: tuple[str, ...]) -> int:
    """Bring the shipped model back."""
    from training.shipped import restore

    return restore(getattr(typed, "out", Path("models")))


RUNNERS = {
    "train": run_train,
    "evaluate": run_evaluate,
    "prove": run_prove,
    "average": run_average,
    "weights": run_weights,
    "compare": run_compare,
    "search": run_search,
    "restore": run_restore,
}

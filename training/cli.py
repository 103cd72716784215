"""The command line: flags become options, a word becomes the command of that name.

TensorFlow takes seconds to import, so it is imported only when a command runs. `--help` and
mistyped flags are answered at once. Where TensorFlow is missing, the message says what to install.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reader.model_card import ModelError
from training.errors import BelowTheBar, TrainingError
from training.options import (
    NETWORK_NAMES,
    OPTIMIZER_NAMES,
    SCHEDULE_NAMES,
    Options,
    asked_for,
    combined,
)

TENSORFLOW_MISSING = """\
Training needs TensorFlow, which is not installed here. Install it with
    python -m pip install -r requirements-train.txt
(The web app does not need it.)"""

COMMANDS = ("evaluate", "prove", "weights", "compare", "search")
OPTION_NAMES = frozenset(Options.__dataclass_fields__)


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


def whole_numbers(text: str) -> tuple[int, ...]:
    """16,32,64 as three numbers."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not numbers with commas") from None


def new_parser(usage: str, about: str) -> argparse.ArgumentParser:
    """A parser that leaves out what was not typed, so that recipes can fill the gaps."""
    return argparse.ArgumentParser(
        prog=f"train.py {usage}".strip(),
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """Where MNIST is."""
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="MNIST: a folder of IDX files (raw or .gz), a zip of them, or mnist.npz "
        "(default: downloaded once, kept by Keras)",
    )


def add_training_flags(parser: argparse.ArgumentParser) -> None:
    """Everything that shapes a training run."""
    add_data_flags(parser)
    data = parser.add_argument_group("drawings, as .ndjson[.gz] or Pendigits in UNIPEN format")
    for flag, text in {
        "--drawings": "digits drawn with a pen, to train on",
        "--junk": "what is not a digit, to train towards the uniform answer",
        "--dev-drawings": "drawn digits that choose weights, temperature and thresholds",
        "--dev-junk": "junk that chooses thresholds",
    }.items():
        data.add_argument(flag, nargs="+", metavar="FILE", help=text)
    data.add_argument("--mnist-times", type=int, metavar="N", help="how often MNIST's digits come")
    data.add_argument("--renderings", type=int, metavar="N", help="pictures made of each drawing")
    data.add_argument(
        "--made-digits", type=int, metavar="N", help="add N 1s and 7s that look alike, made by code"
    )
    data.add_argument(
        "--made-junk", type=int, metavar="N", help="add N scrawls and the like, made by code"
    )

    network = parser.add_argument_group("network")
    network.add_argument("--filters", type=whole_numbers, metavar="N,N", help="channels by block")
    network.add_argument("--kernel-size", type=int, metavar="N", help="side of a convolution")
    network.add_argument("--layers", type=int, metavar="N", help="convolutions in a block")
    network.add_argument("--dropout", type=float, metavar="SHARE", help="before the last layer")

    learning = parser.add_argument_group("learning")
    learning.add_argument("--epochs", type=int, metavar="N", help="times each example is seen")
    learning.add_argument("--batch-size", type=int, metavar="N", help="examples in a step")
    learning.add_argument("--learning-rate", type=float, metavar="RATE", help="at its peak")
    learning.add_argument("--optimizer", choices=OPTIMIZER_NAMES)
    learning.add_argument("--weight-decay", type=float, metavar="SHARE", help="for adamw")
    learning.add_argument("--schedule", choices=SCHEDULE_NAMES, help="of the learning rate")
    learning.add_argument(
        "--patience",
        type=int,
        metavar="N",
        help="stop after N epochs without a better one; 0: never",
    )
    learning.add_argument(
        "--augment",
        action=argparse.BooleanOptionalAction,
        help="shift, rotate, scale, shear, bend and thicken digits while training",
    )
    learning.add_argument("--augment-strength", type=float, metavar="FACTOR", help="1: as usual")
    learning.add_argument("--label-smoothing", type=float, metavar="SHARE")
    learning.add_argument("--ema", type=float, metavar="DECAY", help="average of weights; 0: none")
    learning.add_argument("--validation-split", type=float, metavar="SHARE", help="held out")
    learning.add_argument("--seed", type=int, metavar="N", help="same seed, same model")

    teaching = parser.add_argument_group("learning from larger networks")
    teaching.add_argument("--start-from", metavar="FILE", help="train the weights of this model on")
    teaching.add_argument("--teachers", nargs="+", metavar="FILE", help="models that answer too")
    teaching.add_argument("--trust", type=float, metavar="SHARE", help="in them, not in the label")


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
        type=float,
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
    run.add_argument("--out", type=Path, metavar="FOLDER", help="for the model; default: models")
    add_output_flags(run)  # type: ignore[arg-type]
    run.add_argument("--no-report", dest="report", action="store_false", help="write no page")
    run.add_argument("--resume", action="store_true", help="go on with the run that --out holds")
    run.add_argument("--tensorboard", action="store_true", help="write logs for TensorBoard too")
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
    add_output_flags(parser)
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
    parser.add_argument("--trials", type=int, metavar="N", help="trials in all; default: 20")
    parser.add_argument("--storage", metavar="URL", help="default: SQLite in --reports")
    parser.add_argument("--study", metavar="NAME", help="default: inkling")
    parser.add_argument(
        "--heartbeat",
        type=int,
        metavar="SECONDS",
        help="a trial silent for four of these is taken for dead and run again; default: 10",
    )
    parser.add_argument("--network", choices=NETWORK_NAMES, help="default: compact")
    add_training_flags(parser)
    parser.add_argument("--recipe", metavar="NAME", help="many options at once, or a .toml file")
    add_output_flags(parser)
    return parser


PARSERS = {
    "train": train_parser,
    "evaluate": evaluate_parser,
    "prove": prove_parser,
    "weights": weights_parser,
    "compare": compare_parser,
    "search": search_parser,
}


def typed_options(typed: argparse.Namespace) -> dict[str, Any]:
    """The part of what was typed that is about training."""
    values = {key: value for key, value in vars(typed).items() if key in OPTION_NAMES}
    return {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}


def run_train(typed: argparse.Namespace, command: tuple[str, ...]) -> int:
    """Train one model."""
    values = typed_options(typed) | ({"recipe": "quick"} if hasattr(typed, "quick") else {})
    options = combined(values.get("recipe"), values)
    from training.run import Request, train

    rest = {
        key: value
        for key, value in vars(typed).items()
        if key in ("out", "reports", "report", "resume", "tensorboard")
    }
    return train(Request(options=options, typed=values, command=command, **rest))


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
        command=command,
    )


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


RUNNERS = {
    "train": run_train,
    "evaluate": run_evaluate,
    "prove": run_prove,
    "weights": run_weights,
    "compare": run_compare,
    "search": run_search,
}

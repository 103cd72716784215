"""`train.py evaluate MODEL`: the figures and the report of any model file."""

from __future__ import annotations

import json
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path

from training.data.examples import dev_digits, dev_junk, read_files
from training.data.mnist import load_mnist
from training.errors import DataError
from training.export import classes_of, load_keras, load_predictor, versions
from training.files import make_writable, write_text
from training.judging.calibrate import thresholds_of
from training.judging.evaluation import evaluate, require, summarise
from training.judging.report import write_report
from training.learning.networks import multiply_adds


def evaluate_file(
    path: Path,
    data: str | None,
    drawings: tuple[str, ...],
    junk: tuple[str, ...],
    require_accuracy: float | None,
    reports: Path,
    command: tuple[str, ...],
) -> int:
    """Evaluate a .h5, .keras or .tflite as `train` evaluates the model that it made."""
    started_s = time.monotonic()
    read = load_predictor(path)
    classes = classes_of(path)
    drawn, scrawls = read_files(drawings, junk, classes)
    make_writable(reports)
    model = None if path.suffix == ".tflite" else load_keras(path)
    test = None
    if data or classes.are_digits:
        test = load_mnist(Path(data) if data else None, classes.labels).test
    if not (test or drawings):
        raise DataError(f"{path}: give --data or --drawings of {classes.listed}")
    evaluation = evaluate(
        read, test, dev_digits(drawn), dev_junk(scrawls), thresholds_of(path), classes
    )
    card = {
        "made": {
            "command": shlex.join(command),
            "seed": "-",
            "date": datetime.now(UTC).date().isoformat(),
            "versions": versions(),
        },
        "network": {
            "name": path.name,
            "parameters": model.count_params() if model else 0,
            "multiply_adds": multiply_adds(model) if model else 0,
        },
        "data": {
            name: {"sha256": digits.sha256, "count": len(digits)}
            for name, digits in evaluation.sets.items()
            if digits is test
        }
        | {file.path.name: {"sha256": file.sha256} for file in drawn + scrawls},
    }
    folder = reports / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-evaluate-{path.stem}{path.suffix[1:]}"
    report = write_report(folder, evaluation, card, model=model)
    figures = folder / "figures.json"
    write_text(figures, json.dumps(evaluation.figures, indent=2) + "\n")
    summarise(evaluation.figures, [report, figures], time.monotonic() - started_s)
    require(require_accuracy, evaluation)
    return 0

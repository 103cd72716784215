"""`train.py evaluate MODEL`: the figures and the report of any model file."""

from __future__ import annotations

import json
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path

from reader.model_card import Thresholds, card_path, read_card
from training.data.examples import check_files, dev_digits, dev_junk
from training.data.mnist import load_mnist
from training.export import load_keras, load_predictor, versions
from training.files import make_folder, sha256_of_file, write_text
from training.judging.calibrate import DEFAULT_THRESHOLDS
from training.judging.report import write_report
from training.learning.networks import multiply_adds
from training.run import judged, require, summarise


def evaluate_file(
    path: Path,
    data: str | None,
    drawings: tuple[str, ...],
    junk: tuple[str, ...],
    require_accuracy: float | None,
    reports: Path,
    command: tuple[str, ...],
) -> int:
    """Judge a .h5, .keras or .tflite as `train` judges what it made."""
    started_s = time.monotonic()
    read = load_predictor(path)
    check_files(drawings, junk)
    make_folder(reports)
    model = None if path.suffix == ".tflite" else load_keras(path)
    test = load_mnist(Path(data) if data else None).test
    judgement = judged(read, test, dev_digits(drawings), dev_junk(junk), thresholds_of(path))
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
        "data": {"mnist test": {"sha256": test.sha256, "count": len(test)}}
        | {Path(name).name: {"sha256": sha256_of_file(Path(name))} for name in drawings + junk},
    }
    folder = reports / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-evaluate-{path.stem}{path.suffix[1:]}"
    report = write_report(folder, judgement, card, model=model)
    figures = folder / "figures.json"
    write_text(figures, json.dumps(judgement.figures, indent=2) + "\n")
    summarise(judgement.figures, [report, figures], time.monotonic() - started_s)
    require(require_accuracy, judgement)
    return 0


def thresholds_of(path: Path) -> Thresholds:
    """The thresholds on the card beside the model, or the strict defaults."""
    if not card_path(path).is_file():
        return DEFAULT_THRESHOLDS
    return Thresholds.of_card(read_card(path))

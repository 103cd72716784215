"""`train.py compare`: trains several networks with the same options and prints one table."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from training.data.examples import Datasets, prepare
from training.export import export, load_predictor
from training.files import make_folder
from training.judging.evaluation import reading_ms
from training.judging.report import write_csv
from training.learning.fit import fit
from training.learning.networks import multiply_adds, new_network
from training.options import Options


def compare(networks: Sequence[str], options: Options, reports: Path) -> int:
    """Train each network with the same options, print the table and keep it as .csv."""
    make_folder(reports)
    path = reports / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-compare" / "compare.csv"
    runs = {name: replace(options, network=name) for name in networks}
    for asked in runs.values():
        new_network(asked)  # one that cannot be is told before the data is prepared
    datasets = prepare(options)
    rows: dict[str, dict[str, float]] = {}
    for name, asked in runs.items():
        print(f"\n{name}")
        rows[name] = compared(datasets, asked)
        write_csv(path, rows)
    print(f"\n{table(rows)}\n\n{path}")
    return 0


def compared(datasets: Datasets, options: Options) -> dict[str, float]:
    """One network's row."""
    model = new_network(options)
    started_s = time.perf_counter()
    history = fit(model, datasets.training, datasets.validation, options)
    training_s = time.perf_counter() - started_s
    if history.interrupted:
        raise KeyboardInterrupt
    with tempfile.TemporaryDirectory() as folder:
        read = load_predictor(export(model, Path(folder))[".tflite"])
        test = datasets.mnist_test
        return {
            "validation_accuracy": history.epochs[history.best_epoch]["val_accuracy"],
            "test_accuracy": float((read(test.images).argmax(axis=1) == test.labels).mean()),
            "parameters": model.count_params(),
            "multiply_adds": multiply_adds(model),
            "training_s": round(training_s, 2),
            "reading_ms": round(reading_ms(read, test.images[0]), 4),
        }


def table(rows: dict[str, dict[str, float]]) -> str:
    """The rows, for a terminal."""
    lines = [
        "network     validation  MNIST test  parameters  multiply-adds  training s  reading ms"
    ]
    for name, row in rows.items():
        lines.append(
            f"{name:<10}  {row['validation_accuracy']:>10.2%}  {row['test_accuracy']:>10.2%}  "
            f"{row['parameters']:>10,}  "
            f"{row['multiply_adds']:>13,}  {row['training_s']:>10.1f}  {row['reading_ms']:>10.3f}"
        )
    return "\n".join(lines)

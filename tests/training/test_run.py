"""One run, top to bottom: what is chosen on what, and what is left behind when it fails."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reader.model_card import Thresholds
from tests.training.conftest import LITTLE_MNIST
from training import run
from training.data.examples import Datasets, Examples
from training.data.sets import Digits
from training.judging.calibrate import DEFAULT_THRESHOLDS
from training.learning.fit import History
from training.options import Options

pytestmark = pytest.mark.tensorflow


def all_of(value: int) -> Digits:
    return Digits(np.full((2, 28, 28), value, np.uint8), np.full(2, value))


def test_confidence_is_set_on_drawings_and_never_on_a_test_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The temperature first, then thresholds for what it gives; on MNIST's digits set aside only
    where nothing was drawn."""
    asked: list[Any] = []

    def temperature(answers: Any, labels: Any) -> float:
        asked.append(("temperature", *np.unique(answers), *np.unique(labels)))
        return 1.5

    def thresholds(drawn: Any, junk: Any) -> Thresholds:
        asked.append(("thresholds", *np.unique(drawn), *np.unique(junk)))
        return Thresholds(0.6, 0.7)

    monkeypatch.setattr(run, "predict", lambda _, images: images[:, 0, 0])
    monkeypatch.setattr(run, "best_temperature", temperature)
    monkeypatch.setattr(run, "fold_temperature", lambda _, found: asked.append(found))
    monkeypatch.setattr(run, "choose_thresholds", thresholds)
    nothing = Examples(np.zeros((0, 28, 28), np.uint8), np.zeros((0, 10), np.float32))
    datasets = Datasets(
        nothing, nothing, held_out=all_of(1), test=all_of(2),
        dev_drawings={"strokes": all_of(3), "canvas": all_of(4)}, dev_junk=all_of(5).images,
    )  # fmt: skip
    assert run.calibrate(None, datasets) == (1.5, Thresholds(0.6, 0.7))
    assert asked == [("temperature", 3, 4, 3, 4), 1.5, ("thresholds", 3, 4, 5)]

    asked.clear()
    assert run.calibrate(None, replace(datasets, dev_drawings={})) == (1.5, DEFAULT_THRESHOLDS)
    assert asked == [("temperature", 1, 1), 1.5]


@pytest.mark.parametrize("broken", ["check_agreement", "evaluate", "write_card"])
def test_an_export_that_fails_leaves_the_old_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Model and card are replaced together, when all is known to be well, or not at all."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def export(_: object, folder: Path) -> dict[str, Path]:
        (folder / "mnist_model.tflite").write_text("new")
        return {".tflite": folder / "mnist_model.tflite"}

    names = {"mnist_model.h5", "mnist_model.tflite", "mnist_model.json"}
    for name in names:
        (tmp_path / name).write_text("old")
    monkeypatch.setattr(run, "fit", lambda *_: History([{}], best_epoch=0))
    monkeypatch.setattr(run, "export", export)
    monkeypatch.setattr(run, "check_agreement", lambda *_: None)
    monkeypatch.setattr(run, "load_predictor", lambda _: None)
    monkeypatch.setattr(run, "evaluate", lambda *_: SimpleNamespace(figures={}))
    monkeypatch.setattr(run, broken, fail)
    with pytest.raises(OSError, match="No space left"):
        run.train(run.Request(Options(data=str(LITTLE_MNIST)), out=tmp_path, report=False))
    assert {path.name for path in tmp_path.iterdir()} == names
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}

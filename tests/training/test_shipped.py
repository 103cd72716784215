"""The shipped model is kept aside before a run replaces it, and comes back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import SHIPPED
from training.cli import main
from training.errors import TrainingError
from training.shipped import keep_aside, restore, what_next

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The folder of the shipped model, as it is in a clone."""
    folder = tmp_path / "models"
    folder.mkdir()
    for suffix in (".tflite", ".weights", ".json", ".h5"):
        shutil.copy(SHIPPED.with_suffix(suffix), folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def trained_over(folder: Path) -> dict[str, bytes]:
    """As a run leaves it: other files, and a card without a proof."""
    card = json.loads((folder / "mnist_model.json").read_text())
    card.pop("proof", None)
    for path in folder.iterdir():
        if path.is_file():
            path.write_bytes(b"trained")
    (folder / "mnist_model.json").write_text(json.dumps(card))
    (folder / "mnist_model.keras").write_bytes(b"trained")
    return contents(folder)


def test_what_was_kept_comes_back_and_what_was_trained_is_kept(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every byte of both; a second training keeps the shipped model, not the first training."""
    shipped = contents(models)
    keep_aside(models)
    trained = trained_over(models)
    keep_aside(models)
    assert f"python train.py restore --out {models}" in what_next(models)
    assert main(["restore", "--out", str(models)], "") == 0
    assert "the shipped model is back" in capsys.readouterr().out
    assert contents(models) == shipped
    assert contents(models / "trained") == trained
    assert "restore" not in what_next(models)


def test_a_folder_of_ones_own_keeps_nothing(tmp_path: Path) -> None:
    """Nothing there, or a model that was only trained: there is nothing to bring back."""
    keep_aside(tmp_path)
    (tmp_path / "mnist_model.json").write_text("{")
    keep_aside(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mnist_model.json"]
    with pytest.raises(TrainingError, match="no model is kept there"):
        restore(tmp_path)
    served = f"MODEL_PATH={tmp_path}/mnist_model.tflite python -m app"
    assert what_next(tmp_path) == f"draw digits and see it read them:\n  {served}"

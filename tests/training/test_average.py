"""The mean of several models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from app.config import ROOT
from tests.training.conftest import LITTLE_MNIST
from training.average import average
from training.errors import TrainingError
from training.options import Options

pytestmark = pytest.mark.tensorflow

SHIPPED = ROOT / "models" / "mnist_model.h5"
LITTLE = Options(data=str(LITTLE_MNIST))


def changed_copy(folder: Path, by: float) -> Path:
    """The shipped model with all weights but the last layer's moved, and its card."""
    from training.export import load_keras

    model = load_keras(SHIPPED)
    model.set_weights(
        [weight + by for weight in model.get_weights()[:-2]] + model.get_weights()[-2:]
    )
    path = folder / "other.h5"
    model.save(path, include_optimizer=False)
    shutil.copy(SHIPPED.with_suffix(".json"), path.with_suffix(".json"))
    return path


def test_weights_are_the_mean_and_the_card_names_its_models(tmp_path: Path) -> None:
    """The last layer is divided by the temperature, as after a training run."""
    from training.export import load_keras

    other = changed_copy(tmp_path, by=0.002)
    average([SHIPPED, other], LITTLE, tmp_path / "mean", ("train.py", "average"))
    before = load_keras(SHIPPED).get_weights()
    after = load_keras(tmp_path / "mean" / "mnist_model.h5").get_weights()
    card = json.loads((tmp_path / "mean" / "mnist_model.json").read_text())
    for old, new in zip(before[:-2], after[:-2], strict=True):
        np.testing.assert_allclose(new, old + 0.001, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(after[-2] * card["temperature"], before[-2], atol=1e-5)
    assert [part["name"] for part in card["made"]["mean_of"]] == ["mnist_model.h5", "other.h5"]


def test_other_networks_have_no_mean(tmp_path: Path, trained: Path) -> None:
    other = trained / "models" / "mnist_model.h5"
    with pytest.raises(TrainingError, match="another network"):
        average([SHIPPED, other], LITTLE, tmp_path, ("train.py",))

"""The sweep raises the rate, stops when the loss explodes, and suggests a rate below that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import LITTLE_MNIST
from training.cli import main
from training.data.examples import Examples
from training.data.mnist import load_mnist
from training.data.sets import one_hot
from training.errors import LearningFailed
from training.learning import rate_finder
from training.learning.networks import build
from training.options import Options

pytestmark = pytest.mark.tensorflow


def test_a_sweep_suggests_a_rate_and_writes_no_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Printed, plotted, and fit to be typed; --out is left alone."""
    words = ["--lr-find", "--data", LITTLE_MNIST, "--network", "lenet5", "--batch-size", "50",
             "--no-augment", "--reports", tmp_path, "--out", tmp_path / "out"]  # fmt: skip
    assert main([str(word) for word in words], "") == 0
    said = capsys.readouterr().out.splitlines()
    rates = [float(line.split()[0]) for line in said if "█" in line]
    assert rates == sorted(rates)
    assert len(rates) >= 10
    found = float(said[-1].removeprefix("try --learning-rate "))
    assert 1e-4 <= found < rates[-1]
    assert [path.name for path in tmp_path.glob("*/*.png")] == ["lr-find.png"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("losses", [[float("nan")], [2.3] * 500, [2.3, 9.0]])
def test_a_loss_that_never_falls_suggests_nothing(
    monkeypatch: pytest.MonkeyPatch, losses: list[float]
) -> None:
    """One line, no guess."""
    steps = iter(losses * 500)
    monkeypatch.setattr(rate_finder.Learner, "take_step", lambda *_: (next(steps), 0.1))
    digits = load_mnist(LITTLE_MNIST).train
    examples = Examples(digits.images, one_hot(digits.labels))
    with pytest.raises(LearningFailed, match="fell at no rate"):
        rate_finder.sweep(build("lenet5"), examples, Options(network="lenet5"))


def test_the_suggestion_is_below_the_lowest_loss() -> None:
    """A third of that rate, in one digit, as people type it."""
    rates = list(np.geomspace(1e-5, 1, 6))
    assert rate_finder.suggested(rates, [2.3, 2.2, 1.5, 0.4, 0.9, 3.0]) == 0.003

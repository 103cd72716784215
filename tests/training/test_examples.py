"""What a run is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.examples import UNIFORM, prepare
from training.options import Options

from .conftest import LITTLE_MNIST


def test_everything_comes_as_often_as_was_asked(digits_file: Path, junk_file: Path) -> None:
    """MNIST `mnist_times`, drawings and junk `renderings` times, made junk once; all that is no
    digit has the flat answer."""
    asked = Options(data=str(LITTLE_MNIST), drawings=(str(digits_file),), junk=(str(junk_file),))
    once = prepare(asked.changed({"renderings": 1})).training
    more = prepare(asked.changed({"mnist_times": 3, "renderings": 2, "made_junk": 25})).training
    drawn_digits, drawn_junk = 40, 20
    mnist = len(once) - drawn_digits - drawn_junk
    assert len(more) == 3 * mnist + 2 * (drawn_digits + drawn_junk) + 25
    assert (more.images[:mnist] == more.images[2 * mnist : 3 * mnist]).all()
    flat = (more.targets == UNIFORM).all(axis=1)
    assert flat.sum() == 2 * drawn_junk + 25
    assert np.isin(more.targets[~flat], (0, 1)).all()

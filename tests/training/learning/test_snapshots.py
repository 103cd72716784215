"""snapshots.py: the network at moments of its training, and what it could do then."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reader.numpy_network import load
from tests.training.learning.test_fit import OPTIONS, PowerCut, cut_after, little, network
from training.learning.fit import fit
from training.learning.snapshots import Snapshots

pytestmark = pytest.mark.tensorflow


def test_a_run_leaves_its_moments_and_is_not_changed_by_them(tmp_path: Path) -> None:
    """Cut and resumed, after an older run in the same folder: the same list, each accuracy that
    of its file, and the same network at the end as without snapshots."""
    training, validation = little()
    options = replace(OPTIONS, epochs=3, ema=0.5)
    plain, watched = network(), network()
    fit(plain, training, validation, options)

    (tmp_path / "snapshots.json").write_text('{"snapshots": [{"file": "7.weights", "steps": 7}]}')
    (tmp_path / "7.weights").write_bytes(b"of an older run")
    snapshots = Snapshots(tmp_path, validation, {"batch_size": 34})
    run = (training, validation, options, tmp_path / "checkpoint.npz")
    with pytest.raises(PowerCut):
        fit(network(), *run, after_epoch=cut_after(2), after_step=snapshots.after_step)
    fit(watched, *run, resume=True, after_step=snapshots.after_step)

    for one, other in zip(plain.get_weights(), watched.get_weights(), strict=True):
        assert (one == other).all()
    listed = json.loads((tmp_path / "snapshots.json").read_text())
    assert [one["steps"] for one in listed["snapshots"]] == [0, 20, 21]
    assert {path.name for path in tmp_path.glob("*.weights")} == {
        one["file"] for one in listed["snapshots"]
    }
    pictures = validation.images[..., None].astype(np.float32) / 255
    for one in listed["snapshots"]:
        answers = load((tmp_path / one["file"]).read_bytes())(pictures)
        right = (answers.argmax(axis=1) == validation.targets.argmax(axis=1)).mean()
        assert right == pytest.approx(one["accuracy"], abs=0.02), "16-bit floats"
    assert listed["validation"] == len(validation)

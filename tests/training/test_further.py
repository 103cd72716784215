"""A class teaches the network: measured on pupils set aside, and honest about chance."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from reader.model_card import ModelFile
from tests.training.conftest import REPOSITORY, shaky
from training.cli import main
from training.data.drawings import Drawing, read_drawings
from training.errors import DataError
from training.further import gain_of, set_aside

pytestmark = pytest.mark.tensorflow

SHIPPED = REPOSITORY / "models" / "mnist_model.h5"


def a_class(pupils: int) -> list[Drawing]:
    chance = np.random.default_rng(0)
    return [
        Drawing(shaky(label, chance), label, "room ABC", f"Blue Heron {number}")
        for number in range(pupils)
        for label in (0, 1, 4, 7)
    ]


def test_whole_pupils_are_set_aside() -> None:
    """No pupil teaches the network and judges it; another seed sets others aside."""
    learned, aside = set_aside(a_class(9), seed=0)
    taught, judges = ({drawing.writer for drawing in part} for part in (learned, aside))
    assert (len(taught), len(judges)) == (6, 3)
    assert not taught & judges
    assert judges != {drawing.writer for drawing in set_aside(a_class(9), seed=1)[1]}


def test_drawings_of_nobody_cannot_be_set_aside() -> None:
    with pytest.raises(DataError, match="writer"):
        set_aside(a_class(1), seed=0)


@pytest.mark.parametrize(
    ("mended", "spoiled", "says"),
    [
        (20, 0, "It reads other pupils better than before."),
        (0, 20, "It reads other pupils worse than before."),
        (0, 0, "No gain"),
        (2, 0, "No gain"),
    ],
)
def test_a_gain_is_told_from_chance(mended: int, spoiled: int, says: str) -> None:
    """Of 100 drawings by 20 pupils. When one pupil alone has the difference, it may be chance."""
    whose = [("room", f"{number % 20}") for number in range(100)]
    if mended == 2:
        whose = [("room", f"{number // 5}") for number in range(100)]
    before, after = np.arange(100) >= mended, np.arange(100) >= spoiled
    gain = gain_of(before, after, whose)
    assert says in str(gain)
    assert gain.low - 1e-9 <= gain.after - gain.before <= gain.high + 1e-9


def test_a_class_trains_the_shipped_network_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before and after are printed, and the app can serve the model. The shipped one stays."""
    shipped = SHIPPED.read_bytes()
    drawings = tmp_path / "class.ndjson"
    drawings.write_text("".join(json.dumps(vars(drawing)) + "\n" for drawing in a_class(3)))
    assert len(read_drawings(drawings)) == 12
    words = ("--start-from", SHIPPED, "--drawings", drawings, "--out", tmp_path / "out")
    few = ("--epochs", "1", "--renderings", "1", "--batch-size", "8", "--no-augment")
    assert main([str(word) for word in (*words, *few)], "") == 0
    said = capsys.readouterr().out
    assert "1 pupils with 4 drawings are set aside" in said
    assert "95 % interval" in said
    card = ModelFile.check(tmp_path / "out" / "mnist_model.tflite").card
    assert card["thresholds"] == ModelFile.check(SHIPPED).card["thresholds"]
    assert SHIPPED.read_bytes() == shipped

"""From strokes to the reading: `readStrokes` on the device and the predict route say the same."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Error

from reader.classes import Classes
from reader.model import Recognizer
from reader.model_card import Thresholds, read_card
from reader.reading import Reading
from reader.strokes import Strokes, ink_from_strokes
from tests.conftest import ROOT, SHIPPED
from tests.parity.conftest import WEIGHTS, Device, as_lists, text
from training.data.drawings import read_drawings

CARD = read_card(SHIPPED)
WORDS = json.loads((ROOT / "reader" / "words.json").read_text("utf-8"))
ONE = [[[0, 0], [0, 900]]]
OFF = 0.003  # a probability may be off by this much: the device has 16-bit weights
SAME = 0.999  # of the drawings have the same digit and verdict; the others lie at a threshold


def pixels(digit_image: str) -> NDArray[np.uint8]:
    """What a PNG in a data URL shows."""
    content = base64.b64decode(digit_image.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)))


def test_made_drawings_are_read_alike(
    device: Device, recognizer: Recognizer, made_drawings: list[Strokes]
) -> None:
    """The object of the predict route, field by field."""
    for strokes, here in zip(made_drawings, device.readings(made_drawings, "digit"), strict=True):
        there = recognizer.read(ink_from_strokes(strokes)).as_dict()
        assert list(here) == list(there)
        found, wanted = (pixels(reading.pop("digit_image")) for reading in (here, there))
        np.testing.assert_array_equal(found, wanted)
        if there["verdict"] == "blank":
            assert here == there
            continue
        for reading in (here, there):
            reading["runner_up confidence"] = reading["runner_up"].pop("confidence")
            reading.pop("sentence")  # may be a percent off; test_the_sentences has them
        for name in ("probabilities", "confidence", "runner_up confidence"):
            assert here.pop(name) == pytest.approx(there.pop(name), abs=OFF), strokes
        assert here == there


def chances() -> list[list[float]]:
    """Ten probabilities: at the thresholds and around them, ties, certainty, and by chance."""
    at = CARD["thresholds"]
    lists = []
    for best in (at["digit"] - 1e-6, at["digit"], 0.745, 0.755, 0.994999, 0.995, 1.0):
        lists.append([(1 - best) / 9] * 8 + [best, (1 - best) / 9])
    for pair in (at["pair"] - 2e-6, at["pair"], at["pair"] + 2e-6):  # 1e-6 makes a half to round
        lists.append([pair / 2 + 0.01, pair / 2 - 0.01] + [(1 - pair) / 8] * 8)
    lists += [[0.1] * 10, [0, 0.5, 0, 0, 0, 0, 0, 0, 0.5, 0], [0.125, 0.375, 0.5] + [0.0] * 7]
    generator = np.random.default_rng(3)
    return lists + generator.dirichlet([0.2] * 10, 200).tolist()


def test_the_sentences_and_verdicts_are_the_same(device: Device) -> None:
    """The same ten probabilities add up to the same reading, word for word."""
    known = {"model": "it", "thresholds": CARD["thresholds"], "words": WORDS}
    image = np.ones((28, 28), np.uint8)
    thresholds = Thresholds(**CARD["thresholds"])
    found = device.ask("verdicts", json.dumps(chances()), known)
    for probabilities, here in zip(chances(), found, strict=True):
        there = Reading.of(np.array(probabilities), image, "it", thresholds).as_dict()
        assert {**here, "digit_image": 0} == {**there, "digit_image": 0}
    assert {reading["verdict"] for reading in found} == {"digit", "unsure", "not_a_digit"}


@pytest.mark.parametrize(
    "labels",
    [
        ("☆", "♡", "☾"),
        tuple("ABCDEFGHIJ"),
        ("An apple", "owl", "T-shirt"),
        tuple("あいう"),
        tuple("A1"),
    ],
)
def test_other_classes_are_read_alike(device: Device, labels: tuple[str, ...]) -> None:
    """Labels, articles and the sentence for what is none of them."""
    known = {"model": "it", "thresholds": CARD["thresholds"], "words": WORDS, "labels": labels}
    image = np.ones((28, 28), np.uint8)
    some = np.random.default_rng(3).dirichlet([0.2] * len(labels), 40)
    some = np.concatenate([some, np.full((1, len(labels)), 1 / len(labels))])
    found = device.ask("verdicts", json.dumps(some.tolist()), known)
    for probabilities, here in zip(some, found, strict=True):
        reading = Reading.of(
            probabilities, image, "it", Thresholds(**CARD["thresholds"]), Classes(labels)
        )
        assert {**here, "digit_image": 0} == {**reading.as_dict(), "digit_image": 0}


@pytest.mark.parametrize("name", ["digits-dev", "digits-dev-more", "junk-dev"])
def test_drawings_by_people_are_read_alike(
    device: Device, recognizer: Recognizer, outside_data: Path, name: str
) -> None:
    """All of them have the same digit image; digit and verdict are the same for 99.9 %."""
    drawings = [
        as_lists(drawing.strokes) for drawing in read_drawings(outside_data / f"{name}.ndjson.gz")
    ]
    there = [recognizer.read(ink_from_strokes(strokes)) for strokes in drawings]
    here = device.readings(drawings, "digit")
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(pixels(one["digit_image"]), other.digit_image)
    others = [
        (one["sentence"], other.sentence)
        for one, other in zip(here, there, strict=True)
        if (one["verdict"], one["digit"]) != (other.verdict, other.best and other.best.digit)
    ]
    assert len(others) <= (1 - SAME) * len(drawings), others


def test_weights_of_another_model_are_refused(device: Device) -> None:
    """A page with the weights of one model and the card of another reads nothing."""
    card: dict[str, Any] = json.loads(json.dumps(CARD))
    card["files"][SHIPPED.name]["sha256"] = "another"
    with pytest.raises(Error, match="another model's"):
        device.ask("readingWith", text(WEIGHTS.read_bytes()), card, WORDS, ONE)


def test_files_may_be_given(device: Device) -> None:
    """A page that carries the files in itself asks nobody for them."""
    reading = device.ask("readingWith", text(WEIGHTS.read_bytes()), CARD, WORDS, ONE)
    assert reading["digit"] == 1


def test_after_a_failure_the_files_are_asked_for_again(device: Device) -> None:
    """A connection that comes back brings the reader."""
    found = device.ask("readingAfterAFailure", ONE)
    assert "404" in found["failed"]
    assert found["reading"]["digit"] == 1

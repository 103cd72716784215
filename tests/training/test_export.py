"""Four files, one model: they agree, they carry no optimizer, and the card tells the truth."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.quiet import silence
from tests.training.conftest import LITTLE_MNIST
from training.data.mnist import load_mnist
from training.errors import DataError, TrainingError
from training.export import (
    MAY_DIFFER,
    SUFFIXES,
    add_weights,
    check_agreement,
    disagreement,
    export,
    load_predictor,
)
from training.files import sha256_of_file
from training.learning.networks import NETWORKS, build
from training.options import Options

pytestmark = pytest.mark.tensorflow

FILES_OF_TRAINED = {"digits.ndjson.gz", "junk.ndjson", "dev-digits.ndjson", "dev-junk.ndjson"}


@pytest.fixture(scope="module")
def digit_images() -> NDArray[np.uint8]:
    return load_mnist(LITTLE_MNIST).test.images


def model_files(folder: Path) -> dict[str, Path]:
    return {suffix: folder / f"mnist_model{suffix}" for suffix in SUFFIXES}


def card_of(folder: Path) -> dict[str, dict[str, object]]:
    card: dict[str, dict[str, object]] = json.loads((folder / "mnist_model.json").read_text())
    return card


def test_the_four_files_agree(trained: Path, digit_images: NDArray[np.uint8]) -> None:
    """The same ten probabilities from all four, alone or in a batch; .weights has 16-bit floats."""
    files = model_files(trained / "models")
    for suffix, found in disagreement(files, digit_images).items():
        assert found <= MAY_DIFFER[suffix]
    read = load_predictor(files[".tflite"])
    np.testing.assert_allclose(read(digit_images[:1]), read(digit_images)[:1], atol=1e-5)
    np.testing.assert_allclose(read(digit_images).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", ["lenet5", "tapering", "vgg", "resnet"])
def test_every_kind_of_network_survives_the_export(
    name: str, tmp_path: Path, digit_images: NDArray[np.uint8]
) -> None:
    """Tanh and average pooling, global pooling, shortcuts: all convert and agree."""
    keras.utils.set_random_seed(0)
    filters = tuple(4 for _ in NETWORKS[name][1].filters)
    check_agreement(export(build(name, filters), tmp_path), digit_images[:20])


def test_files_that_disagree_are_refused(tmp_path: Path, digit_images: NDArray[np.uint8]) -> None:
    """A model whose files say different things is not called done."""
    one = export(build("lenet5", (2, 2)), tmp_path / "one")
    other = export(build("lenet5", (2, 2)), tmp_path / "other")
    with pytest.raises(TrainingError, match="disagree"):
        check_agreement(one | {".tflite": other[".tflite"]}, digit_images[:20])


def test_weights_can_be_added_later(trained_copy: Path) -> None:
    """A model of before is given its .weights, and its card then names them and says the rest."""
    folder = trained_copy
    weights, card = folder / "mnist_model.weights", card_of(folder)
    content = weights.read_bytes()
    weights.unlink()
    without = {**card, "files": {k: v for k, v in card["files"].items() if k != weights.name}}
    (folder / "mnist_model.json").write_text(json.dumps(without))
    add_weights(folder / "mnist_model.h5")
    assert weights.read_bytes() == content
    assert card_of(folder) == card


def test_the_h5_carries_no_optimizer(trained: Path) -> None:
    """Weights only: an optimizer's state is what another Keras stumbles over."""
    with h5py.File(trained / "models" / "mnist_model.h5") as stored:
        assert "optimizer_weights" not in stored
        assert "training_config" not in stored.attrs


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_damaged_model_file_is_named(trained_copy: Path, suffix: str) -> None:
    """Half a file is an error in words."""
    path = model_files(trained_copy)[suffix]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=path.name):
        load_predictor(path)


@pytest.mark.parametrize("name", ["nothing.tflite", "model.onnx"])
def test_an_unknown_model_file_is_named(tmp_path: Path, name: str) -> None:
    """Missing, or of a kind that is not read here."""
    if name == "model.onnx":
        (tmp_path / name).touch()
    with pytest.raises(DataError, match=name):
        load_predictor(tmp_path / name)


def test_a_network_for_something_else_is_refused(tmp_path: Path) -> None:
    """A Keras model that does not read digit images says so instead of failing later."""
    path = tmp_path / "other.keras"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(path)
    with pytest.raises(DataError, match="not 28x28 pixels to 10 numbers"):
        load_predictor(path)


@pytest.mark.parametrize(("outputs", "last"), [(10, None), (10, "sigmoid"), (26, "softmax")])
@pytest.mark.parametrize("suffix", [".keras", ".tflite"])
def test_a_network_that_gives_no_ten_probabilities_is_refused(
    tmp_path: Path, suffix: str, outputs: int, last: str | None
) -> None:
    """Logits, shares that do not sum to 1, letters: judged as digits they would all be wrong."""
    path = tmp_path / f"other{suffix}"
    dense = keras.layers.Dense(outputs, activation=last)
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), dense])
    if suffix == ".keras":
        model.save(path)
    else:
        with silence():
            model.export(path, format="litert", verbose=False)
    with pytest.raises(DataError, match="10"):
        load_predictor(path)


def test_a_model_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """A Lambda in a .keras file is not unpacked."""
    path = tmp_path / "lambda.keras"
    keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Lambda(lambda x: x, output_shape=(28, 28, 1))]
    ).save(path)
    with pytest.raises(DataError, match=r"lambda\.keras"):
        load_predictor(path)


def test_the_card_records_everything(trained: Path) -> None:
    """Command, every option, seed, versions, data hashes, figures, thresholds, file hashes."""
    card = card_of(trained / "models")
    made = card["made"]
    assert set(made["options"]) == set(Options().as_json())
    assert made["options"]["filters"] == [8, 16, 24]
    assert str(made["command"]).startswith("train.py --data")
    assert {"seed", "git_commit", "date", "minutes", "recipe"} <= set(made)
    assert {"python", "keras", "numpy", "ai-edge-litert"} <= set(made["versions"])
    assert {"mnist train", "mnist test", *FILES_OF_TRAINED} == set(card["data"])
    assert all(len(entry["sha256"]) == 64 for entry in card["data"].values())
    assert {"mnist test", "drawings as strokes", "drawings as canvas", "junk"} == set(
        card["figures"]
    )
    assert set(card["thresholds"]) == {"digit", "pair"}
    assert card["network"]["multiply_adds"] > 0
    for path in model_files(trained / "models").values():
        entry = card["files"][path.name]
        assert entry == {"sha256": sha256_of_file(path), "bytes": path.stat().st_size}


def test_the_card_s_accuracy_is_the_served_file_s(trained: Path) -> None:
    """The figure is of the .tflite, and anybody who counts again finds it."""
    test = load_mnist(LITTLE_MNIST).test
    answers = load_predictor(trained / "models" / "mnist_model.tflite")(test.images)
    stated = card_of(trained / "models")["figures"]["mnist test"]["accuracy"]
    assert (answers.argmax(axis=1) == test.labels).mean() == pytest.approx(stated)


def test_a_little_training_already_reads_digits(trained: Path) -> None:
    """A few hundred digits and a few seconds: far better than chance, junk far less sure."""
    figures = card_of(trained / "models")["figures"]
    assert figures["mnist test"]["accuracy"] > 0.7
    assert figures["drawings as strokes"]["accuracy"] > 0.9
    assert figures["junk"]["auroc"] > 0.9

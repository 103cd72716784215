"""Writes a model as .h5, .keras, .tflite and .weights with its card, and reads model files back.

Each file appears whole or not at all. Knows nothing of how the model was made.
"""

from __future__ import annotations

import contextlib
import json
import logging
import platform
import shlex
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from reader.classes import DIGITS, Classes
from reader.model import litert_network
from reader.model_card import ModelFile, card_path, read_card
from reader.numpy_network import load
from reader.quiet import silence
from training.errors import DataError, TrainingError
from training.files import sha256_of_file, whole_file, write_bytes, write_text
from training.options import Options
from training.weights import weights_file

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Predictor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

MODEL_NAME = "mnist_model"
# By how much each file may differ from the .tflite, in any probability. The .weights are 16-bit.
MAY_DIFFER = {".h5": 1e-4, ".keras": 1e-4, ".tflite": 0.0, ".weights": 0.01}
SUFFIXES = tuple(MAY_DIFFER)
SUM_IS_OFF = 0.02  # ten probabilities of a byte each are rounded by as much
READ_AT_ONCE = 250
RECORDED_VERSIONS = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "ai-edge-litert")


def export(model: keras.Model, folder: Path) -> dict[str, Path]:
    """Write the model in four formats. The server needs only the .tflite, the page the .weights."""
    paths = {suffix: folder / f"{MODEL_NAME}{suffix}" for suffix in SUFFIXES}
    for suffix in (".h5", ".keras"):
        # Keras warns that .h5 is a legacy format; it is the one everybody asks for.
        with whole_file(paths[suffix]) as temporary, silence():
            model.save(temporary, include_optimizer=False)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it logs each temporary file
    with whole_file(paths[".tflite"]) as temporary, silence():
        model.export(temporary, format="litert", verbose=False)
    write_bytes(paths[".weights"], weights_file(model, sha256_of_file(paths[".tflite"])))
    return paths


def load_predictor(path: Path, classes: Classes | None = None) -> Predictor:
    """Any of the four kinds of file, as a function from pictures to probabilities.

    The card beside it names the classes. Before there is a card, the caller does.
    """
    classes = classes or classes_of(path)
    check_model_file(path)
    match path.suffix:
        case ".tflite":
            read = litert_predictor(path)
        case ".weights":
            read = numpy_predictor(path)
        case _:
            read = keras_predictor(load_keras(path, classes))
    answers = read(np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8))
    count = len(classes)
    if answers.shape != (3, count) or not np.allclose(answers.sum(axis=1), 1, atol=SUM_IS_OFF):
        raise DataError(f"{path}: does not answer with {count} probabilities that sum to 1")
    return read


def check_model_file(path: Path) -> None:
    """Name a wrong path in plain words, before a library names it in its own."""
    if not path.is_file():
        raise DataError(f"{path}: no such model file")
    if path.suffix not in SUFFIXES:
        raise DataError(f"{path}: expected a .h5, .keras, .tflite or .weights file")


def classes_of(path: Path) -> Classes:
    """The classes in the card beside a model file; the ten digits without a card."""
    return Classes.of_card(read_card(path)) if card_path(path).is_file() else DIGITS


def load_keras(path: Path, classes: Classes | None = None) -> keras.Model:
    """A Keras model from a file that this project made. Never load a stranger's file."""
    try:
        model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path}: not a Keras model ({error})") from error
    count = len(classes or classes_of(path))
    if model.input_shape != (None, 28, 28, 1) or model.output_shape != (None, count):
        raise DataError(
            f"{path}: maps {model.input_shape} to {model.output_shape}, "
            f"not 28x28 pixels to {count} numbers"
        )
    return model


def keras_predictor(model: keras.Model) -> Predictor:
    """Predict with a Keras model."""
    from training.learning.fit import predict

    return lambda images: predict(model, images)


def litert_predictor(path: Path) -> Predictor:
    """Predict with LiteRT, as the app does."""
    try:
        network = litert_network(path.read_bytes())
    except (ValueError, RuntimeError) as error:
        raise DataError(f"{path}: not a model LiteRT can read ({error})") from error

    return in_parts(network)


def numpy_predictor(path: Path) -> Predictor:
    """Predict with NumPy."""
    try:
        return in_parts(load(path.read_bytes()))
    except (ValueError, KeyError) as error:
        raise DataError(f"{path}: not a weights file ({error})") from error


def in_parts(network: Network) -> Predictor:
    """A predictor that gives the network some pictures at a time."""

    def predict(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        floats = images[..., None].astype(np.float32) / 255.0
        starts = range(0, len(floats), READ_AT_ONCE)
        return np.concatenate([network(floats[start : start + READ_AT_ONCE]) for start in starts])

    return predict


def disagreement(
    paths: dict[str, Path], images: NDArray[np.uint8], classes: Classes = DIGITS
) -> dict[str, float]:
    """The largest difference in any probability between each file and the .tflite."""
    answers = {suffix: load_predictor(path, classes)(images) for suffix, path in paths.items()}
    return {
        suffix: float(np.abs(answer - answers[".tflite"]).max())
        for suffix, answer in answers.items()
    }


def check_agreement(
    paths: dict[str, Path], images: NDArray[np.uint8], classes: Classes = DIGITS
) -> None:
    """Raise an error when the files give different probabilities."""
    for suffix, found in disagreement(paths, images, classes).items():
        if found > MAY_DIFFER[suffix]:
            raise TrainingError(
                f"the {suffix} and the .tflite disagree by {found:.2g}, "
                f"allowed is {MAY_DIFFER[suffix]}"
            )


def add_weights(path: Path) -> Path:
    """Write the .weights of a Keras model that has a card, and name the file in the card."""
    card = ModelFile.check(path).card
    tflite, weights = path.with_suffix(".tflite"), path.with_suffix(".weights")
    model_sha256 = card["files"][tflite.name]["sha256"]
    write_bytes(weights, weights_file(load_keras(path), model_sha256))
    card["files"][weights.name] = named_file(weights)
    write_text(card_path(path), json.dumps(card, indent=2) + "\n")
    return weights


def write_card(folder: Path, card: dict[str, Any], paths: dict[str, Path]) -> Path:
    """Write the card: how the model was made, its figures, and the hashes of its files."""
    files = {path.name: named_file(path) for path in paths.values()}
    written = folder / f"{MODEL_NAME}.json"
    write_text(written, json.dumps({"model": MODEL_NAME, **card, "files": files}, indent=2) + "\n")
    return written


def named_file(path: Path) -> dict[str, Any]:
    """What a card says of a file."""
    return {"sha256": sha256_of_file(path), "bytes": path.stat().st_size}


def git_commit() -> str | None:
    """The commit of this code, with a + where files were changed since; None outside git."""
    here = Path(__file__).parent
    git = ["git", "-C", str(here)]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
        changes = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=no"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+" if changes.stdout.strip() else "")


def made_by(command: Sequence[str], options: Options) -> dict[str, Any]:
    """The part of a card about the run that made the model."""
    return {
        "command": shlex.join(command),
        "recipe": options.recipe,
        "options": options.as_json(),
        "seed": options.seed,
        "git_commit": git_commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that matter."""
    found = {"python": platform.python_version()}
    for name in RECORDED_VERSIONS:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found

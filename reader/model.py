"""The one door to the model: a digit image goes in, a reading comes out.

Loads the files that ship in `models/` (or that the deployer names), never one that a visitor sent.
TensorFlow is imported only when somebody asks for an `.h5` or `.keras`, which the server does not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reader import numpy_network
from reader.framing import DIGIT_IMAGE_PX, frame, is_blank
from reader.ink import Ink
from reader.model_card import ModelError, ModelFile, Thresholds
from reader.quiet import silence
from reader.reading import Reading

# Ten probabilities for one picture of shape (1, 28, 28, 1), 0 … 1.
Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Recognizer:
    """Reads ink with one network. Safe to share between threads."""

    def __init__(self, network: Network, model: str, thresholds: Thresholds) -> None:
        self.network = network
        self.model = model
        self.thresholds = thresholds

    @classmethod
    def load(cls, path: Path) -> Recognizer:
        """The network in `path` with the card that lies beside it."""
        file = ModelFile.check(path)
        try:
            network = _network(file)
        except (KeyError, ValueError) as error:
            raise ModelError(f"{path} cannot be used as a model: {error}") from error
        except ImportError as error:
            raise ModelError(f"{error}: pip install -r requirements.txt brings it.") from error
        return cls(network, file.sha256[:12], Thresholds.of_card(file.card))

    def read(self, ink: Ink) -> Reading:
        """Frame the ink and say what it is."""
        return self.read_digit_image(frame(ink))

    def read_digit_image(self, digit_image: NDArray[np.uint8]) -> Reading:
        if is_blank(digit_image):
            return Reading.blank(digit_image, self.model)
        batch = np.divide(digit_image, 255, dtype=np.float32).reshape(
            1, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX, 1
        )
        return Reading.of(self.network(batch)[0], digit_image, self.model, self.thresholds)

    def warm_up(self) -> None:
        """Read something, so that the first visitor does not wait for the first time."""
        self.read_digit_image(np.eye(DIGIT_IMAGE_PX, dtype=np.uint8) * 255)


def _network(file: ModelFile) -> Network:
    match file.path.suffix:
        case ".tflite":
            return _tflite(file)
        case ".weights":
            return numpy_network.load(file.content)
        case _:
            return _keras(file.path)


def _tflite(file: ModelFile) -> Network:
    """LiteRT runs it. Where LiteRT has no wheel, NumPy runs the same network from its .weights."""
    try:
        return litert_network(file.content)
    except ImportError:
        return numpy_network.load(ModelFile.check(file.path.with_suffix(".weights")).content)


def litert_network(content: bytes) -> Network:
    """LiteRT: an interpreter has one user at a time, so there are as many as there were users."""
    from ai_edge_litert.interpreter import Interpreter

    idle: list[Any] = []

    def network(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            run = idle.pop()
        except IndexError:
            run = Interpreter(model_content=content, num_threads=1).get_signature_runner()
        (given,), (wanted,) = run.get_input_details(), run.get_output_details()
        answer: NDArray[np.float32] = run(**{given: batch})[wanted].copy()  # LiteRT reuses it
        idle.append(run)
        return answer

    # Once now, so that a file which is no network for 28×28 pixels is found out at the start. The
    # first run in a process says how it will compute, and no log has asked.
    with silence():
        network(np.zeros((1, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX, 1), np.float32))
    return network


def _keras(path: Path) -> Network:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what it was built with is not asked for
    try:
        import keras
    except ImportError as error:
        raise ModelError(
            f"Reading {path.name} takes TensorFlow: pip install -r requirements-train.txt. "
            "The .tflite beside it does without."
        ) from error
    model = keras.saving.load_model(path, compile=False)

    def network(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(model(batch, training=False))

    return network

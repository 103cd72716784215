"""The recognizer: a digit image goes in, a reading comes out.

It loads the model in `models/`, or the model that the deployer names; never a file from a visitor.
It imports TensorFlow only to load an `.h5` or `.keras`, which the server does not do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reader import numpy_network
from reader.classes import DIGITS, Classes
from reader.framing import DIGIT_IMAGE_PX, frame, is_blank
from reader.ink import Ink
from reader.model_card import ModelError, ModelFile, Thresholds
from reader.numbers import Number, number_in
from reader.quiet import silence
from reader.reading import Reading
from reader.strokes import Strokes

# A probability for each class, of each of some pictures: (count, 28, 28, 1), 0 … 1.
Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Recognizer:
    """Reads ink with one network. Safe to share between threads."""

    def __init__(
        self, network: Network, model: str, thresholds: Thresholds, classes: Classes = DIGITS
    ) -> None:
        self.network = network
        self.model = model
        self.thresholds = thresholds
        self.classes = classes

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
        classes = Classes.of_card(file.card)
        answers = network(np.zeros((1, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX, 1), np.float32)).shape[1]
        if answers != len(classes):
            raise ModelError(
                f"{path} gives {answers} answers, and its card names {len(classes)} classes."
            )
        return cls(network, file.sha256[:12], Thresholds.of_card(file.card), classes)

    def read(self, ink: Ink) -> Reading:
        """Frame the ink and say what it is."""
        return self.read_digit_image(frame(ink))

    def read_digit_image(self, digit_image: NDArray[np.uint8]) -> Reading:
        if is_blank(digit_image):
            return Reading.blank(digit_image, self.model, self.classes)
        batch = np.divide(digit_image, 255, dtype=np.float32).reshape(
            1, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX, 1
        )
        shares = self.network(batch)[0]
        return Reading.of(shares, digit_image, self.model, self.thresholds, self.classes)

    def read_number(
        self,
        ink: Ink,
        strokes: Strokes | None = None,
        before_search: Callable[[], None] = lambda: None,
    ) -> Reading | Number:
        """Say which number it is, or which digit. By their strokes, digits are told apart best.

        Only the ten digits make numbers. Letters would make words here. `before_search` is called
        unless it is one digit, because the search takes longer.
        """
        whole = self.read(ink)
        if not self.classes.are_digits:
            return whole
        drawing = ink if strokes is None else strokes
        return number_in(drawing, whole, self.network, self.thresholds, before_search) or whole

    def warm_up(self) -> None:
        """Read a made-up picture, because the first reading is slower than the others."""
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
    """The network in LiteRT. An interpreter serves one thread at a time; more follow on demand."""
    from ai_edge_litert.interpreter import Interpreter

    idle: list[Any] = []

    def network(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            run, given, wanted = idle.pop()
        except IndexError:
            run = Interpreter(model_content=content, num_threads=1).get_signature_runner()
            (given,), (wanted,) = run.get_input_details(), run.get_output_details()
        answer: NDArray[np.float32] = run(**{given: batch})[
            wanted
        ].copy()  # a copy: LiteRT reuses the memory
        idle.append((run, given, wanted))
        return answer

    # Run once now, so that a file that is no network for 28×28 pixels fails at the start. The first
    # run in a process prints how it will compute, which no log needs.
    with silence():
        network(np.zeros((1, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX, 1), np.float32))
    return network


def _keras(path: Path) -> Network:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # no lines about how it was built
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

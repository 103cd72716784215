"""The network in NumPy, from the `.weights` file that train.py writes.

It reads where LiteRT has no wheel, and it is slower. It gives the output of every layer by name.
static/js/reading/network.js is the same in JavaScript.

The file: `INKW`, the header's length as a 32-bit integer, the header as JSON, the weights as 16-bit
floats; all little-endian. The header has `model`, the SHA-256 of the .tflite of the same network,
and `layers`, in the order in which they run. A layer has a name, a kind, the names of its inputs,
and the shapes of its weights, which follow each other in the file as they do in the header.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]
Layer = dict[str, Any]

MAGIC = b"INKW"
PICTURE = "picture"  # the name of the input


class Network:
    """Ten probabilities for each of n pictures of shape (n, 28, 28, 1), 0 … 1."""

    def __init__(self, header: dict[str, Any], weights: Numbers) -> None:
        self.model: str = header["model"]
        self.layers: list[Layer] = []
        start = 0
        for layer in header["layers"]:
            own = {}
            for name, shape in layer.get("weights", {}).items():
                end = start + math.prod(shape)
                own[name] = weights[start:end].reshape(shape)
                start = end
            self.layers.append({**layer, "weights": own})
        if start != weights.size:
            raise ValueError(f"the layers want {start} weights, the file has {weights.size}")

    def __call__(self, pictures: Numbers) -> Numbers:
        return self.outputs(pictures)[self.layers[-1]["name"]]

    def outputs(self, pictures: Numbers) -> dict[str, Numbers]:
        """The output of each layer for the pictures, by the layer's name, in the order they run."""
        found = {PICTURE: pictures}
        for layer in self.layers:
            inputs = [found[name] for name in layer["inputs"]]
            answer = KINDS[layer["kind"]](layer, *inputs)
            found[layer["name"]] = ACTIVATIONS[layer.get("activation", "linear")](answer)
        del found[PICTURE]
        return found


def load(content: bytes) -> Network:
    """The network in a weights file. A bad file raises ValueError or KeyError."""
    if content[:4] != MAGIC:
        raise ValueError("this is not a weights file")
    end = 8 + int.from_bytes(content[4:8], "little")
    header = json.loads(content[8:end])
    return Network(header, np.frombuffer(content, "<f2", offset=end).astype(np.float32))


def _convolution(layer: Layer, x: Numbers) -> Numbers:
    kernel = layer["weights"]["kernel"]
    height, width, channels, filters = kernel.shape
    if layer["padding"] == "same":
        x = _surrounded(x, (height, width), layer["strides"])
    windows = _windows(x, (height, width), layer["strides"])
    n, rows, columns = windows.shape[:3]
    flat = windows.reshape(n * rows * columns, height * width * channels)
    answer = flat @ kernel.reshape(-1, filters) + layer["weights"].get("bias", 0)
    return np.asarray(answer).reshape(n, rows, columns, filters)


def _surrounded(x: Numbers, size: tuple[int, int], strides: tuple[int, int]) -> Numbers:
    """The pictures with zeros around them: a convolution keeps their size, except for strides."""
    missing = [
        max((-(-side // stride) - 1) * stride + reach - side, 0)
        for side, stride, reach in zip(x.shape[1:3], strides, size, strict=True)
    ]
    return np.pad(x, [(0, 0), *((all_ // 2, all_ - all_ // 2) for all_ in missing), (0, 0)])


def _windows(x: Numbers, size: tuple[int, int], strides: tuple[int, int]) -> Numbers:
    """The pixels under a window at each place: n, rows, columns, and the window's own axes."""
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
    return windows[:, :: strides[0], :: strides[1]].transpose(0, 1, 2, 4, 5, 3)


def _pooled(layer: Layer, x: Numbers, gather: Callable[..., Numbers]) -> Numbers:
    return gather(_windows(x, layer["size"], layer["strides"]), axis=(3, 4))


def _softmax(x: Numbers) -> Numbers:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


KINDS: dict[str, Callable[..., Any]] = {
    "convolution": _convolution,
    "max_pooling": lambda layer, x: _pooled(layer, x, np.max),
    "average_pooling": lambda layer, x: _pooled(layer, x, np.mean),
    "global_average_pooling": lambda _, x: x.mean(axis=(1, 2)),
    "flatten": lambda _, x: x.reshape(len(x), -1),
    "dense": lambda layer, x: x @ layer["weights"]["kernel"] + layer["weights"]["bias"],
    "normalization": lambda layer, x: x * layer["weights"]["scale"] + layer["weights"]["shift"],
    "relu": lambda _, x: np.maximum(x, 0),
    "add": lambda _, x, y: x + y,
    "softmax": lambda _, x: _softmax(x),
}
ACTIVATIONS: dict[str, Callable[[Numbers], Numbers]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
}

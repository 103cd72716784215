"""A Keras model as a weights file for the page and for NumPy; reader/numpy_network.py reads it.

Knows nothing of how the model was made, and nothing of the card.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from reader.numpy_network import ACTIVATIONS, MAGIC, PICTURE
from training.errors import TrainingError

Weights = dict[str, Any]  # arrays by name


def weights_file(model: keras.Model, model_sha256: str) -> bytes:
    """The content of the file. `model_sha256` is that of the .tflite of the same model."""
    described: list[dict[str, Any]] = []
    arrays: list[NDArray[np.float32]] = []
    for layer, inputs in with_inputs(model):
        kind, settings, weights = described_layer(layer)
        shapes = {name: list(array.shape) for name, array in weights.items()}
        described.append(
            {"name": layer.name, "kind": kind, "inputs": inputs, **settings, "weights": shapes}
        )
        arrays += weights.values()
    numbers = np.concatenate([np.ravel(array) for array in arrays])
    if np.abs(numbers).max() > np.finfo(np.float16).max:
        raise TrainingError("the weights are too large for 16-bit floats")
    header = json.dumps({"model": model_sha256, "layers": described}, separators=(",", ":"))
    text = header.encode()
    return MAGIC + len(text).to_bytes(4, "little") + text + numbers.astype("<f2").tobytes()


def with_inputs(model: keras.Model) -> Iterator[tuple[layers.Layer, list[str]]]:
    """The layers that do something outside training, each with the names of its inputs."""
    last = PICTURE
    made_by = {id(tensor): PICTURE for tensor in model.inputs}  # the layer that makes each tensor
    for layer in model.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        if isinstance(model, keras.Sequential):  # a loaded one has other tensors for each layer
            inputs = [last]
        else:
            tensors = layer.input if isinstance(layer.input, list) else [layer.input]
            inputs = [made_by[id(tensor)] for tensor in tensors]
        is_idle = isinstance(layer, layers.Dropout)
        last = made_by[id(layer.output)] = inputs[0] if is_idle else layer.name
        if not is_idle:
            yield layer, inputs


def described_layer(layer: layers.Layer) -> tuple[str, dict[str, Any], Weights]:
    """The kind of a layer, its settings and its weights."""
    match layer:
        case layers.Conv2D():
            settings = {"strides": list(layer.strides), "padding": layer.padding}
            return "convolution", settings | activation(layer), kernel_and_bias(layer)
        case layers.Dense():
            return "dense", activation(layer), kernel_and_bias(layer)
        case layers.BatchNormalization():
            return "normalization", {}, scale_and_shift(layer)
        case layers.MaxPooling2D(padding="valid"):
            return "max_pooling", window(layer), {}
        case layers.AveragePooling2D(padding="valid"):
            return "average_pooling", window(layer), {}
        case layers.GlobalAveragePooling2D():
            return "global_average_pooling", {}, {}
        case layers.Flatten():
            return "flatten", {}, {}
        case layers.ReLU():
            return "relu", {}, {}
        case layers.Add():
            return "add", {}, {}
        case layers.Softmax():
            return "softmax", {}, {}
    raise TrainingError(f"{layer.name}: a weights file has no layer of kind {type(layer).__name__}")


def window(layer: Any) -> dict[str, Any]:
    """How large the window of a pooling is, and how it moves."""
    return {"size": list(layer.pool_size), "strides": list(layer.strides)}


def activation(layer: Any) -> dict[str, Any]:
    """What is done to each output of a layer."""
    name = layer.activation.__name__
    if name not in ACTIVATIONS:
        raise TrainingError(f"{layer.name}: a weights file has no activation {name}")
    return {"activation": name}


def kernel_and_bias(layer: Any) -> Weights:
    """The weights of a convolution or a dense layer."""
    weights = {"kernel": layer.kernel.numpy()}
    return weights | ({"bias": layer.bias.numpy()} if layer.use_bias else {})


def scale_and_shift(layer: Any) -> Weights:
    """Batch norm outside training: two numbers a channel instead of four."""
    mean, variance = layer.moving_mean.numpy(), layer.moving_variance.numpy()
    scale = layer.gamma.numpy() / np.sqrt(variance + layer.epsilon)
    return {"scale": scale, "shift": layer.beta.numpy() - mean * scale}

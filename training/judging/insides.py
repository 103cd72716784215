"""What a network makes of a digit on the way to its answer: feature maps and class activation."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from reader.framing import DIGIT_IMAGE_PX

SMALLEST_MAP_PX = 6  # a class activation on smaller maps says nothing about places
MAPS_SHOWN = 8
STAGES_SHOWN = 3


def connected_once(model: keras.Model) -> keras.Model:
    """The same network, each layer with one output.

    A Sequential from a file was put together layer by layer, and its layers have several.
    """
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def map_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """For each size of feature maps, the last layer that gives maps of that size."""
    by_size = {}
    for layer in model.layers:
        shape = layer.output.shape
        if len(shape) == 4 and not isinstance(
            layer, keras.layers.InputLayer | keras.layers.Dropout
        ):
            by_size[shape[1]] = layer
    return list(by_size.values())


def feature_maps(
    model: keras.Model, digit_image: NDArray[np.uint8]
) -> list[tuple[str, NDArray[np.float32]]]:
    """The liveliest maps of some layers, (maps, height, width) of 0..1."""
    model = connected_once(model)
    stages = []
    for layer in map_layers(model)[:STAGES_SHOWN]:
        maps = keras.Model(model.inputs[0], layer.output)(as_input(digit_image[None]))[0].numpy()
        liveliest = np.sort(np.argsort(-maps.std(axis=(0, 1)))[:MAPS_SHOWN])
        shown = np.moveaxis(maps[..., liveliest], 2, 0)
        lowest = shown.min(axis=(1, 2), keepdims=True)
        span = shown.max(axis=(1, 2), keepdims=True) - lowest
        stages.append((layer.name, (shown - lowest) / np.maximum(span, 1e-6)))
    return stages


def class_activation(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much each place of a digit image spoke for the answer, (count, 28, 28) of 0..1.

    Each value of the last feature maps, times its effect on the score of the answer (HiResCAM).
    """
    model = connected_once(model)
    layers = map_layers(model)
    large = [layer for layer in layers if layer.output.shape[1] >= SMALLEST_MAP_PX]
    last = (large or layers)[-1].output
    inside = keras.Model(model.inputs[0], [last, model.get_layer("logits").output])
    with tf.GradientTape() as tape:
        maps, logits = inside(as_input(images))
        scores = tf.reduce_max(logits, axis=1)
    spoke = tf.nn.relu(tf.reduce_sum(maps * tape.gradient(scores, maps), axis=3, keepdims=True))
    places = tf.image.resize(spoke, (DIGIT_IMAGE_PX, DIGIT_IMAGE_PX))[..., 0].numpy()
    return np.asarray(places / np.maximum(places.max(axis=(1, 2), keepdims=True), 1e-6))


def as_input(images: NDArray[np.uint8]) -> tf.Tensor:
    """As the network takes digit images."""
    return tf.constant(images[..., None], tf.float32) / 255.0

"""Feature maps and class activation are the network's, and lie where the ink speaks."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from training.judging.insides import class_activation, feature_maps, map_layers
from training.learning.networks import build
from training.options import NETWORK_NAMES

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_every_network_can_be_looked_into(name: str) -> None:
    """Maps and activation of each are pictures of 0 to 1."""
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28), np.uint8)
    model = build(name)
    stages = feature_maps(model, images[0])
    assert 1 <= len(stages) <= 3
    for _, maps in stages:
        assert len(maps) <= 8
        assert 0 <= maps.min() <= maps.max() <= 1
    places = class_activation(model, images)
    assert places.shape == (2, 28, 28)
    assert 0 <= places.min() <= places.max() <= 1
    assert len({layer.output.shape[1] for layer in map_layers(model)}) == len(map_layers(model))


def test_class_activation_lies_where_the_score_comes_from() -> None:
    """A network that adds up the ink of its left half: only ink in there speaks for the answer."""
    half = np.zeros((12, 12, 1), np.float32)
    half[:, :6] = 1
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.AveragePooling2D(2),
            keras.layers.Conv2D(1, 3, use_bias=False),
            keras.layers.Flatten(),
            keras.layers.Dense(2, name="logits"),
            keras.layers.Softmax(),
        ]
    )
    middle = np.zeros((3, 3, 1, 1), np.float32)
    middle[1, 1] = 1
    model.layers[1].set_weights([middle])
    kernel = np.stack([half.ravel(), np.zeros(144)], axis=1)
    model.get_layer("logits").set_weights([kernel, np.zeros(2)])
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 8:20, 4:8] = image[0, 8:20, 20:24] = 255
    (places,) = class_activation(model, image)
    assert places[8:20, 4:8].mean() > 0.5
    assert places[:, 18:].max() < 0.05

"""The weights file: NumPy computes with it what Keras computes, layer by layer."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from reader.numpy_network import load
from training.errors import TrainingError
from training.learning.networks import NETWORKS, build
from training.weights import weights_file

pytestmark = pytest.mark.tensorflow


def with_chance_in_it(model: keras.Model) -> keras.Model:
    """The same network; what is 0 or 1 in a new one, such as a norm's mean, is some number now."""
    chance = np.random.default_rng(1)
    model.set_weights([w + chance.uniform(0, 0.2, w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_is_the_one_of_keras(name: str) -> None:
    """All networks that train.py can make, in all layers but dropout, within 16 bits."""
    keras.utils.set_random_seed(0)
    filters = (5, *(6 for _ in NETWORKS[name][1].filters[1:]))
    model = with_chance_in_it(build(name, filters, layers=2, kernel_size=3))
    pictures = np.random.default_rng(2).random((2, 28, 28, 1), np.float32)
    found = load(weights_file(model, "a hash")).outputs(pictures)
    assert len(found) >= 5
    wanted = keras.Model(model.inputs[0], {name: model.get_layer(name).output for name in found})
    for layer, output in wanted(pictures, training=False).items():
        assert found[layer].shape == output.shape
        np.testing.assert_allclose(found[layer], output, rtol=0.01, atol=0.01, err_msg=layer)


def test_a_layer_that_no_weights_file_has_is_refused() -> None:
    """A network with a kind of layer that the page does not know is not written."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.UpSampling2D()])
    with pytest.raises(TrainingError, match="UpSampling2D"):
        weights_file(model, "a hash")


def test_weights_too_large_for_16_bits_are_refused() -> None:
    """They would be infinite on the page."""
    model = build("lenet5", (2, 2))
    model.get_layer("logits").bias.assign(np.full(10, 1e6))
    with pytest.raises(TrainingError, match="16-bit"):
        weights_file(model, "a hash")


def test_the_file_knows_its_model() -> None:
    """It carries the hash that it was made with."""
    assert load(weights_file(build("lenet5", (2, 2)), "a hash")).model == "a hash"


@pytest.mark.parametrize("damaged", [b"", b"INKW", b"GIF89a", slice(-100), slice(-101), slice(50)])
def test_a_damaged_weights_file_is_refused(damaged: bytes | slice) -> None:
    """Half a network is no network."""
    content = weights_file(build("lenet5", (2, 2)), "a hash")
    with pytest.raises((ValueError, KeyError)):
        load(content[damaged] if isinstance(damaged, slice) else damaged)

"""The network alone: LiteRT, NumPy and JavaScript give the same probabilities."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.numpy_network import load
from tests.conftest import SHIPPED
from tests.parity.conftest import WEIGHTS, Device
from tests.training.test_weights import with_chance_in_it
from training.data.mnist import load_mnist
from training.export import load_predictor
from training.learning.networks import NETWORKS, build
from training.weights import weights_file

pytestmark = pytest.mark.tensorflow

OFF = 0.004  # 16-bit weights


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_is_the_one_of_numpy(device: Device, name: str) -> None:
    """All networks that train.py can make, layer by layer."""
    keras.utils.set_random_seed(0)
    filters = (5, *(6 for _ in NETWORKS[name][1].filters[1:]))
    weights = weights_file(with_chance_in_it(build(name, filters, layers=2, kernel_size=3)), "it")
    image = np.random.default_rng(4).integers(0, 256, (28, 28), np.uint8)
    wanted = load(weights).outputs(image[None, :, :, None] / np.float32(255))
    found = device.outputs(weights, image)
    assert list(found) == list(wanted)
    for layer, output in found.items():
        np.testing.assert_allclose(output, wanted[layer][0], rtol=1e-4, atol=1e-4, err_msg=layer)


def check(answers: NDArray[np.float32], images: NDArray[np.uint8]) -> None:
    """The same digit as LiteRT's for each picture, and no probability much off."""
    wanted = load_predictor(SHIPPED)(images)
    np.testing.assert_array_equal(answers.argmax(axis=1), wanted.argmax(axis=1))
    assert np.abs(answers - wanted).max() <= OFF


def test_numpy_reads_all_of_mnist_as_litert_does(outside_data: Path) -> None:
    """10,000 of 10,000 digits, no probability more than 0.004 off."""
    images = load_mnist(outside_data / "mnist.npz").test.images
    check(load_predictor(WEIGHTS)(images), images)


def test_the_device_reads_all_of_mnist_as_litert_does(device: Device, outside_data: Path) -> None:
    """10,000 of 10,000 digits, no probability more than 0.004 off."""
    images = load_mnist(outside_data / "mnist.npz").test.images
    check(device.probabilities(WEIGHTS.read_bytes(), images), images)

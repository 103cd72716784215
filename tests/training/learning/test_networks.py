"""Each network builds, reads ten probabilities, and costs what it says."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from training.errors import TrainingError
from training.learning.networks import NETWORKS, build, layer_costs, multiply_adds
from training.options import NETWORK_NAMES

pytestmark = pytest.mark.tensorflow


def test_every_network_that_can_be_asked_for_exists() -> None:
    """The names that --network offers are the names that can be built."""
    assert tuple(NETWORKS) == NETWORK_NAMES


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_a_network_gives_ten_probabilities_from_built_in_layers(name: str) -> None:
    """Softmax out, and no Lambda or layer of our own that another Keras could not load."""
    model = build(name)
    out = np.asarray(model(np.random.default_rng(0).random((3, 28, 28, 1), np.float32)))
    assert out.shape == (3, 10)
    np.testing.assert_allclose(out.sum(axis=1), 1, atol=1e-5)
    for layer in model.layers:
        assert type(layer).__module__.startswith("keras.src.layers")
        assert not isinstance(layer, keras.layers.Lambda)
    assert model.get_layer("logits").units == 10


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_the_shape_flags_shape_every_network(name: str) -> None:
    """Filters, kernel size, layers and dropout each change what is built."""
    plain = build(name)
    for asked in ({"filters": (5, 7)}, {"kernel_size": 2}, {"layers": 3, "kernel_size": 2}):
        assert build(name, **asked).count_params() != plain.count_params()
    rates = [layer.rate for layer in build(name, dropout=0.3).layers if hasattr(layer, "rate")]
    assert 0.3 in rates


@pytest.mark.parametrize("name", ["compact", "tapering"])
def test_our_networks_are_within_their_budget(name: str) -> None:
    """Small enough to serve in a fraction of a millisecond."""
    model = build(name)
    assert model.count_params() <= 230_000
    assert multiply_adds(model) <= 4_000_000


def test_multiply_adds_are_counted_as_on_paper() -> None:
    """The textbook network: 26² · 32 · 9 + 11² · 64 · 9 · 32 + 1600 · 128 + 128 · 10."""
    by_hand = 26**2 * 32 * 9 + 11**2 * 64 * 9 * 32 + 1600 * 128 + 128 * 10
    model = build("textbook")
    assert multiply_adds(model) == by_hand
    costs = layer_costs(model)
    assert sum(cost.parameters for cost in costs) == model.count_params()
    assert costs[0].output_shape == (26, 26, 32)


@pytest.mark.parametrize("name", ["compact", "tapering"])
def test_a_stem_wants_a_body(name: str) -> None:
    """One number of filters is refused in words."""
    with pytest.raises(TrainingError, match=f"--filters: {name}"):
        build(name, filters=(8,))

"""Corrupted digits."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.conftest import LITTLE_MNIST
from training.data.mnist import load_mnist
from training.judging.robustness import CORRUPTIONS, warped

pytestmark = pytest.mark.tensorflow


def test_corruptions_do_what_their_names_say() -> None:
    """Moved by whole pixels exactly; thick has more ink and thin less; noise stays in range."""
    pictures = load_mnist(LITTLE_MNIST).test.images[:20].astype(np.float32) / 255
    moved = warped(pictures, shift=(3, 0))
    np.testing.assert_allclose(moved[:, :, 3:], pictures[:, :, :-3], atol=1e-4)
    up = CORRUPTIONS["shifted 3 pixels up"](pictures)
    np.testing.assert_allclose(up[:, :-3], pictures[:, 3:], atol=1e-4)
    assert (
        CORRUPTIONS["thick"](pictures).sum() > pictures.sum() > CORRUPTIONS["thin"](pictures).sum()
    )
    for corrupt in CORRUPTIONS.values():
        result = corrupt(pictures)
        assert result.shape == pictures.shape
        assert result.min() >= -1e-6
        assert result.max() <= 1 + 1e-6
    larger, smaller = (CORRUPTIONS[f"scaled to {size} %"](pictures).sum() for size in (125, 75))
    assert larger > pictures.sum() > smaller

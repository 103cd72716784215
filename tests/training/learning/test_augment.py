"""Augmentation changes digits, keeps them whole, and repeats itself for the same seed."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from tests.training.conftest import LITTLE_MNIST
from training.data.mnist import load_mnist
from training.learning.augment import Strength, augmented, bilinear, resampled, thickened

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def pictures() -> NDArray[np.float32]:
    return load_mnist(LITTLE_MNIST).train.images.astype(np.float32) / 255


def changed(pictures: NDArray[np.float32], seed: tuple[int, int] = (0, 0)) -> NDArray[np.float32]:
    return np.asarray(augmented(tf.constant(pictures), tf.constant(seed), Strength()))


def test_no_digit_leaves_the_frame(pictures: NDArray[np.float32]) -> None:
    """Over many draws, at most a few per cent of a digit's ink touches the border."""
    for step in range(8):
        result = changed(pictures, (1, step))
        border = result.copy()
        border[:, 1:-1, 1:-1] = 0
        share = border.sum(axis=(1, 2)) / result.sum(axis=(1, 2))
        assert share.max() < 0.06


def test_values_stay_between_paper_and_ink(pictures: NDArray[np.float32]) -> None:
    """0 to 1, and never a NaN."""
    result = changed(pictures)
    assert result.shape == pictures.shape
    assert result.min() >= -1e-6
    assert result.max() <= 1 + 1e-6


def test_every_digit_changes_in_its_own_way(pictures: NDArray[np.float32]) -> None:
    """Sixteen copies of one digit become sixteen different digits."""
    copies = np.repeat(pictures[:1], 16, axis=0)
    result = changed(copies)
    assert len({picture.tobytes() for picture in result}) == 16
    assert np.abs(result - copies).mean(axis=(1, 2)).min() > 0.005


def test_the_same_seed_gives_the_same_batch(pictures: NDArray[np.float32]) -> None:
    """What makes a resumed run exact."""
    assert (changed(pictures, (3, 7)) == changed(pictures, (3, 7))).all()
    assert (changed(pictures, (3, 7)) != changed(pictures, (3, 8))).any()


def test_without_strength_nothing_changes(pictures: NDArray[np.float32]) -> None:
    """Strength 0 is the identity."""
    result = augmented(tf.constant(pictures), tf.constant([0, 0]), Strength().times(0))
    np.testing.assert_allclose(result, pictures, atol=1e-5)


@pytest.mark.parametrize("name", [field.name for field in fields(Strength)])
def test_each_change_changes_something(pictures: NDArray[np.float32], name: str) -> None:
    """With one kind of change alone, nearly every digit is another one."""
    alone = replace(Strength().times(0), **{name: getattr(Strength(), name)})
    result = np.asarray(augmented(tf.constant(pictures), tf.constant([0, 0]), alone))
    assert (np.abs(result - pictures).mean(axis=(1, 2)) > 0.001).mean() > 0.9


def test_lines_get_thicker_and_thinner(pictures: NDArray[np.float32]) -> None:
    """Ink is added to some digits and taken from others."""
    result = np.asarray(thickened(tf.constant(pictures), tf.constant([0, 0]), Strength()))
    ratio = result.sum(axis=(1, 2)) / pictures.sum(axis=(1, 2))
    assert (ratio > 1.15).sum() > 50
    assert (ratio < 0.95).sum() > 50


def test_bending_alone_keeps_the_ink(pictures: NDArray[np.float32]) -> None:
    """Resampling neither fades a digit nor makes it bolder."""
    result = np.asarray(resampled(tf.constant(pictures), tf.constant([0, 0]), Strength()))
    ratio = result.sum(axis=(1, 2)) / pictures.sum(axis=(1, 2))
    assert 0.97 < ratio.mean() < 1.03


def test_reading_between_pixels_is_bilinear() -> None:
    """Half-way between ink and paper is half; outside the picture is paper."""
    picture = np.zeros((1, 28, 28), np.float32)
    picture[0, 10, 10] = 1
    x = np.full((1, 784), 500, np.float32)
    y = np.full((1, 784), -500, np.float32)
    x[0, :3], y[0, :3] = [10, 10.5, 10.5], [10, 10, 10.5]
    result = np.asarray(bilinear(tf.constant(picture), tf.constant(x), tf.constant(y))).ravel()
    np.testing.assert_allclose(result[:3], [1, 0.5, 0.25])
    assert result[3:].max() == 0

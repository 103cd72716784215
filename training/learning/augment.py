"""Augmentation: each digit is changed a little every time it is seen, a batch at a time.

Shift, rotation, scale, shear and elastic waves all say where each pixel is read from. They add up
to one field, and the picture is resampled once. Thickness is a blend with the picture's dilation
or erosion. Random numbers are stateless: the same seed gives the same batch, so a resumed run
repeats an unbroken run bit for bit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from reader.framing import DIGIT_IMAGE_PX

WAVES = 3  # the most half periods of an elastic wave across the picture


@dataclass(frozen=True)
class Strength:
    """How far each change may go: pixels, degrees, shares. Uniform, but for the elastic waves."""

    shift_px: float = 1.5
    rotate_degrees: float = 12.0
    scale: float = 0.1
    shear: float = 0.2
    elastic_px: float = 0.8  # standard deviation of each wave
    thickness: float = 0.7  # 1 = up to a full pixel thicker on each side; half that when thinner

    def times(self, factor: float) -> Strength:
        """Every change made larger or smaller by a factor."""
        return Strength(**{name: value * factor for name, value in asdict(self).items()})


def field_basis() -> NDArray[np.float32]:
    """The parts of a field: 1, x, y, then sine waves; (parts, 784).

    Sines vanish at two edges of the picture, so waves bend a digit more than they move it.
    """
    axis = (np.arange(DIGIT_IMAGE_PX) - (DIGIT_IMAGE_PX - 1) / 2).astype(np.float32)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    waves = [
        np.sin(np.pi * wave * (np.arange(DIGIT_IMAGE_PX) + 0.5) / DIGIT_IMAGE_PX)
        for wave in range(1, WAVES + 1)
    ]
    bumps = [np.outer(down, across) / np.sqrt(i * i + j * j)
             for i, down in enumerate(waves, 1) for j, across in enumerate(waves, 1)]  # fmt: skip
    return (
        np.stack([np.ones_like(x), x, y, *bumps])
        .reshape(-1, DIGIT_IMAGE_PX * DIGIT_IMAGE_PX)
        .astype(np.float32)
    )


BASIS = field_basis()


def augmented(images: tf.Tensor, seed: tf.Tensor, strength: Strength) -> tf.Tensor:
    """Change a batch (count, 28, 28) of 0..1, each picture in its own way."""
    return resampled(thickened(images, seed + tf.constant([0, 1]), strength), seed, strength)


def resampled(images: tf.Tensor, seed: tf.Tensor, strength: Strength) -> tf.Tensor:
    """Move, turn, stretch, slant and bend, in one bilinear resampling."""
    count = tf.shape(images)[0]
    uniform = tf.random.stateless_uniform((count, 6), seed, -1.0, 1.0)
    angle = uniform[:, 0] * np.float32(np.radians(strength.rotate_degrees))
    across = 1.0 + uniform[:, 1] * strength.scale
    down = 1.0 + uniform[:, 2] * strength.scale
    slant = uniform[:, 3] * strength.shear
    cos, sin = tf.cos(angle), tf.sin(angle)
    affine = tf.stack(
        [
            tf.stack([uniform[:, 4] * strength.shift_px, cos * across, slant - sin], axis=1),
            tf.stack([uniform[:, 5] * strength.shift_px, sin, cos * down], axis=1),
        ],
        axis=1,
    )
    waves = tf.random.stateless_normal(
        (count, 2, BASIS.shape[0] - 3), seed + tf.constant([0, 2]), stddev=strength.elastic_px
    )
    field = tf.concat([affine, waves], axis=2) @ BASIS + (DIGIT_IMAGE_PX - 1) / 2
    return bilinear(images, field[:, 0], field[:, 1])


def bilinear(images: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Read pictures at real-valued places (count, 784). Outside the picture is black.

    The four neighbours of each place lie side by side, so one gather reads them all. That is
    twice as fast on a CPU as four gathers.
    """
    side = DIGIT_IMAGE_PX + 3  # one black pixel before, two after
    padded = tf.pad(images, [[0, 0], [1, 2], [1, 2]])
    neighbours = tf.stack(
        [
            padded[:, :-1, :-1], padded[:, :-1, 1:], padded[:, 1:, :-1], padded[:, 1:, 1:],
        ],
        axis=3,
    )  # fmt: skip
    x = tf.clip_by_value(x + 1.0, 0.0, DIGIT_IMAGE_PX + 0.999)
    y = tf.clip_by_value(y + 1.0, 0.0, DIGIT_IMAGE_PX + 0.999)
    left, top = tf.floor(x), tf.floor(y)
    first = tf.range(tf.shape(images)[0])[:, None] * ((side - 1) * (side - 1))
    places = first + tf.cast(top * (side - 1) + left, tf.int32)
    corners = tf.gather(tf.reshape(neighbours, (-1, 4)), places)
    right, bottom = x - left, y - top
    upper = corners[..., 0] + right * (corners[..., 1] - corners[..., 0])
    lower = corners[..., 2] + right * (corners[..., 3] - corners[..., 2])
    return tf.reshape(upper + bottom * (lower - upper), tf.shape(images))


def thickened(images: tf.Tensor, seed: tf.Tensor, strength: Strength) -> tf.Tensor:
    """Make lines thicker (a blend with the dilation) or thinner (with the erosion)."""
    count = tf.shape(images)[0]
    amount = tf.random.stateless_uniform((count, 1, 1), seed, -0.5, 1.0) * strength.thickness
    thick = neighbourhood_maximum(images)
    thin = 1.0 - neighbourhood_maximum(1.0 - images)
    target = tf.where(amount > 0, thick, thin)
    return images + tf.abs(amount) * (target - images)


def neighbourhood_maximum(images: tf.Tensor) -> tf.Tensor:
    """The maximum of each pixel and its four neighbours."""
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1]])
    middle = tf.maximum(images, tf.maximum(padded[:, :-2, 1:-1], padded[:, 2:, 1:-1]))
    return tf.maximum(middle, tf.maximum(padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]))

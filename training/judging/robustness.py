"""Accuracy on corrupted test digits: turned, moved, scaled, thin, thick, noisy, blurred."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from reader.framing import DIGIT_IMAGE_PX
from training.data.sets import Digits
from training.export import Predictor
from training.learning.augment import BASIS, bilinear, neighbourhood_maximum

Pictures = NDArray[np.float32]  # (count, 28, 28), 0 paper to 1 ink


def warped(
    pictures: Pictures,
    degrees: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] = (0, 0),
) -> Pictures:
    """Turned about the middle, made larger or smaller, then moved by (x, y) pixels."""
    angle = np.radians(degrees)
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    x, y = BASIS[1] - shift[0], BASIS[2] - shift[1]
    middle = (DIGIT_IMAGE_PX - 1) / 2
    fields = [middle + cos * x + sin * y, middle - sin * x + cos * y]
    across, down = (np.tile(f.astype(np.float32), (len(pictures), 1)) for f in fields)
    return np.asarray(bilinear(tf.constant(pictures), tf.constant(across), tf.constant(down)))


def thinner(pictures: Pictures) -> Pictures:
    """Lines half a pixel thinner on each side."""
    thin = 1 - np.asarray(neighbourhood_maximum(1 - pictures), np.float32)
    return np.asarray((pictures + thin) / 2, np.float32)


def thicker(pictures: Pictures) -> Pictures:
    """Lines a pixel thicker on each side."""
    return np.asarray(neighbourhood_maximum(pictures))


def noisy(pictures: Pictures) -> Pictures:
    """Grain over ink and paper, the same every time."""
    grain = np.random.default_rng(0).normal(0, 0.2, pictures.shape)
    return np.clip(pictures + grain, 0, 1).astype(np.float32)


def blurred(pictures: Pictures) -> Pictures:
    """A 3x3 binomial blur, twice."""
    for axis in (1, 2, 1, 2):
        before, after = np.roll(pictures, 1, axis), np.roll(pictures, -1, axis)
        pictures = ((before + 2 * pictures + after) / 4).astype(np.float32)
    return pictures


CORRUPTIONS: dict[str, Callable[[Pictures], Pictures]] = {
    "as it is": lambda pictures: pictures,
    "rotated 15° left": lambda pictures: warped(pictures, degrees=-15),
    "rotated 15° right": lambda pictures: warped(pictures, degrees=15),
    "rotated 30° right": lambda pictures: warped(pictures, degrees=30),
    "shifted 3 pixels right": lambda pictures: warped(pictures, shift=(3, 0)),
    "shifted 3 pixels up": lambda pictures: warped(pictures, shift=(0, -3)),
    "scaled to 75 %": lambda pictures: warped(pictures, scale=0.75),
    "scaled to 125 %": lambda pictures: warped(pictures, scale=1.25),
    "thin": thinner,
    "thick": thicker,
    "noisy": noisy,
    "blurred": blurred,
}


def robustness(read: Predictor, digits: Digits) -> dict[str, float]:
    """Accuracy under each corruption."""
    pictures: Pictures = digits.images.astype(np.float32) / np.float32(255)
    return {
        name: float((read(as_bytes(corrupt(pictures))).argmax(axis=1) == digits.labels).mean())
        for name, corrupt in CORRUPTIONS.items()
    }


def as_bytes(pictures: Pictures) -> NDArray[np.uint8]:
    """As digit images."""
    return np.rint(pictures * 255).astype(np.uint8)

"""Logs for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from training.errors import TrainingError


def tensorboard_log(folder: Path) -> Callable[[int, dict[str, float]], None]:
    """A function that writes one epoch's figures where TensorBoard finds them."""
    try:
        writer = tf.summary.create_file_writer(str(folder))
        scalar = tf.summary.scalar
    except (ImportError, AttributeError) as error:
        raise TrainingError("--tensorboard needs it: python -m pip install tensorboard") from error

    def log(epoch: int, figures: dict[str, float]) -> None:
        with writer.as_default(step=epoch + 1):
            for name, value in figures.items():
                scalar(name, value)
        writer.flush()

    return log

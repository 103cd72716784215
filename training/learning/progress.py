"""Shows progress: a live line on a terminal, a plain line for each epoch elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

BAR_CELLS = 24
REDRAW_EVERY_S = 0.1
CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Is told of each step and each epoch, and decides what to print."""

    def __init__(self, epochs: int, steps: int, stream: TextIO | None = None) -> None:
        self.epochs, self.steps = epochs, steps
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty()
        self.started_s = time.monotonic()
        self.drawn_s = 0.0
        self.steps_here = 0

    def step(self, epoch: int, step: int, loss: float, accuracy: float, rate: float) -> None:
        """A step is done."""
        self.steps_here += 1
        now = time.monotonic()
        if not self.live or (now - self.drawn_s < REDRAW_EVERY_S and step + 1 < self.steps):
            return
        self.drawn_s = now
        to_go = (self.epochs - epoch) * self.steps - step - 1
        left_s = (now - self.started_s) / self.steps_here * to_go
        filled = BAR_CELLS * (step + 1) // self.steps
        bar = "█" * filled + "░" * (BAR_CELLS - filled)
        self._write(
            f"{CLEAR_LINE}epoch {epoch + 1}/{self.epochs} {bar} step {step + 1}/{self.steps}"
            f"  loss {loss:.4f}  accuracy {accuracy:.2%}  rate {rate:.2g}  {clock(left_s)} left"
        )

    def epoch(self, number: int, figures: dict[str, float], best: bool) -> None:
        """An epoch is done and validated."""
        self._write(
            f"{CLEAR_LINE if self.live else ''}"
            f"epoch {number + 1}/{self.epochs}"
            f"  loss {figures['loss']:.4f}  accuracy {figures['accuracy']:.2%}"
            f"  validation loss {figures['val_loss']:.4f}"
            f"  accuracy {figures['val_accuracy']:.2%}"
            f"  {figures['seconds']:.1f} s{'  best so far' if best else ''}\n"
        )

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def clock(seconds: float) -> str:
    """Minutes and seconds, as a clock shows them."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"

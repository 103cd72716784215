"""Progress, as a terminal and a log file see it."""

from __future__ import annotations

import io

from training.learning.progress import Progress, clock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


FIGURES = {"loss": 0.5, "accuracy": 0.9, "val_loss": 0.4, "val_accuracy": 0.92, "seconds": 3.0}


def test_a_terminal_sees_a_live_bar() -> None:
    """Epoch, step, loss, accuracy, rate and time left, on one line that is rewritten."""
    stream = Terminal()
    progress = Progress(epochs=2, steps=10, stream=stream)
    progress.step(0, 9, loss=0.25, accuracy=0.9, rate=0.004)
    shown = stream.getvalue()
    for part in ("\r", "epoch 1/2", "step 10/10", "loss 0.2500", "90.00%", "rate 0.004", "left"):
        assert part in shown


def test_a_log_file_sees_plain_lines() -> None:
    """One line an epoch, no control characters."""
    stream = io.StringIO()
    progress = Progress(epochs=2, steps=10, stream=stream)
    progress.step(0, 9, loss=0.25, accuracy=0.9, rate=0.004)
    assert stream.getvalue() == ""
    progress.epoch(0, FIGURES, best=True)
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()
    assert "best so far" in stream.getvalue()


def test_time_left_reads_like_a_clock() -> None:
    """Minutes and seconds."""
    assert clock(61.4) == "1:01"

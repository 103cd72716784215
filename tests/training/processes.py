"""Real processes of `train.py` that can be stopped and killed, without the time of an import.

TensorFlow takes seconds to import. One server process imports it once, and forks each command from
there: a process of its own, with its own process id and its own output.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

PATIENCE_S = 300


def obey(words: list[str], log: Path) -> None:
    """Be `train.py` with these words, with all output in a file."""
    from training.cli import main

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    written = os.open(log, os.O_WRONLY | os.O_CREAT)
    os.dup2(written, 1)
    os.dup2(written, 2)
    raise SystemExit(main(words, ""))


class Started:
    """A command under way."""

    def __init__(self, process: BaseProcess, log: Path) -> None:
        self.process, self.log = process, log

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    @property
    def ended(self) -> bool:
        return not self.process.is_alive()

    def said(self) -> str:
        """Its output up to now."""
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def wait(self) -> int:
        """Its exit code."""
        self.process.join(PATIENCE_S)
        assert self.process.exitcode is not None, f"still running: {self.said()}"
        return self.process.exitcode

    def wait_for(self, text: str) -> None:
        """Until it has said so."""
        wait_until(lambda: text in self.said() or self.ended, text)
        assert text in self.said()

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.join(PATIENCE_S)


def start(words: list[str], log: Path) -> Started:
    """Begin a command."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["training.run", "training.search"])
    process = context.Process(target=obey, args=(words, log), daemon=True)
    process.start()
    return Started(process, log)


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Ask until it is so; a test that waits for ever says what for."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"gave up waiting for {what}"
        time.sleep(0.02)

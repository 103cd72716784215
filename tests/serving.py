"""Start Inkling as a deployer does, with gunicorn, and wait until it answers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.config import ROOT
from server.memory import SMALL_THREADS

START_WITHIN_S = 30


def free_port() -> int:
    """A port on which no program listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str, within_s: float = 5) -> bool:
    """Whether the server answers."""
    try:
        with urllib.request.urlopen(url, timeout=within_s):
            return True
    except OSError:
        return False


def eventually(is_so: Callable[[], bool], within_s: float = 30) -> None:
    """Wait until the condition holds; fail after `within_s`."""
    patience = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < patience
        time.sleep(0.02)


@dataclass(frozen=True)
class Server:
    """A running gunicorn."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def workers(self) -> list[int]:
        """The process ids of its workers."""
        table = subprocess.run(
            ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout
        pairs = (map(int, line.split()) for line in table.splitlines())
        return [pid for pid, parent in pairs if parent == self.process.pid]


def open_sockets(process: int) -> int:
    """How many sockets a process has open; 0 on systems without /proc."""
    files = Path(f"/proc/{process}/fd")
    count = 0
    for entry in files.iterdir() if files.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            count += str(entry.readlink()).startswith("socket:")
    return count


@contextlib.contextmanager
def running(
    log: Path, *arguments: str, app: str = "app:create_app()", **environment: str
) -> Iterator[Server]:
    """Inkling under gunicorn, stopped at the end of the block. Its output goes to `log`."""
    port = free_port()
    settings = {**os.environ, "SECRET_KEY": "for the tests alone", "PORT": str(port)}
    settings |= dict([SMALL_THREADS]) | environment
    command = [sys.executable, "-m", "gunicorn", *arguments, app]
    with started(command, port, log, settings) as server:
        yield server


@contextlib.contextmanager
def started(
    command: list[str], port: int, log: Path, environment: dict[str, str], folder: Path = ROOT
) -> Iterator[Server]:
    """The server that a command starts, once it answers. Its process group is stopped after."""
    url = f"http://127.0.0.1:{port}"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        patience = time.monotonic() + START_WITHIN_S
        while not answers(url):
            if process.poll() is not None or time.monotonic() > patience:
                raise AssertionError(f"the server did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield Server(url, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@contextlib.contextmanager
def serving(log: Path, **environment: str) -> Iterator[str]:
    """The address of a running Inkling."""
    with running(log, **environment) as server:
        yield server.url

"""Silence LiteRT and TensorFlow: their C++ code writes straight to the terminal and the log."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Discard everything that is written to stdout and stderr inside the `with` block."""
    # A process may start without a stdout. Its file number can then belong to a socket.
    streams = {fd: s for fd, s in ((1, sys.stdout), (2, sys.stderr)) if s is not None}
    for stream in streams.values():
        stream.flush()
    kept = {fd: os.dup(fd) for fd in streams}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for fd in kept:
            os.dup2(nowhere, fd)
        yield
    finally:
        for fd, stream in streams.items():
            stream.flush()
            os.dup2(kept[fd], fd)
        for handle in (*kept.values(), nowhere):
            os.close(handle)

"""Keep the chatter of LiteRT and TensorFlow, C++ both, off the terminal and out of the log."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Send what C++ writes straight to the terminal nowhere while a `with` block lasts."""
    # A process that was started without one has no stream, and its number may be a socket's.
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

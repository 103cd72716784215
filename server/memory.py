"""Make the C library give memory back to the system when a picture is done with."""

from __future__ import annotations

import contextlib
import ctypes

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # the numbers in malloc.h
LARGE_BLOCK_BYTES = 1024 * 1024
ARENAS = 2
# glibc keeps freed blocks for each thread that ever worked: 15 MB in a worker that a class was at.
# It reads this when a process starts, so the command that starts gunicorn says it (Procfile).
SMALL_THREADS = ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0")


def keep_memory_small() -> None:
    """Keep glibc from holding large freed blocks, and from opening a heap for each thread.

    Other C libraries have no such options and do not need them.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
        mallopt(M_ARENA_MAX, ARENAS)

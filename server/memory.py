"""How the C library keeps memory that was freed: what pictures took goes back to the system."""

from __future__ import annotations

import contextlib
import ctypes

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # as malloc.h has them
LARGE_BLOCK_BYTES = 1024 * 1024
ARENAS = 2


def keep_memory_small() -> None:
    """Of glibc, which else learns to keep large blocks, and has a heap for each of many threads.
    Other C libraries do so anyway, and do not know these words."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
        mallopt(M_ARENA_MAX, ARENAS)

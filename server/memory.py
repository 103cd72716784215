"""How the C library keeps memory that was freed: what pictures took goes back to the system."""

from __future__ import annotations

import contextlib
import ctypes

M_MMAP_THRESHOLD = -3  # as malloc.h has it
LARGE_BLOCK_BYTES = 1024 * 1024


def give_large_blocks_back() -> None:
    """Of glibc, which else learns to keep them: the dearest pictures in two threads then took
    178 MB, and now 107. Other C libraries do so anyway, and do not know the word."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)

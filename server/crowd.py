"""How many connections each worker has, so that they share them out.

The kernel wakes all workers for whoever connects, and nearly always the same one is first: of fifty
people it had 47, and the other core was idle while they drew.
"""

from __future__ import annotations

import mmap

from app.config import MOST_WORKERS

ROWS = 2 * MOST_WORKERS  # a reload has the old ones and the new
INT_BYTES = 4
NOBODY = 2**31  # has fewest: more than anybody


class Crowd:
    """A number for each worker, in memory that they share: it is made before they are forked."""

    def __init__(self) -> None:
        # One more than a worker's connections, or 0 while it lets nobody in.
        self._numbers = memoryview(mmap.mmap(-1, ROWS * INT_BYTES)).cast("i")

    def tell(self, row: int, connections: int) -> None:
        self._numbers[row] = connections + 1

    def leave(self, row: int) -> None:
        self._numbers[row] = 0

    def fewest(self) -> int:
        """The connections of the worker that has fewest, of those that let people in."""
        return min(filter(None, self._numbers), default=NOBODY) - 1


crowd = Crowd()

"""Counts of requests by key. A count starts at a key's first use and ends with its window.

The counts are in this process's memory, or in Redis for all workers together. While Redis does
not answer, they are in memory again, and no request waits for Redis. Knows no request:
app/web/limits.py says which requests are counted.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

from app.config import Settings

MOST_KEYS = 10_000  # in memory, about 2 MB
REDIS_WITHIN_S = 0.5  # when Redis hangs, one request of each thread waits this long
REDIS_AGAIN_AFTER_S = 5

logger = logging.getLogger(__name__)


class Counts(Protocol):
    @property
    def place(self) -> str:
        """Where requests are counted now, in words for /readyz."""

    def add(self, key: str, cost: int, window_s: int) -> tuple[int, float]:
        """Add a cost. Returns the new count, and the seconds until its window ends."""


class MemoryCounts:
    place = "memory"

    def __init__(self) -> None:
        self.windows: dict[
            str, tuple[float, int]
        ] = {}  # by key: the end of the window, and the count
        self.lock = threading.Lock()

    def add(self, key: str, cost: int, window_s: int) -> tuple[int, float]:
        now_s = time.monotonic()
        with self.lock:
            over_s, count = self.windows.get(key, (0.0, 0))
            if over_s <= now_s:
                over_s, count = now_s + window_s, 0
                if len(self.windows) >= MOST_KEYS:
                    self._forget(now_s)
            self.windows[key] = over_s, count + cost
        return count + cost, over_s - now_s

    def _forget(self, now_s: float) -> None:
        """Forget the windows that are over; forget all of them when still too many are open."""
        self.windows = {key: kept for key, kept in self.windows.items() if kept[0] > now_s}
        if len(self.windows) >= MOST_KEYS:
            self.windows = {}


class RedisCounts:
    def __init__(self, url: str) -> None:
        # Imported here: a process without Redis saves 6 MB.
        from redis import Redis

        self.redis = Redis.from_url(
            url, socket_connect_timeout=REDIS_WITHIN_S, socket_timeout=REDIS_WITHIN_S
        )
        self.meanwhile = MemoryCounts()
        self.fault: str | None = None  # why Redis is away
        self.connected = threading.Event()
        self.lock = threading.Lock()
        self._look_for_redis()

    @property
    def place(self) -> str:
        return "redis" if self.connected.is_set() else "memory, redis is away"

    def add(self, key: str, cost: int, window_s: int) -> tuple[int, float]:
        if self.connected.is_set():
            try:
                return self._ask(key, cost, window_s)
            except Exception:  # noqa: BLE001 - on any error, Redis does not count
                with self.lock:  # the first thread to see it looks for Redis
                    if self.connected.is_set():
                        self.connected.clear()
                        self._look_for_redis()
        return self.meanwhile.add(key, cost, window_s)

    def _ask(self, key: str, cost: int, window_s: int) -> tuple[int, float]:
        name = f"inkling:{window_s}:{key}"  # a count of a day does not outlive a setting of seconds
        with self.redis.pipeline() as all_or_nothing:
            all_or_nothing.set(name, 0, ex=window_s, nx=True)
            all_or_nothing.incrby(name, cost)
            all_or_nothing.pttl(name)
            _, count, left_ms = all_or_nothing.execute()
        return int(count), int(left_ms) / 1000

    def _look_for_redis(self) -> None:
        threading.Thread(target=self._until_it_counts, daemon=True).start()

    def _until_it_counts(self) -> None:
        while True:
            try:
                self._ask("nobody", 0, 1)  # must be writable, not only reachable
                break
            except Exception as error:  # noqa: BLE001 - any program may listen there
                if self.fault is None:
                    logger.warning(
                        "Redis does not answer (%s); each worker counts requests for itself.",
                        type(error).__name__,
                    )
                self.fault = str(error)
            time.sleep(REDIS_AGAIN_AFTER_S)
        if self.fault is not None:
            logger.warning("Redis answers again; requests are counted there for all workers.")
        self.fault = None
        self.connected.set()


def counts_for(settings: Settings) -> Counts | None:
    """The counts that the settings ask for; None when rate limits are off."""
    if not settings.ratelimit_enabled:
        return None
    url = settings.ratelimit_storage_uri
    return MemoryCounts() if url == "memory://" else RedisCounts(url)

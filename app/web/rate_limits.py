"""How many drawings one address may send: past that, it is told when to come back.

A request counts as so many drawings as it takes work: for its bytes when it comes, for what is in
it once that is known and before it is done (app/predict/drawings.py says how much).
Counted in each worker's memory, or in Redis for all of them together. While Redis is away each
worker counts for itself again; nobody is turned away for its sake.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from functools import partial
from typing import Any, Protocol

from flask import Flask, current_app, request
from werkzeug.exceptions import TooManyRequests

from app.services import services, services_of
from app.web.clients import network

LIMITED = frozenset({"api.predict", "pages.predict"})
# A drawing as strokes takes a few KB. Thirty photos of 4 MB and 12 megapixels, as phones make them,
# must fit into the default limit: 1 for the request, 42 for its bytes, 35 for its pixels and 10
# because it is a photo are 88 for each.
BYTES_OF_ONE = 96 * 1024
# A Redis that hangs holds the page for no longer; one that is slow does so with every drawing, for
# they ask in turn.
REDIS_WITHIN_S = 0.5
REDIS_AGAIN_AFTER_S = 5  # between two looks at whether it is there
# One round trip, all or nothing; the window is not made longer by what follows.
REDIS_COUNTS = """
redis.call('SET', KEYS[1], 0, 'EX', ARGV[2], 'NX')
return {redis.call('INCRBY', KEYS[1], ARGV[1]), redis.call('PTTL', KEYS[1])}
"""

logger = logging.getLogger(__name__)


class Counts(Protocol):
    """Counts by key, each from its first use until its window is over."""

    def add(self, key: str, cost: int, window_s: int) -> tuple[int, float]:
        """The count with this cost in it, and the seconds that are left of its window."""


class MemoryCounts:
    """In this process. Time is the clock that nobody can set."""

    MOST_KEYS = 10_000  # about 2 MB

    def __init__(self) -> None:
        self.windows: dict[str, tuple[float, int]] = {}  # when it is over, and the count
        self.lock = threading.Lock()

    def add(self, key: str, cost: int, window_s: int) -> tuple[int, float]:
        now_s = time.monotonic()
        with self.lock:
            over_s, count = self.windows.get(key, (0.0, 0))
            if over_s <= now_s:
                over_s, count = now_s + window_s, 0
                if len(self.windows) >= self.MOST_KEYS:
                    self._forget(now_s)
            self.windows[key] = over_s, count + cost
        return count + cost, over_s - now_s

    def _forget(self, now_s: float) -> None:
        """Those that are over; or all, when so many addresses come at once that they are no use."""
        self.windows = {key: kept for key, kept in self.windows.items() if kept[0] > now_s}
        if len(self.windows) >= self.MOST_KEYS:
            self.windows = {}


class RedisCounts:
    """In Redis, or in memory while there is no connection to it.

    A thread connects, and looks after the connection: to find out a host's address takes as long as
    the network's name servers like, and no request may wait for that.
    """

    def __init__(self, url: str) -> None:
        # Imported here: 6 MB of memory that only those pay who use it.
        from redis import ConnectionPool
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        pool = ConnectionPool.from_url(
            url,
            socket_connect_timeout=REDIS_WITHIN_S,
            socket_timeout=REDIS_WITHIN_S,
            retry=Retry(NoBackoff(), 0),  # the default tries for seconds
        )
        # Not by the pool itself: it makes no more than a hundred in its life.
        self.new_connection = partial(pool.connection_class, **pool.connection_kwargs)
        self.meanwhile = MemoryCounts()
        # One connection, so one asks at a time; and one at a time says that it has come or gone.
        self.lock = threading.Lock()
        self.connection: Any = None
        self.connected = threading.Event()
        self.fault: str | None = None  # why it is not connected
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self._stay_connected, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """End the thread. An app that lives as long as its process has no need to."""
        self.closed.set()
        self.thread.join()

    def add(self, key: str, cost: int, window_s: int) -> tuple[int, float]:
        with self.lock:
            if self.connected.is_set():
                try:
                    return self._ask(self.connection, key, cost, window_s)
                except Exception as error:  # noqa: BLE001 - whatever it is, it does not count
                    self._lose(self.connection, error)
        return self.meanwhile.add(key, cost, window_s)

    def _ask(self, connection: Any, key: str, cost: int, window_s: int) -> tuple[int, float]:
        # By window too: a count of a day would outlive a setting of seconds.
        command = ("EVAL", REDIS_COUNTS, 1, f"inkling:{window_s}:{key}", cost, window_s)
        connection.send_command(*command, check_health=False)
        count, left_ms = connection.read_response()
        return int(count), int(left_ms) / 1000  # whatever answers there

    def _stay_connected(self) -> None:
        while not self.closed.is_set():
            if self.connected.is_set():
                self.add("nobody", 0, 1)  # some hosts cut off who says nothing for minutes
            else:
                self._connect()
            self.closed.wait(REDIS_AGAIN_AFTER_S)

    def _connect(self) -> None:
        connection: Any = self.new_connection()
        try:
            connection.connect()
            self._ask(connection, "nobody", 0, 1)  # one that cannot be written to is no use
        except Exception as error:  # noqa: BLE001 - it may be anything that listens there
            with self.lock:
                self._lose(connection, error)
            return
        with self.lock:
            if self.fault is not None:
                logger.warning("Redis answers again; requests are counted there for all workers.")
            self.fault = None
            self.connection = connection
            self.connected.set()

    def _lose(self, connection: Any, error: Exception) -> None:
        """With the lock held."""
        self.connected.clear()
        connection.disconnect()
        if self.fault is None:
            logger.warning(
                "Redis does not answer (%s); each worker counts requests for itself.",
                type(error).__name__,
            )
        self.fault = str(error)


def init_app(app: Flask) -> None:
    settings = services_of(app).settings
    if not settings.ratelimit_enabled:
        return
    url = settings.ratelimit_storage_uri
    counts: Counts = MemoryCounts() if url == "memory://" else RedisCounts(url)
    app.extensions["request_counts"] = counts

    @app.before_request
    def limit() -> None:
        if request.endpoint in LIMITED:
            charge(_cost())


def charge(cost: int) -> None:
    """Count so many drawings more for who is asking; past the limit, refuse."""
    counts = current_app.extensions.get("request_counts")
    if counts is None or cost == 0:
        return
    rate = services().settings.ratelimit_predict
    count, left_s = counts.add(network(request.remote_addr, 32, 64), cost, rate.window_s)
    if count > rate.most:
        raise TooManyRequests(retry_after=math.ceil(min(max(left_s, 1), rate.window_s)))


def _cost() -> int:
    """What a request costs by itself, whatever is in it."""
    length = request.content_length or 0
    most = request.max_content_length or 0
    if length > most:  # refused unread
        return 1
    if "Transfer-Encoding" in request.headers:  # its size is not known: it may be the most
        length = most
    return 1 + length // BYTES_OF_ONE


def state() -> str:
    """Where requests are counted now, for /readyz."""
    counts = current_app.extensions.get("request_counts")
    if isinstance(counts, RedisCounts):
        return "redis" if counts.connected.is_set() else "memory, redis is away"
    return "off" if counts is None else "memory"

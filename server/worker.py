"""A gunicorn worker whose requests are read and answered by waitress.

gunicorn starts, watches and replaces the processes. In each, waitress gathers whole requests in one
loop and gives them to threads, so a slow client costs a connection and no thread. Knows no app.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from gunicorn.errors import ConfigError
from gunicorn.workers import base
from waitress import wasyncore
from waitress.channel import HTTPChannel

from app.config import MOST_HELD_BYTES
from server.listening import MOST_CONNECTIONS, create_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

IDLE_AT_STOP_S = 1  # for a request that is under way on a connection that was kept open
LOOK_EVERY_S = 0.1
WAIT_FOR_EACH_S = 0.0001
WAIT_AT_MOST_S = 0.004
RENEWED_WITHIN_S = 2  # for half-sent requests at a renewal: an only worker has no other beside it


class Worker(base.Worker):  # type: ignore[misc]  # gunicorn ships no types
    """Runs waitress until gunicorn wants it to stop; then it answers the requests that are here."""

    row = 0  # its place among all workers, from gunicorn.conf.py
    alive: bool

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.map: dict[int, Any] = {}  # waitress' listeners and connections, by file number

    @classmethod
    def check_config(cls, cfg: Any, _: Any) -> None:
        if cfg.is_ssl:
            raise ConfigError("Inkling speaks plain HTTP; TLS belongs to the proxy in front of it.")

    def run(self) -> None:
        sockets = [listener.sock for listener in self.sockets]
        create_server(self.answer, self.cfg.threads, map=self.map, sockets=sockets)
        if self.cfg.workers > 1:
            for listener in self._listeners():
                listener.handle_accept = partial(self._accept_in_turn, listener.handle_accept)
        look_s = 0.0
        while self.alive:
            self._turn(within_s=1)
            if time.monotonic() > look_s + LOOK_EVERY_S:  # each turn would cost a tenth
                self._make_room()
                look_s = time.monotonic()
        self._stop()

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The app's answer. In a worker that stops, it is the last on its connection."""
        self.nr += 1
        if self.alive and self.nr >= self.max_requests:
            self.log.info("Renewing this worker after %d requests.", self.nr)
            self.alive = False
        if self.alive:
            return self.wsgi(environ, start_response)  # type: ignore[no-any-return]

        def without_length(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            kept = [header for header in headers if header[0].lower() != "content-length"]
            return start_response(status, kept, *fault)

        # An answer that does not tell its length ends with its connection, and waitress says so.
        return self.wsgi(environ, without_length)  # type: ignore[no-any-return]

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: the loop, which may wait for a second, comes round at once."""
        super().handle_exit(sig, frame)
        for listener in self._listeners():
            listener.pull_trigger()

    def _accept_in_turn(self, accept: Callable[[], None]) -> None:
        """A new connection wakes all workers that are idle. Each waits for as long as it has
        connections, so the worker with the fewest accepts it."""
        time.sleep(min(len(self._connections()) * WAIT_FOR_EACH_S, WAIT_AT_MOST_S))
        accept()

    def _listeners(self) -> list[Any]:
        return [thing for thing in list(self.map.values()) if thing.accepting]

    def _connections(self) -> list[HTTPChannel]:
        return [thing for thing in self.map.values() if isinstance(thing, HTTPChannel)]

    def _turn(self, within_s: float) -> None:
        """Serve what is ready. gunicorn replaces a worker whose loop does not come round."""
        self.notify()
        if os.getppid() != self.ppid:  # gunicorn was killed; another may want to start here
            self.alive = False
        wasyncore.loop(within_s, use_poll=True, map=self.map, count=1)

    def _make_room(self) -> None:
        """Close the longest silent connection where there are too many, and the one with the most
        of a half-sent body where all bodies together are too large."""
        connections = self._connections()
        waiting = [one for one in connections if not (one.requests or one.will_close)]
        if waiting and len(connections) >= MOST_CONNECTIONS:
            min(waiting, key=lambda one: one.last_activity).will_close = True
        if waiting and sum(map(held_bytes, connections)) > MOST_HELD_BYTES:
            max(waiting, key=held_bytes).will_close = True

    def _stop(self) -> None:
        """Accept nobody any more, and end when all that is here is answered."""
        stopped_s = time.time()
        for listener in self._listeners():
            known = -1
            while known < (known := len(self.map)):  # clients that connected before the stop
                listener.handle_accept()
            listener.del_channel()
            listener.socket.close()
        within_s = self.cfg.graceful_timeout
        arriving_s = RENEWED_WITHIN_S if self.nr >= self.max_requests else within_s
        while (connections := self._connections()) and time.time() < stopped_s + within_s:
            for one in connections:
                if one.requests or one.total_outbufs_len:
                    continue
                if one.request:
                    closes_s = stopped_s + arriving_s
                else:
                    closes_s = max(one.last_activity, stopped_s) + IDLE_AT_STOP_S
                if time.time() > closes_s:
                    one.will_close = True
            self._turn(within_s=0.1)


def held_bytes(connection: HTTPChannel) -> int:
    """Bytes of bodies that are here, whole or in part."""
    requests = [*connection.requests, connection.request]
    return sum(len(request.body_rcv) for request in requests if request and request.body_rcv)

"""A gunicorn worker whose requests are read and answered by waitress.

gunicorn starts, watches and replaces the processes. In each process, one loop of waitress gathers
whole requests and then hands them to threads. So a slow client holds a connection but no thread.
Of the app, this module knows only one limit.
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

IDLE_AT_STOP_S = 1  # at a stop, for a request that is on its way on a kept-open connection
LOOK_EVERY_S = 0.1
WAIT_FOR_EACH_S = 0.0001
WAIT_AT_MOST_S = 0.004
RENEWED_WITHIN_S = 2  # for half-sent requests; a single worker accepts no connection meanwhile


class Worker(base.Worker):  # type: ignore[misc]  # gunicorn ships no types
    """Runs waitress until gunicorn stops it, then answers the requests that it has."""

    row = 0  # its number among the living workers, set by gunicorn.conf.py
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
        looked_s = 0.0
        while self.alive:
            self._serve_once(within_s=1)
            # In each round this would cost a tenth of the answers.
            if time.monotonic() > looked_s + LOOK_EVERY_S:
                self._make_room()
                looked_s = time.monotonic()
        self._stop()

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The app's answer. A worker that is stopping closes the connection after it."""
        self.nr += 1
        if self.alive and self.nr >= self.max_requests:
            self.log.info("Renewing this worker after %d requests.", self.nr)
            self.alive = False
        if self.alive:
            return self.wsgi(environ, start_response)  # type: ignore[no-any-return]

        def without_length(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            kept = [header for header in headers if header[0].lower() != "content-length"]
            return start_response(status, kept, *fault)

        # waitress closes the connection, and says so, after an answer without a Content-Length.
        return self.wsgi(environ, without_length)  # type: ignore[no-any-return]

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: wake the loop, which may be waiting for a second."""
        super().handle_exit(sig, frame)
        for listener in self._listeners():
            listener.pull_trigger()

    def _accept_in_turn(self, accept: Callable[[], None]) -> None:
        """Accept after a wait that grows with the number of connections.

        A new connection wakes all idle workers. So the worker with the fewest accepts it.
        """
        time.sleep(min(len(self._connections()) * WAIT_FOR_EACH_S, WAIT_AT_MOST_S))
        accept()

    def _listeners(self) -> list[Any]:
        return [thing for thing in list(self.map.values()) if thing.accepting]

    def _connections(self) -> list[HTTPChannel]:
        return [thing for thing in self.map.values() if isinstance(thing, HTTPChannel)]

    def _serve_once(self, within_s: float) -> None:
        """One round of the loop. gunicorn replaces a worker that no longer calls `notify`."""
        self.notify()
        if os.getppid() != self.ppid:  # gunicorn was killed: free the port for the next
            self.alive = False
        wasyncore.loop(within_s, use_poll=True, map=self.map, count=1)

    def _make_room(self) -> None:
        """Close the longest silent connection when there are too many connections. Close the
        connection with the largest half-sent body when all bodies together are too large."""
        connections = self._connections()
        waiting = [each for each in connections if not (each.requests or each.will_close)]
        if waiting and len(connections) >= MOST_CONNECTIONS:
            min(waiting, key=lambda each: each.last_activity).will_close = True
        if waiting and sum(map(held_bytes, connections)) > MOST_HELD_BYTES:
            max(waiting, key=held_bytes).will_close = True

    def _stop(self) -> None:
        """Stop accepting, answer the requests that are here, and end."""
        stopped_s = time.time()
        for listener in self._listeners():
            known = -1
            while known < (known := len(self.map)):  # accept clients that connected before the stop
                listener.handle_accept()
            listener.del_channel()
            listener.socket.close()
        within_s = self.cfg.graceful_timeout
        arriving_s = RENEWED_WITHIN_S if self.nr >= self.max_requests else within_s
        while (connections := self._connections()) and time.time() < stopped_s + within_s:
            for connection in connections:
                if connection.requests or connection.total_outbufs_len:
                    continue
                if connection.request:
                    closes_s = stopped_s + arriving_s
                else:
                    closes_s = max(connection.last_activity, stopped_s) + IDLE_AT_STOP_S
                if time.time() > closes_s:
                    connection.will_close = True
            self._serve_once(within_s=0.1)


def held_bytes(connection: HTTPChannel) -> int:
    """Bytes of request bodies that this connection holds, whole or in part."""
    requests = [*connection.requests, connection.request]
    return sum(len(request.body_rcv) for request in requests if request and request.body_rcv)

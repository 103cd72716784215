"""How gunicorn takes requests in: whole ones alone, so that nobody waits for a slow client.

gunicorn's own threads read from the socket, and wait for as long as the client likes: four clients
that each send half a request stop a worker of four threads for good. Here the main loop gathers
what arrives on all connections at once, within time and memory. When a request is whole, the loop
answers it, or has a thread do so if it may take long; then it waits for clients to hang up.
"""

from __future__ import annotations

import contextlib
import errno
import io
import math
import select
import socket
import time
from concurrent.futures import Future
from functools import partial
from http.client import responses
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from gunicorn import http
from gunicorn.errors import ConfigError
from gunicorn.workers import gthread

from app.config import MAX_BODY_BYTES, MOST_HELD_BYTES
from server.arriving import Arriving
from server.crowd import crowd

HEAD_WITHIN_S = 10  # from the first byte, or from connecting, to the end of the head
BODY_WITHIN_S = 60  # from there to the end of the body: 4 MB over a slow phone
ANSWER_WITHIN_S = 0.25  # for a client that has no room for an answer: it does not read them
LINGER_WITHIN_S = 10  # for a client to take in a refusal and hang up …
LINGER_BYTES = 64 * 1024 * 1024  # … while it is still sending what was refused
RENEWED_WITHIN_S = 2  # what is half-sent when a worker is to be renewed; until then nobody listens
IDLE_AT_STOP_S = 1  # for a connection without a request when the worker is to stop
# Requests that wait for a thread: thirty pupils' photos, or ten seconds of the dearest pictures.
MOST_WAITING = 32
READ_BYTES = 64 * 1024
# Many answers fit into the kernel's memory, so that one who reads slowly holds no thread either.
SEND_BUFFER_BYTES = 256 * 1024
LET_IN_AT_ONCE = 16  # of those who have connected, before others have their turn
# A worker with so many connections more than another leaves the next to that one, and looks again
# and again whether it was taken. Who was left in vain, to one that is busy or hangs, is let in, and
# for a while everybody is.
MANY_MORE = 3
LEFT_WITHIN_S = 0.003
LOOK_EVERY_S = 0.0001
LEAVE_NOBODY_FOR_S = 0.06
# When letting somebody in goes wrong in one of these ways it is our mistake. All else is somebody's
# network (Linux tells of it here, and accept(2) asks to go on), and ends no worker.
OUR_MISTAKES = (errno.EBADF, errno.EINVAL, errno.ENOTSOCK, errno.EOPNOTSUPP)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(gthread.TConn):  # type: ignore[misc]  # gunicorn ships no types
    """A client's connection: what it is sending, and until when it may."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.request = Arriving(MAX_BODY_BYTES)
        self.held_bytes = 0
        self.has_more = False  # whole requests, perhaps, in what has arrived; the loop comes to it
        self.is_ending = False  # all that is waited for is that the client hangs up
        self.lingering_bytes = LINGER_BYTES  # what it may still send meanwhile
        self.deadline = time.monotonic() + HEAD_WITHIN_S

    def next_request(self, rest: bytes = b"") -> None:
        """Make room for the next request, of which `rest` has arrived already."""
        self.request = Arriving(MAX_BODY_BYTES)
        self.request.rest += rest
        self.held_bytes = len(rest)
        self.deadline = time.monotonic() + self.cfg.keepalive


def is_ready(place: socket.socket, for_what: int) -> bool:
    """Whether a socket can be written to, read from or let somebody in at, now."""
    poll = select.poll()
    poll.register(place, for_what)
    return bool(poll.poll(0))


def asks_to_close(req: Any) -> bool:
    """gunicorn hears "close", but not "TE, close"."""
    tokens = ",".join(value for name, value in req.headers if name == "CONNECTION").split(",")
    return "close" in (token.strip(" \t").lower() for token in tokens)


class Worker(gthread.ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, with the reading and the waiting in the main loop."""

    row = 0  # its place among all workers, from gunicorn.conf.py

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.waiting: dict[Connection, None] = {}  # in the poller, the longest waiting first
        self.held_bytes = 0
        self.in_threads = 0  # requests, at work or waiting
        self.leaves_nobody_until_s = 0.0
        self.all_here_by_s = math.inf  # what is arriving

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        if cfg.is_ssl:
            raise ConfigError("Inkling speaks plain HTTP; TLS belongs to the proxy in front of it.")
        super().check_config(cfg, log)

    def enqueue_req(self, conn: Connection) -> None:
        # An answer has room in the kernel's memory once the client has taken in those before.
        if not is_ready(conn.sock, select.POLLOUT):
            self._wait_for_room(conn)
        elif conn.request.is_quick:
            self._next(conn, self.handle(conn))
        elif self.in_threads >= self.cfg.threads + MOST_WAITING:
            self._turn_away(conn, "busy")
        else:
            self.in_threads += 1
            super().enqueue_req(conn)

    def _wait_for_room(self, conn: Connection) -> None:
        """Its client has not read the answers before: here it waits for that, and in no thread."""

        def again(*_: object) -> None:
            if conn in self.waiting:
                self._forget(conn)
                self.enqueue_req(conn)

        conn.deadline = time.monotonic() + ANSWER_WITHIN_S
        self.poller.register(conn.sock, EVENT_WRITE, again)
        self.waiting[conn] = None

    # ── coming in ────────────────────────────────────────────────────────────────────────────────

    def accept(self, listener: Any) -> None:
        """Let in those who have connected, or leave them to another worker."""
        for count in range(LET_IN_AT_ONCE):
            # Most have sent something already. That of the first is taken in at once; the others
            # wait for their turn, with those who were here before them.
            if self._leaves_to_another(listener) or not self._let_in(listener, at_once=count == 0):
                return
            crowd.tell(self.row, self.nr_conns)

    def _let_in(self, listener: Any, at_once: bool) -> bool:
        """Let in one, if there is one, and take in `at_once` what was sent."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._close_longest_waiting()
            elif error.errno in OUR_MISTAKES:
                raise
            return False
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        conn = Connection(self.cfg, client, address, listener.getsockname())
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._close_longest_waiting()
        self._wait(conn)
        if at_once:
            self._gather(conn)
        return True

    def _leaves_to_another(self, listener: Any) -> bool:
        """Whether a worker with fewer connections has let in who connected."""
        now_s, fewest = time.monotonic(), crowd.fewest()
        if now_s < self.leaves_nobody_until_s or self.nr_conns < fewest + MANY_MORE:
            return False
        while time.monotonic() < now_s + LEFT_WITHIN_S:
            if not is_ready(listener, select.POLLIN) or crowd.fewest() > fewest:
                return True
            time.sleep(LOOK_EVERY_S)
        self.leaves_nobody_until_s = now_s + LEAVE_NOBODY_FOR_S
        return False

    def _gather(self, conn: Connection, *_: object) -> None:
        """Take in what has arrived."""
        if conn not in self.waiting:  # closed by what came in just before
            return
        if conn.has_more:  # what is here is answered first
            return
        if conn.is_ending:  # what comes is no request, whatever it says
            self._discard(conn)
        elif data := self._received(conn):
            self._feed(conn, data)

    def _received(self, conn: Connection) -> bytes:
        """What has arrived, if anything; a client that has gone is let go."""
        try:
            data: bytes = conn.sock.recv(READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._close(conn)
        return data

    def _feed(self, conn: Connection, data: bytes) -> None:
        self.notify()  # many may be fed, and answered, before the loop comes round
        conn.has_more = False
        if conn not in self.waiting or conn.is_ending:  # since this was put off
            return
        request = conn.request
        had_head = bool(request.head)
        request.feed(data)
        if request.is_nothing:
            self.held_bytes -= conn.held_bytes
            conn.held_bytes = 0
            return
        if data and conn.held_bytes == 0:
            conn.deadline = self._within(HEAD_WITHIN_S)
        conn.held_bytes += len(data)
        self.held_bytes += len(data)
        if request.head and not had_head:
            conn.deadline = self._within(BODY_WITHIN_S)
            if request.is_expecting and not request.is_whole:
                self._send_now(conn.sock, CONTINUE)
        if request.is_malformed:
            self._turn_away(conn, "bad_request")
        elif request.is_whole:
            self._forget(conn)
            conn.parser = http.get_parser(self.cfg, [request.head], conn.client)
            conn.initialized = conn.data_ready = True
            self.enqueue_req(conn)
        elif data and self.held_bytes > MOST_HELD_BYTES:
            fullest = max(self.waiting, key=lambda other: other.held_bytes)
            self._turn_away(fullest, "busy")

    def _within(self, seconds: float) -> float:
        """Until when what is arriving must be here."""
        return min(time.monotonic() + seconds, self.all_here_by_s)

    # ── being answered: `handle_request` may run in a thread ──────────────────────────────────────

    def handle_request(self, req: Any, conn: Connection) -> bool:
        req.body = io.BytesIO(conn.request.body)
        if conn.request.is_chunked:  # no more: the app is told what it gets (RFC 9112, 7.1.3)
            req.headers = [header for header in req.headers if header[0] != "TRANSFER-ENCODING"]
            req.headers.append(("CONTENT-LENGTH", str(len(conn.request.body))))
        if conn.request.is_cut or asks_to_close(req):
            req.force_close()
        conn.sock.settimeout(ANSWER_WITHIN_S)
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError:  # the client does not read
            return False

    def _keepalive_after(self, _conn: Connection, keepalive: bool) -> bool:
        """gunicorn reads here what the app left of a body; ours is in memory, all of it."""
        return keepalive

    def handle_error(self, _req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """gunicorn's own answer to what it cannot read would be a page of HTML."""
        code = "bad_request" if isinstance(exc, http.errors.ParseException) else "server_error"
        self._refuse(client, addr, code, exc)

    def finish_request(self, conn: Connection, fs: Future[bool]) -> None:
        self.in_threads -= 1
        self._next(conn, not fs.cancelled() and fs.exception() is None and fs.result())

    def _next(self, conn: Connection, is_kept: bool) -> None:
        conn.request.skip_empty_lines()
        rest = bytes(conn.request.rest) if is_kept else b""
        self.held_bytes += len(rest) - conn.held_bytes
        conn.next_request(rest)
        try:
            conn.sock.setblocking(False)
            # Even when stopping: it was promised, and the next request may be under way.
            if is_kept:
                self._wait(conn)
                if rest:  # others first, and no answer within an answer
                    conn.deadline = self._within(HEAD_WITHIN_S)
                    conn.has_more = True
                    self.method_queue.defer(self._feed, conn, b"")
                elif not self.alive:
                    conn.deadline = time.monotonic() + IDLE_AT_STOP_S
            else:
                self._linger(conn)
        except (OSError, ValueError):  # closed already
            self._close(conn)

    # ── going away ───────────────────────────────────────────────────────────────────────────────

    def _linger(self, conn: Connection) -> None:
        """Wait until the client hangs up: to close while it is sending would take its answer away.

        It would see "connection reset" instead of its 413.
        """
        conn.is_ending = True
        conn.sock.shutdown(socket.SHUT_WR)
        conn.deadline = time.monotonic() + (LINGER_WITHIN_S if self.alive else IDLE_AT_STOP_S)
        self._wait(conn)

    def _discard(self, conn: Connection) -> None:
        conn.lingering_bytes -= len(self._received(conn))
        if conn in self.waiting and conn.lingering_bytes < 0:
            self._close(conn)

    def _turn_away(self, conn: Connection, code: str) -> None:
        self._refuse(conn.sock, conn.client, code)
        self._forget(conn)
        self.held_bytes -= conn.held_bytes
        conn.next_request()
        try:
            self._linger(conn)
        except OSError:
            self._close(conn)

    def _refuse(
        self, client: socket.socket, address: Any, code: str, fault: Exception | None = None
    ) -> None:
        """Answer a request that the app never sees, in the app's name."""
        from app.refusals import refuse

        where = address[0] if isinstance(address, tuple) else None  # a Unix socket's has none
        status, headers, body = refuse(code, where, fault)
        lines = [f"HTTP/1.1 {status} {responses[status]}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._send_now(client, "\r\n".join([*lines, "\r\n"]).encode() + body)

    def murder_pending(self) -> None:
        """Give up those who took too long. gunicorn's loop calls this, once a second at least."""
        now = time.monotonic()
        for conn in [conn for conn in self.waiting if conn.deadline <= now]:
            if conn.held_bytes:
                self._turn_away(conn, "too_slow" if self.alive else "busy")
            else:
                self._close(conn)

    def _close_longest_waiting(self) -> None:
        if self.waiting:
            self._close(next(iter(self.waiting)))

    def _close(self, conn: Connection) -> None:
        self._forget(conn)
        self.held_bytes -= conn.held_bytes
        self.nr_conns -= 1
        conn.close()

    # ── the main loop ────────────────────────────────────────────────────────────────────────────

    def is_parent_alive(self) -> bool:
        """If it is not, this worker stops as if told to, so that another server may start here."""
        is_alive: bool = super().is_parent_alive()
        if not is_alive:
            self.alive = False
        return is_alive

    def _wait(self, conn: Connection) -> None:
        self.poller.register(conn.sock, EVENT_READ, partial(self._gather, conn))
        self.waiting[conn] = None

    def _forget(self, conn: Connection) -> None:
        if self.waiting.pop(conn, self) is None:
            self.poller.unregister(conn.sock)

    @staticmethod
    def _send_now(client: socket.socket, data: bytes) -> None:
        with contextlib.suppress(OSError):
            client.send(data, socket.MSG_DONTWAIT)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if not self.alive:
            self.notify()  # gunicorn's stopping loop does not: its master would take it for hung
        # It would sleep through the deadlines, too.
        super().wait_for_and_dispatch_events(min(timeout, 1.0))
        if self._accepting:
            crowd.tell(self.row, self.nr_conns)

    def set_accept_enabled(self, enabled: bool) -> None:
        """As gunicorn's; but when it stops, whoever has connected already is let in first."""
        super().set_accept_enabled(enabled)
        if not enabled:
            crowd.leave(self.row)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            while self._let_in(listener, at_once=False):
                pass
            listener.close()  # who comes now is refused at once, not left waiting for nobody
        now = time.monotonic()
        if self.nr >= self.max_requests:
            self.all_here_by_s = now + RENEWED_WITHIN_S
        for conn in self.waiting:
            by_s = self.all_here_by_s if conn.held_bytes else now + IDLE_AT_STOP_S
            conn.deadline = min(conn.deadline, by_s)

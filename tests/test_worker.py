"""server/worker.py: slow, silent and greedy clients cost a connection, never a thread."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import logging
import os
import re
import selectors
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from flask import Flask
from gunicorn.config import Config
from gunicorn.errors import ConfigError

from app.config import ROOT
from app.predict.openapi import EXAMPLE_STROKES
from app.web.headers import ALWAYS
from server.arriving import MOST_HEAD_BYTES
from server.crowd import Crowd
from server.worker import (
    HEAD_WITHIN_S,
    LEAVE_NOBODY_FOR_S,
    LEFT_WITHIN_S,
    LET_IN_AT_ONCE,
    LOOK_EVERY_S,
    MANY_MORE,
    MOST_WAITING,
    RENEWED_WITHIN_S,
    Connection,
    Worker,
)
from tests.ops.test_logs import without_numbers
from tests.paper import canvas, file, picture
from tests.poison import POISON
from tests.serving import Server, eventually, running, serving
from tests.wire import CHUNKED, HEAD, REQUEST, SEVEN, posted

THREADS = 2
MORE_THAN_ALL_THREADS = range(6 * THREADS)


@pytest.fixture
def worker(app: Flask) -> Iterator[Worker]:
    """One without gunicorn around it: a main loop that tests hand connections to."""
    config = Config()
    config.set("threads", THREADS)
    worker = Worker(1, 1, [], None, 30, config, logging.getLogger())
    worker.wsgi = app
    with contextlib.closing(worker.tmp), selectors.DefaultSelector() as worker.poller:
        yield worker


Connect = Callable[[], tuple[Connection, socket.socket]]


@pytest.fixture
def connect(worker: Worker) -> Iterator[Connect]:
    """Lets in one client more: our side of its connection, and its own."""
    with contextlib.ExitStack() as stack:

        def connect() -> tuple[Connection, socket.socket]:
            ours, client = map(stack.enter_context, socket.socketpair())
            ours.setblocking(False)
            conn = Connection(worker.cfg, ours, ("", 1), ("", 2))
            worker.nr_conns += 1
            worker._wait(conn)
            return conn, client

        yield connect


def test_what_follows_a_refusal_is_no_request(
    worker: Worker, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clients are ready in one turn of the loop. What the first sends has the second turned
    away; what the second has sent of its body meanwhile must not be taken for a request."""
    monkeypatch.setattr("server.worker.MOST_HELD_BYTES", 1000)
    answered: list[bytes] = []
    monkeypatch.setattr(worker, "enqueue_req", lambda conn: answered.append(conn.request.head))
    head = HEAD + b"Content-Length: 5000\r\n\r\n"
    (_, first), (_, second) = connect(), connect()
    first.sendall(head)
    second.sendall(head + bytes(800))
    worker.wait_for_and_dispatch_events(1)
    first.sendall(bytes(500))
    second.sendall(b"GET /inner HTTP/1.1\r\nHost: x\r\n\r\n")
    worker.wait_for_and_dispatch_events(1)
    assert second.recv(1000).startswith(b"HTTP/1.1 503 ")
    assert answered == []


def test_who_is_turned_away_before_the_next_request_is_let_go(
    worker: Worker, connect: Connect
) -> None:
    """Its next request was put off for others; turned away meanwhile, it hangs up, and the loop
    does not go round and round for it."""
    put_off: list[Callable[[], None]] = []
    worker.method_queue = SimpleNamespace(defer=lambda *call: put_off.append(partial(*call)))
    conn, client = connect()
    worker._forget(conn)
    conn.request.rest += REQUEST
    worker._next(conn, is_kept=True)
    worker._turn_away(conn, "busy")
    (go_on,) = put_off
    go_on()
    client.close()
    worker.wait_for_and_dispatch_events(1)
    assert conn not in worker.waiting


def test_pictures_wait_in_a_line_that_has_an_end(
    worker: Worker, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as can be answered in some seconds; the next is told to come back, until one is
    done. Drawings are answered all the same."""
    worker.tpool = SimpleNamespace(submit=lambda *_: Future())  # threads that are never done
    drawn: list[Connection] = []
    monkeypatch.setattr(worker, "handle", lambda conn: drawn.append(conn) or True)
    gif = posted(bytes(15000), b"image/gif")

    def arrive(sent: bytes) -> tuple[Connection, socket.socket]:
        conn, client = connect()
        worker._feed(conn, sent)
        client.setblocking(False)
        return conn, client

    in_line = [arrive(gif) for _ in range(THREADS + MOST_WAITING)]
    for _, client in in_line:
        with pytest.raises(BlockingIOError):
            client.recv(1)
    refused = arrive(gif)[1].recv(5000)
    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: 5\r\n" in refused
    assert b'"busy"' in refused
    conn, _ = arrive(REQUEST)
    assert drawn == [conn]
    done: Future[bool] = Future()
    done.set_result(True)
    worker.finish_request(in_line[0][0], done)
    with pytest.raises(BlockingIOError):
        arrive(gif)[1].recv(1)


@pytest.mark.parametrize("body", [SEVEN, bytes(100)], ids=["a drawing", "a picture"])
def test_who_does_not_read_takes_no_thread(
    worker: Worker, connect: Connect, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    """Neither for a drawing nor for a picture: both wait until there is room for their answer."""
    begun: list[Connection] = []
    worker.tpool = SimpleNamespace(submit=lambda _, conn: begun.append(conn) or Future())
    monkeypatch.setattr(worker, "handle", lambda conn: begun.append(conn) or True)
    conn, client = connect()
    with contextlib.suppress(BlockingIOError):
        while True:
            conn.sock.send(bytes(10_000))
    worker._feed(conn, posted(body))
    worker.wait_for_and_dispatch_events(0)
    assert begun == []
    client.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while client.recv(100_000):
            pass
    worker.wait_for_and_dispatch_events(1)
    assert begun == [conn]


@pytest.mark.parametrize("lines", [[b"\r\n"], [b"\r", b"\n"], [b"\r\n\r\n"]])
def test_an_empty_line_is_no_beginning_of_a_request(
    worker: Worker, connect: Connect, lines: list[bytes]
) -> None:
    """As some clients send one after a body: nobody is told later that their request was slow."""
    conn, _ = connect()
    for data in lines:
        worker._feed(conn, data)
    assert (conn.held_bytes, worker.held_bytes) == (0, 0)


def test_an_empty_line_after_a_request_costs_no_patience(worker: Worker, connect: Connect) -> None:
    """The connection is kept for as long as without it."""
    conn, _ = connect()
    worker._forget(conn)
    conn.request.rest += b"\r\n"
    worker._next(conn, is_kept=True)
    assert (conn.held_bytes, worker.held_bytes) == (0, 0)
    assert conn.deadline > time.monotonic() + worker.cfg.keepalive - 1


def test_a_stopping_worker_tells_the_master_that_it_lives(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the master kills it after TIMEOUT_S, with answers under way."""
    told: list[bool] = []
    monkeypatch.setattr(worker, "notify", lambda: told.append(True))
    worker.alive = False
    worker.wait_for_and_dispatch_events(0)
    assert told


def test_a_worker_that_takes_in_much_tells_the_master_that_it_lives(
    worker: Worker, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds may send at once, and the loop comes round when all of it is looked through."""
    told: list[bool] = []
    monkeypatch.setattr(worker, "notify", lambda: told.append(True))
    for count in range(1, 4):
        conn, client = connect()
        client.sendall(HEAD)
        worker._gather(conn)
        assert len(told) == count


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD, b"Content-Length: 900\r\n\r\n{"),
        (b"", REQUEST[:30]),
        (b"", HEAD + b"Content-Length: 900\r\n\r\n"),
    ],
    ids=["half a head", "silence", "silence, then all of a head"],
)
def test_who_goes_on_sending_holds_no_renewal_up(
    worker: Worker, connect: Connect, before: bytes, after: bytes
) -> None:
    """What begins or goes on to arrive when a worker is renewed has no more time than what is just
    half-sent then: until it is there, nobody listens."""
    conn, _ = connect()
    worker._feed(conn, before)
    worker.alive, worker.nr, worker.sockets = False, worker.max_requests, []
    worker.set_accept_enabled(False)
    worker._feed(conn, after)
    assert conn.deadline < time.monotonic() + RENEWED_WITHIN_S


def test_who_asks_without_a_pause_is_read_no_faster_than_answered(
    worker: Worker, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While requests that are here wait for their turn, no more of that client is taken in."""
    put_off: list[Callable[[], None]] = []
    worker.method_queue = SimpleNamespace(defer=lambda *call: put_off.append(partial(*call)))
    answered: list[Connection] = []
    monkeypatch.setattr(worker, "handle", lambda conn: answered.append(conn) or True)
    conn, client = connect()
    client.sendall(REQUEST * 3)
    worker.wait_for_and_dispatch_events(1)
    for waiting in (2, 1):
        client.sendall(REQUEST)
        worker.wait_for_and_dispatch_events(1)
        assert len(conn.request.rest) == waiting * len(REQUEST)
        (go_on,) = put_off
        put_off.clear()
        go_on()
    assert (len(answered), put_off) == (3, [])
    worker.wait_for_and_dispatch_events(1)
    assert len(answered) == 4


@dataclass
class Faulty:
    """A listener that gives this for whoever has connected."""

    fault: int

    def accept(self) -> None:
        raise OSError(self.fault, os.strerror(self.fault))


@pytest.mark.parametrize("fault", [errno.EAGAIN, errno.EPROTO, errno.EHOSTUNREACH, errno.ENOBUFS])
def test_a_fault_of_somebody_s_network_ends_no_worker(worker: Worker, fault: int) -> None:
    """Linux tells of it where the connection is let in."""
    worker.accept(Faulty(fault))
    assert worker.nr_conns == 0


def test_a_listener_that_is_none_is_not_asked_for_ever(worker: Worker) -> None:
    """That is a fault of ours: gunicorn starts another worker."""
    with pytest.raises(OSError, match="descriptor"):
        worker.accept(Faulty(errno.EBADF))


def test_who_hung_up_before_the_end_ends_no_worker(worker: Worker, connect: Connect) -> None:
    """It cannot be waited for; what had come from it is told to the loop all the same."""
    conn, _ = connect()
    worker._forget(conn)
    conn.sock.close()
    worker._next(conn, is_kept=False)
    worker._gather(conn)
    assert worker.nr_conns == 0


class Door:
    """A listener to which people connect, and another worker that lets people in there."""

    def __init__(self, worker: Worker, crowd: Crowd, listener: socket.socket) -> None:
        self.worker, self.crowd, self.listener = worker, crowd, listener
        self.people: list[socket.socket] = []
        self.left = 0

    def comes(self, count: int = 1) -> None:
        for _ in range(count):
            self.people.append(socket.create_connection(self.listener.getsockname()))

    def let_in_at(self, connections: int) -> int:
        """How many the worker lets in when it has so many."""
        self.worker.nr_conns = connections
        self.worker.accept(self.listener)
        return int(self.worker.nr_conns) - connections

    def is_left_to_another(self) -> None:
        """What the other one does while the worker sleeps."""
        self.listener.accept()[0].close()
        self.left += 1


class Clock:
    """The worker's: time passes when the worker sleeps and when a test says so, on any machine."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.meanwhile: Callable[[], None] = lambda: None  # what happens while the worker sleeps

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.meanwhile()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The worker's alone: whatever else is in this process sleeps as ever."""
    monkeypatch.setattr("server.worker.time", clock := Clock())
    return clock


def nobody_sleeps() -> None:
    pytest.fail("waited")


@pytest.fixture
def door(worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setattr("server.worker.crowd", crowd := Crowd())
    with contextlib.ExitStack() as stack, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        door = Door(worker, crowd, listener)
        yield door
        for client in [*door.people, *(conn.sock for conn in worker.waiting)]:
            stack.enter_context(client)


ANOTHER = 1


def test_who_connects_is_left_to_a_worker_with_fewer(door: Door, clock: Clock) -> None:
    """However many come, as long as that one takes them."""
    clock.meanwhile = door.is_left_to_another
    door.crowd.tell(ANOTHER, 5)
    for _ in range(40):
        door.comes()
        assert door.let_in_at(5 + MANY_MORE) == 0
    assert door.left == 40


@pytest.mark.parametrize(("elsewhere", "here"), [(None, 100), (100, 100), (5, 5 + MANY_MORE - 1)])
def test_who_connects_is_let_in_when_no_other_has_far_fewer(
    door: Door, clock: Clock, elsewhere: int | None, here: int
) -> None:
    """At once: nobody waits for a worker that is not there."""
    clock.meanwhile = nobody_sleeps
    if elsewhere is None:
        door.crowd.tell(ANOTHER, 0)
        door.crowd.leave(ANOTHER)
    else:
        door.crowd.tell(ANOTHER, elsewhere)
    door.comes()
    assert door.let_in_at(here) == 1


def test_a_worker_that_takes_nobody_is_not_waited_for(door: Door, clock: Clock) -> None:
    """It hangs, or has much to do, few as its people are: the first is let in after a moment, the
    others at once, until it is asked again."""
    door.crowd.tell(ANOTHER, 0)
    begun_s = clock.now_s
    door.comes()
    assert door.let_in_at(100) == 1
    assert clock.now_s - begun_s == pytest.approx(LEFT_WITHIN_S, abs=2 * LOOK_EVERY_S)
    clock.meanwhile = nobody_sleeps
    door.comes(5)
    assert door.let_in_at(100) == 5
    clock.meanwhile = door.is_left_to_another
    clock.now_s += LEAVE_NOBODY_FOR_S
    door.comes()
    assert (door.let_in_at(100), door.left) == (0, 1)


def test_a_crowd_is_let_in_before_those_inside_have_their_next_turn(door: Door) -> None:
    """One in a round would leave the thirtieth outside for as long as thirty draw."""
    door.comes(LET_IN_AT_ONCE + 1)
    assert door.let_in_at(0) == LET_IN_AT_ONCE
    assert door.let_in_at(0) == 1


# ── on a real server ─────────────────────────────────────────────────────────────────────────────


def connected(url: str, sent: bytes = b"") -> socket.socket:
    """A client of its own, which has sent this."""
    place = urlsplit(url)
    client = socket.create_connection((place.hostname, place.port), timeout=20)
    client.sendall(sent)
    return client


def read_answer(client: socket.socket) -> tuple[int, bytes]:
    """The next answer on this connection; status 0 if it is closed without one."""
    answer = http.client.HTTPResponse(client)
    try:
        answer.begin()
    except (http.client.RemoteDisconnected, ConnectionResetError):
        return 0, b""
    return answer.status, answer.read()


def reads_seven(url: str) -> bool:
    """Whether an ordinary client gets its answer, before any slow one has had its time."""
    with contextlib.closing(connected(url, REQUEST)) as client:
        client.settimeout(HEAD_WITHIN_S - 2)
        return bool(json.loads(read_answer(client)[1])["digit"] == 7)


@contextlib.contextmanager
def configured(folder: Path, *lines: str, **environment: str) -> Iterator[Server]:
    """A server with gunicorn.conf.py as it is, and these lines after it."""
    config = folder / "gunicorn.conf.py"
    config.write_text(
        "\n".join([(ROOT / "gunicorn.conf.py").read_text(), "import server.worker", *lines])
    )
    environment = {"RATELIMIT_ENABLED": "0", **environment}
    with running(folder / "log", "--config", str(config), **environment) as server:
        yield server


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that waits one second for anything."""
    with configured(
        tmp_path_factory.mktemp("impatient"),
        "server.worker.HEAD_WITHIN_S = server.worker.BODY_WITHIN_S = 1",
        "server.worker.LINGER_WITHIN_S = keepalive = 1",
    ) as server:
        yield server.url


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that keeps 20 connections and holds 1 MB, as patient as any."""
    with configured(
        tmp_path_factory.mktemp("small"),
        "server.worker.MOST_HELD_BYTES = 1_000_000",
        "server.worker.SEND_BUFFER_BYTES = 4096",
        "worker_connections = 20",
    ) as server:
        yield server.url


def test_slow_clients_keep_nobody_waiting(server: str) -> None:
    """Silent connections, half heads, half bodies and half chunks, six times as many of each as
    there are threads: the others are answered while all of those still wait."""
    beginnings = (b"", REQUEST[:30], REQUEST[:-5], CHUNKED[:-20])
    slow = [connected(server, sent) for sent in beginnings for _ in MORE_THAN_ALL_THREADS]
    for _ in range(5):
        assert reads_seven(server)
    for client in slow:
        client.setblocking(False)
        with pytest.raises(BlockingIOError):  # neither answered nor closed: it may yet send
            client.recv(1)
    slow[THREADS * 12].settimeout(20)
    slow[THREADS * 12].sendall(REQUEST[-5:])
    assert json.loads(read_answer(slow[THREADS * 12])[1])["digit"] == 7
    for client in slow:
        client.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"", 0), (REQUEST[:30], 408), (REQUEST[:-5], 408), (CHUNKED[:-20], 408)],
    ids=["nothing", "half a head", "half a body", "half a chunk"],
)
def test_slow_clients_are_sent_away(impatient: str, sent: bytes, status: int) -> None:
    """Whoever does not finish in time gets a 408 in the usual shape, and the connection ends."""
    with contextlib.closing(connected(impatient, sent)) as client:
        answer = read_answer(client)
        assert answer[0] == status
        if status:
            assert json.loads(answer[1])["error"]["code"] == "too_slow"
            assert client.recv(1) == b""


def test_a_trickle_does_not_buy_time(impatient: str) -> None:
    """One byte now and then, as slow-loris does: the time is for the whole head."""
    with contextlib.closing(connected(impatient)) as client:
        client.settimeout(0.1)
        answer = b""
        for byte in REQUEST * 10:
            with contextlib.suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
                client.send(bytes([byte]))
                answer = client.recv(1000)
            if answer:
                break
    assert answer.startswith(b"HTTP/1.1 408")


def test_clients_that_do_not_read_hold_nobody_up_for_long(small: str) -> None:
    """They ask for page after page and read none: cut off, and the others are answered."""
    greedy = []
    for _ in range(THREADS):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        place = urlsplit(small)
        client.connect((place.hostname, place.port))
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
        greedy.append(client)
    # Requests take turns: by then each of them has had thirty, and room for none.
    assert all(reads_seven(small) for _ in range(30))
    for client in greedy:
        answers = 0
        with contextlib.suppress(ConnectionResetError):
            while piece := client.recv(65536):
                answers += piece.count(b"HTTP/1.1 200")
        assert answers < 200
        client.close()


@pytest.mark.parametrize("bomb", ["png, grey, 16 bits", "gif"])
def test_pictures_hold_up_no_drawings(server: str, bomb: str) -> None:
    """All threads are busy with 20 megapixels each, sent in 30 kB or in 15, and more wait."""
    sent = posted(POISON[bomb](), b"image/x")
    heavy = [connected(server, sent) for _ in range(4 * THREADS)]
    assert reads_seven(server)
    heavy[-1].setblocking(False)
    with pytest.raises(BlockingIOError):  # the last of them still waits
        heavy[-1].recv(1)
    for client in heavy:
        client.settimeout(20)
        assert read_answer(client)[0] == 200
        client.close()


def test_a_body_that_nobody_read_ends_no_connection(server: str) -> None:
    """100 kB to an address that there is not: the connection is kept, as the answer says."""
    body = bytes(100_000)
    head = b"POST /api/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    with contextlib.closing(connected(server, head + body)) as client:
        client.settimeout(20)
        assert read_answer(client)[0] == 404
        client.sendall(REQUEST)
        assert read_answer(client)[0] == 200


def test_the_longest_waiting_make_room(small: str) -> None:
    """More connections than are kept, all half-sent: the newest is served, the oldest closed."""
    slow = [connected(small, REQUEST[:-5]) for _ in range(40)]
    assert reads_seven(small)
    assert read_answer(slow[0]) == (0, b"")
    for client in slow:
        client.close()


def test_half_sent_bodies_have_bounded_memory(small: str) -> None:
    """More megabytes than are held: the fullest is told to come back later."""
    head = HEAD + b"Content-Length: 900000\r\n\r\n"
    first = connected(small, head + bytes(800_000))
    second = connected(small, head + bytes(300_000))
    status, body = read_answer(first)
    assert (status, json.loads(body)["error"]["code"]) == (503, "busy")
    assert reads_seven(small)
    first.close()
    second.close()


def test_requests_sent_together_are_answered_in_turn(server: str) -> None:
    """Pipelined on one connection: three answers, in order."""
    with contextlib.closing(
        connected(server, REQUEST + b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" + REQUEST)
    ) as client:
        client.settimeout(20)
        stream = client.makefile("rb")
        statuses = []
        for _ in range(3):
            statuses.append(int(stream.readline().split()[1]))
            length = 0
            while (line := stream.readline().strip().lower()) != b"":
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            stream.read(length)
        assert statuses == [200, 404, 200]


@pytest.mark.parametrize("order", ["qq", "qp", "pq", "pp", "qqpp" * 20])
def test_who_sends_no_more_gets_all_answers(server: str, order: str) -> None:
    """Quick requests and pictures, and then the client shuts its side: all are answered."""
    png = file(picture(canvas(EXAMPLE_STROKES)))
    sent = {"q": REQUEST, "p": posted(png, b"image/png")}
    with contextlib.closing(connected(server, b"".join(sent[kind] for kind in order))) as client:
        client.shutdown(socket.SHUT_WR)
        answers = client.makefile("rb").read()
    assert answers.count(b"HTTP/1.1 200") == len(order)


def test_workers_share_out_who_connects(tmp_path: Path) -> None:
    """A class opens the page, one pupil after another: no worker has them all. Nor when one of the
    workers was killed, and another has taken its place."""
    say_who = "def pre_request(worker, _): print(f'by {worker.pid}', flush=True)"
    # A worker that the machine has no time for is left its share all the same.
    wait_for_it = "server.worker.LEFT_WITHIN_S = 20"

    def shares(url: str, people: int) -> list[int]:
        log = tmp_path / "log"
        said_before = len(log.read_text())
        with contextlib.ExitStack() as stack:
            for _ in range(people):
                client = stack.enter_context(contextlib.closing(connected(url, REQUEST)))
                assert read_answer(client)[0] == 200
            said = log.read_text()[said_before:]
        return list(Counter(re.findall(r"^by (\d+)$", said, re.MULTILINE)).values())

    with configured(tmp_path, say_who, wait_for_it, WEB_CONCURRENCY="2") as server:
        eventually(lambda: len(shares(server.url, 8)) == 2)  # both are ready
        assert min(shares(server.url, 40)) >= 12
        killed = server.workers[0]
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: killed not in server.workers and len(shares(server.url, 8)) == 2)
        assert min(shares(server.url, 40)) >= 12


@pytest.mark.parametrize("piece_bytes", [1_000_000, 1000], ids=["at once", "in pieces"])
def test_a_thousand_requests_in_a_row_are_answered_in_turn(server: str, piece_bytes: int) -> None:
    """However many are whole at once: none within another, none overtaken by what comes after."""
    paths = ["/healthz", "/api/nothing"] * 500
    sent = b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode() for path in paths)
    with contextlib.closing(connected(server)) as client:
        client.settimeout(20)
        answers = bytearray()
        for start in range(0, len(sent), piece_bytes):
            client.sendall(sent[start : start + piece_bytes])
        while answers.count(b"HTTP/1.1 ") < len(paths):
            piece = client.recv(65536)
            assert piece, "hung up"
            answers += piece
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200", b"404"] * 500


@pytest.mark.parametrize(
    "head",
    [
        b"no request at all",
        b"GET / HTTP/9.9",
        b"GET / HTTP/1.1\r\nno header",
        b"GET / HTTP/1.1\r\nExpect: the impossible",
        b"GET / HTTP/1.1\r\n" + b"\r\n".join(b"X-%d: x" % number for number in range(200)),
        b"GET /" + b"x" * 9000 + b" HTTP/1.1",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 2 * MOST_HEAD_BYTES,
    ],
    ids=["words", "version", "header", "expectation", "many headers", "long line", "long head"],
)
def test_what_is_no_request_gets_the_one_shape_of_errors(server: str, head: bytes) -> None:
    """gunicorn would answer with HTML of its own."""
    with contextlib.closing(connected(server, head + b"\r\n\r\n")) as client:
        client.settimeout(20)
        answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["error"]["code"] == "bad_request"


def test_what_the_app_never_sees_is_answered_in_its_name(tmp_path: Path) -> None:
    """Refused by the server itself, for whatever reason: the headers of every answer, a line in
    the log with the number that the answer carries and nothing that was sent, and a count."""
    malformed = HEAD + b"Content-Length: -314159\r\n\r\n"
    too_much = HEAD + b"Content-Length: 90000\r\n\r\n" + b"314159" * 15_000
    refused = {
        "too_slow": [REQUEST[:30], REQUEST[:-5]],
        "bad_request": [malformed, b"GET /314159\r\n\r\n"],
        "busy": [too_much],
    }
    with configured(
        tmp_path,
        "server.worker.HEAD_WITHIN_S = server.worker.BODY_WITHIN_S = 1",
        "server.worker.MOST_HELD_BYTES = 50_000",
        LOG_FORMAT="json",
    ) as server:
        answers = []
        for code, requests in refused.items():
            for sent in requests:
                with contextlib.closing(connected(server.url, sent)) as client:
                    answer = http.client.HTTPResponse(client)
                    answer.begin()
                    assert json.loads(answer.read())["error"]["code"] == code
                    answers.append((code, answer))
    log = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    for code, answer in answers:
        assert ALWAYS.items() <= dict(answer.headers).items()
        assert answer.headers["Cache-Control"] == "no-store"
        number = answer.headers["X-Request-ID"]
        (line,) = [line for line in lines if line.get("request_id") == number]
        assert (line["status"], line["error"]) == (answer.status, code)
        assert line["client"] == "127.0.0.0/24"
    assert "314159" not in without_numbers(log)


def test_what_comes_in_chunks_counts_as_what_it_is(tmp_path: Path) -> None:
    """Not as the largest that it might have been: each of these is one drawing."""
    sent = (CHUNKED + b"\r\n") * 2 + REQUEST * 2
    with (
        serving(tmp_path / "log", RATELIMIT_PREDICT="3 per 10 minutes") as url,
        contextlib.closing(connected(url, sent)) as client,
    ):
        answers = b""
        while answers.count(b"HTTP/1.1 ") < 4:
            piece = client.recv(65536)
            assert piece, "hung up"
            answers += piece
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200"] * 3 + [b"429"]


def test_a_client_that_asks_first_is_told_to_go_on(server: str) -> None:
    """Expect: 100-continue, as curl sends with a large picture: one go-ahead, one answer."""
    head = HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(SEVEN)
    with contextlib.closing(connected(server, head)) as client:
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(SEVEN)
        assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_http_1_0_is_not_told_to_go_on(server: str) -> None:
    """It knows no such answer (RFC 9110, 15.2): it gets the one that it waits for."""
    head = HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Expect: 100-continue\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(SEVEN)
    with contextlib.closing(connected(server, head)) as client:
        assert reads_seven(server)  # so the head has been seen
        client.sendall(SEVEN)
        assert client.recv(1000).startswith(b"HTTP/1.0 200")


@pytest.mark.parametrize("value", [b"close", b"Close", b"TE, close", b"close ,TE"])
def test_who_says_close_is_hung_up_on(server: str, value: bytes) -> None:
    """Connection is a list (RFC 9110, 7.6.1)."""
    request = REQUEST.replace(b"Host: x", b"Host: x\r\nConnection: " + value)
    with contextlib.closing(connected(server, request)) as client:
        answer = client.makefile("rb").read()  # to the end, which comes at once
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\r\nConnection: close\r\n" in answer


def test_a_request_without_a_host_is_refused(server: str) -> None:
    """HTTP/1.1 wants one (RFC 9112, 3.2); HTTP/1.0 and probes need none."""
    for line, status in (
        (b"GET /api HTTP/1.1", 400),
        (b"GET /api HTTP/1.0", 200),
        (b"GET /healthz HTTP/1.1", 200),
    ):
        with contextlib.closing(connected(server, line + b"\r\n\r\n")) as client:
            assert read_answer(client)[0] == status


def test_tls_is_refused_where_it_would_not_work() -> None:
    """A certificate in gunicorn's settings is a mistake here, and said at the start."""
    with pytest.raises(ConfigError, match="proxy"):
        Worker.check_config(SimpleNamespace(is_ssl=True), None)


GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 0000000000000000%d\r\n\r\n" % len(GET),
        b"Content-Length: +%d\r\n\r\n" % len(GET),
        b"Content-Length: %d, %d\r\n\r\n" % (len(GET), len(GET)),
        b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n123456789\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}2\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_what_a_body_hides_is_never_a_request(server: str, head: bytes) -> None:
    """Where a body ends is read as everybody reads it, or refused: one answer and no second."""
    start = b"POST /api/predict HTTP/1.1\r\nHost: x\r\n"
    with contextlib.closing(connected(server, start + head + GET)) as client:
        client.settimeout(20)
        client.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: client.recv(65536), b""))
    assert said.count(b"HTTP/1.1 4") == 1
    assert b'"alive"' not in said

"""server/worker.py, on a real server: slow, silent and greedy clients cost a connection, and no
thread; a worker that stops answers the requests that are here.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from gunicorn.errors import ConfigError

from app.config import ROOT
from app.predict.openapi import EXAMPLE_STROKES
from server.listening import MOST_HEAD_BYTES
from server.worker import Worker
from tests.paper import canvas, file, picture
from tests.poison import POISON
from tests.serving import Server, eventually, open_sockets, running, serving
from tests.wire import CHUNKED, HEAD, REQUEST, SEVEN, posted

MORE_THAN_ALL_THREADS = range(60)


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
    """Whether an ordinary client gets its answer."""
    with contextlib.closing(connected(url, REQUEST)) as client:
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
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that keeps 20 connections and holds 1 MB of bodies."""
    with configured(
        tmp_path_factory.mktemp("small"),
        "server.worker.MOST_HELD_BYTES = 1_000_000",
        "server.worker.MOST_CONNECTIONS = 20",
    ) as server:
        yield server.url


def test_slow_clients_keep_nobody_waiting(server: str) -> None:
    """Silent connections, half heads, half bodies and half chunks, more of each than there are
    threads: the others are answered while all of those still wait."""
    beginnings = (b"", REQUEST[:30], REQUEST[:-5], CHUNKED[:-20])
    slow = [connected(server, sent) for sent in beginnings for _ in MORE_THAN_ALL_THREADS]
    for _ in range(5):
        assert reads_seven(server)
    for client in slow:
        client.setblocking(False)
        with pytest.raises(BlockingIOError):  # neither answered nor closed: it may yet send
            client.recv(1)
    half_a_body = slow[2 * len(MORE_THAN_ALL_THREADS)]
    half_a_body.settimeout(20)
    half_a_body.sendall(REQUEST[-5:])
    assert json.loads(read_answer(half_a_body)[1])["digit"] == 7
    for client in slow:
        client.close()


def test_a_silent_client_is_closed(tmp_path: Path) -> None:
    """Whatever it has begun to send."""
    with configured(
        tmp_path,
        "listening.SILENCE_S = listening.LOOK_EVERY_S = 1",
    ) as server:
        slow = [connected(server.url, sent) for sent in (b"", REQUEST[:30], REQUEST[:-5])]
        assert [read_answer(client)[0] for client in slow] == [0, 0, 0]
        for client in slow:
            client.close()


def test_clients_that_do_not_read_hold_nobody_up(server: str) -> None:
    """They ask for page after page and read none: the others are answered."""
    greedy = []
    place = urlsplit(server)
    for _ in MORE_THAN_ALL_THREADS:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((place.hostname, place.port))
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
        greedy.append(client)
    assert all(reads_seven(server) for _ in range(10))
    for client in greedy:
        client.close()


@pytest.mark.parametrize("bomb", ["png, grey, 16 bits", "gif"])
def test_pictures_hold_up_no_drawings(server: str, bomb: str) -> None:
    """20 megapixels each, sent in 30 kB or in 15: two are at work, and the others wait."""
    sent = posted(POISON[bomb](), b"image/x")
    heavy = [connected(server, sent) for _ in range(8)]
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
    """More megabytes than are held: the fullest is closed."""
    head = HEAD + b"Content-Length: 900000\r\n\r\n"
    first = connected(small, head + bytes(800_000))
    second = connected(small, head + bytes(300_000))
    assert read_answer(first) == (0, b"")
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


@pytest.mark.skipif(sys.platform != "linux", reason="/proc says who has how many connections")
def test_workers_share_out_who_connects(tmp_path: Path) -> None:
    """A class opens the page, one pupil after another: no worker has them all. Nor when one of the
    workers was killed, and another has taken its place."""
    with configured(
        tmp_path,
        # Long enough that a busy machine does not decide who is first.
        "server.worker.WAIT_FOR_EACH_S, server.worker.WAIT_AT_MOST_S = 0.005, 0.2",
        WEB_CONCURRENCY="2",
    ) as server:

        def shares(people: int) -> list[int]:
            before = {worker: open_sockets(worker) for worker in server.workers}
            with contextlib.ExitStack() as stack:
                for _ in range(people):
                    client = stack.enter_context(contextlib.closing(connected(server.url, REQUEST)))
                    assert read_answer(client)[0] == 200
                return [open_sockets(worker) - count for worker, count in before.items()]

        def both_accept() -> bool:
            return len(server.workers) == 2 and min(shares(8)) > 0

        eventually(both_accept)
        assert min(shares(40)) >= 12
        killed = server.workers[0]
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: killed not in server.workers and both_accept())
        assert min(shares(40)) >= 12


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
        b"GET / HTTP/1.1\r\nno header",
        b"GET / HTTP/1.1\r\nX: " + b"y" * MOST_HEAD_BYTES,
    ],
    ids=["words", "header", "long head"],
)
def test_what_is_no_request_is_refused(server: str, head: bytes) -> None:
    """In waitress' own words: the app never sees it."""
    with contextlib.closing(connected(server, head + b"\r\n\r\n")) as client:
        answer = client.makefile("rb").read()
    assert re.match(rb"HTTP/1.[01] 4[0-9][0-9] ", answer)
    assert reads_seven(server)


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


@pytest.mark.parametrize("value", [b"close", b"Close"])
def test_who_says_close_is_hung_up_on(server: str, value: bytes) -> None:
    """And told so (RFC 9112, 9.6)."""
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
    """Where a body ends is read as everybody reads it, or refused: never a second answer."""
    start = b"POST /api/predict HTTP/1.1\r\nHost: x\r\n"
    with contextlib.closing(connected(server, start + head + GET)) as client:
        client.settimeout(20)
        client.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: client.recv(65536), b""))
    statuses = re.findall(rb"HTTP/1.1 ([0-9]+)", said)
    assert len(statuses) <= 1
    assert b"200" not in statuses
    assert b'"alive"' not in said


def test_thirty_photos_at_once_are_all_answered(server: str) -> None:
    """Of nearly 4 MB each, as a class sends them."""
    large = picture(canvas(EXAMPLE_STROKES)).resize((1100, 1100)).convert("RGB")
    sent = posted(file(large, "BMP"), b"image/bmp")

    def status(_: int) -> int:
        with contextlib.closing(connected(server, sent)) as client:
            client.settimeout(60)
            return read_answer(client)[0]

    with ThreadPoolExecutor(30) as pupils:
        assert list(pupils.map(status, range(30))) == [200] * 30


def test_forwarded_headers_reach_the_app(tmp_path: Path) -> None:
    """waitress would take them away; app/web/clients.py decides what to believe."""
    log = tmp_path / "log"
    with serving(log, TRUSTED_PROXIES="1", LOG_FORMAT="json") as url:
        forwarded = b"Host: x\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https"
        with contextlib.closing(connected(url, REQUEST.replace(b"Host: x", forwarded))) as client:
            assert read_answer(client)[0] == 200
    assert '"client": "203.0.113.0/24"' in log.read_text()


def test_a_worker_that_hangs_is_replaced(tmp_path: Path) -> None:
    """Once it has given no sign of life for TIMEOUT_S; one that has nothing to do gives some."""
    with running(tmp_path / "log", TIMEOUT_S="5", WEB_CONCURRENCY="2") as server:
        eventually(lambda: len(server.workers) == 2)
        hung, idle = server.workers
        os.kill(hung, signal.SIGSTOP)
        eventually(lambda: hung not in server.workers)
        assert idle in server.workers
        assert reads_seven(server.url)


def test_it_listens_at_a_unix_socket(tmp_path: Path) -> None:
    """As behind nginx on the same machine."""
    place = tmp_path / "inkling"
    command = [sys.executable, "-m", "gunicorn", "--bind", f"unix:{place}", "app:create_app()"]
    own = {**os.environ, "SECRET_KEY": "for the tests alone"}
    with (tmp_path / "log").open("w") as log, socket.socket(socket.AF_UNIX) as client:
        process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=log, stderr=log)
        try:
            client.settimeout(30)
            eventually(place.exists)
            client.connect(str(place))
            client.sendall(REQUEST)
            assert json.loads(read_answer(client)[1])["digit"] == 7
        finally:
            process.terminate()
            process.wait()

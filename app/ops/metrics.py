"""Counts what the server does and tells it to Prometheus, when METRICS_ENABLED is on.

Each worker counts in a row of its own, in memory that gunicorn's master made before it forked them
(gunicorn.conf.py); whichever worker is asked adds the rows up. A worker that follows a dead one
takes over its row, so no count falls while gunicorn runs as it was started (a reload begins at 0),
and nothing is written to a disk.
"""

from __future__ import annotations

import mmap
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import get_args

from flask import Flask, Response, current_app, g, request

from app.services import services_of
from app.web.errors import CODES
from reader.reading import Verdict

BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
NO_ROUTE = "none"  # an address that nothing answers to

# All rows as numbers, how many rows, and which is ours.
_shared: tuple[memoryview[float], int, int] | None = None


def share(memory: mmap.mmap, rows: int, row: int) -> None:
    """Count in this row of that memory from now on: said once in every worker, after the fork."""
    global _shared
    _shared = memoryview(memory).cast("d"), rows, row


class Counters:
    """Numbers by name, which only ever grow. Names are the same in every process."""

    def __init__(self, names: Iterable[tuple[str, ...]]) -> None:
        self.places = {name: place for place, name in enumerate(names)}
        alone = memoryview(bytearray(8 * len(self.places))).cast("d"), 1, 0
        numbers, rows, row = _shared or alone
        width = len(numbers) // rows
        if len(self.places) > width:
            raise ValueError(f"{len(self.places)} counters; gunicorn.conf.py has room for {width}")
        self.rows = [numbers[start : start + width] for start in range(0, rows * width, width)]
        self.own = self.rows[row]
        self.lock = threading.Lock()

    def add(self, *names: tuple[str, ...]) -> None:
        """One more of each."""
        with self.lock:
            for name in names:
                self.own[self.places[name]] += 1

    def add_amount(self, name: tuple[str, ...], amount: float) -> None:
        with self.lock:
            self.own[self.places[name]] += amount

    def __getitem__(self, name: tuple[str, ...]) -> float:
        place = self.places[name]
        return sum(row[place] for row in self.rows)


def count_reading(verdict: Verdict) -> None:
    """A drawing was read."""
    if counters := current_app.extensions.get("counters"):
        counters.add(("readings", verdict))


def init_app(app: Flask) -> None:
    """Comes last: it counts by the routes that there are."""
    if not services_of(app).settings.metrics_enabled:
        return
    routes = sorted({rule.rule for rule in app.url_map.iter_rules()} | {"/metrics", NO_ROUTE})
    counters = app.extensions["counters"] = Counters(_names(routes))
    app.add_url_rule("/metrics", "metrics", lambda: _tell(counters, routes))

    @app.after_request
    def count(response: Response) -> Response:
        took_s = time.perf_counter() - g.started_s
        route = request.url_rule.rule if request.url_rule else NO_ROUTE
        bucket = bisect_left(BUCKETS_S, took_s)
        counters.add(
            ("requests", route, _kind(response.status_code)),
            ("seconds", route, str(bucket)),
        )
        counters.add_amount(("seconds", route, "sum"), took_s)
        if "error_code" in g:
            counters.add(("errors", g.error_code))
        return response


def _kind(status: int) -> str:
    return STATUSES[status // 100 - 1]


def _names(routes: list[str]) -> Iterator[tuple[str, ...]]:
    for route in routes:
        yield from (("requests", route, status) for status in STATUSES)
        yield from (("seconds", route, str(bucket)) for bucket in range(len(BUCKETS_S) + 1))
        yield ("seconds", route, "sum")
    yield from (("readings", verdict) for verdict in get_args(Verdict))
    yield from (("errors", code) for code in CODES)


def _tell(counters: Counters, routes: list[str]) -> Response:
    lines = [line for family in _families(counters, routes) for line in family]
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def _families(counters: Counters, routes: list[str]) -> Iterator[Iterator[str]]:
    """The four families, in Prometheus' text format."""
    yield _family(
        "inkling_requests_total", "counter", "Requests answered.",
        ((_labels(route=route, status=status), counters["requests", route, status])
         for route in routes for status in STATUSES),
    )  # fmt: skip
    yield _family(
        "inkling_request_seconds", "histogram", "How long the answers took to make.",
        (sample for route in routes for sample in _histogram(counters, route)),
    )  # fmt: skip
    yield _family(
        "inkling_readings_total", "counter", "Drawings read, by verdict.",
        ((_labels(verdict=verdict), counters["readings", verdict])
         for verdict in get_args(Verdict)),
    )  # fmt: skip
    yield _family(
        "inkling_errors_total", "counter", "Errors answered, by code.",
        ((_labels(code=code), counters["errors", code]) for code in CODES),
    )  # fmt: skip


def _family(
    name: str, kind: str, purpose: str, samples: Iterable[tuple[str, float]]
) -> Iterator[str]:
    yield f"# HELP {name} {purpose}"
    yield f"# TYPE {name} {kind}"
    yield from (f"{name}{labels} {number:.15g}" for labels, number in samples)


def _histogram(counters: Counters, route: str) -> Iterator[tuple[str, float]]:
    so_far = 0.0
    for place, edge in enumerate((*BUCKETS_S, "+Inf")):
        so_far += counters["seconds", route, str(place)]
        yield "_bucket" + _labels(route=route, le=edge), so_far
    yield "_sum" + _labels(route=route), counters["seconds", route, "sum"]
    yield "_count" + _labels(route=route), so_far


def _labels(**values: object) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in values.items()) + "}"

"""Counts requests, readings and errors for Prometheus, when METRICS_ENABLED is on.

prometheus-client counts. Under gunicorn each worker counts in files of its own, in memory, and
`/metrics` adds up the files of all workers (gunicorn.conf.py names the folder and the files).
Without gunicorn there is one process, and it counts by itself.
"""

from __future__ import annotations

import os
import time
from typing import get_args

from flask import Flask, Response, g, request

from app.services import services_of
from app.web.errors import CODES
from reader.reading import Verdict

BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
NO_ROUTE = "none"  # an address without a route


def count_reading(verdict: Verdict) -> None:
    """Note that a drawing was read. It is counted when its request is answered."""
    g.setdefault("verdicts", []).append(verdict)


def init_app(app: Flask) -> None:
    """Call this last: the counts are by route, so all routes must exist."""
    if not services_of(app).settings.metrics_enabled:
        return
    from prometheus_client import (  # imported here: it takes 0.4 MB
        CONTENT_TYPE_PLAIN_0_0_4,
        CollectorRegistry,
        Counter,
        Histogram,
        disable_created_metrics,
        generate_latest,
        multiprocess,
    )

    # prometheus-client has no created-times for several processes, so one process gives none.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    requests = Counter(
        "inkling_requests", "Requests answered.", ("route", "status"), registry=registry
    )
    seconds = Histogram(
        "inkling_request_seconds",
        "How long the answers took to make.",
        ("route",),
        buckets=BUCKETS_S,
        registry=registry,
    )
    readings = Counter(
        "inkling_readings", "Drawings read, by verdict.", ("verdict",), registry=registry
    )
    errors = Counter("inkling_errors", "Errors answered, by code.", ("code",), registry=registry)

    # All counts start at 0: Prometheus does not see the first rise of a count that appears late.
    for route in {rule.rule for rule in app.url_map.iter_rules()} | {"/metrics", NO_ROUTE}:
        seconds.labels(route)
        for status in STATUSES:
            requests.labels(route, status)
    for verdict in get_args(Verdict):
        readings.labels(verdict)
    for code in CODES:
        errors.labels(code)

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else NO_ROUTE
        requests.labels(route, STATUSES[response.status_code // 100 - 1]).inc()
        seconds.labels(route).observe(time.perf_counter() - g.started_s)
        for verdict in g.get("verdicts", ()):
            readings.labels(verdict).inc()
        if "error_code" in g:
            errors.labels(g.error_code).inc()
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        told = registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            told = CollectorRegistry()
            multiprocess.MultiProcessCollector(told)  # type: ignore[no-untyped-call]
        return Response(generate_latest(told), content_type=CONTENT_TYPE_PLAIN_0_0_4)

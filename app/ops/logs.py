"""One log line a request. Its id is in the answer too. Must not know what was sent.

A line has the route but no query, the client's network but no full address, and never a body.
"""

from __future__ import annotations

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request

from app import log_lines
from app.services import services_of
from app.web.clients import PROBES, network

ID_HEADER = "X-Request-ID"
SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# A path without a route may hold anything, even a drawing. Most are /wp-login.php.
SANE_PATH = re.compile(r"[A-Za-z0-9._/-]{1,40}")

logger = logging.getLogger("app.requests")


def init_app(app: Flask) -> None:
    settings = services_of(app).settings
    if not logging.getLogger().handlers:  # gunicorn.conf.py or a test may have configured them
        log_lines.configure(settings.log_format, settings.log_level)
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.started_s = time.perf_counter()
    sent = request.headers.get(ID_HEADER, "")
    g.request_id = sent if SANE_ID.fullmatch(sent) else secrets.token_hex(8)


def _end(response: Response) -> Response:
    response.headers[ID_HEADER] = g.request_id
    # Probes come every few seconds. Only their failures are news.
    if request.endpoint in PROBES and response.status_code < 500:
        return response
    if logger.isEnabledFor(logging.INFO):
        fields = {
            "request_id": g.request_id,
            "method": request.method,
            "route": _route(),
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - g.started_s) * 1000, 1),
            "client": _client(request.remote_addr),
        }
        if "error_code" in g:
            fields["error"] = g.error_code
        logger.info(
            "%(method)s %(route)s %(status)d in %(duration_ms).1f ms",
            fields,
            extra={"fields": fields},
        )
    return response


def _client(address: str | None) -> str:
    return network(address, 24, 48)


def _route() -> str:
    if request.url_rule is not None:
        return request.url_rule.rule
    return request.path if SANE_PATH.fullmatch(request.path) else "(odd address)"

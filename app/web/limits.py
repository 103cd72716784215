"""The rate limit: past it, a network gets a 429 that says when to come back.

A request is charged for its work before the work is done: for its bytes when it arrives, for its
strokes and pictures once they are known. app/costs.py has the prices, app/counts.py the counts.
"""

from __future__ import annotations

import math

from flask import Flask, request
from werkzeug.exceptions import TooManyRequests

from app import costs
from app.services import services
from app.web.clients import network

LIMITED = frozenset({"api.predict", "api.ink", "pages.predict"})


def init_app(app: Flask) -> None:
    @app.before_request
    def limit() -> None:
        if request.method == "POST" and request.endpoint in LIMITED:
            charge(costs.of_body(_length()))


def _length() -> int:
    """The most bytes that are read of the request's body."""
    length, most = request.content_length or 0, request.max_content_length or 0
    if "Transfer-Encoding" in request.headers:  # its size is not known
        return most
    return 0 if length > most else length  # too large: answered with an error, and not read


def charge(cost: int) -> None:
    """Add this cost to the count of the client's network. TooManyRequests: past the limit."""
    counts, rate = services().counts, services().settings.ratelimit_predict
    if counts is None or cost == 0:
        return
    count, left_s = counts.add(network(request.remote_addr, 32, 64), cost, rate.window_s)
    if count > rate.most:
        raise TooManyRequests(retry_after=math.ceil(min(max(left_s, 1), rate.window_s)))


def place() -> str:
    """Where requests are counted now, for /readyz."""
    counts = services().counts
    return "off" if counts is None else counts.place

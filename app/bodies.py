"""Read what is left of a refused body, so that its sender gets to read the answer.

A server that answers and closes while the client is still sending resets the connection, and the
client sees "connection reset" instead of its 413.
"""

from __future__ import annotations

import time

from flask import Flask, Response, request

MOST_BYTES = 64 * 1024 * 1024
WITHIN_S = 10
STEP_BYTES = 64 * 1024


def init_app(app: Flask) -> None:
    app.after_request(_drain)


def _drain(response: Response) -> Response:
    # Only a server that marks the end of the body can be read to its end without waiting for more.
    if response.status_code < 400 or not request.environ.get("wsgi.input_terminated"):
        return response
    stream, left, patience = request.environ["wsgi.input"], MOST_BYTES, time.monotonic() + WITHIN_S
    try:
        while left > 0 and time.monotonic() < patience and (read := stream.read(STEP_BYTES)):
            left -= len(read)
    except OSError:  # the client has gone, and wants no answer
        pass
    return response

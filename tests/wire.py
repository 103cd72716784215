"""HTTP requests with a drawing, as the bytes that go over the wire."""

from __future__ import annotations

import json

from app.predict.openapi import EXAMPLE_STROKES

SEVEN = json.dumps({"strokes": EXAMPLE_STROKES}).encode()
HEAD = b"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def posted(body: bytes, kind: bytes = b"application/json") -> bytes:
    """A whole request with this body."""
    head = HEAD.replace(b"application/json", kind)
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


REQUEST = posted(SEVEN)
CHUNKED = (
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    b"5;note=x\r\n" + SEVEN[:5] + b"\r\n%x\r\n" % len(SEVEN[5:]) + SEVEN[5:] + b"\r\n0\r\n"
)

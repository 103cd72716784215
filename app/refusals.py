"""What is answered to a request that the app never sees: too slow, no request at all, or too much
at once. The server refuses those (server/worker.py); this makes the answer one of the app's: its
shape, its headers, a line in the log. Knows no request, for there is none.
"""

from __future__ import annotations

import json

from app.ops import logs
from app.web import headers
from app.web.errors import CODES, as_body

BUSY_FOR_S = 5


def refuse(
    code: str, address: str | None, fault: Exception | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Write it down, and give the answer: status, headers and body."""
    status, meaning = CODES[code]
    body = json.dumps(as_body(code, meaning), ensure_ascii=False).encode()
    answer = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": headers.NOT_KEPT,
        logs.ID_HEADER: logs.refused(code, status, address, fault),
        **headers.ALWAYS,
    }
    if code == "busy":
        answer["Retry-After"] = str(BUSY_FOR_S)
    return status, answer, body

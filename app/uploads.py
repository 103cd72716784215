"""Uploads stay in memory: a body is small, and a disk may be full, read-only or slow."""

from __future__ import annotations

import io
from typing import IO, Any

import flask


class Request(flask.Request):
    """Flask's, but an uploaded file of over 500 kB is not written to a temporary one."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return io.BytesIO()

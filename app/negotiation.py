"""Whether the client of the current request wants JSON or a page."""

from __future__ import annotations

from flask import request


def wants_json() -> bool:
    """Programs on /api/ always; elsewhere whoever prefers JSON to HTML."""
    if request.path.startswith("/api/") or request.path == "/openapi.json":
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]

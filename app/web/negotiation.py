"""Whether the client of the current request wants JSON or a page."""

from __future__ import annotations

from flask import request

FOR_PROGRAMS = ("/openapi.json", "/healthz", "/readyz")


def wants_json() -> bool:
    """Always under /api/; elsewhere when the client prefers JSON to HTML."""
    if request.path.startswith("/api/") or request.path in FOR_PROGRAMS:
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]

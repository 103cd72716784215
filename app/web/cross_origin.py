"""CORS: scripts on the sites in CORS_ORIGINS may ask the API and read its answers.

The API uses no cookie, so another site learns nothing that its own server could not ask for. The
page and its form stay closed to other sites.
"""

from __future__ import annotations

from flask import Flask, Response, request

from app.services import services_of

OPEN = frozenset({"api.predict", "api.openapi"})
READABLE = "Retry-After, X-Request-ID"
PREFLIGHT_KEPT_S = 86_400


def init_app(app: Flask) -> None:
    allowed = services_of(app).settings.cors_origins
    if not allowed:
        return

    @app.after_request
    def allow(response: Response) -> Response:
        if request.endpoint not in OPEN:
            return response
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin is None or not ("*" in allowed or origin in allowed):
            return response
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = READABLE
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
            response.headers["Access-Control-Allow-Headers"] = "Content-Type"
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_KEPT_S)
        return response

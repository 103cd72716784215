"""The addresses of the service worker, which owns everything below its own, and of the manifest."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from app.offline.copy import manifest_text, service_worker_text
from app.services import services
from app.web.headers import PAGE_CACHING

offline = Blueprint("offline", __name__)


@offline.get("/sw.js")
def service_worker() -> Response:
    script = service_worker_text(url_for, services().where_read)
    answer = Response(script, content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = PAGE_CACHING  # a browser asks whether it has changed
    return answer


@offline.get("/manifest.webmanifest")
def manifest() -> Response:
    return Response(manifest_text(url_for), content_type="application/manifest+json")

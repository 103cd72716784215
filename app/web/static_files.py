"""The files under static/: read and packed once, kept in memory, under an address that changes
whenever one of them does.

They share one version, /static/<version>/js/page.js, because modules import one another by
relative address: with a hash in each name the pages would need an import map, and the policy an
exception for it. Knows nothing of what is in the files.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.config import ROOT
from app.services import services_of
from app.web.headers import NOT_KEPT

FOLDER = ROOT / "static"
VERSION_DIGITS = 12
A_YEAR = "public, max-age=31536000, immutable"
# What the browser must be told; a machine's own table may say otherwise, or nothing.
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".json": "application/json",
}


@dataclass(frozen=True)
class File:
    kind: str
    body: bytes
    packed: bytes | None  # with gzip, where that makes it smaller

    @classmethod
    def at(cls, path: Path) -> File:
        body = path.read_bytes()
        kind = KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        packed = gzip.compress(body, mtime=0)
        return cls(
            kind or "application/octet-stream", body, packed if len(packed) < len(body) else None
        )


class StaticFiles:
    """All files of a folder, by their name in it, and the version of the whole."""

    def __init__(self, folder: Path) -> None:
        self.stamp = stamp(folder)
        self.files = {path.relative_to(folder).as_posix(): File.at(path) for path in paths(folder)}
        digest = hashlib.sha256()
        for name, file in self.files.items():
            digest.update(f"{name} {len(file.body)} ".encode() + file.body)
        self.version = digest.hexdigest()[:VERSION_DIGITS]


def paths(folder: Path) -> list[Path]:
    """What is served: no editor's drafts and locks (which are links to nowhere), no leavings."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")
    )


def stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    """Which files there are and when each was written."""
    return tuple((str(path), path.stat().st_mtime_ns) for path in paths(folder))


def init_app(app: Flask) -> None:
    static = StaticFiles(FOLDER)

    if services_of(app).settings.inkling_env == "development":

        @app.before_request
        def see_edits() -> None:
            nonlocal static
            if request.method == "GET" and stamp(FOLDER) != static.stamp:
                static = StaticFiles(FOLDER)

    @app.url_defaults
    def name_the_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["filename"] = f"{static.version}/{values['filename']}"

    @app.get("/static/<path:filename>", endpoint="static")
    def send(filename: str) -> ResponseReturnValue:
        version, _, name = filename.partition("/")
        if version == static.version and name in static.files:
            return _answer(static.files[name])
        # Of another version, as a page from before an update asks for, or of none. Sent on to the
        # version there is: what a module imports is then looked for beside that one.
        known = next((known for known in (name, filename) if known in static.files), None)
        if known is None:
            abort(404)
        answer = redirect(url_for("static", filename=known))
        answer.headers["Cache-Control"] = NOT_KEPT
        return answer


def _answer(file: File) -> Response:
    is_packed = file.packed is not None and request.accept_encodings["gzip"] > 0
    answer = Response(file.packed if is_packed else file.body, content_type=file.kind)
    answer.headers["Cache-Control"] = A_YEAR
    if file.packed is not None:
        answer.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer

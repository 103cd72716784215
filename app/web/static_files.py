"""The files under static/: read and compressed once, kept in memory, each with a version.

An address changes with its file: /static/<version>/examples.json. The version is a hash of the
file. Files that name one another by relative address share a version: all scripts, all style
sheets, and the snapshots of the training with their list. The files of the device's reader are
served too, with addresses like /static/<version>/reader/model.weights. Knows nothing of the
content.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.config import ROOT
from app.services import services_of
from app.web.headers import NOT_KEPT

FOLDER = ROOT / "static"
NAME = "inkling_static_files"
VERSION_DIGITS = 12
SHARE_A_VERSION = re.compile(r"\.js$|\.css$|^reader/snapshots/")
WORTH_PACKING = 0.9  # of a file's size; network weights hardly shrink
A_YEAR = "public, max-age=31536000, immutable"
# Fixed here, because the operating system's table may say something else, or nothing.
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
    packed: bytes | None  # with gzip; None when that saves little

    @classmethod
    def at(cls, path: Path) -> File:
        body = path.read_bytes()
        kind = KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        packed = gzip.compress(body, mtime=0)
        is_worth_it = len(packed) < WORTH_PACKING * len(body)
        return cls(kind or "application/octet-stream", body, packed if is_worth_it else None)


class StaticFiles:
    """The files of a folder by name, some files from elsewhere, and the address of each file."""

    def __init__(self, folder: Path, elsewhere: Mapping[str, Path]) -> None:
        self.stamp = stamp(folder)
        self.files = {path.relative_to(folder).as_posix(): File.at(path) for path in paths(folder)}
        self.files |= {name: File.at(path) for name, path in elsewhere.items()}
        self.addresses = {name: f"{self._version(name)}/{name}" for name in self.files}

    def _version(self, name: str) -> str:
        group = _group(name)
        digest = hashlib.sha256()
        for other, file in self.files.items():
            if other == name or (group and _group(other) == group):
                digest.update(f"{other} {len(file.body)} ".encode() + file.body)
        return digest.hexdigest()[:VERSION_DIGITS]


def _group(name: str) -> str | None:
    """The name of the group of files that share a version; None for a file with its own."""
    found = SHARE_A_VERSION.search(name)
    return found and found[0]


def paths(folder: Path) -> list[Path]:
    """The files to serve. Names with a dot in front are an editor's drafts and locks."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")
    )


def stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    """The files and the time that each was written: it changes with every edit."""
    return tuple((str(path), path.stat().st_mtime_ns) for path in paths(folder))


def static_files_of(app: Flask) -> StaticFiles:
    found: StaticFiles = app.extensions[NAME]()
    return found


def init_app(app: Flask) -> None:
    services = services_of(app)
    elsewhere = {f"reader/{name}": path for name, path in services.device_files.items()}
    static = StaticFiles(FOLDER, elsewhere)
    app.extensions[NAME] = lambda: static

    if services.settings.inkling_env == "development":

        @app.before_request
        def see_edits() -> None:
            nonlocal static
            # Not for the API: a class asks it sixty times a second, and a look takes 3 ms.
            is_for_page = request.method == "GET" and not request.path.startswith("/api/")
            if is_for_page and stamp(FOLDER) != static.stamp:
                static = StaticFiles(FOLDER, elsewhere)

    @app.url_defaults
    def name_the_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            name = values["filename"]
            values["filename"] = static.addresses.get(name, name)

    @app.get("/static/<path:filename>", endpoint="static")
    def send(filename: str) -> ResponseReturnValue:
        _, _, name = filename.partition("/")
        if filename == static.addresses.get(name):
            return _answer(static.files[name])
        # An address with an old version, from a page before an update, or with none: redirect.
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

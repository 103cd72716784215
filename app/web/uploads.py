"""How a request's body is read: uncompressed bodies only, and forms with few, small fields.

Uploads stay in memory, because a body is small, and a disk may be full, read-only or slow.
"""

from __future__ import annotations

import io
import re
from typing import IO, Any

import flask
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from app.config import MAX_FORM_FIELDS
from app.web.errors import BadRequest, UnsupportedBody
from reader.errors import TooLarge
from reader.strokes import MAX_POINTS

# A form in one line escapes four signs of a point, such as %5B, and perhaps two spaces.
MOST_ESCAPES = 8 * MAX_POINTS
MOST_PART_HEAD_BYTES = 8 * 1024  # it holds a field's name and a file's name
AFTER_BOUNDARY = rb"[^\S\n\r]*+(?:\r\n|\n|\r)"
BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")


def init_app(app: flask.Flask) -> None:
    @app.before_request
    def refuse_compressed_bodies() -> None:
        if flask.request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise UnsupportedBody("Send the body uncompressed.")


class FewFields(FormDataParser):
    """Werkzeug's parser, with three more limits.

    They are on the fields of an urlencoded form, on its escapes, and on the head of each part of a
    multipart form. Without them, 6 MB of "a=&" would become 230 MB of fields, 6 MB of "%" would
    take 1,150 MB and six seconds, and 6 MB of "a:" in heads 150 MB and a second.
    """

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        body = stream.read()
        if mimetype == "application/x-www-form-urlencoded":
            if body.count(b"&") >= MAX_FORM_FIELDS:
                raise _too_many_fields()
            if body.count(b"%") > MOST_ESCAPES:
                raise _too_much_text()
        elif boundary := (options or {}).get("boundary"):
            _check_parts(body, boundary.encode("latin-1", "replace"))
        try:
            parsed = super().parse(io.BytesIO(body), mimetype, content_length, options)
        except RequestEntityTooLarge as error:
            raise _too_much_text() from error
        if any(None in fields for fields in parsed[1:]):  # Flask-WTF would call `startswith` on it
            raise BadRequest("A part of the form has no name.")
        return parsed


def _too_many_fields() -> TooLarge:
    return TooLarge(f"A form may have {MAX_FORM_FIELDS} fields.")


def _too_much_text() -> TooLarge:
    return TooLarge("There is too much text in the form. Send a picture as a file.")


def _check_parts(body: bytes, boundary: bytes) -> None:
    """Raise TooLarge for many parts, and for a part with a long head."""
    begins = re.compile(b"--" + re.escape(boundary) + AFTER_BOUNDARY)
    position = parts = 0
    while part := begins.search(body, position):
        parts += 1
        if parts > MAX_FORM_FIELDS:
            raise _too_many_fields()
        head_ends = BLANK_LINE.search(body, part.end() - 2, part.end() + MOST_PART_HEAD_BYTES)
        if head_ends is None:
            if len(body) - part.end() > MOST_PART_HEAD_BYTES:
                raise _too_much_text()
            return
        position = head_ends.end()


class Request(flask.Request):
    """Flask's request, but a large upload stays in memory, not in a temporary file."""

    form_data_parser_class = FewFields

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return io.BytesIO()

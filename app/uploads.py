"""How a form is taken in: uploads stay in memory, for a body is small, and a disk may be full,
read-only or slow; and a form has few fields, however it is sent.
"""

from __future__ import annotations

import io
from typing import IO, Any

import flask
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser


class FewFields(FormDataParser):
    """Werkzeug's, but the limit on a form's parts holds for one in one long line too.

    6 MB of "a=&" would become 230 MB of fields.
    """

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        if mimetype == "application/x-www-form-urlencoded":
            line = stream.read()
            if self.max_form_parts is not None and line.count(b"&") >= self.max_form_parts:
                raise RequestEntityTooLarge
            stream = io.BytesIO(line)
        return super().parse(stream, mimetype, content_length, options)


class Request(flask.Request):
    """Flask's, but an uploaded file of over 500 kB is not written to a temporary one."""

    form_data_parser_class = FewFields

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return io.BytesIO()

"""What can be wrong with what a client sent, as a tree. Knows nothing of Flask.

InklingError                an answer in the shape {"error": {"code", "message"}}
├── BadRequest              400  the request makes no sense
│   ├── BadJson                  not JSON, or JSON of another shape
│   ├── BadStrokes               strokes that are no strokes
│   ├── BadImage                 bytes that are no picture
│   └── StaleForm                the CSRF token is missing or too old
├── TooLarge                413  more than we agree to look at
└── UnsupportedImage        415  a picture, but of a kind we do not read
"""

from __future__ import annotations


class InklingError(Exception):
    """Bad input, with words for the person who sent it."""

    status = 400
    code = "bad_request"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code

    @property
    def message(self) -> str:
        return str(self.args[0])


class BadRequest(InklingError):
    """The request makes no sense."""


class BadJson(BadRequest):
    """Not JSON, or JSON of another shape than the API document says."""

    code = "bad_json"


class BadStrokes(BadRequest):
    """Strokes that are not lists of [x, y]."""

    code = "bad_strokes"


class BadImage(BadRequest):
    """Bytes that are no picture, or only the beginning of one."""

    code = "not_an_image"


class StaleForm(BadRequest):
    """The form's CSRF token is missing, foreign or too old."""

    code = "csrf_expired"


class TooLarge(InklingError):
    """More bytes, pixels, strokes or points than we agree to look at."""

    status = 413
    code = "body_too_large"


class UnsupportedImage(InklingError):
    """A picture of a kind we do not read (SVG, HEIC, …)."""

    status = 415
    code = "unsupported_image"


def as_body(code: str, message: str) -> dict[str, dict[str, str]]:
    """The one shape of every error answer."""
    return {"error": {"code": code, "message": message}}

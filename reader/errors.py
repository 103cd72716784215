"""The errors of a drawing. Knows nothing of HTTP: app/web/errors.py has the statuses.

InklingError        a fault with a code for programs and a message for the person who drew
├── BadStrokes      strokes that are not lists of [x, y]
├── BadImage        bytes that are no picture, or only the beginning of a picture
├── TooLarge        more bytes, pixels, strokes or points than the limits allow
└── Unsupported     a picture of a kind that is not read, such as SVG or HEIC
"""

from __future__ import annotations


class InklingError(Exception):
    """Bad input, with a message for the person who sent it."""

    code = "bad_request"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code

    @property
    def message(self) -> str:
        return str(self.args[0])


class BadStrokes(InklingError):
    code = "bad_strokes"


class BadImage(InklingError):
    code = "not_an_image"


class TooLarge(InklingError):
    code = "body_too_large"


class Unsupported(InklingError):
    code = "unsupported_image"

"""What can be wrong with what a client sent, as a tree. Knows nothing of Flask.

InklingError                an answer in the shape {"error": {"code", "message"}}
├── BadRequest              400  the request makes no sense
│   ├── BadJson                  not JSON, or JSON of another shape
│   ├── BadStrokes               strokes that are no strokes
│   ├── BadImage                 bytes that are no picture
│   └── StaleForm                the CSRF token or its cookie is missing, or too old
├── TooLarge                413  more than we agree to look at
├── Unsupported             415  a picture, or a body, of a kind we do not read
└── NotReady                503  we cannot answer, whatever was sent
"""

from __future__ import annotations

# Every code that an answer can carry, its status and its meaning: the API page and the OpenAPI
# document are made from this, and fuzzing holds the answers to it.
CODES = {
    "bad_json": (400, "The body is not JSON, or JSON of another shape."),
    "bad_strokes": (400, "The strokes are not lists of [x, y] with ordinary numbers."),
    "not_an_image": (400, "The bytes are not a picture."),
    "image_truncated": (400, "The picture is cut off or damaged."),
    "nothing_sent": (400, "Neither a picture nor strokes arrived."),
    "csrf_expired": (400, "The page’s form is old or has no cookie. Programs never see this one."),
    "unknown_host": (400, "The name in the Host header is none that this server goes by."),
    "bad_request": (400, "The request makes no sense in another way."),
    "not_found": (404, "There is nothing at this address."),
    "method_not_allowed": (405, "There is something, but not for this method."),
    "too_slow": (408, "The request took too long to arrive."),
    "body_too_large": (413, "The body has more bytes than are read at all."),
    "image_too_large": (413, "The picture has too many bytes or pixels."),
    "too_many_strokes": (413, "The drawing has too many strokes."),
    "too_many_points": (413, "The drawing has too many points."),
    "too_many_drawings": (413, "The request has too many drawings."),
    "unsupported_media_type": (415, "The Content-Type is none that is read here."),
    "unsupported_image": (415, "The picture is of a kind that is not read, such as SVG or HEIC."),
    "too_many_requests": (429, "Too many drawings from one address; Retry-After says when again."),
    "server_error": (500, "Our fault. It has been written down."),
    "not_ready": (503, "The server is there, but its network does not answer."),
    "busy": (503, "Too much is arriving at once. Try again in a moment."),
}


class InklingError(Exception):
    """Bad input, with words for the person who sent it."""

    code = "bad_request"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code

    @property
    def status(self) -> int:
        return CODES[self.code][0]

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
    """The form's CSRF token is missing, foreign or too old, or the cookie that proves it."""

    code = "csrf_expired"


class TooLarge(InklingError):
    """More bytes, pixels, strokes or points than we agree to look at."""

    code = "body_too_large"


class Unsupported(InklingError):
    """A picture of a kind we do not read (SVG, HEIC, …), or a body."""

    code = "unsupported_image"


class NotReady(InklingError):
    """We cannot answer, whatever was sent."""

    code = "not_ready"


def as_body(code: str, message: str) -> dict[str, dict[str, str]]:
    """The one shape of every error answer."""
    return {"error": {"code": code, "message": message}}

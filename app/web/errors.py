"""Every error that an answer can carry: its code, its status, its meaning, and the one JSON shape.

The API page, the OpenAPI document and the counters are made from CODES.
"""

from __future__ import annotations

from reader.errors import InklingError

CODES = {
    "bad_json": (400, "The body is not JSON, or JSON of another shape."),
    "bad_strokes": (400, "The strokes are not lists of [x, y] with ordinary numbers."),
    "not_an_image": (400, "The bytes are not a picture."),
    "image_truncated": (400, "The picture is cut off or damaged."),
    "nothing_sent": (400, "Neither a picture nor strokes arrived."),
    "csrf_expired": (400, "The page’s form is old or has no cookie. Programs never see this one."),
    "unknown_host": (400, "The server does not go by the name in the Host header."),
    "bad_request": (400, "The request could not be understood."),
    "not_found": (404, "There is no page at this address."),
    "method_not_allowed": (405, "This address cannot be used that way."),
    "body_too_large": (413, "The body has more bytes, or more form fields, than are read at all."),
    "image_too_large": (413, "The picture has too many bytes or pixels."),
    "too_many_strokes": (413, "The drawing has too many strokes."),
    "too_many_points": (413, "The drawing has too many points."),
    "too_many_drawings": (413, "The request has too many drawings."),
    "unsupported_media_type": (
        415,
        "The Content-Type is not read here, or the body is compressed.",
    ),
    "unsupported_image": (415, "The picture is of a kind that is not read, such as SVG or HEIC."),
    "too_many_requests": (
        429,
        "Too many drawings came from your network at once. Try again in a moment.",
    ),
    "bad_token": (401, "The token is missing, or is not of this room."),
    "no_room": (404, "There is no room with this code, or it is over."),
    "room_closed": (409, "The room is closed: nothing more can be handed in."),
    "id_taken": (409, "Another drawing of this room has this id."),
    "room_full": (409, "The room has as many pupils or drawings as it may have."),
    "too_fast": (429, "One pupil handed in too many drawings in a minute. Wait a little."),
    "too_many_rooms": (503, "There are as many rooms as there may be. Try again later."),
    "server_error": (500, "Our fault. It has been written down."),
    "not_ready": (503, "The server is there, but its network does not answer."),
    "rooms_away": (503, "The database of the rooms does not answer. Ask again in a moment."),
    "storage_full": (507, "The disk that keeps the rooms is full."),
    "busy": (503, "Too much is arriving at once. Try again in a moment."),
}


class BadRequest(InklingError):
    """The request cannot be understood."""


class BadJson(BadRequest):
    """Not JSON, or JSON of another shape than the API document says."""

    code = "bad_json"


class UnsupportedBody(BadRequest):
    """A body of a kind that Inkling does not read."""

    code = "unsupported_media_type"


class StaleForm(BadRequest):
    """The form's CSRF token is missing, foreign or too old, or its cookie is missing."""

    code = "csrf_expired"


class NotReady(InklingError):
    """The server cannot answer any request of this kind now."""

    code = "not_ready"


def status_of(error: InklingError) -> int:
    return CODES[error.code][0]


def as_body(code: str, message: str) -> dict[str, dict[str, str]]:
    """The one shape of every error answer."""
    return {"error": {"code": code, "message": message}}

"""Check what a client sent, once, and turn it into ink. Order: type, size, meaning.

Here JSON, form fields and files become drawings; past this point nobody checks again. Knows no
Flask.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app import costs
from app.web.errors import BadJson
from reader.decoding import MAX_IMAGE_PIXELS, Picture, opened
from reader.errors import BadImage, InklingError, TooLarge
from reader.ink import Ink
from reader.pictures import ink_from_picture
from reader.strokes import Strokes, checked_strokes, ink_from_strokes

MAX_DRAWINGS = 64
MAX_BATCH_POINTS = 100_000  # about a second of work; a batch's pictures share MAX_IMAGE_PIXELS
# Each of these makes one value more; a point has three. 6 MB of "[]," would become 180 MB of lists,
# and hold up everybody for a second.
JSON_MARKS = b"[{,:"
MAX_JSON_MARKS = 350_000  # a batch of that many points in that many strokes has 326,000

# Told what work costs before it is done (app/costs.py); may refuse it by an exception.
Charge = Callable[[int], None]


def at_no_charge(_: int) -> None:
    """For those who need not count."""


def parse_json(text: bytes | str) -> Any:
    """JSON as the standard has it: no NaN, no Infinity, no endless nesting; not too much of it."""
    data = text.encode(errors="replace") if isinstance(text, str) else text
    if sum(map(data.count, JSON_MARKS)) > MAX_JSON_MARKS:
        raise _too_many_points()
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BadJson(f"This is not JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise BadJson("This is not JSON: it is not written in UTF-8.") from error
    except RecursionError as error:
        raise BadJson("This JSON has too many lists in lists.") from error
    except ValueError as error:  # Python reads no whole number of over 4,300 digits
        raise BadJson("A number in this JSON has too many digits.") from error


def _too_many_points() -> TooLarge:
    return TooLarge(f"One request may hold {MAX_BATCH_POINTS:,} points.", "too_many_points")


def _refuse_constant(name: str) -> None:
    raise BadJson(f"This is not JSON: {name} is no number there.")


@dataclass(frozen=True)
class Drawing:
    """A drawing as it is read."""

    ink: Ink
    strokes: Strokes | None = None  # that the ink was made of; a picture has none
    as_digit: bool = False  # no number is looked for


def drawings_from_json(body: Any, charge: Charge = at_no_charge) -> tuple[list[Drawing], bool]:
    """Each drawing in an API body, and whether it was a batch."""
    if not isinstance(body, dict):
        raise BadJson('Send an object: {"strokes": …}, {"image": …} or {"drawings": […]}.')
    if "drawings" not in body:
        return [_drawing(*_checked(body), charge)], False
    drawings = body["drawings"]
    if set(body) != {"drawings"}:
        raise BadJson("Send drawings, or one strokes or image, not both.")
    if not isinstance(drawings, list) or not drawings:
        raise BadJson("drawings must be a list with at least one drawing.")
    if len(drawings) > MAX_DRAWINGS:
        raise TooLarge(f"One request may hold {MAX_DRAWINGS} drawings.", "too_many_drawings")
    charge(len(drawings))
    read, points, pixels = [], 0, 0
    for index, drawing in enumerate(drawings):
        try:
            strokes, picture, as_digit = _checked(drawing)
            points += sum(map(len, strokes))
            pixels += picture.pixels if picture else 0
            if points > MAX_BATCH_POINTS:
                raise _too_many_points()
            if pixels > MAX_IMAGE_PIXELS:
                raise TooLarge(
                    f"The pictures of one request may have {MAX_IMAGE_PIXELS // 1_000_000} million "
                    "pixels together.",
                    "image_too_large",
                )
            read.append(_drawing(strokes, picture, as_digit, charge))
        except InklingError as error:
            error.args = (f"drawings[{index}]: {error.message}",)
            raise
    return read, True


def _checked(drawing: Any) -> tuple[Strokes, Picture | None, bool]:
    """The strokes of a drawing, or its picture, not yet decoded; and whether it is one digit."""
    if not isinstance(drawing, dict) or set(drawing) - {"as"} not in ({"strokes"}, {"image"}):
        raise BadJson('A drawing is {"strokes": [[[x, y], …], …]} or {"image": "data:image/…"}.')
    as_digit = is_as_digit(drawing["as"]) if "as" in drawing else False
    if "strokes" in drawing:
        return checked_strokes(drawing["strokes"]), None, as_digit
    return [], opened(bytes_from_data_url(drawing["image"])), as_digit


def is_as_digit(what: Any) -> bool:
    """Whether one digit is asked for, by the only word for what is asked for."""
    if what != "digit":
        raise BadJson('as must be "digit", or be left out.')
    return True


def _drawing(strokes: Strokes, picture: Picture | None, as_digit: bool, charge: Charge) -> Drawing:
    """Either with its ink, once the work is charged: that of a small picture file can be much."""
    if picture is None:
        charge(costs.of_points(sum(map(len, strokes))))
        return Drawing(ink_from_strokes(strokes), strokes, as_digit)
    charge(costs.of_picture(picture))
    ink = ink_from_picture(picture, before_a_photo=lambda: charge(costs.PHOTO))
    return Drawing(ink, None, as_digit)


def drawing_from_strokes_text(text: str, charge: Charge) -> Drawing:
    """Strokes in a form field."""
    return _drawing(checked_strokes(parse_json(text)), None, False, charge)


def drawing_from_file(data: bytes, charge: Charge, as_digit: bool = False) -> Drawing:
    """A picture file that was sent."""
    return _drawing([], opened(data), as_digit, charge)


def bytes_from_data_url(url: Any) -> bytes:
    """The file in a `data:image/…;base64,…` address."""
    if not isinstance(url, str) or not url.startswith("data:image/"):
        raise BadJson('image must be a data URL: "data:image/png;base64,…".')
    head, comma, body = url.partition(",")
    if not comma or not head.endswith(";base64"):
        raise BadJson("image must be a data URL in base64.")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadImage(f"The image is not base64: {error}") from error

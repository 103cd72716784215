"""Check what a client sent, once, and turn it into ink. Order: type, size, meaning.

Here JSON, form fields and files become ink; past this point nobody checks again. Knows no Flask.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
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


def inks_from_json(body: Any, charge: Charge = at_no_charge) -> tuple[list[Ink], bool]:
    """The ink of each drawing in an API body, and whether it was a batch."""
    if not isinstance(body, dict):
        raise BadJson('Send an object: {"strokes": …}, {"image": …} or {"drawings": […]}.')
    if "drawings" not in body:
        return [_ink(*_checked(body), charge)], False
    drawings = body["drawings"]
    if set(body) != {"drawings"}:
        raise BadJson("Send drawings, or one strokes or image, not both.")
    if not isinstance(drawings, list) or not drawings:
        raise BadJson("drawings must be a list with at least one drawing.")
    if len(drawings) > MAX_DRAWINGS:
        raise TooLarge(f"One request may hold {MAX_DRAWINGS} drawings.", "too_many_drawings")
    charge(len(drawings))
    inks, points, pixels = [], 0, 0
    for index, drawing in enumerate(drawings):
        try:
            strokes, picture = _checked(drawing)
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
            inks.append(_ink(strokes, picture, charge))
        except InklingError as error:
            error.args = (f"drawings[{index}]: {error.message}",)
            raise
    return inks, True


def _checked(drawing: Any) -> tuple[Strokes, Picture | None]:
    """The strokes of a drawing, or its picture, not yet decoded."""
    if not isinstance(drawing, dict) or set(drawing) not in ({"strokes"}, {"image"}):
        raise BadJson('A drawing is {"strokes": [[[x, y], …], …]} or {"image": "data:image/…"}.')
    if "strokes" in drawing:
        return checked_strokes(drawing["strokes"]), None
    return [], opened(bytes_from_data_url(drawing["image"]))


def _ink(strokes: Strokes, picture: Picture | None, charge: Charge) -> Ink:
    """The ink of either, once its work is charged: that of a small picture file can be much."""
    if picture is None:
        charge(costs.of_points(sum(map(len, strokes))))
        return ink_from_strokes(strokes)
    charge(costs.of_picture(picture))
    return ink_from_picture(picture, before_a_photo=lambda: charge(costs.PHOTO))


def ink_from_strokes_text(text: str, charge: Charge) -> Ink:
    """The ink of strokes in a form field."""
    return _ink(checked_strokes(parse_json(text)), None, charge)


def ink_from_file(data: bytes, charge: Charge) -> Ink:
    """The ink of a picture file that was sent."""
    return _ink([], opened(data), charge)


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

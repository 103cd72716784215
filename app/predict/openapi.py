"""The API's own description, as OpenAPI 3.1: the limits that the code enforces, and an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.config import MAX_BODY_BYTES
from app.predict.drawings import MAX_BATCH_POINTS, MAX_DRAWINGS
from app.web.errors import CODES
from reader.classes import DIGITS, MOST, Classes
from reader.decoding import FORMATS, MAX_DECODED_BYTES, MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS
from reader.framing import frame
from reader.model import Recognizer
from reader.numbers import MAX_DIGITS
from reader.picture_files import WEBP_BYTES_PER_PIXEL
from reader.reading import Reading
from reader.strokes import MAX_COORDINATE, MAX_POINTS, MAX_STROKES, ink_from_strokes

# A 7 in nine points, small enough to paste into a terminal.
EXAMPLE_STROKES = [
    [[10, 12], [30, 10], [55, 10], [72, 9], [66, 26], [54, 50], [46, 68], [40, 86], [36, 100]]
]


def example_reading(recognizer: Recognizer) -> Reading:
    """What this very model makes of the example. Not counted as a reading: nobody drew it."""
    return recognizer.read_digit_image(frame(ink_from_strokes(EXAMPLE_STROKES)))


IMAGE_TYPES = [f"image/{name.lower()}" for name in FORMATS]

WEBP_MEGAPIXELS = MAX_DECODED_BYTES // WEBP_BYTES_PER_PIXEL // 1_000_000

PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}
DIGIT = {"type": "integer", "minimum": 0, "maximum": 9}
_AS = {
    "enum": ["digit"],
    "description": "Read one digit: no number is looked for. `?as=digit` does it for a picture "
    "that is sent as a file.",
}
_BOX = {
    "type": "array",
    "minItems": 4,
    "maxItems": 4,
    "items": {"type": "number"},
    "description": "Left, top, right, bottom: where the digit is, in the drawing's own units, or "
    "in pixels of the picture; of a photo, in pixels of its paper, 512 a side at most.",
}
_RUNS = {
    "type": "array",
    "items": {"type": "array", "minItems": 3, "maxItems": 3, "items": {"type": "integer"}},
    "description": "The strokes of the digit: the number of a stroke, its first point, and the "
    "point after its last. null in a picture.",
}
STROKES = {
    "type": "array",
    "maxItems": MAX_STROKES,
    "description": "A list of strokes, each a list of [x, y], y downwards, in any unit. "
    f"At most {MAX_POINTS:,} points in all.",
    "items": {
        "type": "array",
        "items": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "number", "minimum": -MAX_COORDINATE, "maximum": MAX_COORDINATE},
        },
    },
    "examples": [EXAMPLE_STROKES],
}
_IMAGE_URL = {
    "type": "string",
    "pattern": "^data:image/[a-z0-9.+-]+;base64,",
    "description": f"A picture as a data URL: {', '.join(FORMATS)}, at most "
    f"{MAX_IMAGE_BYTES // 1024**2} MB and {MAX_IMAGE_PIXELS // 1_000_000} million pixels; fewer "
    f"where decoding takes more, such as {WEBP_MEGAPIXELS} million of a WebP.",
}


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def object_of(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _drawing(**properties: dict[str, Any]) -> dict[str, Any]:
    """A drawing, and what it is to be read as."""
    return {**object_of(**properties), "properties": {**properties, "as": _AS}}


def _reading(**properties: dict[str, Any]) -> dict[str, Any]:
    """The fields of every reading, with the fields of this kind of reading."""
    return object_of(
        sentence={"type": "string", "description": "The verdict in words."},
        digit_image={
            "type": "string",
            "description": "The 28×28 picture that the network saw, as a data URL.",
        },
        model={"type": "string", "description": "Which model answered: its short hash."},
        **properties,
    )


def _one_digit(classes: Classes) -> dict[str, Any]:
    count = len(classes)
    shares = {"type": "array", "minItems": count, "maxItems": count, "items": PROBABILITY}
    of_digits = {"description": "null if the model reads other classes than the ten digits."}
    return {
        "verdict": {"enum": ["digit", "unsure", "not_a_digit", "blank"]},
        "digit": nullable(DIGIT) if classes.are_digits else {"type": "null", **of_digits},
        "label": nullable(reference("Label")),
        "confidence": nullable(PROBABILITY),
        "probabilities": nullable(shares),
        "runner_up": nullable(reference("Guess")),
    }


_PIXELS: dict[str, Any] = {
    "width": {"type": "integer", "minimum": 1},
    "height": {"type": "integer", "minimum": 1},
    "levels": {
        "type": "string",
        "description": "A byte for each pixel, row by row, 255 for full ink, as base64.",
    },
}
_READING_OR_NUMBER = [reference("Reading"), reference("Number")]


def _schemas(classes: Classes) -> dict[str, Any]:
    one_digit = _one_digit(classes)
    return {
        "Label": {
            "enum": list(classes.labels),
            "description": "What the model can read, in the order of the probabilities.",
        },
        "Class": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST - 1,
            "description": "A digit. In a room of other classes: the place of the label, from 0.",
        },
        "Strokes": _drawing(strokes=STROKES),
        "Image": _drawing(image=_IMAGE_URL),
        "Drawing": {"anyOf": [reference("Strokes"), reference("Image")]},
        "Drawings": object_of(
            drawings={
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_DRAWINGS,
                "items": reference("Drawing"),
            }
        ),
        "Guess": object_of(
            digit=DIGIT if classes.are_digits else {"type": "null"},
            label=reference("Label"),
            confidence=PROBABILITY,
        ),
        "Reading": _reading(**one_digit),
        "Number": _reading(
            verdict={"enum": ["number", "unsure"]},
            number={"type": "string", "pattern": f"^[0-9]{{2,{MAX_DIGITS}}}$"},
            confidence={**PROBABILITY, "description": "That every digit is right."},
            digits={
                "type": "array",
                "minItems": 2,
                "maxItems": MAX_DIGITS,
                "description": "The reading of each digit, from left to right.",
                "items": _reading(**one_digit, box=_BOX, runs=nullable(_RUNS)),
            },
            **{name: {"type": "null"} for name in ("digit", "label", "probabilities", "runner_up")},
        ),
        "Ink": object_of(
            **_PIXELS,
            digits={
                "type": "array",
                "maxItems": MAX_DIGITS,
                "description": "The ink of each digit of a number; none if it is no number.",
                "items": object_of(**_PIXELS),
            },
        ),
        "Readings": object_of(readings={"type": "array", "items": {"anyOf": _READING_OR_NUMBER}}),
        "Error": object_of(error=object_of(code={"enum": list(CODES)}, message={"type": "string"})),
    }


def json_body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def error(description: str) -> dict[str, Any]:
    return {"description": description, "content": json_body(reference("Error"))}


def error_for_now(description: str) -> dict[str, Any]:
    seconds = {"type": "integer", "minimum": 1}
    when = {"description": "How many seconds to wait.", "schema": seconds}
    return {**error(description), "headers": {"Retry-After": when}}


def limits() -> dict[str, Any]:
    """What a request may hold, in the units that people say them in."""
    return {
        "formats": FORMATS,
        "image_megabytes": MAX_IMAGE_BYTES // 1024**2,
        "image_megapixels": MAX_IMAGE_PIXELS // 1_000_000,
        "webp_megapixels": WEBP_MEGAPIXELS,
        "strokes": MAX_STROKES,
        "points": MAX_POINTS,
        "drawings": MAX_DRAWINGS,
        "batch_points": MAX_BATCH_POINTS,
        "body_megabytes": MAX_BODY_BYTES // 1024**2,
    }


# The part that another feature adds: paths, and components by kind.
Part = dict[str, dict[str, Any]]


def document(parts: Sequence[Part] = (), classes: Classes = DIGITS) -> dict[str, Any]:
    """The whole document, with the parts of other features."""
    whole = _document(classes)
    for part in parts:
        whole["paths"] |= part["paths"]
        for kind in ("schemas", "securitySchemes"):
            whole["components"].setdefault(kind, {}).update(part.get(kind, {}))
    return whole


def _document(classes: Classes) -> dict[str, Any]:
    body = {"type": "string", "format": "binary"}
    what = "digit or a number" if classes.are_digits else classes.noun
    refusals = {
        "400": error("Not JSON, no strokes or no picture; the message says what."),
        "413": error(f"More than {limits()['body_megabytes']} MB, or past another limit."),
        "415": error("A picture or a body of a kind that is not read here."),
        "429": error_for_now("Too many drawings from one address."),
        "503": error_for_now("Too much is arriving at once."),
    }
    picture_types = {kind: {"schema": body} for kind in IMAGE_TYPES}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Inkling",
            "version": "1",
            "description": f"Send a drawing of a {what}; get what it is, how sure the network is, "
            "and the picture that it saw.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/api/predict": {
                "post": {
                    "operationId": "predict",
                    "summary": f"Read one drawing, or up to {MAX_DRAWINGS} in one request.",
                    "parameters": [{"name": "as", "in": "query", "schema": _AS}],
                    "requestBody": {
                        "required": True,
                        "content": {
                            **json_body({"anyOf": [reference("Drawing"), reference("Drawings")]}),
                            "multipart/form-data": {"schema": object_of(image=body)},
                            **picture_types,
                        },
                    },
                    "responses": {
                        "200": {
                            "description": "A reading, or one for each drawing, in their order.",
                            "content": json_body(
                                {"anyOf": [*_READING_OR_NUMBER, reference("Readings")]}
                            ),
                        },
                        **refusals,
                    },
                }
            },
            "/api/ink": {
                "post": {
                    "operationId": "ink",
                    "summary": "The ink that was found in one drawing; the page looks into it.",
                    "requestBody": {
                        "required": True,
                        "content": {
                            **json_body(reference("Drawing")),
                            "multipart/form-data": {"schema": object_of(image=body)},
                            **picture_types,
                        },
                    },
                    "responses": {
                        "200": {
                            "description": "Ink, as large as it is framed.",
                            "content": json_body(reference("Ink")),
                        },
                        **refusals,
                    },
                }
            },
            "/openapi.json": {
                "get": {
                    "operationId": "openapi",
                    "summary": "This document.",
                    "responses": {
                        "200": {
                            "description": "OpenAPI 3.1",
                            "content": json_body({"type": "object"}),
                        }
                    },
                }
            },
        },
        "components": {"schemas": _schemas(classes)},
    }

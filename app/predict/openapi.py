"""The API's own description, as OpenAPI 3.1: the limits that the code enforces, and an example."""

from __future__ import annotations

from typing import Any

from app.config import MAX_BODY_BYTES
from app.predict.drawings import MAX_BATCH_POINTS, MAX_DRAWINGS
from app.web.errors import CODES
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

_PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}
_DIGIT = {"type": "integer", "minimum": 0, "maximum": 9}
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
    "in pixels of the picture.",
}
_STROKES = {
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


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _drawing(**properties: dict[str, Any]) -> dict[str, Any]:
    """A drawing, and what it is to be read as."""
    return {**_object(**properties), "properties": {**properties, "as": _AS}}


def _reading(**properties: dict[str, Any]) -> dict[str, Any]:
    """What readings of a digit and of a number have in common, and what each has besides."""
    return _object(
        sentence={"type": "string", "description": "The verdict in words."},
        digit_image={
            "type": "string",
            "description": "The 28×28 picture that the network saw, as a data URL.",
        },
        model={"type": "string", "description": "Which model answered: its short hash."},
        **properties,
    )


_ONE_OF_TWO = [_reference("Reading"), _reference("Number")]
_ONE_DIGIT = {
    "verdict": {"enum": ["digit", "unsure", "not_a_digit", "blank"]},
    "digit": _nullable(_DIGIT),
    "confidence": _nullable(_PROBABILITY),
    "probabilities": _nullable(
        {"type": "array", "minItems": 10, "maxItems": 10, "items": _PROBABILITY}
    ),
    "runner_up": _nullable(_reference("Guess")),
}


def _schemas() -> dict[str, Any]:
    return {
        "Strokes": _drawing(strokes=_STROKES),
        "Image": _drawing(image=_IMAGE_URL),
        "Drawing": {"anyOf": [_reference("Strokes"), _reference("Image")]},
        "Drawings": _object(
            drawings={
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_DRAWINGS,
                "items": _reference("Drawing"),
            }
        ),
        "Guess": _object(digit=_DIGIT, confidence=_PROBABILITY),
        "Reading": _reading(**_ONE_DIGIT),
        "Number": _reading(
            verdict={"enum": ["number", "unsure"]},
            number={"type": "string", "pattern": f"^[0-9]{{2,{MAX_DIGITS}}}$"},
            confidence={**_PROBABILITY, "description": "That every digit is right."},
            digits={
                "type": "array",
                "minItems": 2,
                "maxItems": MAX_DIGITS,
                "description": "The reading of each digit, from left to right.",
                "items": _reading(**_ONE_DIGIT, box=_BOX),
            },
            **{name: {"type": "null"} for name in ("digit", "probabilities", "runner_up")},
        ),
        "Readings": _object(
            readings={
                "type": "array",
                "items": {"anyOf": _ONE_OF_TWO},
            }
        ),
        "Error": _object(error=_object(code={"enum": list(CODES)}, message={"type": "string"})),
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _error(description: str) -> dict[str, Any]:
    return {"description": description, "content": _json(_reference("Error"))}


def _error_for_now(description: str) -> dict[str, Any]:
    seconds = {"type": "integer", "minimum": 1}
    when = {"description": "How many seconds to wait.", "schema": seconds}
    return {**_error(description), "headers": {"Retry-After": when}}


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


def document() -> dict[str, Any]:
    """The whole document."""
    body = {"type": "string", "format": "binary"}
    picture_types = {kind: {"schema": body} for kind in IMAGE_TYPES}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Inkling",
            "version": "1",
            "description": "Send a drawing of a digit or a number; get what it is, how sure the "
            "network is, and the picture that it saw.",
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
                            **_json({"anyOf": [_reference("Drawing"), _reference("Drawings")]}),
                            "multipart/form-data": {"schema": _object(image=body)},
                            **picture_types,
                        },
                    },
                    "responses": {
                        "200": {
                            "description": "A reading, or one for each drawing, in their order.",
                            "content": _json({"anyOf": [*_ONE_OF_TWO, _reference("Readings")]}),
                        },
                        "400": _error("Not JSON, no strokes or no picture; the message says what."),
                        "413": _error(
                            f"More than {limits()['body_megabytes']} MB, or past another limit."
                        ),
                        "415": _error("A picture or a body of a kind that is not read here."),
                        "429": _error_for_now("Too many drawings from one address."),
                        "503": _error_for_now("Too much is arriving at once."),
                    },
                }
            },
            "/openapi.json": {
                "get": {
                    "operationId": "openapi",
                    "summary": "This document.",
                    "responses": {
                        "200": {"description": "OpenAPI 3.1", "content": _json({"type": "object"})}
                    },
                }
            },
        },
        "components": {"schemas": _schemas()},
    }

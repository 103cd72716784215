"""Where the app reads a drawing, and counts that it did."""

from __future__ import annotations

from app import costs
from app.ops import metrics
from app.predict.drawings import Drawing
from app.services import services
from app.web.turns import charge
from reader.numbers import Number
from reader.reading import Reading


def read(drawing: Drawing) -> Reading | Number:
    reading = found_in(drawing)
    metrics.count_reading(reading.verdict)
    return reading


def found_in(drawing: Drawing) -> Reading | Number:
    """The reading, not counted."""
    recognizer = services().recognizer
    if drawing.as_digit:
        return recognizer.read(drawing.ink)
    if drawing.strokes is None:
        return recognizer.read_number(drawing.ink, before_search=lambda: charge(costs.NUMBER))
    return recognizer.read_number(drawing.ink, drawing.strokes)

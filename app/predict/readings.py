"""Where the app reads a drawing, and counts that it did."""

from __future__ import annotations

from app.ops import metrics
from app.predict.drawings import Drawing
from app.services import services
from reader.numbers import Number
from reader.reading import Reading


def read(drawing: Drawing) -> Reading | Number:
    recognizer = services().recognizer
    reading = (
        recognizer.read(drawing.ink)
        if drawing.as_digit
        else recognizer.read_number(drawing.ink, drawing.strokes)
    )
    metrics.count_reading(reading.verdict)
    return reading

"""Where the app reads a drawing, and counts that it did."""

from __future__ import annotations

from app.ops import metrics
from app.services import services
from reader.ink import Ink
from reader.reading import Reading


def read(ink: Ink) -> Reading:
    reading = services().recognizer.read(ink)
    metrics.count_reading(reading.verdict)
    return reading

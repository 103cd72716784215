"""A reading: probabilities, verdict, and the sentence for it. Knows no model and no HTTP.

The sentences stand in words.json, which static/js/reading/reading.js reads as well.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from reader.model_card import Thresholds

Verdict = Literal["digit", "unsure", "not_a_digit", "blank", "number"]

WORDS: dict[str, Any] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))


def verdicts(probabilities: NDArray[np.floating], thresholds: Thresholds) -> NDArray[np.str_]:
    """The verdict on each row of ten probabilities: `digit`, `unsure` or `not_a_digit`."""
    ranked = np.sort(probabilities, axis=-1)
    first, second = ranked[..., -1], ranked[..., -2]
    unsure_or_not = np.where(first + second >= thresholds.pair, "unsure", "not_a_digit")
    return np.where(first >= thresholds.digit, "digit", unsure_or_not)


@dataclass(frozen=True)
class Guess:
    digit: int
    confidence: float


@dataclass(frozen=True)
class Reading:
    """One drawing, read. `best`, `runner_up` and `probabilities` are None when it is blank."""

    verdict: Verdict
    digit_image: NDArray[np.uint8]
    model: str
    probabilities: tuple[float, ...] | None = None
    best: Guess | None = None
    runner_up: Guess | None = None

    @classmethod
    def blank(cls, digit_image: NDArray[np.uint8], model: str) -> Reading:
        return cls("blank", digit_image, model)

    @classmethod
    def of(
        cls,
        probabilities: NDArray[np.float32],
        digit_image: NDArray[np.uint8],
        model: str,
        thresholds: Thresholds,
    ) -> Reading:
        """The reading of ten probabilities."""
        shares = np.asarray(probabilities, np.float64)
        shares = np.round(shares / shares.sum(), 6)
        second, first = (int(digit) for digit in np.argsort(shares, kind="stable")[-2:])
        best = Guess(first, float(shares[first]))
        runner_up = Guess(second, float(shares[second]))
        verdict = cast("Verdict", str(verdicts(shares, thresholds)))
        return cls(verdict, digit_image, model, tuple(shares.tolist()), best, runner_up)

    @property
    def sentence(self) -> str:
        """The verdict as the page says it."""
        words = {}
        if self.best is not None and self.runner_up is not None:
            first, second = (WORDS["a_digit"][guess.digit] for guess in (self.best, self.runner_up))
            words = {
                "digit": self.best.digit,
                "percent": percent(self.best.confidence),
                "first": first.capitalize(),
                "second": second,
            }
        sentence: str = WORDS[self.verdict].format(**words)
        return sentence

    def as_dict(self) -> dict[str, Any]:
        """The reading as the API gives it and the page shows it."""
        best, runner_up = self.best, self.runner_up
        return {
            "verdict": self.verdict,
            "sentence": self.sentence,
            "digit": best.digit if best else None,
            "confidence": best.confidence if best else None,
            "probabilities": list(self.probabilities) if self.probabilities else None,
            "runner_up": {"digit": runner_up.digit, "confidence": runner_up.confidence}
            if runner_up
            else None,
            "digit_image": "data:image/png;base64,"
            + base64.b64encode(png(self.digit_image)).decode(),
            "model": self.model,
        }


def percent(share: float) -> str:
    """A share in whole percent that never claims to be certain."""
    whole = round(share * 100)
    words: str = WORDS["nearly_certain" if whole >= 100 else "percent"]
    return words.format(whole=whole)


def png(picture: NDArray[np.uint8]) -> bytes:
    """A grey picture as a PNG file, without the time that Pillow takes to start an encoder."""
    height, width = picture.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row starts with its filter: none
    rows[:, 1:] = picture

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
        + chunk(b"IEND", b"")
    )

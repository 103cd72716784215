"""A reading: probabilities, verdict, and the sentence for it. Knows no model and no HTTP.

The sentences stand in words.json. static/js/reading/reading.js makes the same readings.
"""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from reader.classes import DIGITS, Classes
from reader.model_card import Thresholds
from reader.words import WORDS

Verdict = Literal["digit", "unsure", "not_a_digit", "blank", "number"]


def verdicts(probabilities: NDArray[np.floating], thresholds: Thresholds) -> NDArray[np.str_]:
    """The verdict on each row of probabilities: `digit`, `unsure` or `not_a_digit`."""
    ranked = np.sort(probabilities, axis=-1)
    first, second = ranked[..., -1], ranked[..., -2]
    unsure_or_not = np.where(first + second >= thresholds.pair, "unsure", "not_a_digit")
    return np.where(first >= thresholds.digit, "digit", unsure_or_not)


@dataclass(frozen=True)
class Guess:
    digit: int  # the place of the class among the classes: of the ten digits, the digit itself
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
    classes: Classes = DIGITS

    @classmethod
    def blank(
        cls, digit_image: NDArray[np.uint8], model: str, classes: Classes = DIGITS
    ) -> Reading:
        return cls("blank", digit_image, model, classes=classes)

    @classmethod
    def of(
        cls,
        probabilities: NDArray[np.float32],
        digit_image: NDArray[np.uint8],
        model: str,
        thresholds: Thresholds,
        classes: Classes = DIGITS,
    ) -> Reading:
        """The reading of a probability for each class."""
        shares = np.asarray(probabilities, np.float64)
        shares = np.round(shares / shares.sum(), 6)
        second, first = (int(digit) for digit in np.argsort(shares, kind="stable")[-2:])
        best = Guess(first, float(shares[first]))
        runner_up = Guess(second, float(shares[second]))
        verdict = cast("Verdict", str(verdicts(shares, thresholds)))
        return cls(verdict, digit_image, model, tuple(shares.tolist()), best, runner_up, classes)

    @property
    def sentence(self) -> str:
        """The verdict as the page says it."""
        if self.best is None or self.runner_up is None:
            return str(WORDS["blank"])
        if self.verdict == "not_a_digit":
            return self.classes.not_one
        first, second = (self.classes.named(guess.digit) for guess in (self.best, self.runner_up))
        sentence: str = WORDS[self.verdict].format(
            digit=self.classes.labels[self.best.digit],
            percent=percent(self.best.confidence),
            first=first[0].upper() + first[1:],
            second=second,
        )
        return sentence

    def as_dict(self) -> dict[str, Any]:
        """The reading as the API gives it and the page shows it."""
        best, runner_up = self.best, self.runner_up
        nothing = {"digit": None, "label": None, "confidence": None}
        return {
            "verdict": self.verdict,
            "sentence": self.sentence,
            **(self._as_guess(best) if best else nothing),
            "probabilities": list(self.probabilities) if self.probabilities else None,
            "runner_up": self._as_guess(runner_up) if runner_up else None,
            "digit_image": "data:image/png;base64,"
            + base64.b64encode(png(self.digit_image)).decode(),
            "model": self.model,
        }

    def _as_guess(self, guess: Guess) -> dict[str, Any]:
        return {
            "digit": guess.digit if self.classes.are_digits else None,
            "label": self.classes.labels[guess.digit],
            "confidence": guess.confidence,
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

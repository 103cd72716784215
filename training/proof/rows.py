"""Every row of the proof, measured on one model.

Owns which rows there are, and their targets. Knows nothing of the card or of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.framing import is_blank
from reader.model_card import Thresholds
from reader.reading import verdicts
from training.data.distortions import DISTORTIONS
from training.data.drawings import Drawing, read_drawings
from training.data.examples import WAYS, dev_digits, dev_junk, named_files
from training.data.mnist import Digits
from training.export import Predictor
from training.judging.calibrate import calibration_error_by_chance
from training.judging.evaluation import Evaluation, evaluate
from training.proof.not_digits import KINDS
from training.proof.numbers import number_rows, reader_with
from training.proof.pictures import OF_EACH, distorted_file, made
from training.proof.row import Row
from training.proof.styles import STYLES

AS = {"strokes": "as strokes", "canvas": "as pictures"}
SOURCE_NAMES = {"unipen": "UNIPEN", "pendigits": "Pendigits"}

# Targets, set before there was a model.
TO_REACH = {
    "MNIST test set": 0.9975,
    "drawn digits (UNIPEN), as strokes": 0.996,
    "drawn digits (UNIPEN), as pictures": 0.994,
    "drawn digits (Pendigits), as strokes": 0.996,
    "drawn digits (Pendigits), as pictures": 0.992,
}
DISTORTION_MAY_COST = 0.01
STYLE_TO_REACH = 0.95
KIND_TO_REACH = 0.02


@dataclass(frozen=True)
class Proof:
    """The rows, and the evaluation behind them, so that mistakes can be looked at."""

    rows: tuple[Row, ...]
    evaluation: Evaluation
    drawings: tuple[Drawing, ...]  # the dev digits, in the order of the evaluation's sets


def prove(
    read: Predictor,
    test: Digits,
    drawings: Sequence[str],
    junk: Sequence[str],
    thresholds: Thresholds,
    of_each: int = OF_EACH,
) -> Proof:
    """Measure every row."""
    dev = tuple(drawing for path in named_files(drawings) for drawing in read_drawings(path))
    evaluation = evaluate(read, test, dev_digits(drawings), dev_junk(junk), thresholds)
    sources = np.array([drawing.source for drawing in dev])
    first = list(figure_rows(evaluation, sources))
    letters = [drawing for path in named_files(junk) for drawing in read_drawings(path)]
    rows = [
        *first,
        *distortion_rows(read, drawings, sources, {row.name: row.share for row in first}),
        *not_digit_rows(read, thresholds, of_each),
        *style_rows(read, of_each),
        *number_rows(reader_with(read, thresholds), dev, letters, of_each),
    ]
    return Proof(tuple(rows), evaluation, dev)


def figure_rows(evaluation: Evaluation, sources: NDArray[np.str_]) -> Iterator[Row]:
    """Rows about MNIST, drawn digits and junk."""
    figures = evaluation.figures
    mnist = figures["mnist test"]
    yield figure("MNIST test set", mnist["accuracy"], int(mnist["count"]))
    for way in WAYS:
        name = f"drawings as {way}"
        right = evaluation.answers[name].argmax(axis=1) == evaluation.sets[name].labels
        yield from by_source("figures", "drawn digits ({}), " + AS[way], right, sources)
    for way in WAYS:
        drawn = figures[f"drawings as {way}"]
        answered = round(drawn["answered"] * drawn["count"])
        yield figure(f"drawn digits with the verdict `digit`, {AS[way]}", drawn["answered"],
                     int(drawn["count"]), 0.98)  # fmt: skip
        yield figure(f"of those, read right, {AS[way]}", drawn["answered_right"], answered, 0.998)
    for way in WAYS:
        drawn = figures[f"drawings as {way}"]
        yield figure(f"calibration error on drawn digits, {AS[way]}", drawn["calibration_error"],
                     int(drawn["count"]), 0.004, lower_is_better=True)  # fmt: skip
        yield figure(f"… that chance alone would make of as few, {AS[way]}",
                     calibration_error_by_chance(evaluation.answers[f"drawings as {way}"]),
                     int(drawn["count"]), lower_is_better=True)  # fmt: skip
    junk = figures["junk"]
    count = int(junk["count"])
    yield figure("letters and symbols that pass where 95 % of drawn digits do",
                 junk["passes_when_95_percent_of_digits_do"], count, 0.006,
                 lower_is_better=True)  # fmt: skip
    yield figure("drawn digits told from letters and symbols (AUROC)", junk["auroc"], count, 0.998)
    yield figure("letters and symbols with the verdict `digit`", junk["passes_as_digit"], count,
                 lower_is_better=True)  # fmt: skip


def distortion_rows(
    read: Predictor, drawings: Sequence[str], sources: NDArray[np.str_], whole: dict[str, float]
) -> Iterator[Row]:
    """Rows about distorted digits. The target is the share without distortion, less a point."""
    for distortion in DISTORTIONS:
        for way in WAYS:
            pairs = [distorted_file(path, distortion, way) for path in named_files(drawings)]
            images, labels = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
            right = read(images).argmax(axis=1) == labels
            for row in by_source("distortions", "drawn digits ({}), " + AS[way], right, sources):
                yield Row("distortions", f"{row.name}, {distortion}", row.share, row.count,
                          round(whole[row.name] - DISTORTION_MAY_COST, 6))  # fmt: skip


def not_digit_rows(read: Predictor, thresholds: Thresholds, of_each: int) -> Iterator[Row]:
    """Rows about what is no digit and gets the verdict `digit` all the same."""
    passed = []
    for kind, images in made(KINDS, of_each).items():
        inked = np.array([not is_blank(image) for image in images])
        passes = inked & (verdicts(read(images), thresholds) == "digit")
        passed.append(passes)
        yield Row("not digits", kind, float(passes.mean()), len(passes), KIND_TO_REACH,
                  lower_is_better=True)  # fmt: skip
    everything = np.concatenate(passed)
    yield Row("not digits", "all of these", float(everything.mean()), len(everything),
              KIND_TO_REACH, lower_is_better=True)  # fmt: skip


def style_rows(read: Predictor, of_each: int) -> Iterator[Row]:
    """Rows about the ways people write their digits."""
    for name, images in made(tuple(STYLES), of_each).items():
        right = read(images).argmax(axis=1) == STYLES[name].digit
        yield Row("styles", name, float(right.mean()), len(right), STYLE_TO_REACH)


def figure(
    name: str,
    share: float,
    count: int,
    to_reach: float | None = None,
    lower_is_better: bool = False,
) -> Row:
    """A row of the first table."""
    return Row("figures", name, share, count, to_reach or TO_REACH.get(name), lower_is_better)


def by_source(
    table: str, name: str, right: NDArray[np.bool_], sources: NDArray[np.str_]
) -> Iterator[Row]:
    """A row for the drawings of each source."""
    for source in np.unique(sources):
        of_it = right[sources == source]
        named = name.format(SOURCE_NAMES.get(str(source), str(source)))
        yield Row(table, named, float(of_it.mean()), len(of_it), TO_REACH.get(named))

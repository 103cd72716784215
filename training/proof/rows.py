"""Every row of the proof, measured on one model.

Owns which rows there are, and their targets. Knows nothing of the card or of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

from reader.framing import is_blank
from reader.model_card import Thresholds
from reader.reading import verdicts
from training.data.drawings import Drawing
from training.data.examples import WAYS, DrawingFile, dev_digits, rendered
from training.data.sets import Digits
from training.export import Predictor
from training.judging.calibrate import calibration_error_by_chance, gaps
from training.judging.evaluation import Evaluation, evaluate
from training.proof import flags
from training.proof.corruptions import CORRUPTIONS, STRAY_LINES
from training.proof.made import OF_EACH, kinds, made, styles
from training.proof.numbers import number_rows, reader_with
from training.proof.row import Each, Row, row, wilson
from training.proof.views import (
    AS_PICTURES,
    AS_STROKES,
    DISTORTIONS,
    View,
    by_other_hands,
    corrupted,
    distorted,
    dotted,
    seen,
)

Answers = NDArray[np.float32]  # ten probabilities for each drawing

AS = {"strokes": "as strokes", "canvas": "as pictures"}
SEEN_AS = {"strokes": AS_STROKES, "canvas": AS_PICTURES}
SOURCE_NAMES = {"unipen": "UNIPEN", "pendigits": "Pendigits", "uji2": "UJI"}
LETTERS, SCRIPTS = "letters and symbols", "letters of other scripts"
IDEAL_FORMS = "kanjivg"  # the source of drawings that are one ideal form each

TO_REACH = {
    "MNIST test set": 0.9970,
    "drawn digits (digits-dev), as strokes": 0.9895,
    "drawn digits (digits-dev-more), as strokes": 0.992,
    "letters and symbols with the verdict `digit`": 0.03,
    "letters of other scripts with the verdict `digit`": 0.04,
    "… of these, katakana": 0.05,
}
CALIBRATION_TO_REACH = 0.006
MAY_COST = {"tilted": 0.008}  # the others, a point
STYLE_TO_REACH = 0.95
KIND_TO_REACH = 0.02
SURE = 0.9
FLAGS_TO_REACH, FLAGS_WRONG_AND_SURE = 0.97, 0.01
CORRUPTED_WRONG_AND_SURE = 0.015
JUNK_AMONG_DIGITS = 0.1
GUESSED = 0.1  # no digit counts as right once in ten: ten probabilities cannot all be less


@dataclass(frozen=True)
class Proof:
    """The rows, and the evaluation behind them, so that mistakes can be looked at."""

    rows: tuple[Row, ...]
    evaluation: Evaluation
    drawings: tuple[Drawing, ...]  # the dev digits, in the order of the evaluation's sets


def prove(
    read: Predictor,
    test: Digits,
    drawn: Sequence[DrawingFile],
    junk: Sequence[DrawingFile],
    thresholds: Thresholds,
    of_each: int = OF_EACH,
    numbers: bool = True,
) -> Proof:
    """Measure every row; those about numbers take longest."""
    files = {stem_of(file.path): file.drawings for file in drawn}
    dev = tuple(drawing for some in files.values() for drawing in some)
    letters = [drawing for file in junk for drawing in file.drawings]
    evaluation = evaluate(read, test, dev_digits(drawn), None, thresholds)
    groups = group_names(files)
    rows = [
        *digit_rows(evaluation, groups),
        *junk_rows(evaluation, junk),
        *writer_rows(evaluation, files),
        *flag_rows(read, thresholds, dev),
        *distortion_rows(read, files, evaluation, groups),
        *corruption_rows(read, files, evaluation),
        *not_digit_rows(read, thresholds, of_each),
        *style_rows(read, of_each),
    ]
    if numbers:
        rows += number_rows(reader_with(read, thresholds), dev, letters, of_each)
    return Proof(tuple(rows), evaluation, dev)


def stem_of(path: Path) -> str:
    """A file's name without its endings."""
    return path.name.split(".")[0]


def group_names(files: dict[str, list[Drawing]]) -> dict[str, NDArray[np.bool_]]:
    """The drawings of each file, and of each source where a file has several."""
    sources = np.array([drawing.source for some in files.values() for drawing in some])
    groups = {}
    for name, drawings in files.items():
        inside = np.concatenate([np.full(len(some), other == name)
                                 for other, some in files.items()])  # fmt: skip
        groups[name] = inside
        found = sorted({drawing.source for drawing in drawings})
        for source in found if len(found) > 1 else ():
            groups[SOURCE_NAMES.get(source, source)] = inside & (sources == source)
    return groups


def digit_rows(evaluation: Evaluation, groups: dict[str, NDArray[np.bool_]]) -> Iterator[Row]:
    """Rows about MNIST and drawn digits: accuracy, verdicts, calibration."""
    yield figure("MNIST test set", is_right(evaluation, "mnist test"))
    for way in WAYS:
        right = is_right(evaluation, f"drawings as {way}")
        for name, inside in groups.items():
            yield figure(f"drawn digits ({name}), {AS[way]}", right[inside])
    for way in WAYS:
        name = f"drawings as {way}"
        answered = verdicts(evaluation.answers[name], evaluation.thresholds) == "digit"
        yield figure(f"drawn digits with the verdict `digit`, {AS[way]}", answered, 0.98)
        yield row("figures", f"of those, read right, {AS[way]}",
                  np.stack([answered, is_right(evaluation, name)], axis=1), 0.998,
                  figure=lambda each: float(each[each[:, 0], 1].mean()))  # fmt: skip
    for way in WAYS:
        answers = evaluation.answers[f"drawings as {way}"]
        claims = claims_of(answers, is_right(evaluation, f"drawings as {way}"))
        yield calibration(f"calibration error on drawn digits, {AS[way]}", claims)
        yield Row("figures", f"… that chance alone would make of as few, {AS[way]}",
                  calibration_error_by_chance(answers), len(answers),
                  lower_is_better=True)  # fmt: skip


def junk_rows(evaluation: Evaluation, junk: Sequence[DrawingFile]) -> Iterator[Row]:
    """Rows about letters, symbols and other scripts, and calibration with some among digits."""
    drawings = [drawing for file in junk for drawing in file.drawings]
    answers = {way: evaluation.read(rendered(junk, way)[0]) for way in WAYS}
    for way in WAYS:
        digits = evaluation.answers[f"drawings as {way}"]
        count = round(len(digits) * JUNK_AMONG_DIGITS / (1 - JUNK_AMONG_DIGITS))
        chosen = np.random.default_rng(0).permutation(len(drawings))[:count]
        claims = np.concatenate([
            claims_of(digits, is_right(evaluation, f"drawings as {way}")),
            claims_of(answers[way][chosen], np.full(len(chosen), GUESSED)),
        ])  # fmt: skip
        yield calibration(f"… with a tenth of junk among them, {AS[way]}", claims)
    ideal = np.array([drawing.source == IDEAL_FORMS for drawing in drawings])
    if not ideal.all():
        letters = np.concatenate([answers[way][~ideal] for way in WAYS])
        yield from letter_rows(evaluation, letters)
    if ideal.any():
        forms = [drawing for drawing in drawings if drawing.source == IDEAL_FORMS]
        hands = by_other_hands(forms)
        katakana = np.tile([drawing.writer == "katakana" for drawing in hands], len(WAYS))
        passes = is_digit(evaluation, np.concatenate([
            evaluation.read(seen(hands, f"of other scripts {AS[way]}", SEEN_AS[way]))
            for way in WAYS
        ]))  # fmt: skip
        yield figure(f"{SCRIPTS} with the verdict `digit`", passes, lower_is_better=True)
        if katakana.any():
            yield figure("… of these, katakana", passes[katakana], lower_is_better=True)


def letter_rows(evaluation: Evaluation, letters: Answers) -> Iterator[Row]:
    """Rows about letters that people wrote."""
    digits = np.concatenate([evaluation.answers[f"drawings as {way}"] for way in WAYS]).max(axis=1)
    sure = letters.max(axis=1)
    yield figure(f"{LETTERS} that pass where 95 % of drawn digits do",
                 sure >= np.quantile(digits, 0.05), 0.006, lower_is_better=True)  # fmt: skip
    both = np.stack([np.concatenate([digits, sure]),
                     np.repeat([1.0, 0.0], [len(digits), len(sure)])], axis=1)  # fmt: skip
    yield row("figures", f"drawn digits told from {LETTERS} (AUROC)", both, 0.998,
              figure=auroc)  # fmt: skip
    yield figure(f"{LETTERS} with the verdict `digit`", is_digit(evaluation, letters),
                 lower_is_better=True)  # fmt: skip


def writer_rows(evaluation: Evaluation, files: dict[str, list[Drawing]]) -> Iterator[Row]:
    """Rows about the writers of each file: the worst, and how many share all mistakes."""
    right, start = is_right(evaluation, "drawings as strokes"), 0
    for name, drawings in files.items():
        writers = np.array([drawing.writer for drawing in drawings])
        of_file, start = right[start : start + len(writers)], start + len(writers)
        by_writer = {str(who): of_file[writers == who] for who in np.unique(writers)}
        worst = min(by_writer.values(), key=lambda some: float(some.mean()))
        share = float(worst.mean())
        yield Row("writers", f"{name}, the worst of {len(by_writer)} writers", share, len(worst),
                  interval=wilson(share, len(worst)))  # fmt: skip
        yield row("writers", f"{name}, writers who made all the mistakes",
                  np.array([not some.all() for some in by_writer.values()]),
                  lower_is_better=True)  # fmt: skip


def flag_rows(read: Predictor, thresholds: Thresholds, dev: Sequence[Drawing]) -> Iterator[Row]:
    """Rows about 1s that look like a 7, and 7s that look like a 1."""
    ones = {
        "long-flagged 1s as written": flags.long_flagged(dev),
        "1s with other long flags": flags.ones_with_flags(dev),
    }
    for name, drawings in ones.items():
        if not drawings:
            continue
        answers = both_ways(read, drawings, name)
        best = np.argsort(answers, axis=1)[:, :-3:-1]
        doubt = (verdicts(answers, thresholds) == "unsure") & (np.sort(best) == [1, 7]).all(axis=1)
        yield row("flags", f"{name}, read as a 1 or answered “A 1 or a 7?”",
                  (best[:, 0] == 1) | doubt, FLAGS_TO_REACH)  # fmt: skip
        yield row("flags", f"{name}, wrong and at least 90 % sure", wrong_and_sure(answers, 1),
                  FLAGS_WRONG_AND_SURE, lower_is_better=True)  # fmt: skip
    sevens = flags.sevens_without_crossing(dev)
    if sevens:
        answers = both_ways(read, sevens, "uncrossed 7s")
        yield row("flags", "uncrossed 7s, read right", answers.argmax(axis=1) == 7)
        yield row("flags", "uncrossed 7s, wrong and at least 90 % sure",
                  wrong_and_sure(answers, 7), lower_is_better=True)  # fmt: skip


def both_ways(read: Predictor, drawings: Sequence[Drawing], name: str) -> Answers:
    """What the model makes of drawings, as strokes and as pictures."""
    images = [seen(drawings, f"{name}, {AS[way]}", SEEN_AS[way]) for way in WAYS]
    return read(np.concatenate(images))


def wrong_and_sure(answers: Answers, labels: NDArray[np.int64] | int) -> Each:
    """Where the model is wrong and does not doubt it."""
    return np.asarray((answers.argmax(axis=1) != labels) & (answers.max(axis=1) >= SURE))


def distortion_rows(
    read: Predictor,
    files: dict[str, list[Drawing]],
    evaluation: Evaluation,
    groups: dict[str, NDArray[np.bool_]],
) -> Iterator[Row]:
    """Rows about distorted digits. The target is the share without, less what it may cost."""
    views: dict[tuple[str, str], View] = {
        (distortion, way): partial(distorted, distortion=distortion, how=way)
        for distortion in DISTORTIONS
        for way in WAYS
    }
    views["dotted", "canvas"] = dotted
    for (distortion, way), view in views.items():
        whole = is_right(evaluation, f"drawings as {way}")
        labels = evaluation.sets[f"drawings as {way}"].labels
        images = seen_files(files, f"{distortion}, {AS[way]}", view)
        right = read(images).argmax(axis=1) == labels
        for name, inside in groups.items():
            to_reach = float(whole[inside].mean()) - MAY_COST.get(distortion, 0.01)
            yield row("distortions", f"drawn digits ({name}), {AS[way]}, {distortion}",
                      right[inside], round(to_reach, 6))  # fmt: skip


def corruption_rows(
    read: Predictor, files: dict[str, list[Drawing]], evaluation: Evaluation
) -> Iterator[Row]:
    """Rows about pictures of drawn digits with something over them."""
    as_drawn = evaluation.answers["drawings as canvas"]
    labels = evaluation.sets["drawings as canvas"].labels
    yield row("corruptions", "as drawn, wrong and at least 90 % sure",
              wrong_and_sure(as_drawn, labels), CORRUPTED_WRONG_AND_SURE,
              lower_is_better=True)  # fmt: skip
    for corruption in CORRUPTIONS:
        view = partial(corrupted, corruption=corruption)
        answers = read(seen_files(files, corruption, view))
        yield row("corruptions", f"{corruption}, wrong and at least 90 % sure",
                  wrong_and_sure(answers, labels), CORRUPTED_WRONG_AND_SURE,
                  lower_is_better=True)  # fmt: skip
        yield row("corruptions", f"{corruption}, read right", answers.argmax(axis=1) == labels)
        if corruption in STRAY_LINES:
            yield row("corruptions", f"{corruption}, mean confidence", answers.max(axis=1),
                      float(as_drawn.max(axis=1).mean()), lower_is_better=True)  # fmt: skip


def seen_files(files: dict[str, list[Drawing]], name: str, view: View) -> NDArray[np.uint8]:
    """All dev drawings in one view, file by file."""
    return np.concatenate([seen(some, f"{file}, {name}", view) for file, some in files.items()])


def not_digit_rows(read: Predictor, thresholds: Thresholds, of_each: int) -> Iterator[Row]:
    """Rows about what is no digit and gets the verdict `digit` all the same."""
    passed = []
    for kind, images in made(kinds(), of_each).items():
        inked = np.array([not is_blank(image) for image in images])
        passes = inked & (verdicts(read(images), thresholds) == "digit")
        passed.append(passes)
        yield row("not digits", kind, passes, KIND_TO_REACH, lower_is_better=True)
    yield row("not digits", "all of these", np.concatenate(passed), KIND_TO_REACH,
              lower_is_better=True)  # fmt: skip


def style_rows(read: Predictor, of_each: int) -> Iterator[Row]:
    """Rows about the ways people write their digits."""
    digits = styles()
    for name, images in made(list(digits), of_each).items():
        yield row("styles", name, read(images).argmax(axis=1) == digits[name],
                  STYLE_TO_REACH)  # fmt: skip


def is_right(evaluation: Evaluation, name: str) -> Each:
    """Which digits of a set are read right."""
    return np.asarray(evaluation.answers[name].argmax(axis=1) == evaluation.sets[name].labels)


def is_digit(evaluation: Evaluation, answers: Answers) -> Each:
    """Which answers get the verdict `digit`."""
    return np.asarray(verdicts(answers, evaluation.thresholds) == "digit")


def figure(
    name: str, each: Each, to_reach: float | None = None, lower_is_better: bool = False
) -> Row:
    """A row of the first table."""
    return row("figures", name, each, to_reach or TO_REACH.get(name), lower_is_better)


def claims_of(answers: Answers, right: Each) -> Each:
    """How sure each answer is, and whether it is right."""
    return np.stack([answers.max(axis=1), right], axis=1)


def auroc(each: Each) -> float:
    """How often a digit is surer than what is no digit; each has its confidence and 1 or 0."""
    ranks, is_digit = rankdata(each[:, 0]), each[:, 1] == 1
    digits, others = int(is_digit.sum()), int((~is_digit).sum())
    return float((ranks[is_digit].sum() - digits * (digits + 1) / 2) / (digits * others))


def calibration(name: str, claims: Each) -> Row:
    """A row about confidence."""
    return row("figures", name, claims, CALIBRATION_TO_REACH, lower_is_better=True,
               figure=lambda each: gaps(each[:, 0], each[:, 1]))  # fmt: skip

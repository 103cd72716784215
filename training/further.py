"""Trains a model on with the drawings of a class, and measures the gain on pupils set aside.

Whole pupils are set aside, because a network reads the hand that it has learned from better than
others. The set aside pupils choose nothing: not the epoch, not the thresholds. Knows no rooms; a
pupil is the writer of a drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reader.model_card import ModelFile
from training.data.drawings import Drawing, labels_of, render_all
from training.data.examples import Examples, read_files
from training.data.sets import one_hot
from training.errors import DataError
from training.export import (
    check_agreement,
    classes_of,
    export,
    load_keras,
    made_by,
    write_card,
)
from training.files import workplace
from training.learning.fit import fit, predict
from training.options import Options

ASIDE = 1 / 3  # of the pupils
DRAWN_ANEW = 10_000
CERTAIN = 0.95


@dataclass(frozen=True)
class Gain:
    """The share of drawings that are read right, before and after, and what may be chance."""

    count: int
    before: float
    after: float
    low: float  # the gain of other pupils is between these, with 95 % certainty
    high: float

    def __str__(self) -> str:
        points = f"{100 * (self.after - self.before):+.1f} points"
        interval = f"{100 * self.low:+.1f} to {100 * self.high:+.1f}"
        if self.low > 0:
            verdict = "It reads other pupils better than before."
        elif self.high < 0:
            verdict = "It reads other pupils worse than before."
        else:
            verdict = "No gain: a difference like this may be chance."
        return (
            f"before {self.before:.1%}, after {self.after:.1%} of {self.count} drawings by pupils "
            f"set aside\n{points} (95 % interval: {interval}). {verdict}"
        )


def train_further(path: Path, options: Options, out: Path, command: Sequence[str]) -> int:
    """Train the model in `path` on, say what it gained, and write it to `out`."""
    card = ModelFile.check(path).card
    model = load_keras(path)
    classes = classes_of(path)
    files, _ = read_files(options.drawings, (), classes)
    drawings = [drawing for file in files for drawing in file.drawings]
    learned, aside = set_aside(drawings, options.seed)
    print(
        f"{pupils(learned)} pupils with {len(learned)} drawings teach it; "
        f"{pupils(aside)} pupils with {len(aside)} drawings are set aside"
    )
    labels, images = labels_of(aside), render_all(aside, "strokes")
    before = predict(model, images).argmax(axis=1) == labels
    with workplace(out) as unfinished:
        count = len(classes)
        fit(model, varied(learned, options, count), as_drawn(learned, count), options)
        after = predict(model, images).argmax(axis=1) == labels
        gain = gain_of(before, after, [pupil(drawing) for drawing in aside])
        paths = export(model, unfinished)
        check_agreement(paths, images[:200], classes)
        further = {
            **classes.as_card(),
            **{key: card[key] for key in ("network", "temperature", "thresholds")},
            "made": {
                **made_by(command, options),
                "started_from": card["files"][path.name]["sha256"],
            },
            "data": {file.path.name: {"sha256": file.sha256} for file in files},
            "figures": {
                "pupils set aside, before": {"count": gain.count, "accuracy": gain.before},
                "pupils set aside": {"count": gain.count, "accuracy": gain.after},
            },
        }
        written = [*paths.values(), write_card(unfinished, further, paths)]
        for made in written:
            made.replace(out / made.name)
    print(f"\n{gain}\n\nTo see it on the page: MODEL_PATH={out / paths['.tflite'].name} make run")
    return 0


def pupil(drawing: Drawing) -> tuple[str, str]:
    """Two rooms may have a Blue Heron each."""
    return drawing.source, drawing.writer


def pupils(drawings: Sequence[Drawing]) -> int:
    return len({pupil(drawing) for drawing in drawings})


def set_aside(drawings: Sequence[Drawing], seed: int) -> tuple[list[Drawing], list[Drawing]]:
    """The drawings to learn from, and those of a third of the pupils, chosen by chance."""
    names = sorted({pupil(drawing) for drawing in drawings})
    if len(names) < 2:
        raise DataError(
            "--start-from sets pupils aside, so the drawings must say who drew them (“writer”), "
            f"and there must be two or more; here is {len(names)}"
        )
    chosen = np.random.default_rng(seed).permutation(len(names))[: max(1, int(len(names) * ASIDE))]
    aside = {names[number] for number in chosen}
    return (
        [drawing for drawing in drawings if pupil(drawing) not in aside],
        [drawing for drawing in drawings if pupil(drawing) in aside],
    )


def varied(drawings: Sequence[Drawing], options: Options, classes: int) -> Examples:
    """Each drawing as several other hands would draw it."""
    seeds = range(options.renderings)
    images = np.concatenate([render_all(drawings, "training", seed) for seed in seeds])
    return Examples(images, one_hot(np.tile(labels_of(drawings), options.renderings), classes))


def as_drawn(drawings: Sequence[Drawing], classes: int) -> Examples:
    return Examples(render_all(drawings, "strokes"), one_hot(labels_of(drawings), classes))


def gain_of(
    before: NDArray[np.bool_], after: NDArray[np.bool_], whose: Sequence[tuple[str, str]]
) -> Gain:
    """The gain, and its interval: a bootstrap over pupils, because a hand repeats itself."""
    _, numbers = np.unique(np.array(whose), axis=0, return_inverse=True)
    numbers = numbers.reshape(-1)
    drawn = np.bincount(numbers)
    more = np.bincount(numbers, weights=after.astype(float) - before)
    chance = np.random.default_rng(0).integers(len(drawn), size=(DRAWN_ANEW, len(drawn)))
    gains = more[chance].sum(axis=1) / drawn[chance].sum(axis=1)
    low, high = np.quantile(gains, [(1 - CERTAIN) / 2, (1 + CERTAIN) / 2])
    return Gain(len(before), float(before.mean()), float(after.mean()), float(low), float(high))

"""Drawings set aside: most to learn from, some to validate on, some to test on.

By people where there are enough of them, so that nobody's hand is both learnt and tested.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reader.classes import Classes
from training.data.drawings import Drawing
from training.errors import DataError

SHARE = 1 / 6  # of each class, for the validation, and again for the test
FEWEST = 3  # drawings of a class
ENOUGH_WRITERS = 12  # two of them are a sixth

Parts = tuple[list[Drawing], list[Drawing], list[Drawing]]


def set_aside(drawings: Sequence[Drawing], classes: Classes, seed: int = 0) -> Parts:
    """The drawings to learn from, to validate on and to test on. Every class is in each."""
    of_class: list[list[Drawing]] = [[] for _ in classes.labels]
    for drawing in drawings:
        if drawing.label is not None:
            of_class[drawing.label].append(drawing)
    for label, its in zip(classes.labels, of_class, strict=True):
        if len(its) < FEWEST:
            raise DataError(f"{label} has {len(its)} drawings; each class needs {FEWEST}, or more")
    rng = np.random.default_rng(seed)
    return by_writer(of_class, rng) or by_drawing(of_class, rng)


def by_drawing(of_class: list[list[Drawing]], rng: np.random.Generator) -> Parts:
    """A sixth of each class for either."""
    learnt: list[Drawing] = []
    validation: list[Drawing] = []
    test: list[Drawing] = []
    for its in of_class:
        count = max(1, round(SHARE * len(its)))
        shuffled = [its[index] for index in rng.permutation(len(its))]
        test += shuffled[:count]
        validation += shuffled[count : 2 * count]
        learnt += shuffled[2 * count :]
    return learnt, validation, test


def by_writer(of_class: list[list[Drawing]], rng: np.random.Generator) -> Parts | None:
    """A sixth of the people for either; None where they are too few, or did not draw all."""
    drawings = [drawing for its in of_class for drawing in its]
    writers = sorted({drawing.writer for drawing in drawings})
    if len(writers) < ENOUGH_WRITERS or "" in writers:
        return None
    count = round(SHARE * len(writers))
    order = [writers[index] for index in rng.permutation(len(writers))]
    part_of = {writer: min(place // count, 2) for place, writer in enumerate(order)}
    parts: Parts = ([], [], [])
    for drawing in drawings:
        parts[2 - part_of[drawing.writer]].append(drawing)
    everywhere = all(len({drawing.label for drawing in part}) == len(of_class) for part in parts)
    return parts if everywhere else None

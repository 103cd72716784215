"""Sets of small labelled pictures: the two halves, their classes, checks, and how they are split.

Knows no file formats; `mnist`, `files`, `idx`, `tables` and `folders` beside it read those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.classes import DIGITS, FEWEST, MOST, Classes, as_label, in_order
from reader.framing import DIGIT_IMAGE_PX
from training.errors import DataError

PIXELS = DIGIT_IMAGE_PX * DIGIT_IMAGE_PX
SPLIT_OFF = 1 / 6  # for the test, where a set has no test half: MNIST's own share is a seventh
LIGHT = 128  # an edge that is as light is paper; MNIST's paper is black


@dataclass(frozen=True)
class Digits:
    """Digit images, uint8 (count, 28, 28), and their labels, as places among the classes."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.intp]) -> Digits:
        """These digits, in this order."""
        return Digits(self.images[indices], self.labels[indices])

    @property
    def sha256(self) -> str:
        """The hash of the pictures and labels: the same whichever file they came in."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).tobytes())
        digest.update(self.labels.astype("<i8").tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class PictureSet:
    """The two halves of a set. The test half chooses nothing."""

    train: Digits
    test: Digits
    classes: Classes = DIGITS


@dataclass(frozen=True)
class Half:
    """Pictures and labels as a file has them; `where` names them in errors."""

    images: NDArray[np.generic]
    labels: NDArray[np.generic]
    where: str


def picture_set(
    train: Half, test: Half | None, names: Sequence[str] = (), promised: Sequence[str] = ()
) -> PictureSet:
    """Both halves, checked, with labels as places. Without a test half, a sixth is split off.

    `names` are what somebody typed; `promised` are those of a well-known set, if they fit.
    """
    halves = [train] if test is None else [train, test]
    images = [as_pictures(half) for half in halves]
    labels = [as_row(half) for half in halves]
    if not names and len(np.unique(np.concatenate(labels))) == len(promised):
        names = promised
    classes, places = classes_of(labels, names, train.where)
    digits = [Digits(pictures, row) for pictures, row in zip(images, places, strict=True)]
    if test is None:
        digits = [*stratified_split(digits[0], SPLIT_OFF, seed=0)]
    learnt, tested = digits
    for half, name in ((learnt, "train"), (tested, "test")):
        if len(half) == 0:
            raise DataError(f"{train.where}: no pictures to {name} on")
    return PictureSet(learnt, tested, classes)


def as_pictures(half: Half) -> NDArray[np.uint8]:
    """Bytes of 28×28, white ink on black, from any of the usual shapes and ranges."""
    images = half.images
    if images.ndim in (3, 4) and 1 in (images.shape[-1], images.shape[1]):
        images = images.squeeze(-1 if images.shape[-1] == 1 else 1)
    if images.ndim == 2 and images.shape[1] == PIXELS:
        images = images.reshape(-1, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX)
    is_number = images.dtype.kind in "biuf"
    if images.shape[1:] != (DIGIT_IMAGE_PX, DIGIT_IMAGE_PX) or not is_number:
        raise DataError(
            f"{half.where}: expected 28x28 pictures in grey, got {half.images.dtype} "
            f"{half.images.shape}"
        )
    if len(images) == 0:
        raise DataError(f"{half.where}: no pictures at all")
    lowest, highest = float(images.min()), float(images.max())
    if not 0 <= lowest <= highest <= 255:
        raise DataError(
            f"{half.where}: pixels go from {lowest:g} to {highest:g}; expected 0 to 255, or 0 to 1"
        )
    if highest <= 1:
        images = images.astype(np.float32) * 255
    if images.dtype.kind == "f":
        images = np.rint(images)
    return on_black(images.astype(np.uint8))


def on_black(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """White ink on black, also where a set has black ink on white."""
    edges = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]])
    return 255 - images if np.median(edges) >= LIGHT else images


def as_row(half: Half) -> NDArray[np.generic]:
    """A label for each picture: from a row or a column of them, or from rows with a single one."""
    labels = half.labels
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    elif labels.ndim == 2 and labels.dtype.kind in "biuf" and (labels.sum(axis=1) == 1).all():
        labels = labels.argmax(axis=1)
    if labels.dtype.kind == "f" and (labels == np.rint(labels)).all():
        labels = labels.astype(np.int64)
    if labels.ndim != 1 or labels.dtype.kind not in "iuU":
        raise DataError(f"{half.where}: the labels must be one row of whole numbers or of words")
    if len(half.images) != len(labels):
        raise DataError(f"{half.where}: {len(half.images)} pictures but {len(labels)} labels")
    return labels


def classes_of(
    rows: Sequence[NDArray[np.generic]], names: Sequence[str], where: str
) -> tuple[Classes, list[NDArray[np.int64]]]:
    """The classes in rows of labels, and the rows as places among them.

    Numbers count from 0 or from 1, or else `names` says in their order what each of them means.
    """
    found = np.unique(np.concatenate(rows))
    if found.dtype.kind == "U":
        labels = in_order(map(as_label, found))
        classes = named_classes(names or labels, where)
        unknown = [label for label in labels if label not in classes.labels]
        if unknown and all(label.isdecimal() for label in labels):
            return classes_of([row.astype(np.int64) for row in rows], names, where)
        if unknown:
            raise DataError(f"{where}: {unknown[0]!r} is none of the classes {classes.listed}")
        return classes, [
            np.array([classes.place_of(label) for label in row], np.int64) for row in rows
        ]
    numbers = found.astype(np.int64)
    count = len(names) or len(numbers)
    if numbers[0] >= 0 and numbers[-1] < count:
        first = 0
    elif numbers[0] >= 1 and numbers[-1] == count:
        first = 1
    elif len(names) == len(numbers):
        classes = named_classes(names, where)
        return classes, [np.searchsorted(numbers, row.astype(np.int64)) for row in rows]
    else:
        first_few = ", ".join(map(str, numbers[:MOST])) + (" …" if len(numbers) > MOST else "")
        raise DataError(
            f"{where}: labels are {first_few}; "
            + (f"--classes names {len(names)}" if names else "name what they mean with --classes")
        )
    classes = named_classes(names or [str(first + place) for place in range(count)], where)
    return classes, [row.astype(np.int64) - first for row in rows]


def named_classes(names: Sequence[str], where: str) -> Classes:
    """Classes, or an error that names the file."""
    if not FEWEST <= len(set(names)) <= MOST:
        raise DataError(f"{where}: {len(set(names))} classes; {FEWEST} to {MOST} are possible")
    try:
        return Classes(tuple(as_label(name) for name in names))
    except ValueError as error:
        raise DataError(f"{where}: {error}") from error


def stratified_split(digits: Digits, fraction: float, seed: int) -> tuple[Digits, Digits]:
    """Split into (training, validation) with the same share of each digit in both."""
    rng = np.random.default_rng(seed)
    kept: list[NDArray[np.intp]] = []
    held_out: list[NDArray[np.intp]] = []
    for label in range(1 + digits.labels.max(initial=0)):
        of_this_digit = rng.permutation(np.flatnonzero(digits.labels == label))
        count = round(fraction * len(of_this_digit))
        held_out.append(of_this_digit[:count])
        kept.append(of_this_digit[count:])
    return (
        digits.take(np.sort(np.concatenate(kept))),
        digits.take(np.sort(np.concatenate(held_out))),
    )


def one_hot(labels: NDArray[np.int64], classes: int = len(DIGITS)) -> NDArray[np.float32]:
    """Labels as rows with a single one, for categorical cross-entropy."""
    return np.eye(classes, dtype=np.float32)[labels]

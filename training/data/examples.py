"""Makes examples of pictures, drawings and junk: to train on, to validate on and to test on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reader.classes import DIGITS, Classes, in_order
from training.data import junk, ones_and_sevens
from training.data.copies import copies
from training.data.drawings import (
    Drawing,
    Rendered,
    kept,
    labels_in,
    labels_of,
    read_drawings,
    render_all,
)
from training.data.junk import made_junk
from training.data.mnist import load_mnist, names_of
from training.data.ones_and_sevens import made_ones_and_sevens
from training.data.set_aside import set_aside
from training.data.sets import Digits, PictureSet, named_classes, one_hot, stratified_split
from training.errors import DataError
from training.files import sha256_of_file
from training.options import Options

Maker = Callable[[int, Sequence[Drawing]], list[Drawing]]

FEW_DRAWINGS, MORE_OFTEN = 2_000, 4  # a file with so few drawings is rendered more often
WAYS = ("strokes", "canvas")  # how a drawing reaches the app
MAY_BE_COPIES = 0.02  # of dev drawings: simple drawings by two people may be alike


@dataclass(frozen=True)
class DrawingFile:
    """A file of drawings. A run reads it once."""

    path: Path
    drawings: list[Drawing]
    classes: Classes = DIGITS

    @cached_property
    def sha256(self) -> str:
        return sha256_of_file(self.path)

    def rendered(self, how: str, times: int = 1) -> Rendered:
        """All drawings rendered `times` over, and their labels (-1: not a digit)."""

        def render() -> Rendered:
            print(
                f"rendering {times} x {len(self.drawings):,} drawings of {self.path.name} "
                f"as {how} ...",
                flush=True,
            )
            images = [render_all(self.drawings, how, seed) for seed in range(times)]
            return np.concatenate(images), np.concatenate([labels_of(self.drawings)] * times)

        of = "" if self.classes.are_digits else f" {self.classes.labels}"
        return kept(f"{how} {times} {self.sha256}{of}", render)


@dataclass(frozen=True)
class Examples:
    """Pictures, uint8 (count, 28, 28), and a target for each, (count, classes)."""

    images: NDArray[np.uint8]
    targets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Datasets:
    """All the data of one run."""

    training: Examples
    validation: Examples
    held_out: Digits  # of the set: validated on, and never trained on
    test: Digits
    dev_drawings: dict[str, Digits] = field(default_factory=dict)  # by how they reach the app
    dev_junk: NDArray[np.uint8] | None = None
    data: dict[str, dict[str, Any]] = field(default_factory=dict)  # hashes and counts for the card
    classes: Classes = DIGITS


@dataclass(frozen=True)
class Source:
    """The pictures that a run starts from: of a set, or of the drawings where they are all."""

    classes: Classes
    training: list[Examples]
    held_out: Digits
    test: Digits
    data: dict[str, dict[str, Any]]


def prepare(options: Options) -> Datasets:
    """Read everything the options name."""
    judging = options.dev_drawings + options.dev_junk
    check_named_once(options.drawings + options.junk + judging)
    pictures = set_of(options)
    classes = pictures.classes if pictures else drawn_classes(options)
    drawn, junk_files = read_files(options.drawings, options.junk, classes)
    dev_drawn, dev_junk_files = read_files(options.dev_drawings, options.dev_junk, classes)
    check_apart([*dev_drawn, *dev_junk_files], [*drawn, *junk_files])
    source = from_set(pictures, options) if pictures else from_drawings(drawn, classes, options)
    data, parts = source.data, source.training
    for file in (drawn if pictures else []) + junk_files:
        count = len(file.drawings)
        times = options.renderings * (MORE_OFTEN if count < FEW_DRAWINGS else 1)
        images, labels = file.rendered("training", times)
        parts.append(Examples(images, targets_of(labels, classes)))
        data[file.path.name] = {"sha256": file.sha256, "count": count, "renderings": times}
    drawings = [drawing for file in drawn + junk_files for drawing in file.drawings]
    for name, count, make in (
        ("junk made by code", options.made_junk, made_junk),
        ("1s and 7s made by code", options.made_digits, made_ones_and_sevens),
    ):
        if count:
            images, labels = made_pictures(make, count, drawings)
            parts.append(Examples(images, targets_of(labels, classes)))
            data[name] = {"count": count}
    validation_parts = [labelled(source.held_out, classes)]
    dev_drawings = dev_digits(dev_drawn)
    validation_parts += [labelled(some, classes) for some in dev_drawings.values()]
    for files, chose in (
        (dev_drawn, "the weights, the temperature and the thresholds"),
        (dev_junk_files, "the thresholds"),
    ):
        for file in files:
            data[file.path.name] = {"sha256": file.sha256, "chose": chose}
    return Datasets(
        training=joined(parts),
        validation=joined(validation_parts),
        held_out=source.held_out,
        test=source.test,
        dev_drawings=dev_drawings,
        dev_junk=dev_junk(dev_junk_files),
        data=data,
        classes=classes,
    )


def set_of(options: Options) -> PictureSet | None:
    """The set that --data names, or MNIST; None where drawings of other classes are all."""
    names = names_of(options.classes)
    if options.data is not None:
        return load_mnist(Path(options.data), names)
    if are_of_digits(options):
        return load_mnist()
    if not options.drawings:
        raise DataError("--classes names other classes than digits; give --data or --drawings")
    return None


def are_of_digits(options: Options) -> bool:
    """Whether the drawings, or what --classes names, are of digits alone."""
    return {*(names_of(options.classes) or drawn_labels(options))} <= {*DIGITS.labels}


def drawn_classes(options: Options) -> Classes:
    """The classes of drawings: as --classes orders them, or all labels in order."""
    labels = names_of(options.classes) or in_order(drawn_labels(options))
    return named_classes(labels, options.drawings[0])


def drawn_labels(options: Options) -> set[str]:
    """The labels that the drawings have."""
    return {label for path in named_files(options.drawings) for label in labels_in(path)}


def from_set(pictures: PictureSet, options: Options) -> Source:
    """The pictures of a set, with a share of the training half held out."""
    train, held_out = stratified_split(pictures.train, options.validation_split, options.seed)
    if not (len(train) and len(held_out)):
        raise DataError(
            f"--validation-split {options.validation_split} leaves {len(train)} digits to learn "
            f"from and {len(held_out)} to validate"
        )
    names = names_of_halves(pictures.classes)
    return Source(
        pictures.classes,
        [labelled(train, pictures.classes)] * options.mnist_times,
        held_out,
        pictures.test,
        {
            name: {"sha256": digits.sha256, "count": len(digits)}
            for name, digits in zip(names, (pictures.train, pictures.test), strict=True)
        },
    )


def names_of_halves(classes: Classes) -> tuple[str, str]:
    """What cards and reports call the two halves of a set. Digits are MNIST's, or as good."""
    return ("mnist train", "mnist test") if classes.are_digits else ("training set", "test set")


def from_drawings(files: list[DrawingFile], classes: Classes, options: Options) -> Source:
    """Drawings alone, a third of them set aside."""
    drawings = [drawing for file in files for drawing in file.drawings]
    learnt, held_out, test = set_aside(drawings, classes, options.seed)
    images = [render_all(learnt, "training", seed) for seed in range(options.renderings)]
    labels = np.concatenate([labels_of(learnt)] * options.renderings)
    data: dict[str, dict[str, Any]] = {file.path.name: {"sha256": file.sha256} for file in files}
    for name, some in (("learnt", learnt), ("held out", held_out), ("test set", test)):
        data[name] = {"count": len(some)}
    return Source(
        classes,
        [Examples(np.concatenate(images), one_hot(labels, len(classes)))],
        as_they_come(held_out),
        as_they_come(test),
        data,
    )


def as_they_come(drawings: Sequence[Drawing]) -> Digits:
    """Drawings as they reach the app, once each way."""
    images = [render_all(drawings, way) for way in WAYS]
    return Digits(np.concatenate(images), np.concatenate([labels_of(drawings)] * len(WAYS)))


def labelled(digits: Digits, classes: Classes) -> Examples:
    """Pictures with their labels as targets."""
    return Examples(digits.images, one_hot(digits.labels, len(classes)))


def made_pictures(make: Maker, count: int, drawings: list[Drawing]) -> Rendered:
    """Drawings made by code, rendered, and their labels."""

    def render() -> Rendered:
        print(f"rendering {count:,} drawings of {make.__name__} ...", flush=True)
        made = make(count, drawings)
        return render_all(made, "training"), labels_of(made)

    of = hashlib.sha256(repr(drawings).encode()).hexdigest()
    return kept(f"{make.__name__} {count} {of}", render, [junk.__file__, ones_and_sevens.__file__])


def targets_of(labels: NDArray[np.int64], classes: Classes = DIGITS) -> NDArray[np.float32]:
    """One-hot rows for digits; the uniform answer for everything else (labelled -1)."""
    uniform = np.full(len(classes), 1 / len(classes), np.float32)
    known = one_hot(np.maximum(labels, 0), len(classes))
    return np.where((labels >= 0)[:, None], known, uniform)


def joined(parts: Sequence[Examples]) -> Examples:
    """Several sets as one."""
    return Examples(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.targets for part in parts]),
    )


def dev_digits(files: Sequence[DrawingFile]) -> dict[str, Digits]:
    """Drawn digits, once as strokes and once as pictures."""
    if not files:
        return {}
    return {way: Digits(*rendered(files, way)) for way in WAYS}


def dev_junk(files: Sequence[DrawingFile]) -> NDArray[np.uint8] | None:
    """Junk, as strokes and as pictures."""
    if not files:
        return None
    return np.concatenate([rendered(files, way)[0] for way in WAYS])


def rendered(files: Sequence[DrawingFile], way: str) -> Rendered:
    """All drawings of some files, as they reach the app one way."""
    pairs = [file.rendered(way) for file in files]
    return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])


def read_files(
    drawings: Sequence[str], junk: Sequence[str], classes: Classes = DIGITS
) -> tuple[list[DrawingFile], list[DrawingFile]]:
    """The files of digits and of junk: each exists, is of its kind, and is named once."""
    check_named_once((*drawings, *junk))
    found: tuple[list[DrawingFile], list[DrawingFile]] = ([], [])
    for files, names, are_digits in zip(found, (drawings, junk), (True, False), strict=True):
        for path in named_files(names):
            some = read_drawings(path, classes)
            if {drawing.label is not None for drawing in some} != {are_digits}:
                raise DataError(
                    f"{path}: {classes.noun}s, and nothing else, are for --drawings and "
                    "--dev-drawings; --junk and --dev-junk have none"
                )
            files.append(DrawingFile(path, some, classes))
    return found


def check_apart(dev: Sequence[DrawingFile], training: Sequence[DrawingFile]) -> None:
    """Drawings that choose a model are not trained on, whatever their files are called."""
    for judging in dev:
        for file in training:
            count = copies(judging.drawings, file.drawings)
            if count > MAY_BE_COPIES * len(judging.drawings):
                raise DataError(
                    f"{count:,} of {len(judging.drawings):,} drawings of {judging.path} are also "
                    f"in {file.path}: they would choose the model that learnt them"
                )


def check_named_once(files: Sequence[str]) -> None:
    """No two files have one content or one name."""
    seen: dict[str, Path] = {}
    for path in named_files(files):
        for same in (sha256_of_file(path), path.name):  # the card knows files by their names
            if same in seen:
                raise DataError(f"{path} and {seen[same]} have one content or one name")
            seen[same] = path


def named_files(files: Sequence[str]) -> list[Path]:
    """The files that were named, or an error that names the one that is not there."""
    paths = [Path(name) for name in files]
    for path in paths:
        if not path.is_file():
            raise DataError(f"{path}: no such file of drawings")
    return paths

"""Makes examples of pictures, drawings and junk: to train on, to validate on and to test on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reader.classes import DIGITS, Classes, in_order
from training.data import junk, ones_and_sevens
from training.data.drawings import (
    Drawing,
    Rendered,
    kept,
    labels_in,
    labels_of,
    read_drawings,
    render_all,
    rendered_file,
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
    check_files(options.drawings + options.dev_drawings, options.junk + options.dev_junk, classes)
    source = from_set(pictures, options) if pictures else from_drawings(classes, options)
    data, parts = source.data, source.training
    for path in named_files((options.drawings if pictures else ()) + options.junk):
        count = len(read_drawings(path, classes))
        times = options.renderings * (MORE_OFTEN if count < FEW_DRAWINGS else 1)
        images, labels = rendered_file(path, "training", times, classes)
        parts.append(Examples(images, targets_of(labels, classes)))
        data[path.name] = {"sha256": sha256_of_file(path), "count": count, "renderings": times}
    files = named_files(options.drawings + options.junk)
    drawings = [drawing for path in files for drawing in read_drawings(path, classes)]
    for name, count, make in (
        ("junk made by code", options.made_junk, made_junk),
        ("1s and 7s made by code", options.made_digits, made_ones_and_sevens),
    ):
        if count:
            images, labels = made_pictures(make, count, drawings)
            parts.append(Examples(images, targets_of(labels, classes)))
            data[name] = {"count": count}
    validation_parts = [labelled(source.held_out, classes)]
    dev_drawings = dev_digits(options.dev_drawings, classes)
    validation_parts += [labelled(drawn, classes) for drawn in dev_drawings.values()]
    for path in named_files(options.dev_drawings + options.dev_junk):
        data[path.name] = {"sha256": sha256_of_file(path)}
    return Datasets(
        training=joined(parts),
        validation=joined(validation_parts),
        held_out=source.held_out,
        test=source.test,
        dev_drawings=dev_drawings,
        dev_junk=dev_junk(options.dev_junk),
        data=data,
        classes=classes,
    )


def set_of(options: Options) -> PictureSet | None:
    """The set that --data names, or MNIST; None where drawings of other classes are all."""
    names = names_of(options.classes)
    if options.data is not None:
        return load_mnist(Path(options.data), names)
    labels = {label for path in named_files(options.drawings) for label in labels_in(path)}
    if {*(names or labels)} <= {*DIGITS.labels}:
        return load_mnist()
    if not options.drawings:
        raise DataError("--classes names other classes than digits; give --data or --drawings")
    return None


def drawn_classes(options: Options) -> Classes:
    """The classes of drawings: as --classes orders them, or all labels in order."""
    labels = {label for path in named_files(options.drawings) for label in labels_in(path)}
    return named_classes(names_of(options.classes) or in_order(labels), options.drawings[0])


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


def from_drawings(classes: Classes, options: Options) -> Source:
    """Drawings alone, a third of them set aside."""
    drawings = [
        drawing
        for path in named_files(options.drawings)
        for drawing in read_drawings(path, classes)
    ]
    learnt, held_out, test = set_aside(drawings, classes, options.seed)
    images = [render_all(learnt, "training", seed) for seed in range(options.renderings)]
    labels = np.concatenate([labels_of(learnt)] * options.renderings)
    data: dict[str, dict[str, Any]] = {
        path.name: {"sha256": sha256_of_file(path)} for path in named_files(options.drawings)
    }
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


def dev_digits(files: Sequence[str], classes: Classes = DIGITS) -> dict[str, Digits]:
    """Drawn digits, once as strokes and once as pictures."""
    if not files:
        return {}
    return {way: drawn_digits(files, way, classes) for way in WAYS}


def drawn_digits(files: Sequence[str], way: str, classes: Classes = DIGITS) -> Digits:
    """The drawings of some files, as they reach the app one way."""
    return Digits(*rendered(files, way, classes))


def dev_junk(files: Sequence[str]) -> NDArray[np.uint8] | None:
    """Junk, as strokes and as pictures."""
    if not files:
        return None
    return np.concatenate([rendered(files, way)[0] for way in WAYS])


def rendered(
    files: Sequence[str], way: str, classes: Classes = DIGITS
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All drawings of some files."""
    pairs = [rendered_file(path, way, classes=classes) for path in named_files(files)]
    return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])


def check_files(drawings: Sequence[str], junk: Sequence[str], classes: Classes = DIGITS) -> None:
    """Each file exists, is of its kind, and is named once: dev drawings are never trained on."""
    check_named_once((*drawings, *junk))
    for files, are_digits in ((drawings, True), (junk, False)):
        for path in named_files(files):
            found = {drawing.label is not None for drawing in read_drawings(path, classes)}
            if found != {are_digits}:
                raise DataError(
                    f"{path}: {classes.noun}s, and nothing else, are for --drawings and "
                    "--dev-drawings; --junk and --dev-junk have none"
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

"""Makes examples of MNIST, drawings and junk: to train on, to validate on and to test on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data import junk, ones_and_sevens
from training.data.drawings import (
    Drawing,
    Rendered,
    kept,
    labels_of,
    read_drawings,
    render_all,
    rendered_file,
)
from training.data.junk import made_junk
from training.data.mnist import Digits, load_mnist, one_hot, stratified_split
from training.data.ones_and_sevens import made_ones_and_sevens
from training.errors import DataError
from training.files import sha256_of_file
from training.options import Options

UNIFORM = np.full(10, 0.1, np.float32)  # the target of everything that is no digit
FEW_DRAWINGS, MORE_OFTEN = 2_000, 4  # a file with so few drawings is rendered more often
WAYS = ("strokes", "canvas")  # how a drawing reaches the app


@dataclass(frozen=True)
class Examples:
    """Pictures, uint8 (count, 28, 28), and a target for each, (count, 10)."""

    images: NDArray[np.uint8]
    targets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Datasets:
    """All the data of one run."""

    training: Examples
    validation: Examples
    mnist_validation: Digits
    mnist_test: Digits
    dev_drawings: dict[str, Digits] = field(default_factory=dict)  # by how they reach the app
    dev_junk: NDArray[np.uint8] | None = None
    data: dict[str, dict[str, Any]] = field(default_factory=dict)  # hashes and counts for the card


def prepare(options: Options) -> Datasets:
    """Read everything the options name."""
    check_files(options.drawings + options.dev_drawings, options.junk + options.dev_junk)
    mnist = load_mnist(Path(options.data) if options.data else None)
    train, validation = stratified_split(mnist.train, options.validation_split, options.seed)
    if not (len(train) and len(validation)):
        raise DataError(
            f"--validation-split {options.validation_split} leaves {len(train)} digits to learn "
            f"from and {len(validation)} to validate"
        )
    data: dict[str, dict[str, Any]] = {
        "mnist train": {"sha256": mnist.train.sha256, "count": len(mnist.train)},
        "mnist test": {"sha256": mnist.test.sha256, "count": len(mnist.test)},
    }
    parts = [Examples(train.images, one_hot(train.labels))] * options.mnist_times
    for path in named_files(options.drawings + options.junk):
        count = len(read_drawings(path))
        times = options.renderings * (MORE_OFTEN if count < FEW_DRAWINGS else 1)
        images, labels = rendered_file(path, "training", times)
        parts.append(Examples(images, targets_of(labels)))
        data[path.name] = {"sha256": sha256_of_file(path), "count": count, "renderings": times}
    files = named_files(options.drawings + options.junk)
    drawings = [drawing for path in files for drawing in read_drawings(path)]
    for name, count, make in (
        ("junk made by code", options.made_junk, made_junk),
        ("1s and 7s made by code", options.made_digits, made_ones_and_sevens),
    ):
        if count:
            parts.append(Examples(*made_pictures(make, count, drawings)))
            data[name] = {"count": count}
    validation_parts = [Examples(validation.images, one_hot(validation.labels))]
    dev_drawings = dev_digits(options.dev_drawings)
    for drawn in dev_drawings.values():
        validation_parts.append(Examples(drawn.images, one_hot(drawn.labels)))
    for path in named_files(options.dev_drawings + options.dev_junk):
        data[path.name] = {"sha256": sha256_of_file(path)}
    return Datasets(
        training=joined(parts),
        validation=joined(validation_parts),
        mnist_validation=validation,
        mnist_test=mnist.test,
        dev_drawings=dev_drawings,
        dev_junk=dev_junk(options.dev_junk),
        data=data,
    )


def made_pictures(
    make: Callable[[int, Sequence[Drawing]], list[Drawing]], count: int, drawings: list[Drawing]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Drawings made by code, rendered, and their targets."""

    def render() -> Rendered:
        print(f"rendering {count:,} drawings of {make.__name__} ...", flush=True)
        made = make(count, drawings)
        return render_all(made, "training"), labels_of(made)

    what = f"{make.__name__} {count} {hash_of(drawings)}"
    images, labels = kept(what, render, [junk.__file__, ones_and_sevens.__file__])
    return images, targets_of(labels)


def hash_of(drawings: Sequence[Drawing]) -> str:
    """A name that changes with every drawing."""
    return hashlib.sha256(repr(drawings).encode()).hexdigest()


def targets_of(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """One-hot rows for digits; the uniform answer for everything else (labelled -1)."""
    return np.where((labels >= 0)[:, None], one_hot(np.maximum(labels, 0)), UNIFORM)


def joined(parts: Sequence[Examples]) -> Examples:
    """Several sets as one."""
    return Examples(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.targets for part in parts]),
    )


def dev_digits(files: Sequence[str]) -> dict[str, Digits]:
    """Drawn digits, once as strokes and once as pictures."""
    if not files:
        return {}
    return {way: drawn_digits(files, way) for way in WAYS}


def drawn_digits(files: Sequence[str], way: str) -> Digits:
    """The drawings of some files, as they reach the app one way."""
    return Digits(*rendered(files, way))


def dev_junk(files: Sequence[str]) -> NDArray[np.uint8] | None:
    """Junk, as strokes and as pictures."""
    if not files:
        return None
    return np.concatenate([rendered(files, way)[0] for way in WAYS])


def rendered(files: Sequence[str], way: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All drawings of some files."""
    pairs = [rendered_file(path, way) for path in named_files(files)]
    return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])


def check_files(drawings: Sequence[str], junk: Sequence[str]) -> None:
    """Each file exists, is of its kind, and is named once: dev drawings are never trained on."""
    seen: dict[str, Path] = {}
    for files, digits in ((drawings, True), (junk, False)):
        for path in named_files(files):
            if {drawing.label is not None for drawing in read_drawings(path)} != {digits}:
                raise DataError(
                    f"{path}: digits, and nothing else, are for --drawings and --dev-drawings; "
                    "--junk and --dev-junk have none"
                )
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

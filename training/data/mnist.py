"""Reads MNIST from a file, a folder or Keras's download; checks it and splits it.

Owns the IDX, zip and npz formats. Knows no networks. Only the download imports Keras.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from training.errors import DataError
from training.files import read_arrays

PART_NAMES = {
    "train": ("train-images", "train-labels"),
    "test": ("t10k-images", "t10k-labels"),
}
NPZ_NAMES = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}
IMAGES_MAGIC = 0x803
LABELS_MAGIC = 0x801
LARGEST_FILE_BYTES = 64_000_000  # MNIST's largest file is 47 MB unpacked; a zip bomb is larger

WAYS_TO_GIVE_MNIST = """\
MNIST could not be downloaded ({reason}). Give it in any of these ways:
  --data FOLDER     a folder with the four IDX files, raw or .gz:
                    train-images-idx3-ubyte, train-labels-idx1-ubyte,
                    t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte
  --data FILE.zip   a zip of those four files
  --data mnist.npz  the file that keras.datasets.mnist downloads
or put mnist.npz at ~/.keras/datasets/mnist.npz, where Keras looks before it downloads."""


@dataclass(frozen=True)
class Digits:
    """Digit images, uint8 (count, 28, 28), and their labels, 0 to 9."""

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
class Mnist:
    """The two halves of MNIST. The test half chooses nothing."""

    train: Digits
    test: Digits


def load_mnist(path: Path | None = None) -> Mnist:
    """Read MNIST from `path`, or let Keras download it once and keep it."""
    if path is None:
        path = downloaded_mnist()
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    if path.is_dir():
        return mnist_from_folder(path)
    if path.suffix == ".npz":
        return mnist_from_npz(path)
    if path.suffix == ".zip":
        return mnist_from_zip(path)
    raise DataError(f"{path}: expected a folder of IDX files, a .zip of them, or an .npz")


def downloaded_mnist() -> Path:
    """Keras's own copy of MNIST, downloaded the first time."""
    import keras

    try:
        keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception when the download fails
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(WAYS_TO_GIVE_MNIST.format(reason=reason)) from error
    return Path(keras.config.keras_home()) / "datasets" / "mnist.npz"


def mnist_from_folder(folder: Path) -> Mnist:
    """Read the four IDX files of a folder, or the mnist.npz in it."""
    if (folder / "mnist.npz").is_file():
        return mnist_from_npz(folder / "mnist.npz")
    files = {path.name: path.read_bytes for path in sorted(folder.iterdir()) if path.is_file()}
    return mnist_from_idx(files, str(folder))


def mnist_from_zip(path: Path) -> Mnist:
    """Read the four IDX files of a zip, in memory; nothing is unpacked to disk."""
    try:
        with zipfile.ZipFile(path) as archive:
            readers: dict[str, Callable[[], bytes]] = {}
            for member in archive.infolist():
                inside = PurePosixPath(member.filename.replace("\\", "/"))
                if inside.is_absolute() or ".." in inside.parts or ":" in member.filename:
                    raise DataError(f"{path}: {member.filename!r} climbs out of the zip; refused")
                if member.file_size > LARGEST_FILE_BYTES:
                    raise DataError(f"{path}: {member.filename!r} is too large to be MNIST")
                if not member.is_dir():
                    readers[inside.name] = lambda member=member: archive.read(member)  # type: ignore[misc]
            return mnist_from_idx(readers, str(path))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{path}: damaged or unreadable zip ({error})") from error


def mnist_from_idx(files: dict[str, Callable[[], bytes]], where: str) -> Mnist:
    """Put the two halves together from IDX files found by name."""

    def read(stem: str, magic: int) -> NDArray[np.uint8]:
        for name, read_bytes in files.items():
            if name.startswith(stem):
                return parse_idx(
                    unpacked(read_bytes(), f"{where}: {name}"), magic, f"{where}: {name}"
                )
        raise DataError(f"{where}: no file named {stem}-idx{magic & 0xFF}-ubyte, raw or .gz")

    halves = {
        half: checked(read(images, IMAGES_MAGIC), read(labels, LABELS_MAGIC), f"{where}: {images}")
        for half, (images, labels) in PART_NAMES.items()
    }
    return Mnist(halves["train"], halves["test"])


def unpacked(data: bytes, where: str) -> bytes:
    """Undo gzip where the content is gzip, whatever the name is."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(data, LARGEST_FILE_BYTES)
    except zlib.error as error:
        raise DataError(f"{where}: damaged gzip ({error})") from error
    if unpacker.unconsumed_tail:
        raise DataError(f"{where}: too large to be MNIST")
    if not unpacker.eof:
        raise DataError(f"{where}: the gzip ends too early")
    return content


def parse_idx(data: bytes, magic: int, where: str) -> NDArray[np.uint8]:
    """Parse an IDX file: a magic number, big-endian dimensions, then one byte a value."""
    dimensions = magic & 0xFF
    header_bytes = 4 + 4 * dimensions
    if len(data) < header_bytes:
        raise DataError(f"{where}: only {len(data)} bytes, too short for an IDX file")
    found, *shape = struct.unpack(f">{1 + dimensions}I", data[:header_bytes])
    if found != magic:
        raise DataError(f"{where}: magic number {found:#x}, expected {magic:#x}")
    expected_bytes = header_bytes + int(np.prod([int(size) for size in shape], dtype=object))
    if len(data) != expected_bytes:
        raise DataError(f"{where}: {len(data)} bytes, its header promises {expected_bytes}")
    return np.frombuffer(data, np.uint8, offset=header_bytes).reshape(shape)


def mnist_from_npz(path: Path) -> Mnist:
    """Read the file that Keras keeps: x_train, y_train, x_test, y_test."""
    arrays = read_arrays(path)
    missing = [name for names in NPZ_NAMES.values() for name in names if name not in arrays]
    if missing:
        raise DataError(f"{path}: no array named {', '.join(missing)}")
    halves = {
        half: checked(arrays[images], arrays[labels], f"{path}: {images}")
        for half, (images, labels) in NPZ_NAMES.items()
    }
    return Mnist(halves["train"], halves["test"])


def checked(images: NDArray[np.generic], labels: NDArray[np.generic], where: str) -> Digits:
    """Digits, or an error that names what is wrong with them."""
    if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise DataError(
            f"{where}: expected 28x28 pictures of bytes, got {images.dtype} {images.shape}"
        )
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"{where}: the labels must be one row of whole numbers")
    if len(images) != len(labels):
        raise DataError(f"{where}: {len(images)} pictures but {len(labels)} labels")
    if len(images) == 0:
        raise DataError(f"{where}: no pictures at all")
    pictures, as_numbers = images.astype(np.uint8), labels.astype(np.int64)
    if as_numbers.min() < 0 or as_numbers.max() > 9:
        raise DataError(f"{where}: labels must be 0 to 9, found {as_numbers.max()}")
    return Digits(pictures, as_numbers)


def stratified_split(digits: Digits, fraction: float, seed: int) -> tuple[Digits, Digits]:
    """Split into (training, validation) with the same share of each digit in both."""
    rng = np.random.default_rng(seed)
    kept: list[NDArray[np.intp]] = []
    held_out: list[NDArray[np.intp]] = []
    for label in range(10):
        of_this_digit = rng.permutation(np.flatnonzero(digits.labels == label))
        count = round(fraction * len(of_this_digit))
        held_out.append(of_this_digit[:count])
        kept.append(of_this_digit[count:])
    return (
        digits.take(np.sort(np.concatenate(kept))),
        digits.take(np.sort(np.concatenate(held_out))),
    )


def one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Labels as rows of ten, for categorical cross-entropy."""
    return np.eye(10, dtype=np.float32)[labels]

"""MNIST is read from whatever holds it, and whatever is wrong with it is said by name."""

from __future__ import annotations

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import LITTLE_MNIST
from training.data import boxes
from training.data.idx import IMAGES_MAGIC, LABELS_MAGIC
from training.data.mnist import load_mnist
from training.data.sets import Digits, PictureSet, one_hot, stratified_split
from training.errors import DataError

IDX_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@pytest.fixture(scope="module")
def little() -> PictureSet:
    return load_mnist(LITTLE_MNIST)


def idx_files(digits: PictureSet) -> dict[str, bytes]:
    files = {}
    for half, (images, labels) in zip(
        (digits.train, digits.test), (IDX_NAMES[:2], IDX_NAMES[2:]), strict=True
    ):
        header = struct.pack(">4I", IMAGES_MAGIC, len(half), 28, 28)
        files[images] = header + half.images.tobytes()
        files[labels] = (
            struct.pack(">2I", LABELS_MAGIC, len(half)) + half.labels.astype("u1").tobytes()
        )
    return files


def folder_of(files: dict[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def zip_of(files: dict[str, bytes], path: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(inside + name, content)
    return path


def same(one: PictureSet, other: PictureSet) -> bool:
    return (one.train.sha256, one.test.sha256) == (other.train.sha256, other.test.sha256)


def test_idx_files_npz_and_zip_hold_the_same_digits(little: PictureSet, tmp_path: Path) -> None:
    """Raw or gzipped IDX, a zip of them in any folder, an npz: the same pictures come out."""
    files = idx_files(little)
    raw = tmp_path / "raw"
    raw.mkdir()
    packed = tmp_path / "packed"
    packed.mkdir()
    zipped = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    assert same(load_mnist(folder_of(files, raw)), little)
    assert same(load_mnist(folder_of(zipped, packed)), little)
    assert same(load_mnist(zip_of(files, tmp_path / "raw.zip", "MNIST/raw/")), little)
    assert same(load_mnist(zip_of(zipped, tmp_path / "packed.zip")), little)


def damaged(files: dict[str, bytes], kind: str) -> dict[str, bytes]:
    images, labels = IDX_NAMES[0], IDX_NAMES[1]
    if kind == "magic":
        return files | {images: b"\0\0\x08\x05" + files[images][4:]}
    if kind == "truncated":
        return files | {images: files[images][:-7]}
    if kind == "too long":
        return files | {images: files[images] + b"more"}
    if kind == "header only":
        return files | {images: files[images][:9]}
    if kind == "counts":
        return files | {labels: struct.pack(">2I", LABELS_MAGIC, 3) + b"\1\2\3"}
    if kind == "labels":
        return files | {labels: files[labels][:-1] + b"\x0b"}
    if kind == "gzip cut":
        return files | {images: gzip.compress(files[images])[:-40]}
    if kind == "gzip garbled":
        return files | {images: gzip.compress(files[images])[:20] + b"\xff" * 4000}
    return {name: content for name, content in files.items() if name != images}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("magic", "magic number 0x805, expected 0x803"),
        ("truncated", "its header promises"),
        ("too long", "its header promises"),
        ("header only", "too short"),
        ("counts", "340 pictures but 3 labels"),
        ("labels", "9, 11; name what they mean with --classes"),
        ("gzip cut", "ends too early"),
        ("gzip garbled", "damaged gzip"),
        ("missing", "no file named train-images"),
    ],
)
@pytest.mark.parametrize("container", ["folder", "zip"])
def test_damage_is_refused_by_name(
    little: PictureSet, tmp_path: Path, kind: str, message: str, container: str
) -> None:
    """Every kind of damage names the file and what is wrong with it."""
    files = damaged(idx_files(little), kind)
    path = (
        folder_of(files, tmp_path) if container == "folder" else zip_of(files, tmp_path / "m.zip")
    )
    with pytest.raises(DataError, match=message) as error:
        load_mnist(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:\\evil"])
def test_a_zip_that_climbs_out_is_refused(little: PictureSet, tmp_path: Path, name: str) -> None:
    """A path that leaves the zip's folder is named and nothing is written anywhere."""
    path = zip_of(idx_files(little) | {name: b"evil"}, tmp_path / "climbs.zip")
    with pytest.raises(DataError, match="climbs out"):
        load_mnist(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["climbs.zip"]


def test_a_zip_with_a_folder_for_itself_is_read(little: PictureSet, tmp_path: Path) -> None:
    """Some programs write "./" as a member."""
    assert same(load_mnist(zip_of({"./": b""} | idx_files(little), tmp_path / "dot.zip")), little)


def test_what_unpacks_to_more_than_a_set_is_not_unpacked(
    little: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bomb is refused by its size, in a zip before it is read, in gzip as it grows."""
    files = idx_files(little)
    path = zip_of(files, tmp_path / "m.zip")
    packed = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    (tmp_path / "folder").mkdir()
    folder = folder_of(packed, tmp_path / "folder")
    monkeypatch.setattr(boxes, "LARGEST_FILE_BYTES", len(files[IDX_NAMES[0]]) - 1)
    for bomb in (path, folder):
        with pytest.raises(DataError, match="too large to be of a set"):
            load_mnist(bomb)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"not an npz", "damaged"), (LITTLE_MNIST.read_bytes()[:5000], "damaged"), (b"", "damaged")],
)
def test_a_damaged_npz_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """Cut or garbled npz files are named."""
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_mnist(path)


def test_an_npz_that_wants_to_run_code_is_refused(tmp_path: Path) -> None:
    """Pickled objects inside an npz are never loaded."""
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=np.array([{"a": 1}], object))
    with pytest.raises(DataError, match="damaged or unreadable"):
        load_mnist(path)


def test_an_npz_without_the_right_arrays_is_refused(tmp_path: Path) -> None:
    """Missing arrays and wrong shapes are named."""
    np.savez(tmp_path / "a.npz", x_train=np.zeros((2, 28, 28), np.uint8))
    with pytest.raises(DataError, match="no array named y_train"):
        load_mnist(tmp_path / "a.npz")
    x, y = np.zeros((2, 14, 14), np.uint8), np.zeros(2, np.uint8)
    np.savez(tmp_path / "b.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    with pytest.raises(DataError, match="expected 28x28"):
        load_mnist(tmp_path / "b.npz")


@pytest.mark.parametrize("name", ["nowhere", "mnist.tar"])
def test_a_wrong_path_is_named(tmp_path: Path, name: str) -> None:
    """A path that is not there, or of no known kind, is an error that says so."""
    if name == "mnist.tar":
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match=name):
        load_mnist(tmp_path / name)


@pytest.mark.tensorflow
def test_when_the_download_fails_every_other_way_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One error tells all the ways to give MNIST."""
    import keras

    def unreachable() -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", unreachable)
    with pytest.raises(DataError) as error:
        load_mnist()
    for way in ("no route to host", "--data FOLDER", ".zip", "mnist.npz", "~/.keras"):
        assert way in str(error.value)


def test_the_split_keeps_the_share_of_each_digit(little: PictureSet) -> None:
    """Training and validation have the same mix, share no digit, and follow the seed."""
    train, validation = stratified_split(little.train, 0.2, seed=3)
    assert len(train) + len(validation) == len(little.train)
    assert np.bincount(validation.labels).tolist() == [7] * 10
    pictures = {image.tobytes() for image in train.images}
    assert not any(image.tobytes() in pictures for image in validation.images)
    again = stratified_split(little.train, 0.2, seed=3)[1]
    other = stratified_split(little.train, 0.2, seed=4)[1]
    assert again.sha256 == validation.sha256 != other.sha256


def test_a_digit_that_is_rare_or_absent_does_not_break_the_split() -> None:
    """A data set without some digits splits all the same."""
    digits = Digits(np.zeros((5, 28, 28), np.uint8), np.array([1, 1, 1, 1, 7]))
    train, validation = stratified_split(digits, 0.25, seed=0)
    assert sorted(train.labels) == [1, 1, 1, 7]
    assert sorted(validation.labels) == [1]


def test_labels_become_rows_of_ten() -> None:
    """One-hot: a single one, at the digit."""
    assert one_hot(np.array([2, 0])).tolist() == [[0, 0, 1, *[0] * 7], [1, *[0] * 9]]


def test_all_of_mnist_is_what_it_should_be(all_of_mnist: Path) -> None:
    """60,000 and 10,000 digits."""
    whole = load_mnist(all_of_mnist)
    assert (len(whole.train), len(whole.test)) == (60_000, 10_000)

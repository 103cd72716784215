"""Writes files whole or not at all, and hashes them. Knows nothing of what is in them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from training.errors import DataError, TrainingError

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]

Arrays = dict[str, NDArray[Any]]


def make_folder(path: Path) -> None:
    """Make a folder to write to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{path}: cannot be made a folder ({error.strerror})") from error


def make_writable(path: Path) -> None:
    """Make a folder, and write to it once. Called before long work, so that none is lost."""
    make_folder(path)
    try:
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        raise TrainingError(f"{path}: cannot be written to ({error.strerror})") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; after success the file is moved to `path` in one step.

    The temporary name keeps the suffix, because Keras and NumPy choose a format by it.
    """
    make_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~current_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """A hidden folder in `folder`, for files that belong together. One process at a time has it.

    It is empty at first, even after a process was killed here, and it is removed at the end.
    """
    make_folder(folder)
    hidden = folder / ".unfinished"
    with alone_in(folder):
        shutil.rmtree(hidden, ignore_errors=True)
        hidden.mkdir()
        try:
            yield hidden
        finally:
            shutil.rmtree(hidden, ignore_errors=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Refuse a second process. The lock is the kernel's, and is released when its process ends."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrainingError(f"{folder}: another run is writing there") from None
        except OSError:  # some network drives have no locks
            pass
        yield
    finally:
        os.close(handle)


def current_umask() -> int:
    """The permissions that new files do not get. (mkstemp's files are private, ours are not.)"""
    umask = os.umask(0)
    os.umask(umask)
    return umask


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def read_arrays(path: Path) -> Arrays:
    """All arrays of an .npz, or an error that names it; pickled objects are never loaded."""
    try:
        # Opened here and not by NumPy, which leaves a damaged file open.
        with path.open("rb") as stream:
            return arrays_in(stream, str(path))
    except OSError as error:
        raise DataError(f"{path}: damaged or unreadable npz ({error})") from error


def arrays_in(stream: BinaryIO, where: str) -> Arrays:
    """All arrays of an .npz, by their names, or the one of an .npy."""
    try:
        found = np.load(stream, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return {"": found}
        with found as archive:
            return {name: archive[name] for name in archive.files}
    except (
        ValueError, OSError, EOFError, TypeError, AttributeError, KeyError,
        zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        raise DataError(f"{where}: damaged or unreadable npz ({error})") from error


def sha256_of_file(path: Path) -> str:
    """The file's SHA-256, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cache_folder() -> Path:
    """The folder for pictures and teachers that later runs use again."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "inkling"

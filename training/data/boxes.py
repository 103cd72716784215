"""A folder, a zip or one file as contents by name. Nothing is unpacked to a disk.

Knows no format but gzip and zip. `PATH/emnist-letters`, where PATH is a folder or a zip, stands for
the files in it whose names begin so.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from training.errors import DataError

Files = dict[str, Callable[[], bytes]]  # contents, by the path in the folder or zip

LARGEST_FILE_BYTES = 700_000_000  # EMNIST's largest file is 638 MB unpacked; a zip bomb is larger


def files_in(path: Path) -> Files:
    """The files at a path, or those in a folder or a zip whose names begin so."""
    if path.is_dir():
        return files_of_folder(path)
    if path.is_file():
        return files_of_zip(path) if path.suffix == ".zip" else {path.name: path.read_bytes}
    around = next((parent for parent in path.parents if parent.suffix == ".zip"), path.parent)
    begin = path.relative_to(around).as_posix()
    found = {
        name: read
        for name, read in (files_in(around) if around.exists() else {}).items()
        if name.startswith(begin) or PurePosixPath(name).name.startswith(begin)
    }
    if not found:
        raise DataError(f"{path}: no such file or folder")
    return found


def files_of_folder(folder: Path) -> Files:
    """The files of a folder and of the folders in it; hidden files are left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def files_of_zip(path: Path) -> Files:
    """The files of a zip, each read when it is asked for. The zip stays open meanwhile."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise DataError(f"{path}: damaged or unreadable zip ({error})") from error
    files: Files = {}
    for member in archive.infolist():
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts or ":" in member.filename:
            raise DataError(f"{path}: {member.filename!r} climbs out of the zip; refused")
        if member.file_size > LARGEST_FILE_BYTES:
            raise DataError(f"{path}: {member.filename!r} is too large to be of a set")
        is_ours = not any(part.startswith((".", "__MACOSX")) for part in inside.parts)
        if not member.is_dir() and is_ours:
            files[str(inside)] = partial(from_zip, archive, member, path)
    return files


def from_zip(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> bytes:
    """One file of a zip."""
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{path}: damaged or unreadable zip ({error})") from error


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
        raise DataError(f"{where}: too large to be of a set")
    if not unpacker.eof:
        raise DataError(f"{where}: the gzip ends too early")
    return content

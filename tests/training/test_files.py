"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.errors import TrainingError
from training.files import sha256_of_file, whole_file, workplace, write_text


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    """What was there before stays, byte for byte, and nothing lies beside it."""
    path = tmp_path / "card.json"
    write_text(path, "old")

    def write_half() -> None:
        with whole_file(path) as temporary:
            temporary.write_text("half of the n")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_appears_with_ordinary_permissions(tmp_path: Path) -> None:
    """Folders are made, and other people may read the file as the umask says."""
    path = tmp_path / "a" / "b.txt"
    write_text(path, "new")
    (tmp_path / "plain").touch()
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """The folder of a file to be written, in words for the command line."""
    (tmp_path / "models").touch()
    with pytest.raises(TrainingError, match=r"models: cannot be made a folder \(File exists\)"):
        write_text(tmp_path / "models" / "card.json", "new")


def test_a_workplace_has_one_process_at_a_time_and_leaves_nothing(tmp_path: Path) -> None:
    """A second one is refused in words; what a killed one left behind is in nobody's way."""
    (tmp_path / ".unfinished").mkdir()
    (tmp_path / ".unfinished" / "half").touch()
    with workplace(tmp_path) as hidden:
        assert list(hidden.iterdir()) == []
        again = workplace(tmp_path)
        with pytest.raises(TrainingError, match="another run is writing there"):
            again.__enter__()
        (hidden / "file").touch()
    assert list(tmp_path.iterdir()) == []


def test_the_hash_is_of_the_content(tmp_path: Path) -> None:
    """SHA-256, as sha256sum prints it."""
    write_text(tmp_path / "abc", "abc")
    assert sha256_of_file(tmp_path / "abc").startswith("ba7816bf8f01cfea414140de5dae2223")

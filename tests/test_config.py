"""Settings: each has a default that works, says so when it is wrong, and is in the README."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest

from app.config import ROOT, SettingError, Settings, _kept_secret


def test_the_defaults_work() -> None:
    """With nothing set, there is a secret and the shipped model."""
    settings = Settings.from_environment({"SECRET_KEY": "s"})
    assert settings.model_path.is_file()
    assert settings.secret_key == "s"


def test_a_wrong_model_path_names_itself() -> None:
    """The error says which setting it is."""
    with pytest.raises(SettingError, match="MODEL_PATH"):
        Settings.from_environment({"SECRET_KEY": "s", "MODEL_PATH": "seven.png"})


def test_all_workers_and_starts_share_one_secret(tmp_path: Path) -> None:
    """Twenty workers starting at once keep one secret between them, and find it again later."""
    secrets: list[str] = []
    workers = [
        threading.Thread(target=lambda: secrets.append(_kept_secret(tmp_path / "instance")))
        for _ in range(20)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(secrets) == 20
    assert set(secrets) == {_kept_secret(tmp_path / "instance")}
    assert len(secrets[0]) == 64


def test_without_a_place_to_keep_a_secret_it_says_how_to_set_one(tmp_path: Path) -> None:
    """A folder that cannot be made: the message has the line that makes a secret."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match=r"SECRET_KEY is not set.*secrets\.token_hex"):
        _kept_secret(tmp_path / "file" / "instance")


def test_every_setting_is_in_the_readme() -> None:
    """A setting that is not documented fails this test."""
    readme = (ROOT / "README.md").read_text()
    names = [field.name.upper() for field in dataclasses.fields(Settings)]
    for name in [*names, "PORT", "HOST", "WEB_CONCURRENCY"]:
        assert f"`{name}`" in readme, name

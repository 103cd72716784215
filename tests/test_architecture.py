"""ARCHITECTURE.md's map: every room is on it, and nothing that is gone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "ARCHITECTURE.md").read_text().split("## The rooms")[1].split("\n## ")[0]
PLACES = {place.rstrip("/") for place in re.findall(r"^\| `(.+?)`", MAP, re.M)}
ROOMS = ("reader", "app", "server", "training", "static/js", "templates", "benchmarks", "tests")


def test_every_room_is_on_the_map() -> None:
    """Each folder with a module in it has its row; tests mirror the rooms and share one row."""
    listing = subprocess.run(
        ["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    folders = {
        PurePosixPath(path).parent.as_posix()
        for path in listing
        if path.endswith((".py", ".js", ".html")) and (ROOT / path).exists()
    }
    rooms = {folder for folder in folders if not folder.startswith("tests/")}
    assert rooms - PLACES == set()


def test_the_map_names_nothing_that_is_not_there() -> None:
    """A renamed or removed folder takes its row with it."""
    assert [place for place in PLACES if not (ROOT / place).exists()] == []

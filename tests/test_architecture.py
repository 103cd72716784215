"""ARCHITECTURE.md's map: every module is on it, and nothing that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "ARCHITECTURE.md").read_text().split("## The map")[1].split("\n## ")[0]
ROWS = re.findall(r"^\| (`.+?) \| (.+) \|$", MAP, re.M)


def mapped(where: str) -> set[str]:
    """The paths in a row's first column; a bare name lies where the one before it does."""
    folder, paths = Path(), set()
    for name in map(Path, re.findall(r"`(.+?)`", where)):
        folder = name.parent if len(name.parts) > 1 else folder
        paths.add((folder / name.name).as_posix())
    return paths


PATHS = set().union(*(mapped(where) for where, _ in ROWS))


@pytest.mark.parametrize("folder", ["app", "server", "training"])
def test_every_module_is_on_the_map(folder: str) -> None:
    """Each by its name; a package's __init__ need not be."""
    modules = {f"{folder}/{path.name}" for path in (ROOT / folder).glob("*.py")}
    assert modules - PATHS - {f"{folder}/__init__.py"} == set()


def test_the_map_names_nothing_that_is_not_there() -> None:
    """A renamed or removed file takes its row with it."""
    assert [path for path in PATHS if not (ROOT / path).exists()] == []


def test_every_script_is_on_the_map() -> None:
    """The row of static/js/ names them all, and no other."""
    ((_, words),) = [row for row in ROWS if row[0] == "`static/js/`"]
    named = re.sub(r"\(.+?\)", "", words.split(": ")[1]).replace(" ", "").split(",")
    assert sorted(named) == sorted(path.stem for path in (ROOT / "static" / "js").glob("*.js"))

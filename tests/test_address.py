"""The repository's address stands in pyproject.toml; everything that names it says the same."""

from __future__ import annotations

import re
import subprocess

from app.config import ROOT
from tools.write_address import PLACES, address, with_address

# Where code lives: an address there is this repository's, or somebody else's.
CODE_HOSTS = r"https?://(?:[\w.-]*\.)?(?:github|gitlab|bitbucket|codeberg)\.\w+/\S*"


def published() -> dict[str, str]:
    """Every text that people read or run, by its name."""
    kinds = ("*.md", "*.ipynb", "*.html", "*.json", "*.toml", "*.yaml", "Dockerfile", "Makefile")
    names = subprocess.run(
        ["git", "ls-files", *kinds], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    return {name: (ROOT / name).read_text("utf-8") for name in names if (ROOT / name).is_file()}


def test_every_clone_is_of_this_repository() -> None:
    clones = {
        name: set(found)
        for name, text in published().items()
        if (found := re.findall(r"git clone (https?:\S+|…)", text))
    }
    assert clones == {place: {address()} for place in PLACES}


def test_nothing_points_to_somebody_elses_code() -> None:
    """Where this repository lives on such a host, its own address is the only one there."""
    foreign = {
        (name, link)
        for name, text in published().items()
        for link in re.findall(CODE_HOSTS, text)
        if not link.startswith(address())
    }
    assert foreign == set()


def test_a_fork_writes_its_address_everywhere_at_once() -> None:
    """One line in pyproject.toml, one command."""
    new = "https://example.net/fork"
    for place in PLACES:
        text = (ROOT / place).read_text("utf-8")
        assert with_address(text, new) == text.replace(address(), new) != text

"""Write the repository's address, from pyproject.toml, into every `git clone` line.

    python tools/write_address.py

A fork changes `Repository` in pyproject.toml and runs this.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("docs/deploying.md", "notebooks/train_mnist.ipynb")


def address() -> str:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    return str(urls["Repository"])


def with_address(text: str, repository: str) -> str:
    """The text, with this repository in each `git clone`."""
    return re.sub(r"git clone \S+", lambda _: f"git clone {repository}", text)


def main() -> None:
    for place in PLACES:
        path = ROOT / place
        path.write_text(with_address(path.read_text("utf-8"), address()), "utf-8")


if __name__ == "__main__":
    main()

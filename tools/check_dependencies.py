"""The packages that serving depends on: their licences and their known vulnerabilities.

    python tools/check_dependencies.py

Fails when a package in requirements.txt has no licence from the list below, or when pip-audit knows
of a vulnerability in it. Without a way to the advisories it says so and does not fail.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
# Everybody may use, change and pass on the software, and must keep the notice.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC",
    "LGPL-3.0-only",  # psycopg: used as it is, not changed or copied
    "MIT", "MIT-CMU", "MPL-2.0", "PSF-2.0", "ZPL-2.1", "Zlib",
}  # fmt: skip
# Older packages do not use SPDX's names.
OTHER_WORDS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Zope Public License": "ZPL-2.1",
}
PATIENCE_S = 20


def pinned() -> Iterator[Requirement]:
    """The packages that this platform installs."""
    for line in REQUIREMENTS.read_text().splitlines():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            yield requirement


def licence_of(package: PackageMetadata) -> str:
    """The licence by its SPDX name, if the package gives one; else in the package's own words."""
    classifiers = [
        line.split(" :: ")[-1]
        for line in package.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    if "License-Expression" in package:
        return package["License-Expression"]
    own_words = package["License"].strip().split("\n")[0] if "License" in package else ""
    said = [OTHER_WORDS.get(words, words) for words in classifiers or [own_words]]
    return " AND ".join(said) or "none given"


def is_allowed(licence: str) -> bool:
    """Whether every licence in the expression is on the list: of A OR B, both must be."""
    return set(re.split(r" AND | OR |[()]", licence)) - {""} <= ALLOWED


def check_licences() -> list[str]:
    """Prints the list; returns what is wrong."""
    wrong = []
    for requirement in pinned():
        licence = licence_of(distribution(requirement.name).metadata)
        print(f"  {requirement.name:<20}{licence}")
        if not is_allowed(licence):
            wrong.append(f"{requirement.name}: {licence} is not on the list of licences")
    return wrong


def audited() -> tuple[dict[str, Any] | None, str]:
    """pip-audit's report, or None and the reason why there is none."""
    command = ["-m", "pip_audit", "-r", str(REQUIREMENTS), "--no-deps", "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", "5"]
    try:
        done = subprocess.run(
            [sys.executable, *command, *options],
            capture_output=True, text=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip
        report: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return None, f"no answer in {PATIENCE_S} s"
    except ValueError:
        return None, (done.stderr.strip().splitlines() or ["no answer"])[-1]
    return report, ""


def findings(report: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The known vulnerabilities, and the packages that could not be looked up."""
    found = [
        f"{package['name']} {package['version']}: {finding['id']}, mended in "
        f"{', '.join(finding['fix_versions']) or 'no release yet'}"
        for package in report["dependencies"]
        for finding in package.get("vulns", ())
    ]
    unknown = [package["name"] for package in report["dependencies"] if "skip_reason" in package]
    return found, unknown


def check_advisories() -> list[str]:
    """Prints what was looked up; returns what is wrong."""
    report, reason = audited()
    if report is None:
        print(f"  not checked: {reason}")
        return []
    found, unknown = findings(report)
    checked = len(report["dependencies"]) - len(unknown)
    if checked:
        print(f"  {checked} packages looked up, {len(found)} known vulnerabilities")
    if unknown:
        print(f"  not checked (no network?): {', '.join(unknown) if checked else 'all of them'}")
    return found


def main() -> None:
    print("licences:")
    wrong = check_licences()
    print("advisories:")
    wrong += check_advisories()
    sys.exit("\n".join(wrong) or None)


if __name__ == "__main__":
    main()

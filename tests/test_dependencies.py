"""tools/check_dependencies.py: a licence off the list and a known vulnerability fail the lint."""

from __future__ import annotations

from email.message import Message
from typing import Any

import pytest

from tools import check_dependencies
from tools.check_dependencies import check_advisories, check_licences, is_allowed, licence_of


def package(**fields: str) -> Any:
    """Metadata as an installed package has it."""
    message = Message()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


def test_what_we_ship_with_has_allowed_licences() -> None:
    """Every package that requirements.txt installs here."""
    assert check_licences() == []


@pytest.mark.parametrize(
    ("fields", "licence", "allowed"),
    [
        ({"License_Expression": "MIT"}, "MIT", True),
        ({"License_Expression": "(MIT OR GPL-3.0-only)"}, "(MIT OR GPL-3.0-only)", False),
        ({"Classifier": "License :: OSI Approved :: BSD License"}, "BSD", True),
        ({"License": "MPL-2.0 AND MIT"}, "MPL-2.0 AND MIT", True),
        ({"License": "Proprietary"}, "Proprietary", False),
        ({}, "none given", False),
    ],
)
def test_a_licence_is_known_or_refused(fields: dict[str, str], licence: str, allowed: bool) -> None:
    """In whichever field a package says it; unknown words are no permission."""
    assert licence_of(package(**fields)) == licence
    assert is_allowed(licence) is allowed


FOUND = {
    "dependencies": [
        {"name": "flask", "version": "3.1.3", "vulns": []},
        {"name": "pillow", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.0"]}]},
        {"name": "numpy", "skip_reason": "Dependency not found"},
    ]
}


def test_a_known_vulnerability_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named with its mended version; what could not be looked up is named as well."""
    monkeypatch.setattr(check_dependencies, "audited", lambda: (FOUND, ""))
    assert check_advisories() == ["pillow 1.0: CVE-1, mended in 2.0"]
    assert "not checked (no network?): numpy" in capsys.readouterr().out


def test_no_network_is_said_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A CI without a way out still lints."""
    monkeypatch.setattr(check_dependencies, "audited", lambda: (None, "no route to host"))
    assert check_advisories() == []
    assert "not checked: no route to host" in capsys.readouterr().out

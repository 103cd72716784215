"""Style, scripts and icon: kept for a year, never out of date, small on the wire."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.web.static_files import FOLDER, StaticFiles
from reader.model import Recognizer

FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())


def addresses(page: str) -> list[str]:
    """What the page names under /static/."""
    return re.findall(r'(?:href|src|data-examples)="(/static/[^"]+)"', page)


@pytest.fixture
def page(client: FlaskClient) -> str:
    return client.get("/").get_data(as_text=True)


def test_what_a_page_names_is_kept_for_a_year(client: FlaskClient, page: str) -> None:
    """Every file a page names is there, may be kept by anybody, and need not be asked for again."""
    assert len(addresses(page)) > 10
    for address in addresses(page):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers


def test_modules_find_each_other(client: FlaskClient, page: str) -> None:
    """What a module imports, by an address relative to its own, is a file of the same version."""
    (script,) = re.findall(r'src="(/static/[^"]+/page\.js)"', page)
    folder = script.removesuffix("page.js")
    imported = re.findall(r'from "\./(.+?)"', client.get(script).get_data(as_text=True))
    assert len(imported) > 5
    for name in imported:
        answer = client.get(folder + name)
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["Cache-Control"]


WEIGHTS, STYLE, PAGE, PEN = "weights.bin", "css/page.css", "js/page.js", "js/pen.js"


@pytest.mark.parametrize(
    ("changed", "fetched_again"),
    [
        (STYLE, {STYLE}),
        (WEIGHTS, {WEIGHTS}),
        (PEN, {PAGE, PEN}),  # the page's script names the pen's by relative address
    ],
)
def test_an_edit_changes_the_address_of_what_it_changes(
    tmp_path: Path, changed: str, fetched_again: set[str]
) -> None:
    """An edit to the style sheet does not fetch the network's weights again."""
    for name in (WEIGHTS, STYLE, PAGE, PEN):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    before = StaticFiles(tmp_path, {}).addresses
    (tmp_path / changed).write_text("edited")
    after = StaticFiles(tmp_path, {}).addresses
    assert {name for name in after if after[name] != before[name]} == fetched_again
    (tmp_path / changed).write_text(changed)
    assert StaticFiles(tmp_path, {}).addresses == before


@pytest.mark.parametrize("name", ["js/page.js", "css/base.css", "favicon.svg", "examples.json"])
def test_files_are_packed_for_those_who_can_unpack(client: FlaskClient, name: str) -> None:
    """With gzip where it is taken, as it is where it is not; caches are told that both exist."""
    address = client.get(f"/static/{name}").location
    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": "br, gzip"})
    refused = client.get(address, headers={"Accept-Encoding": "gzip;q=0"})
    assert plain.data == refused.data == (FOLDER / name).read_bytes()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)
    for answer in (plain, packed, refused):
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.content_length == len(answer.data)


@pytest.mark.parametrize("name", FILES)
def test_every_file_says_what_it_is(client: FlaskClient, name: str) -> None:
    """Modules and styles of another type are refused by browsers that are told not to sniff."""
    kinds = {
        ".js": "text/javascript",
        ".css": "text/css",
        ".svg": "image/svg+xml",
        ".json": "application/json",
        ".png": "image/png",
    }
    answer = client.get(f"/static/{name}", follow_redirects=True)
    assert answer.mimetype == kinds.get(Path(name).suffix, "application/octet-stream")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("version", ["", "0123456789ab/"])
def test_a_page_of_another_version_is_sent_on(client: FlaskClient, version: str) -> None:
    """A page from before an update finds the file, at the address of now; nobody keeps that."""
    answer = client.get(f"/static/{version}js/page.js")
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "nothing.js",
        "js",
        "../app/config.py",
        "%2e%2e/README.md",
        "js/../../README.md",
        "/",
        "%00",
        "%ff%fe",
        "a" * 5000,
        "js//page.js/",
        "0123456789ab/0123456789ab/js/page.js",
        "..%5capp",
    ],
)
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    """No other file and no folder; an odd path is no fault."""
    assert client.get(f"/static/{path}", follow_redirects=True).status_code == 404


def test_what_an_editor_leaves_stops_no_start_and_is_not_served(tmp_path: Path) -> None:
    """Its draft, and the lock beside it: a link to nowhere."""
    (tmp_path / "a.js").write_text("")
    (tmp_path / ".#a.js").symlink_to("me@here.1")
    (tmp_path / ".a.js.swp").write_text("")
    assert list(StaticFiles(tmp_path, {}).files) == ["a.js"]


@pytest.mark.parametrize("address", ["/", "/api", "/nothing"])
def test_pages_are_asked_for_anew(client: FlaskClient, address: str) -> None:
    """A page names a version, so it is never taken from a cache unasked, nor kept by a proxy."""
    assert client.get(address).headers["Cache-Control"] == "private, no-cache"


def test_a_reading_is_kept_by_nobody(client: FlaskClient) -> None:
    """What a person drew stays out of caches."""
    answer = client.post("/api/predict", json={"strokes": [[[0, 0], [5, 90]]]})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("env", "seen"), [("development", b"new"), ("production", b"old")])
def test_who_edits_a_file_sees_it(
    recognizer: Recognizer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    env: str,
    seen: bytes,
) -> None:
    """In development the next page shows it; in production the disk is not looked at again."""
    (tmp_path / "a.js").write_text("old")
    monkeypatch.setattr("app.web.static_files.FOLDER", tmp_path)
    settings = Settings("no secret, for tests", inkling_env=env)
    client = create_app(settings, recognizer).test_client()
    (tmp_path / "a.js").write_text("new")
    os.utime(tmp_path / "a.js", ns=(0, 0))  # whatever the clock's grain is
    assert client.get("/static/a.js", follow_redirects=True).data == seen


def test_snapshots_are_fetched_when_somebody_asks(client: FlaskClient, page: str) -> None:
    """They lie beside their list, under one version. The service worker does not fetch them."""
    (address,) = re.findall(r'data-snapshots="([^"]+)"', page)
    listed = client.get(address).get_json()
    for one in listed["snapshots"]:
        answer = client.get(urljoin(address, one["file"]))
        assert answer.data.startswith(b"INKW")
        assert "immutable" in answer.headers["Cache-Control"]
    assert "snapshots" not in client.get("/sw.js").get_data(as_text=True)

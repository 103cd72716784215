"""`make site`: a folder for any static host, and one file that opens by double-click."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.offline.site import ONE_FILE, build
from tests.browser.hand import ONE, Answer, Pad
from tests.browser.test_pictures import payload, picture_of
from tests.conftest import PATIENCE_MS

MOST_BYTES_OF_ONE_FILE = 700_000
SURE_ONE = re.compile(r"^1, ")


class Host:
    """A static host that can be switched off."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(Quiet, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, below another that a host serves."""
    folder = tmp_path_factory.mktemp("host") / "some" / "path"
    folder.parent.mkdir()
    with app.test_request_context("/"):
        build(folder)
    return folder


@pytest.fixture
def host(site: Path) -> Iterator[Host]:
    host = Host(site.parents[1])
    yield host
    host.stop()


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    """A new visitor's page. Afterwards nothing may have been complained of, nor asked elsewhere."""
    complaints: list[str] = []
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()

    def listen(message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def note(request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:")):
            complaints.append(request.url)

    context.on("request", note)
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def open_page(page: Page, address: str) -> tuple[Pad, Answer]:
    page.goto(address)
    page.wait_for_selector("html.ready")
    return Pad(page), Answer(page)


def test_a_static_host_needs_no_more_under_any_path(blank: Page, host: Host) -> None:
    pad, answer = open_page(blank, f"{host.url}/some/path/")
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)
    expect(blank.locator("#where")).to_have_text("What you draw stays on this device")
    blank.locator("#play").click()  # fetches more
    expect(blank.locator("#play")).to_have_text("Stop")


def test_a_static_hosts_page_opens_without_a_network(blank: Page, host: Host) -> None:
    """Visited once, and the host is gone."""
    open_page(blank, f"{host.url}/some/path/")
    blank.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    host.stop()
    pad, answer = open_page(blank, f"{host.url}/some/path/")
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)


def test_one_file_opens_by_double_click_and_reads(blank: Page, site: Path, tmp_path: Path) -> None:
    """Alone, as on a USB stick. The reader is in a worker there too."""
    shutil.copy(site / ONE_FILE, tmp_path)
    workers: list[str] = []
    blank.on("worker", lambda worker: workers.append(worker.url))
    pad, answer = open_page(blank, (tmp_path / ONE_FILE).as_uri())
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)
    assert [url[:5] for url in workers] == ["blob:"]


def test_one_file_holds_what_other_pages_fetch_on_use(blank: Page, site: Path) -> None:
    """The examples, the game with its style, the projector."""
    _, answer = open_page(blank, (site / ONE_FILE).as_uri())
    blank.locator("#play").click()
    expect(blank.locator("#play")).to_have_text("Stop")
    blank.locator("#play").click()
    blank.locator("#show-me").click()
    expect(answer.digit).to_have_text(re.compile(r"\d"))
    blank.set_viewport_size({"width": 1366, "height": 768})
    blank.locator("#projector").click()
    expect(blank.get_by_role("button", name="Leave")).to_be_visible()


def test_the_host_has_the_moments_of_the_training_and_the_one_file_says_it_has_not(
    blank: Page, host: Host, site: Path
) -> None:
    """And Look inside leads to the page about the network, where there is one."""
    for address, story in {
        f"{host.url}/some/path/": re.compile("^Before the first step it had seen 0 pictures"),
        (site / ONE_FILE).as_uri(): re.compile("files of their own"),
    }.items():
        pad, _ = open_page(blank, address)
        pad.draw(ONE)
        blank.locator("#look-inside").click()
        blank.get_by_role("tab", name="How it learned").click()
        expect(blank.locator(".learned-view > p").nth(1)).to_have_text(story)
        blank.get_by_role("tab", name="How sure is sure?").click()
        link = blank.get_by_role("link", name="How Inkling reads")
        expect(link).to_have_count(1 if address.startswith("http") else 0)
        if address.startswith("http"):
            link.click()
            expect(blank.get_by_role("heading", level=1)).to_have_text("How Inkling reads")


def test_one_file_is_small(site: Path) -> None:
    assert (site / ONE_FILE).stat().st_size <= MOST_BYTES_OF_ONE_FILE


def test_pictures_are_not_offered_and_a_pasted_one_is_told_why(blank: Page, site: Path) -> None:
    _, answer = open_page(blank, (site / ONE_FILE).as_uri())
    expect(blank.get_by_label("Choose a picture")).to_be_hidden()
    blank.locator("#choose").set_input_files(payload("seven.png", picture_of(7)))
    expect(answer.sentence).to_have_text("Pictures need Inkling’s server. Draw the digit instead.")


@pytest.mark.parametrize("name", ["index.html", "how.html", ONE_FILE])
def test_pages_have_a_policy_and_no_address_of_a_server(site: Path, name: str) -> None:
    page = (site / name).read_text("utf-8")
    assert re.search(r'http-equiv="Content-Security-Policy" content="default-src', page)
    assert not re.search(r'(href|src|action|data-[a-z-]+)="(/|https?:)', page)
    assert "csrf" not in page


def test_what_is_not_finished_replaces_nothing(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that fails leaves the folder as it was."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("old")
    monkeypatch.setattr("app.offline.site.one_file", lambda _: 1 / 0)
    with app.test_request_context("/"), pytest.raises(ZeroDivisionError):
        build(tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_text() == "old"

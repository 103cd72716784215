"""The page without a network: the service worker, an update, and the installed page."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.hand import ONE, Answer, Pad
from tests.conftest import PATIENCE_MS, ROOT
from tests.serving import Server, free_port, started

SURE_ONE = re.compile(r"^1, ")
PARTS = ("app", "reader", "server", "static", "templates", "models")

Serve = Callable[..., AbstractContextManager[Server]]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Serves a project's folder, always at the same address."""
    port = free_port()

    def serve(folder: Path = ROOT, **environment: str) -> AbstractContextManager[Server]:
        settings = {**os.environ, "SECRET_KEY": "for the tests alone", "PORT": str(port)}
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"]
        return started(command, port, tmp_path / "log", {**settings, **environment}, folder)

    return serve


def open_page(visitor: BrowserContext, server: Server) -> Page:
    page = visitor.new_page()
    page.goto(server.url)
    page.wait_for_selector("html.ready")
    return page


def wait_until_kept(page: Page) -> None:
    """What the worker keeps, and not the browser's own cache, is there from now on."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")


def edited_copy(folder: Path, mark: str) -> Path:
    """The project with other scripts, in another folder. Its page's title is the mark."""
    folder.mkdir()
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "gunicorn.conf.py", folder)
    for name, old, new in (
        ("static/js/game/game.js", 'button.textContent = "Stop"', f'button.textContent = "{mark}"'),
        ("templates/predict/index.html", '"Inkling: d" ~ classes.task[1:]', f'"{mark}"'),
    ):
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")
    return folder


def test_visited_once_the_page_opens_and_reads_without_a_network(
    visitor: BrowserContext, serve: Serve
) -> None:
    """The server is gone for good, and nobody drew while it was there."""
    with serve() as server:
        page = open_page(visitor, server)
        wait_until_kept(page)
        page.close()
    page = open_page(visitor, server)
    Pad(page).draw(ONE)
    expect(Answer(page).sentence).to_have_text(SURE_ONE)
    expect(page.locator("#where")).to_have_text("Read on this device")
    page.locator("#play").click()
    expect(page.locator("#play")).to_have_text("Stop")


def test_a_page_that_only_the_server_reads_for_opens_too(
    visitor: BrowserContext, serve: Serve
) -> None:
    """With READING=server it keeps no network, and says that the server is not there."""
    with serve(READING="server") as server:
        page = open_page(visitor, server)
        wait_until_kept(page)
        kept = page.evaluate(
            """async () => {
                const [name] = await caches.keys();
                return (await (await caches.open(name)).keys()).map(({ url }) => url);
            }"""
        )
        page.close()
    assert kept
    assert not [url for url in kept if url.endswith(".weights")]
    page = open_page(visitor, server)
    Pad(page).draw(ONE)
    expect(Answer(page).sentence).to_contain_text("Your drawing is safe")


def test_an_update_mixes_no_versions_and_is_there_on_the_next_visit(
    visitor: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    """A page that was open goes on with its own files. The next is new, even without a network."""
    with serve(edited_copy(tmp_path / "old", "old")) as server:
        first = open_page(visitor, server)
        wait_until_kept(first)
        before = open_page(visitor, server)
    with serve(edited_copy(tmp_path / "new", "new")):
        before.locator("#play").click()
        expect(before.locator("#play")).to_have_text("old")
        after = open_page(visitor, server)
        expect(after).to_have_title("new")
        after.locator("#play").click()
        expect(after.locator("#play")).to_have_text("new")
        installed = """async () => {
            const registration = await navigator.serviceWorker.getRegistration();
            await registration.update();
            while (!registration.waiting) await new Promise((done) => setTimeout(done, 20));
        }"""
        after.evaluate(installed)
    for page in (first, before, after):
        page.close()
    page = open_page(visitor, server)
    expect(page).to_have_title("new")
    page.locator("#play").click()
    expect(page.locator("#play")).to_have_text("new")


def test_the_page_can_be_installed(visitor: BrowserContext, serve: Serve) -> None:
    """A manifest with a start and icons as large as it says."""
    with serve() as server:
        page = open_page(visitor, server)
        wait_until_kept(page)
        address = page.locator("link[rel=manifest]").get_attribute("href")
        answer = page.request.get(server.url + str(address))
        assert answer.headers["content-type"] == "application/manifest+json"
        manifest: dict[str, Any] = answer.json()
        assert (manifest["start_url"], manifest["scope"]) == ("/", "/")
        pngs = [icon for icon in manifest["icons"] if icon["type"] == "image/png"]
        assert {"192x192", "512x512"} <= {icon["sizes"] for icon in pngs}
        for icon in pngs:
            picture = Image.open(io.BytesIO(page.request.get(server.url + icon["src"]).body()))
            assert "x".join(map(str, picture.size)) == icon["sizes"]
        complaints = visitor.new_cdp_session(page).send("Page.getInstallabilityErrors")
        errors = {error["errorId"] for error in complaints["installabilityErrors"]}
        assert errors <= {"in-incognito"}  # tests have no other window

"""A real server and a real browser, each started once; a fresh visitor for every test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from find_browser import find_or_install
from hand import Answer, Pad, Wire

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 30
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")

Visit = Callable[..., Page]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Inkling, served as in production, with the model that ships."""
    url = f"http://127.0.0.1:{free_port()}"
    log = tmp_path_factory.mktemp("server") / "log"
    command = [sys.executable, "-m", "gunicorn", "--bind", url.removeprefix("http://")]
    command += ["--threads", "4", "app:create_app()"]
    environment = {**os.environ, "SECRET_KEY": "for the browser tests alone"}
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        patience = time.monotonic() + START_WITHIN_S
        while not answers(url):
            if process.poll() is not None or time.monotonic() > patience:
                pytest.fail(f"the server did not start:\n{log.read_text()}")
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_or_install()  # raises, and says what to install: a missing browser is no skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--disable-gpu", *QUIET], timeout=60_000
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visit]:
    """Opens a page as a new visitor. Afterwards nothing may have been complained of: no script
    error, no breach of the content security policy, no request to another host."""
    complaints: list[str] = []
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        # A refused or failed request is logged by the browser, and is what some tests are about.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def visit(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(
            base_url=server, **{"viewport": {"width": 1366, "height": 768}, **options}
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith((server, "data:", "blob:"))
                or complaints.append(f"a request to {request.url}")
            ),
        )
        page.goto(path)
        if options.get("java_script_enabled", True) and page.locator("#pad").count():
            page.wait_for_selector("html.ready")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "has_touch": True,
    "is_mobile": True,
}


@pytest.fixture
def phone() -> dict[str, Any]:
    return dict(PHONE)


@pytest.fixture
def page(visit: Visit) -> Page:
    """The page on a laptop."""
    return visit()


@pytest.fixture
def wire(page: Page) -> Wire:
    return Wire(page)


@pytest.fixture
def pad(page: Page) -> Pad:
    return Pad(page)


@pytest.fixture
def answer(page: Page) -> Answer:
    return Answer(page)

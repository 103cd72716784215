"""Real browsers, each started once, on the real server; a fresh visitor for every test.

Every test runs in Chromium. Those of drawing, reading and keeping run in Firefox as well, unless
they are marked `chromium_only` with the reason. WebKit has smoke tests of its own: test_webkit.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

from tests.browser.find_browser import find_firefox
from tests.browser.hand import TELL_STROKES, Answer, Pad, Wire
from tests.conftest import PATIENCE_MS

Visit = Callable[..., Page]


IN_FIREFOX_TOO = {"test_pad", "test_reading", "test_keep"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" not in metafunc.fixturenames:
        return
    engines = ["chromium"]
    is_for_both = metafunc.module.__name__.rpartition(".")[2] in IN_FIREFOX_TOO
    if is_for_both and not any(metafunc.definition.iter_markers("chromium_only")):
        engines.append("firefox")
    metafunc.parametrize("engine", engines, scope="session")


@pytest.fixture(scope="session")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    path = find_firefox()
    if path is None:
        pytest.skip("Firefox is not here: apt-get install firefox-esr")
    browser = playwright.firefox.launch(
        channel="moz-firefox", executable_path=path, timeout=120_000
    )
    yield browser
    browser.close()


@pytest.fixture
def browser(engine: str, request: pytest.FixtureRequest) -> Browser:
    browser: Browser = request.getfixturevalue(engine)
    return browser


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

    def visit(path: str = "/", *, idle: bool = False, **options: Any) -> Page:
        # A service worker would keep files, and tests say what comes of requests for them.
        usual = {"viewport": {"width": 1366, "height": 768}, "service_workers": "block"}
        context = browser.new_context(base_url=server, **{**usual, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        if browser.browser_type.name == "firefox":
            page.add_init_script(TELL_STROKES)
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
            if not idle:  # somebody is there: no ghost pen invites them, however slow a test is
                page.dispatch_event("body", "pointerdown")
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

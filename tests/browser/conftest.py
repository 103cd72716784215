"""The real server in a real browser; a fresh visitor for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.hand import Answer, Pad, Wire
from tests.conftest import PATIENCE_MS

Visit = Callable[..., Page]


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
        context.set_default_timeout(PATIENCE_MS)
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

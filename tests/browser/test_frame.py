"""Inkling in a frame on another site's page, such as a course page or a Hugging Face Space."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hand import ONE, Pad
from tests.serving import serving


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def course(tmp_path: Path) -> Iterator[str]:
    """The address of another site: localhost is another than 127.0.0.1."""

    def files(*arguments: Any) -> Quiet:
        return Quiet(*arguments, directory=str(tmp_path))

    with ThreadingHTTPServer(("127.0.0.1", 0), files) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://localhost:{site.server_port}"
        site.shutdown()


@contextmanager
def framed(browser: Browser, course: str, tmp_path: Path, **settings: str) -> Iterator[Page]:
    """The course's page, with Inkling in a frame."""
    with serving(tmp_path / "log", **settings) as url:
        frame = f'<!doctype html><iframe src="{url}/" width="900" height="700"></iframe>'
        (tmp_path / "index.html").write_text(frame)
        page = browser.new_page()
        page.goto(course)
        yield page
        page.close()


def test_a_drawing_is_read_in_a_frame_on_another_site(
    browser: Browser, course: str, tmp_path: Path
) -> None:
    """With FRAME_ANCESTORS. The browser sends no cookie from there, and none is needed."""
    with framed(browser, course, tmp_path, FRAME_ANCESTORS=course) as page:
        inside = page.frame_locator("iframe")
        inside.locator("html.ready").wait_for()
        pad = Pad(page)
        pad.canvas = inside.locator("#pad")
        with page.expect_request("**/api/predict") as asked:
            pad.draw(ONE)
        expect(inside.locator("#answer [data-part=digit]")).to_have_text("1")
        assert "cookie" not in asked.value.all_headers()


def test_no_other_site_frames_it_by_default(browser: Browser, course: str, tmp_path: Path) -> None:
    """The browser shows its own error page in the frame."""
    with framed(browser, course, tmp_path) as page:
        page.frames[1].wait_for_url(re.compile("^chrome-error:"))

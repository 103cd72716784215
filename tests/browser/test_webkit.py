"""WebKit, as WebKitGTK has it: smoke tests of what its own engine may do otherwise.

Selenium drives it, for Playwright has no driver for a WebKit that it did not build. iOS is not
tested by this: its touch, its keyboard and its memory are its own.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.browser.find_browser import find_webkit
from tests.browser.hand import BAR, ONE, Point

PATIENCE_S = 30
FOUND = find_webkit()

pytestmark = [
    pytest.mark.skipif(
        FOUND is None, reason="WebKit is not here: apt-get install webkit2gtk-driver xvfb"
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:selenium"),  # of what it does itself
]


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A display of its own, where nobody looks."""
    reads, writes = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writes),
        "-screen",
        "0",
        "1400x1000x24",
        "-nolisten",
        "tcp",
    ]
    with subprocess.Popen(command, pass_fds=[writes], stderr=subprocess.DEVNULL) as xvfb:
        os.close(writes)
        with os.fdopen(reads) as numbers:
            yield f":{numbers.readline().strip()}"
        xvfb.terminate()


@pytest.fixture(scope="module")
def webkit(screen: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.webkitgtk.options import Options
    from selenium.webdriver.webkitgtk.service import Service

    assert FOUND is not None
    driver, browser = FOUND
    options = Options()
    options.binary_location = str(browser)
    options.add_argument("--automation")
    options.add_argument("--dark-mode")  # the other engines have the light page
    home = tmp_path_factory.mktemp("home")
    env = {
        **os.environ,
        "DISPLAY": screen,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # it reads this server's page, as root
        "WEBKIT_DISABLE_DMABUF_RENDERER": "1",  # without a graphics card it paints one frame only
    }
    webkit = webdriver.WebKitGTK(
        options=options, service=Service(executable_path=str(driver), env=env)
    )
    webkit.set_window_size(1200, 900)
    yield webkit
    webkit.quit()


class Visitor:
    """Somebody at the page: draws, presses keys, looks."""

    def __init__(self, webkit: Any, server: str) -> None:
        self.webkit = webkit
        webkit.set_window_size(1200, 900)
        webkit.get(server)
        self.until(lambda: self.look("return document.documentElement.classList.contains('ready')"))
        self.look("sessionStorage.clear()")
        self.press("\ue017")  # Delete: what another test drew is kept with the tab

    def look(self, script: str, *values: Any) -> Any:
        return self.webkit.execute_script(script, *values)

    def until(self, happened: Callable[[], Any]) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.webkit, PATIENCE_S, poll_frequency=0.05).until(lambda _: happened())

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.webkit, duration=0).send_keys(*keys).perform()

    def draw(self, points: Sequence[Point]) -> None:
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        left, top, side = self.look(
            "const b = document.getElementById('pad').getBoundingClientRect();"
            "return [b.left, b.top, b.width]"
        )
        actions = ActionBuilder(self.webkit, duration=20)
        for i, (x, y) in enumerate(points):
            actions.pointer_action.move_to_location(int(left + x * side), int(top + y * side))
            if i == 0:
                actions.pointer_action.pointer_down()
        actions.pointer_action.pointer_up()
        actions.perform()

    def text(self, selector: str) -> str:
        text: str = self.look("return document.querySelector(arguments[0]).textContent", selector)
        return text

    def sees(self, digit: int) -> bool:
        return self.text("[data-part=digit]") == str(digit)

    def click(self, selector: str) -> None:
        self.webkit.find_element("css selector", selector).click()

    def ink(self, point: Point) -> list[int]:
        """The pixel of the pad there, once it is painted: red, green, blue, opacity."""
        pixel: list[int] = self.webkit.execute_async_script(
            """const [[x, y], done] = arguments;
            const pad = document.getElementById("pad");
            requestAnimationFrame(() => requestAnimationFrame(() => done([...pad.getContext("2d")
                .getImageData(x * pad.width, y * pad.height, 1, 1).data])))""",
            list(point),
        )
        return pixel


@pytest.fixture
def visitor(webkit: Any, server: str) -> Visitor:
    return Visitor(webkit, server)


SEVEN: Sequence[Point] = [
    (0.25, 0.2),
    (0.4, 0.2),
    (0.6, 0.2),
    (0.75, 0.2),
    (0.6, 0.5),
    (0.45, 0.85),
]


def test_a_stroke_is_ink(visitor: Visitor) -> None:
    visitor.draw(BAR)
    assert visitor.ink(BAR[1])[3] > 0
    assert visitor.ink((0.5, 0.9))[3] == 0


def test_ink_is_light_on_a_dark_page(visitor: Visitor) -> None:
    assert visitor.look("return matchMedia('(prefers-color-scheme: dark)').matches")
    visitor.draw(BAR)
    assert visitor.ink(BAR[1])[0] > 192


@pytest.mark.parametrize(("points", "digit"), [(ONE, 1), (SEVEN, 7)])
def test_a_drawing_is_read(visitor: Visitor, points: Sequence[Point], digit: int) -> None:
    visitor.draw(points)
    visitor.until(lambda: visitor.sees(digit))
    assert visitor.text(f"tr:nth-child({digit + 1}) span").endswith("%")


def test_undo_redo_and_clear(visitor: Visitor) -> None:
    visitor.draw(ONE)
    visitor.click("#undo")
    assert visitor.ink(ONE[1])[3] == 0
    visitor.click("#redo")
    assert visitor.ink(ONE[1])[3] > 0
    visitor.click("#clear")
    assert visitor.ink(ONE[1])[3] == 0


def test_a_reload_keeps_the_drawing_and_reads_it(visitor: Visitor) -> None:
    visitor.draw(ONE)
    visitor.webkit.refresh()
    visitor.until(lambda: visitor.sees(1))
    assert visitor.ink(ONE[1])[3] > 0


def test_a_cleared_drawing_does_not_come_back(visitor: Visitor) -> None:
    visitor.draw(ONE)
    visitor.webkit.refresh()
    visitor.click("#clear")
    visitor.webkit.refresh()
    visitor.until(lambda: visitor.look("return !document.getElementById('show-me').disabled"))
    assert visitor.look("return document.getElementById('undo').disabled")
    assert visitor.text("[data-part=sentence]") == "Draw a digit, or a number like 42"


def test_a_drawing_by_keyboard_is_read(visitor: Visitor) -> None:
    visitor.look("document.getElementById('pad').focus()")
    visitor.press(" ", *["\ue015"] * 26, " ")  # arrow down
    visitor.until(lambda: visitor.sees(1))


def test_one_is_drawn_for_the_visitor(visitor: Visitor) -> None:
    visitor.click("#show-me")
    visitor.until(lambda: visitor.sees(7))


def test_the_film_goes_back_by_keys(visitor: Visitor) -> None:
    visitor.draw(ONE)
    visitor.until(lambda: visitor.sees(1))
    visitor.draw(BAR)
    visitor.until(lambda: visitor.look("return document.querySelector('#film input').max > 0"))
    visitor.look("document.querySelector('#film input').focus()")
    before = visitor.look("return document.querySelector('#film input').ariaValueText")
    visitor.press("\ue012")  # arrow left
    after = visitor.look("return document.querySelector('#film input').ariaValueText")
    assert before != after


def test_an_upright_tablet_has_bars_above_a_large_pad(visitor: Visitor) -> None:
    visitor.webkit.set_window_size(820, 1000)
    visitor.until(lambda: visitor.look("return innerHeight > innerWidth"))
    bars, pad, width, scroll = visitor.look(
        "const box = (id) => document.querySelector(id).getBoundingClientRect();"
        "return [box('.bars').bottom, box('#pad').top, box('#pad').width,"
        "        document.documentElement.scrollWidth - innerWidth]"
    )
    assert bars <= pad
    assert width >= 400
    assert scroll <= 0

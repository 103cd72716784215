"""reading/readers.js with READING=auto: the server answers, the device takes over silently."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import BAR, ONE, Answer, Pad, Wire, reading, stop_the_clock
from tests.browser.test_pictures import payload, picture_of
from tests.serving import serving

SURE_ONE = re.compile(r"^1, ")
HERE, THERE = "Read on this device", "Read on the server"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("auto") / "log"
    with serving(log, RATELIMIT_ENABLED="0") as url:
        yield url


def test_the_server_answers_where_it_is_quick(
    page: Page, wire: Wire, pad: Pad, answer: Answer
) -> None:
    """Not what the device would say: a 7."""
    stop_the_clock(page)  # however slow this machine is
    pad.draw(ONE)
    page.clock.run_for(200)
    wire.answer_until(1, ONE[-1], reading(7))
    expect(answer.digit).to_have_text("7")
    expect(page.locator("#where")).to_have_text(THERE)


def test_the_device_takes_over_from_a_slow_server(
    page: Page, wire: Wire, pad: Pad, answer: Answer
) -> None:
    """The server has the drawing and says nothing. Its late answer changes nothing."""
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)
    expect(page.locator("#where")).to_have_text(HERE)
    answer.remember()
    pad.draw(BAR)
    expect(page.locator("#where")).to_have_text(HERE)
    wire.answer_next(reading(7))
    page.wait_for_timeout(100)
    assert not any(sentence.startswith("7") for sentence in answer.remembered())


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_the_device_takes_over_without_a_word_of_alarm(
    page: Page, pad: Pad, answer: Answer, status: int
) -> None:
    """From a server that is unreachable, busy or down."""
    if status == 0:
        page.route("**/api/predict", lambda route: route.abort())
    else:
        after = {"Retry-After": "60"} if status == 429 else {}
        page.route("**/api/predict", lambda route: route.fulfill(status=status, headers=after))
    answer.remember()
    pad.draw(BAR)
    pad.draw(ONE)
    expect(page.locator("#where")).to_have_text(HERE)
    page.locator("#clear").click()
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)
    assert not re.search("answering|drawing right now|safe", " ".join(answer.remembered()))


def test_the_server_reads_again_once_it_is_back(page: Page, pad: Pad, answer: Answer) -> None:
    """Whoever began a drawing goes on with it; the next drawing is the server's."""
    page.route("**/api/predict", lambda route: route.abort())
    pad.draw(ONE)
    expect(page.locator("#where")).to_have_text(HERE)
    page.unroute("**/api/predict")
    page.route("**/api/predict", lambda route: route.fulfill(json=reading(7)))
    for _ in range(2):  # the first is read on the device, and shows that the server is back
        with page.expect_response("**/api/predict"):
            page.locator("#clear").click()
            pad.draw(ONE)
    expect(answer.digit).to_have_text("7")
    expect(page.locator("#where")).to_have_text(THERE)


def test_a_picture_waits_for_the_server_and_a_drawing_does_not(
    page: Page, pad: Pad, answer: Answer
) -> None:
    """Without a network, the page says so kindly, and reads what is drawn instead."""
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)
    page.wait_for_load_state("networkidle")  # the device is ready
    page.context.set_offline(True)
    page.locator("#choose").set_input_files(payload("seven.png", picture_of(7)))
    expect(answer.sentence).to_have_text("You are offline. Trying again. You can still draw.")
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)
    expect(page.locator("#where")).to_have_text(HERE)


def test_where_neither_can_read_the_page_says_what_is_wrong(
    page: Page, pad: Pad, answer: Answer
) -> None:
    """The device's files never came, and the server is not there."""
    page.route("**/model.weights", lambda route: route.abort())
    page.reload()
    page.wait_for_selector("html.ready")
    page.route("**/api/predict", lambda route: route.abort())
    pad.draw(ONE)
    expect(answer.sentence).to_contain_text("Your drawing is safe; trying again.")
    page.unroute("**/api/predict")
    expect(answer.sentence).to_have_text(SURE_ONE)


def test_the_first_load_is_without_the_reader_on_the_device(visit: object, page: Page) -> None:
    """It comes once the page is idle."""
    links = page.locator("link[rel=modulepreload]")
    named = [str(link.get_attribute("href")) for link in links.all()]
    assert named
    assert not [name for name in named if re.search("local|network|framing|worker", name)]

"""reading/device.js with READING=device: what is drawn is read in the browser and sent nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.hand import BAR, ONE, Answer, Pad
from tests.browser.test_pictures import payload, picture_of
from tests.serving import serving

MOST_LATER_BYTES = 400_000
SURE_ONE = re.compile(r"^1, ")
# Workers that the test answers for, and browsers whose workers are classic scripts only.
HELD_WORKERS = """
    window.workers = [];
    window.Worker = class {
        constructor() { this.asked = []; window.workers.push(this); }
        postMessage(message) {
            if (message.files) setTimeout(() => this.onmessage({ data: { isHere: true } }));
            else this.asked.push(message.strokes);
        }
    };
"""
CLASSIC_WORKERS = """
    const Real = window.Worker;
    window.Worker = function (address) { return new Real(address); };
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("device") / "log"
    with serving(log, RATELIMIT_ENABLED="0", READING="device") as url:
        yield url


def test_nothing_is_asked_of_the_server_while_somebody_draws(visit: Any, server: str) -> None:
    """The page fetches files, then reads alone: no request follows, and none held a drawing."""
    page = visit("/nowhere")
    asked: list[Request] = []
    page.context.on("request", lambda request: asked.append(request))
    with page.expect_response("**/examples.json"):  # the last file that comes by itself
        page.goto("/")
    pad, answer = Pad(page), Answer(page)
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)
    assert {(request.method, request.post_data) for request in asked} == {("GET", None)}
    asked.clear()
    for _ in range(3):
        page.locator("#clear").click()
        pad.draw(BAR)
        pad.draw(ONE)
        expect(answer.root).not_to_have_attribute("data-verdict", "blank")
    assert [request.url for request in asked if request.url.startswith(server)] == []


def test_the_page_says_that_drawings_stay_here(page: Page, pad: Pad, answer: Answer) -> None:
    """Before and after a drawing was read."""
    where = page.locator("#where")
    expect(where).to_have_text("What you draw stays on this device")
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)
    expect(where).to_have_text("What you draw stays on this device")


def test_the_device_reads_as_the_server_does(page: Page, pad: Pad, answer: Answer) -> None:
    """The same words for the same strokes."""
    pad.draw(BAR)
    pad.draw(ONE)
    expect(answer.rows.first).not_to_contain_text("–")
    strokes = page.evaluate(
        """() => {
            document.dispatchEvent(new Event("visibilitychange")); // the page keeps its strokes
            const strokes = JSON.parse(sessionStorage.getItem("strokes"));
            return strokes.map((stroke) => stroke.map(([x, y]) => [x, y]));
        }"""
    )
    reading = page.request.post("/api/predict", data={"strokes": strokes}).json()
    expect(page.locator("#verdict-live")).to_have_text(reading["sentence"])


def test_browsers_without_module_workers_read_in_the_page(visit: Any) -> None:
    page = visit("/nowhere")
    page.add_init_script(CLASSIC_WORKERS)
    page.goto("/")
    Pad(page).draw(ONE)
    expect(Answer(page).sentence).to_have_text(SURE_ONE)


def test_an_older_drawing_is_not_shown(visit: Any) -> None:
    """Its reading comes after the pad was cleared and something else was drawn."""
    page = visit("/nowhere")
    page.add_init_script(HELD_WORKERS)
    page.goto("/")
    pad, answer = Pad(page), Answer(page)
    pad.draw(ONE)
    page.wait_for_function("() => window.workers[0]?.asked.length === 1")
    page.locator("#clear").click()
    pad.draw(BAR)
    give = """(digit) => window.workers[0].onmessage({ data: { reading: {
        verdict: "digit", sentence: `${digit}, 98% sure`, digit, label: `${digit}`,
        confidence: 0.98, probabilities: Array(10).fill(0.1),
        runner_up: { digit: 0, label: "0", confidence: 0.02 },
        digit_image: "data:,", model: "" } } })"""
    page.evaluate(give, 1)
    page.wait_for_function("() => window.workers[0].asked.length === 2")
    expect(answer.root).to_have_attribute("data-verdict", "blank")
    page.evaluate(give, 7)
    expect(answer.digit).to_have_text("7")


def test_a_picture_is_the_servers(page: Page, answer: Answer) -> None:
    """The page says so beforehand, and where it was read."""
    expect(page.locator(".keys")).to_contain_text("It is sent to the server")
    with page.expect_request("**/api/predict"):
        page.locator("#choose").set_input_files(payload("seven.png", picture_of(7)))
    expect(answer.digit).to_have_text("7")
    expect(page.locator("#where")).to_have_text("Read on the server")


def test_a_reader_that_cannot_be_fetched_is_told_and_tried_again(visit: Any) -> None:
    page = visit("/nowhere")
    page.route("**/model.weights", lambda route: route.abort())
    page.goto("/")
    pad, answer = Pad(page), Answer(page)
    pad.draw(ONE)
    expect(answer.sentence).to_contain_text("could not be fetched")
    page.unroute("**/model.weights")
    page.locator("#clear").click()
    pad.draw(ONE)
    expect(answer.sentence).to_have_text(SURE_ONE)


def test_what_comes_later_is_light(visit: Any) -> None:
    """The reader's files and modules, as they come over the wire: under 400 KB."""
    page = visit("/nowhere")
    addresses: set[str] = set()
    page.context.on("request", lambda request: addresses.add(request.url))
    page.goto("/")
    page.wait_for_selector("html.ready")
    Pad(page).draw(ONE)
    expect(Answer(page).sentence).to_have_text(SURE_ONE)
    first = {link.evaluate("(it) => it.href") for link in page.locator("link").all()}
    later = {url for url in addresses - first if "/static/" in url and not url.endswith("page.js")}
    assert any(url.endswith("model.weights") for url in later)
    sizes = {url: int(page.request.head(url).headers["content-length"]) for url in later}
    assert sum(sizes.values()) < MOST_LATER_BYTES, sizes

"""static/js/inside: the page shows why it reads so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from app.config import ROOT
from tests.browser.hand import BAR, ONE, Pad
from tests.browser.test_pictures import payload, picture_of

VIEWS = [
    "28 × 28", "Change its mind", "Layer by layer",
    "How it learned", "Shake it", "How sure is sure?",
]  # fmt: skip
LESSONS = ROOT / "docs" / "lessons.md"
READS_ONE = re.compile(r"^1, ")


@pytest.fixture
def inside(page: Page, pad: Pad) -> Locator:
    """Look inside, open on a 1."""
    pad.draw(ONE)
    page.locator("#look-inside").click()
    section = page.locator("#inside")
    expect(section.locator(".seen")).to_have_text(READS_ONE)
    return section


def tab(inside: Locator, name: str) -> None:
    inside.get_by_role("tab", name=name).click()


def test_each_step_can_be_left_out(inside: Locator) -> None:
    """Six pictures; without a step the answer is of another picture."""
    expect(inside.locator("figure")).to_have_count(6)
    says = inside.locator(".result .says")
    expect(says).to_have_text(re.compile("^With every step it says: 1, "))
    for name in ("Cropped", "Fitted in"):
        inside.get_by_label(re.compile(f"Do this step: {name}")).uncheck()
    expect(says).to_have_text(re.compile("^It says without those 2 steps: "))


def test_it_follows_the_pen(page: Page, pad: Pad, inside: Locator) -> None:
    """What is drawn while it is open is looked into, and a blank pad is said to be blank."""
    page.locator("#clear").click()
    pad.canvas.scroll_into_view_if_needed()
    expect(inside.locator(".seen")).to_have_text("Draw a digit first, then look inside.")
    pad.draw(ONE)
    expect(inside.locator(".seen")).to_have_text(READS_ONE)
    pad.draw(BAR)
    expect(inside.locator(".seen")).not_to_have_text(READS_ONE)


def test_it_says_which_ink_spoke(inside: Locator) -> None:
    tab(inside, "Change its mind")
    expect(inside.locator(".says").first).to_have_text(re.compile("speaks most for a 1"))


def test_pencil_and_rubber_are_read_at_once(page: Page, inside: Locator) -> None:
    """By keys alone: a line across a 1 makes it less of a 1, and the drawing can be had back."""
    tab(inside, "Change its mind")
    one = inside.locator(".ten li").nth(1).locator("b")
    before = one.text_content()
    inside.get_by_role("button", name="Pencil").click()
    inside.locator("canvas").focus()
    for _ in range(8):
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
    expect(one).not_to_have_text(before or "")
    inside.get_by_role("button", name="Back to my drawing").click()
    expect(one).to_have_text(before or "")


def test_a_small_change_makes_it_another_digit(inside: Locator) -> None:
    """Found, said in words, and read again."""
    tab(inside, "Change its mind")
    inside.get_by_label("Make it read as").select_option("7")
    inside.get_by_role("button", name="Find a small change").click()
    expect(inside.locator(".says").last).to_have_text(re.compile(r"Read again: 7, \d+% sure"))
    top = inside.locator(".ten .top")
    expect(top).to_have_text(re.compile("^7"))


def test_every_layer_shows_its_sums(inside: Locator) -> None:
    """From the first filters to the softmax: a number, and how it came about."""
    tab(inside, "Layer by layer")
    expect(inside.locator(".made td")).to_have_count(25)
    layer = inside.get_by_role("combobox", name="Layer")
    layer.select_option(label="18. How sure, 10")
    inside.get_by_label("Column").fill("2")
    expect(inside.locator(".made h3").first).to_have_text(
        re.compile(r"^The number for 1: (0\.\d+|1)$")
    )
    expect(inside.locator(".made .sum").last).to_have_text(re.compile(r"that is \d+\.\d %"))


def test_a_number_is_followed_to_the_next_layer(inside: Locator) -> None:
    """From a pixel to the last score, by its heaviest weight each time."""
    tab(inside, "Layer by layer")
    layer = inside.get_by_role("combobox", name="Layer")
    layer.select_option("0")
    for index in range(1, 19):
        expect(inside.locator(".made h3").last).to_have_text(re.compile(f"^Next: layer {index}, "))
        inside.get_by_role("button", name="Follow it").click()
        expect(layer).to_have_value(str(index))
    expect(inside.get_by_role("button", name="Follow it")).to_have_count(0)


def test_a_slider_goes_through_the_training(inside: Locator) -> None:
    """The network of each moment reads the drawing; its file is fetched when it is wanted."""
    fetched: list[str] = []
    inside.page.on("request", lambda request: fetched.append(request.url))
    tab(inside, "How it learned")
    when, says = inside.locator(".learned-view > p").nth(1), inside.locator(".says")
    expect(when).to_have_text(re.compile("^Before the first step it had seen 0 pictures"))
    expect(says).not_to_have_text(re.compile(" 1, "))
    slider = inside.get_by_label("Moment of the training")
    slider.press("End")
    expect(when).to_have_text(
        re.compile(r"^After 3,108 steps it had seen 795,648 pictures\. .* 99%")
    )
    expect(says).to_have_text(re.compile("^It made of your drawing: 1, "))
    snapshots = [url.split("/")[-1] for url in fetched if "/snapshots/" in url]
    assert snapshots == ["snapshots.json", "0.weights", "3108.weights"]


def test_shaking_says_where_it_breaks(inside: Locator) -> None:
    tab(inside, "Shake it")
    stories = inside.locator(".shakes p")
    for index in range(6):
        expect(stories.nth(index)).to_have_text(re.compile("No longer a 1|It stays a 1"))
    tilt = inside.get_by_label("Tilt", exact=True).and_(inside.locator("input"))
    tilt.fill("60")
    expect(tilt).to_have_attribute("aria-valuetext", "60°")
    expect(inside.locator(".says")).not_to_have_text(READS_ONE)
    inside.get_by_role("button", name="All back").click()
    expect(inside.locator(".says")).to_have_text(READS_ONE)


def test_being_so_sure_is_counted_in_the_card(inside: Locator) -> None:
    tab(inside, "How sure is sure?")
    said = re.compile(r"^Of 100 drawings that it is this sure of, [\d.]+ are right")
    expect(inside.locator("p", has_text=said)).to_have_count(1)
    confused = re.compile(r"^\d read as \d: \d+ times?, by \d+ writers?")
    expect(inside.locator("li").first).to_have_text(confused)


def test_the_ink_of_a_photo_is_asked_for_once(page: Page) -> None:
    """The server finds it; then everything is done on the device."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#choose").set_input_files(payload("seven.png", picture_of(7)))
    page.locator("#look-inside").click()
    inside = page.locator("#inside")
    expect(inside.locator("figure")).to_have_count(6)
    expect(inside.locator(".result .says")).to_have_text(re.compile("^With every step it says: "))
    tab(inside, "Change its mind")
    expect(inside.locator(".says").first).to_have_text(re.compile("speaks most for"))
    assert len([url for url in asked if url.endswith("/api/ink")]) == 1
    inside.get_by_role("button", name="Share").click()
    expect(inside.locator(".share p")).to_have_text("Only drawings can be shared, not pictures.")


def test_a_link_opens_the_same_drawing_and_view(visit: Any, page: Page, inside: Locator) -> None:
    tab(inside, "Change its mind")
    says = inside.locator(".says").first
    expect(says).to_have_text(re.compile("speaks most"))
    inside.get_by_role("button", name="Share").click()
    link = inside.get_by_label("The link").input_value()
    other = visit("/" + link[link.index("#") :])
    section = other.locator("#inside")
    expect(section.get_by_role("tab", selected=True)).to_have_text("Change its mind")
    expect(section.locator(".says").first).to_have_text(says.text_content() or "")


def test_a_bad_link_says_so(visit: Any) -> None:
    page = visit("/")
    for link, word in {
        "#look=mind.1BBAA": "damaged",
        "#look=mind.1": "damaged",
        "#look=": "damaged",
        "#look=mind.9BBAAAA": "newer",
        "#look=mind.1" + "A" * 20_000: "too long",
    }.items():
        page.evaluate("(link) => { location.hash = link; }", link)
        expect(page.locator("#word")).to_have_text(re.compile(word))
        page.evaluate("document.querySelector('#word').textContent = ''")
    expect(page.locator("#inside")).to_be_hidden()


def test_closing_it_gives_the_focus_back(page: Page, inside: Locator) -> None:
    inside.get_by_role("button", name="Close").click()
    expect(inside).to_be_hidden()
    expect(page.locator("#look-inside")).to_be_focused()


def test_tabs_are_switched_by_arrow_keys(page: Page, inside: Locator) -> None:
    inside.get_by_role("tab", selected=True).focus()
    page.keyboard.press("ArrowRight")
    expect(inside.get_by_role("tab", selected=True)).to_be_focused()
    expect(inside.get_by_role("tab", selected=True)).to_have_text(VIEWS[1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(visit: Any, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    Pad(page).draw(ONE)
    page.locator("#look-inside").click()
    inside = page.locator("#inside")
    for name in VIEWS:
        tab(inside, name)
        expect(inside.get_by_role("tab", selected=True)).to_have_text(name)
        found = Axe().run(page, context="#inside")
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 820, 1920])
def test_no_view_is_wider_than_the_screen(visit: Any, width: int) -> None:
    page = visit(viewport={"width": width, "height": 900})
    Pad(page).draw(ONE)
    page.locator("#look-inside").click()
    inside = page.locator("#inside")
    for name in VIEWS:
        tab(inside, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_the_links_of_the_lessons_open(visit: Any) -> None:
    """Each opens its view on a drawing."""
    links = re.findall(r"`/(#look=[^`]+)`", LESSONS.read_text())
    assert len(links) >= 6
    page = visit("/")
    inside = page.locator("#inside")
    for link in links:
        page.evaluate("(link) => { location.hash = link; }", link)
        name = re.findall(r"=([a-z]+)\.", link)[0]
        expect(inside.get_by_role("tab", selected=True)).to_have_id(f"tab-{name}")
        expect(inside.locator(f"#view-{name} > *")).to_be_visible()


def test_without_workers_the_page_does_the_work(visit: Any) -> None:
    """As in browsers without module workers."""
    page = visit("/")
    page.evaluate("delete window.Worker")
    Pad(page).draw(ONE)
    page.locator("#look-inside").click()
    inside = page.locator("#inside")
    expect(inside.locator(".result .says")).to_have_text(
        re.compile("^With every step it says: 1, ")
    )
    tab(inside, "Change its mind")
    expect(inside.locator(".says").first).to_have_text(re.compile("speaks most for a 1"))


@pytest.mark.parametrize("size", [(390, 844), (1280, 720)])
def test_the_page_about_the_network_has_a_screen_for_each_part(visit: Any, size: Any) -> None:
    width, height = size
    page = visit("/how", viewport={"width": width, "height": height})
    parts = page.locator(".screens > section")
    expect(parts).to_have_count(3)
    heights = parts.evaluate_all("(parts) => parts.map((part) => part.offsetHeight)")
    assert max(heights) <= height

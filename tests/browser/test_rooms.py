"""A class in real browsers: pupils, a teacher and a wall at once, on a school's network."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.lan import lan_address
from tests.browser.conftest import PHONE
from tests.browser.hand import Pad
from tests.browser.test_numbers import write
from tests.serving import running

# A plain http address in a classroom is no secure context, and there a browser has none of these.
# The tests open this machine's address on its network; where it has none, they take these away.
NO_SECURE_CONTEXT = """
delete Crypto.prototype.randomUUID;
Object.defineProperty(Navigator.prototype, "serviceWorker", { get: () => undefined });
Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined });
"""
SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.6, 0.45), (0.45, 0.85)]
SQUARES = [(0.1 + 0.08 * k, y) for k in range(10) for y in (0.1, 0.9)]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of two workers with one SQLite, as a pupil's phone sees them."""
    folder = tmp_path_factory.mktemp("school")
    settings = {"DATABASE_URL": f"sqlite:///{folder}/rooms.db", "WEB_CONCURRENCY": "2"}
    settings["HOST"] = "0.0.0.0"  # noqa: S104 - for other machines
    with running(folder / "log", RATELIMIT_ENABLED="0", **settings) as server:
        yield server.url.replace("127.0.0.1", lan_address() or "127.0.0.1")


Arrive = Callable[..., Page]


@pytest.fixture
def arrive(browser: Browser, school: str) -> Iterator[Arrive]:
    """Somebody's own browser at a page. Nothing may be complained of."""
    complaints: list[str] = []
    contexts = []

    def arrive(path: str, **options: Any) -> Page:
        context = browser.new_context(base_url=school, **options)
        context.add_init_script(NO_SECURE_CONTEXT)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        apis = "[crypto.randomUUID, navigator.serviceWorker, navigator.clipboard].some(Boolean)"
        assert not page.evaluate(apis)
        return page

    yield arrive
    for context in contexts:
        context.close()
    assert complaints == []


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    box = page.locator("#pad").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def hand_in(page: Page, points: list[tuple[float, float]] = SEVEN) -> None:
    draw(page, points)
    page.get_by_role("button", name="Hand in").click()


@pytest.fixture
def teacher(arrive: Arrive) -> Page:
    """Whoever opens the page and presses the button has a room."""
    page = arrive("/rooms", viewport={"width": 1280, "height": 900})
    page.get_by_role("button", name="Open a room").click()
    expect(page.get_by_role("heading", name=re.compile("^Room "))).to_be_visible()
    return page


def code_in(teacher: Page) -> str:
    return teacher.url.split("/r/")[1].split("/")[0]


def pupil_at(arrive: Arrive, teacher: Page, **options: Any) -> Page:
    page = arrive(f"/r/{code_in(teacher)}", **{**PHONE, **options})
    expect(page.locator("#name")).not_to_have_text("…")
    return page


def test_two_digits_are_no_digit_on_a_pupils_page(arrive: Arrive, teacher: Page) -> None:
    """It reads one digit, as the wall will: a task is one digit, and 42 is none."""
    page = pupil_at(arrive, teacher)
    write(Pad(page), "42")
    expect(page.locator("#reading")).to_contain_text("I can’t read this as a digit")


def test_a_lesson(arrive: Arrive, teacher: Page) -> None:
    """Two pupils draw; the wall shows it; the teacher hides, shows large, mutes and ends."""
    wall = arrive(f"/r/{code_in(teacher)}/wall", viewport={"width": 1920, "height": 1080})
    expect(wall.get_by_text("Nothing handed in yet")).to_be_visible()
    first, second = pupil_at(arrive, teacher), pupil_at(arrive, teacher)
    for page in (first, second):
        hand_in(page)
        expect(page.locator("#said")).to_contain_text("On the wall. Inkling says: 7")
    tiles = wall.locator("#drawings .tile")
    expect(tiles).to_have_count(2)
    name = first.locator("#name").inner_text()
    with wall.expect_popup() as look_inside:
        wall.get_by_label(f"A drawing by {name}").click()
    expect(look_inside.value.locator("#inside .seen")).to_have_text(re.compile("^7, "))

    teacher.get_by_role("button", name=f"Hide the drawing by {name}").click()
    expect(tiles).to_have_count(1)
    teacher.get_by_role("button", name=f"Bring back the drawing by {name}").click()
    expect(tiles).to_have_count(2)
    teacher.get_by_role("button", name=f"Show the drawing by {name} large").click()
    expect(wall.locator("#large")).to_contain_text(name)
    with wall.expect_popup() as opened:
        wall.get_by_role("link", name="Look inside").click()
    expect(opened.value.locator("#tab-mind")).to_have_attribute("aria-selected", "true")
    expect(opened.value.locator("#inside .seen")).to_have_text(re.compile("^7, "))
    opened.value.close()
    teacher.get_by_role("button", name="Back to all drawings").click()
    expect(wall.locator("#large")).to_be_hidden()
    teacher.get_by_role("button", name=f"Mute {name}", exact=True).click()
    expect(tiles).to_have_count(1)

    teacher.get_by_role("button", name="Draw a …").click()
    expect(second.locator("#task")).to_have_text(re.compile(r"^Draw an? \d$"))
    hand_in(second)
    expect(wall.locator("#accuracy")).to_have_text(re.compile(r"^\d+ %$"))
    teacher.get_by_role("button", name="Pause").click()
    expect(second.locator("#task")).to_contain_text("paused")
    draw(second, SEVEN)
    expect(second.get_by_role("button", name="Hand in")).to_be_disabled()
    teacher.get_by_role("button", name="End, and show what we learned").click()
    expect(wall.get_by_role("heading", name="What we learned")).to_be_visible()
    teacher.get_by_role("button", name="Close the room").click()
    expect(second.locator("#task")).to_contain_text("closed")


def test_what_is_no_digit_waits_for_the_teacher(arrive: Arrive, teacher: Page) -> None:
    """It is on the wall when the teacher says so; with the keyboard alone."""
    wall = arrive(f"/r/{code_in(teacher)}/wall")
    pupil = pupil_at(arrive, teacher)
    hand_in(pupil, SQUARES)
    expect(pupil.locator("#said")).to_contain_text("your teacher looks first")
    show = teacher.get_by_role("button", name=re.compile("^Show the drawing by"))
    expect(show).to_be_visible()
    expect(wall.locator(".tile")).to_have_count(0)
    show.focus()
    teacher.keyboard.press("Enter")
    expect(wall.locator(".tile")).to_have_count(1)


def test_a_pupil_who_goes_offline_loses_nothing(arrive: Arrive, teacher: Page) -> None:
    """Two drawings without a network, a refresh, the network again: both are there, once; and it is
    the same pupil."""
    wall = arrive(f"/r/{code_in(teacher)}/wall")
    pupil = pupil_at(arrive, teacher)
    name = pupil.locator("#name").inner_text()
    lost = re.compile(r"/api/rooms/\w+/drawings")
    pupil.route(lost, lambda route: route.abort())
    hand_in(pupil)
    hand_in(pupil)
    expect(pupil.locator("#kept")).to_contain_text("2 drawings are kept on this device")
    pupil.reload()
    expect(pupil.locator("#name")).to_have_text(name)
    expect(pupil.locator("#kept")).to_contain_text("2 drawings are kept")
    pupil.unroute(lost)
    expect(wall.locator(".tile")).to_have_count(2)
    expect(pupil.locator("#kept")).to_be_empty()


def test_an_answer_that_is_lost_counts_nothing_twice(arrive: Arrive, teacher: Page) -> None:
    """The server has the drawing, and the phone does not know: it sends again."""
    wall = arrive(f"/r/{code_in(teacher)}/wall")
    pupil = pupil_at(arrive, teacher)
    swallowed = []

    def swallow(route: Any) -> None:
        route.fetch()
        if swallowed:
            return route.continue_()
        swallowed.append(1)
        return route.abort()

    pupil.route(re.compile(r"/api/rooms/\w+/drawings"), swallow)
    hand_in(pupil)
    expect(pupil.locator("#said")).to_contain_text("On the wall")
    expect(wall.locator("#count")).to_have_text("1")
    assert swallowed


def test_fool_the_network(arrive: Arrive, teacher: Page) -> None:
    """A 7 that is meant as a 1: the others are asked what they read."""
    wall = arrive(f"/r/{code_in(teacher)}/wall")
    artist, voter = pupil_at(arrive, teacher), pupil_at(arrive, teacher)
    teacher.get_by_role("button", name="Fool the network").click()
    expect(artist.locator("#choices")).to_be_visible()
    draw(artist, SEVEN)
    artist.locator("#choices label", has_text="1").click()
    artist.get_by_role("button", name="Hand in").click()
    expect(artist.locator("#said")).to_contain_text("You fooled it!")
    expect(voter.get_by_role("heading", name="Which digit is this?")).to_be_visible()
    voter.locator("#ballot").get_by_role("button", name="1", exact=True).click()
    expect(voter.locator("#ballot")).to_be_hidden()
    teacher.get_by_role("button", name="End, and show what we learned").click()
    expect(wall.locator("#learned")).to_contain_text("1 of 1 people read it")


def test_guess_the_network(arrive: Arrive, teacher: Page) -> None:
    """It keeps silent until the bet is placed."""
    pupil = pupil_at(arrive, teacher)
    teacher.get_by_role("button", name="Guess the network").click()
    expect(pupil.locator("#choices")).to_be_visible()
    draw(pupil, SEVEN)
    expect(pupil.locator("#reading")).to_be_hidden()
    expect(pupil.get_by_role("button", name="Hand in")).to_be_disabled()
    pupil.locator("#choices label", has_text="7").click()
    pupil.get_by_role("button", name="Hand in").click()
    expect(pupil.locator("#said")).to_contain_text("You knew it")


def test_the_secret_stays_with_the_teacher(arrive: Arrive, teacher: Page) -> None:
    """In no address that is asked for, no Referer, and no page that a pupil gets."""
    secret = teacher.url.split("#")[1]
    seen: list[str] = []
    teacher.on(
        "request", lambda request: seen.append(f"{request.url} {request.headers.get('referer')}")
    )
    teacher.reload()
    expect(teacher.locator("#join-url")).not_to_be_empty()
    pupil = pupil_at(arrive, teacher)
    assert seen
    assert not [line for line in seen if secret in line]
    assert secret not in pupil.content()


def test_the_drawings_are_taken_home(arrive: Arrive, teacher: Page, tmp_path: Path) -> None:
    """One button, one zip."""
    hand_in(pupil_at(arrive, teacher))
    with teacher.expect_download() as download:
        teacher.get_by_role("button", name="Take home").click()
    assert download.value.suggested_filename == f"inkling-{code_in(teacher)}.zip"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(arrive: Arrive, teacher: Page, scheme: str) -> None:
    """On each page of the classroom, with drawings on it."""
    code = code_in(teacher)
    pupil = pupil_at(arrive, teacher, color_scheme=scheme)
    hand_in(pupil)
    hand_in(pupil, SQUARES)
    paths = (teacher.url, "/rooms", "/privacy", f"/r/{code}/wall")
    pages = [pupil, *(arrive(path, color_scheme=scheme) for path in paths)]
    expect(pages[-1].locator(".tile")).to_have_count(1)
    for page in pages:
        page.emulate_media(reduced_motion="reduce")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"


def test_new_drawings_are_on_the_wall_within_two_seconds_of_polling(
    arrive: Arrive, teacher: Page
) -> None:
    """The wall asks at least every two seconds, and what has not changed is 304."""
    wall = arrive(f"/r/{code_in(teacher)}/wall")
    statuses: list[tuple[float, int]] = []
    wall.on(
        "response",
        lambda answer: (
            "/wall?" in answer.url and statuses.append((time.monotonic(), answer.status))
        ),
    )
    wall.wait_for_timeout(4_500)
    assert len(statuses) >= 3
    assert {status for _, status in statuses[1:]} == {304}

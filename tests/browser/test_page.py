"""What every page promises: light, quiet, its own host alone, and for everyone."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FloatRect, Page, Route, expect

from tests.browser.hand import ONE, Answer, Pad, Wire, error, number_reading, reading

PAGES = ["/", "/api", "/how", "/nowhere"]
SCHEMES = ["light", "dark"]
FIRST_LOAD_MOST_BYTES = 60_000
LATER = {"game", "projector", "inside"}  # fetched on use


def test_the_first_load_is_light(visit: Any) -> None:
    """HTML, style, modules, examples and the icon, as they come over the wire: under 60 KB. What
    few people need comes later, and every module from one place."""
    page = visit("/nowhere")
    urls: set[str] = set()
    page.on("request", lambda request: urls.add(request.url))
    page.goto("/", wait_until="networkidle")
    links = page.locator("link[rel=icon], link[rel=stylesheet]").all()
    urls |= {page.url.rstrip("/") + str(link.get_attribute("href")) for link in links}
    scripts = Path(__file__).parents[2] / "static" / "js"
    for script in scripts.rglob("*.js"):
        name = script.relative_to(scripts).as_posix()
        of_it = [url for url in urls if url.endswith(f"/js/{name}")]
        assert len(of_it) <= (name.partition("/")[0] not in LATER), f"{name} from {of_it}"
    sizes = {
        url: len(gzip.compress(page.request.get(url).body()))
        for url in list(urls)
        if url.startswith("http")
    }
    assert sum(sizes.values()) < FIRST_LOAD_MOST_BYTES, sizes


@pytest.mark.parametrize("path", PAGES)
def test_no_inline_script_or_style(visit: Any, path: str) -> None:
    """So that the content security policy can forbid them. (That no page breaks the policy, and
    none asks another host, is looked at after every test: see the fixture `visit`.)"""
    page = visit(path)
    inline = "script:not([src]), style, [style], [onclick], [onload], [href^='javascript:']"
    expect(page.locator(inline)).to_have_count(0)
    policy = page.request.get(path).headers["content-security-policy"]
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways(visit: Any, path: str) -> None:
    """From a small phone to a projector; 683 is a laptop whose reader doubled the letters."""
    page = visit(path)
    for width in (320, 390, 683, 704, 768, 1024, 1366, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize(("width", "percent"), [(390, 150), (320, 200)])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_when_letters_are_large(
    visit: Any, path: str, width: int, percent: int
) -> None:
    """Twice the size on a small phone: what does not fit in a row wraps, words in buttons too."""
    page = visit(path)
    enlarge_letters(page, percent)
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def enlarge_letters(page: Page, percent: int = 150) -> None:
    page.evaluate(
        """(percent) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`html { font-size: ${percent}% }`);
            document.adoptedStyleSheets.push(sheet);
        }""",
        percent,
    )


def box_of(page: Page, selector: str) -> FloatRect:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box


def right_of(box: FloatRect) -> float:
    return box["x"] + box["width"]


def tools_end_with_the_pad(page: Page) -> bool:
    edge = right_of(box_of(page, "#sheet")) + 0.5
    tools = page.locator(".tools button")
    return (
        tools.evaluate_all("all => Math.max(...all.map(b => b.getBoundingClientRect().right))")
        <= edge
    )


@pytest.mark.parametrize(
    ("width", "height"), [(712, 1138), (744, 1133), (768, 1024), (834, 1194), (740, 360)]
)
def test_a_tablet_held_upright_has_room_to_draw(visit: Any, width: int, height: int) -> None:
    """Beside the answer the pad keeps 15rem at least, and its buttons stay under it."""
    page = visit(viewport={"width": width, "height": height})
    assert box_of(page, "#sheet")["width"] >= 15 * 16
    assert tools_end_with_the_pad(page)


def test_large_letters_on_a_laptop_keep_the_tools_under_the_pad(page: Page) -> None:
    enlarge_letters(page)
    assert tools_end_with_the_pad(page)


def in_view(page: Page, selector: str) -> bool:
    box = box_of(page, selector)
    size = page.viewport_size
    assert size is not None
    return box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1280, 720), (1920, 1080)])
def test_a_laptop_shows_everything_without_scrolling(visit: Any, width: int, height: int) -> None:
    page = visit(viewport={"width": width, "height": height})
    for part in ("#pad", ".verdict", ".bars", "#show-me", "#form"):
        assert in_view(page, part), part


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (844, 390)])
def test_a_phone_shows_pad_and_verdict_together(visit: Any, width: int, height: int) -> None:
    """Upright, the pad fills the width, with the verdict above it, where no hand lies."""
    page = visit(viewport={"width": width, "height": height}, is_mobile=True, has_touch=True)
    assert in_view(page, "#pad")
    assert in_view(page, ".verdict")
    if width < height:
        assert box_of(page, "#pad")["width"] >= width - 40


@pytest.mark.parametrize(("width", "height"), [(667, 375), (568, 320), (683, 384)])
def test_the_whole_pad_fits_on_a_short_screen(visit: Any, width: int, height: int) -> None:
    """A small phone on its side, a laptop with doubled letters: a digit needs no scrolling."""
    page = visit(viewport={"width": width, "height": height}, is_mobile=True, has_touch=True)
    page.locator("#sheet").scroll_into_view_if_needed()
    assert in_view(page, "#sheet")
    assert box_of(page, "#sheet")["width"] >= 15 * 16


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1024, 768), (844, 390)])
def test_browsers_that_do_not_know_dvh(visit: Any, width: int, height: int) -> None:
    """Chrome before 108, Safari before 15.4: pad and answer side by side all the same."""
    page = visit("/nowhere", viewport={"width": width, "height": height})

    def unlearn(route: Route) -> None:
        route.fulfill(body=route.fetch().text().replace("dvh", "nonsense"), content_type="text/css")

    page.route("**/*.css", unlearn)
    page.goto("/")
    pad, answer = box_of(page, "#sheet"), box_of(page, "#answer")
    assert pad["width"] >= 15 * 16
    assert right_of(pad) < answer["x"]
    assert right_of(answer) <= width
    assert in_view(page, "#sheet")


def in_one_row(page: Page, selector: str) -> bool:
    tops = "(all) => new Set(all.map((one) => one.getBoundingClientRect().top)).size"
    return bool(page.locator(selector).evaluate_all(tops) == 1)


@pytest.mark.parametrize(("width", "height"), [(360, 640), (390, 844)])
def test_a_phone_shows_the_bars_while_drawing(visit: Any, width: int, height: int) -> None:
    """Verdict, ten bars and pad above the fold; the tools in one row."""
    page = visit(viewport={"width": width, "height": height}, is_mobile=True, has_touch=True)
    for part in (".verdict", ".bars", "#pad", "#film canvas", ".tools"):
        assert in_view(page, part), part
    assert box_of(page, ".bars")["y"] < box_of(page, "#pad")["y"]
    assert box_of(page, "#pad")["width"] >= width - 40
    assert in_one_row(page, ".tools button")


def test_an_upright_tablet_has_a_large_pad(visit: Any) -> None:
    page = visit(viewport={"width": 820, "height": 1180}, is_mobile=True, has_touch=True)
    assert box_of(page, "#pad")["width"] >= 640
    for part in (".verdict", ".bars", "#pad", ".tools"):
        assert in_view(page, part), part


def test_a_laptop_at_200_percent_has_two_columns(visit: Any) -> None:
    """A window of 683 by 384: the answer beside the pad, both in view."""
    page = visit(viewport={"width": 683, "height": 384})
    assert right_of(box_of(page, "#pad")) < box_of(page, "#answer")["x"]
    for part in (".verdict", ".bars", "#pad"):
        assert in_view(page, part), part


# What people who need it set: https://www.w3.org/WAI/WCAG22/Understanding/text-spacing
SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-bottom: 2em !important; }"""
PHONES = [(320, 568), (360, 640), (390, 844)]
LAPTOPS = [(683, 384), (1280, 660), (1366, 768), (1920, 1080)]
SIZES = [*PHONES, (820, 1180), *LAPTOPS]
PARTS = ("#pad", ".verdict", ".bars", ".bars svg", "#film", "#undo", "#choose")


@pytest.mark.parametrize("css", ["", SPACED], ids=["plain", "spaced"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_moves_while_the_pen_is_down(visit: Any, width: int, height: int, css: str) -> None:
    """Whatever is said: neither the pad under the finger, nor the bars under the eye. The browser
    itself counts no shift of anything."""
    page = visit(viewport={"width": width, "height": height})
    pad, wire, answer = Pad(page), Wire(page), Answer(page)
    page.evaluate(
        """(css) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(css);
            document.adoptedStyleSheets.push(sheet);
        }""",
        css,
    )

    def boxes() -> list[FloatRect]:
        return [box_of(page, f"{part} >> nth=0") for part in PARTS]

    before = boxes()
    page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach(
            ({ value }) => { window.shift += value; })).observe({ type: "layout-shift" }); }"""
    )
    page.mouse.move(*pad.at((0.3, 0.5)))
    page.mouse.down()
    states = {
        "digit": {"sentence": "4, over 99% sure"},
        "unsure": {"sentence": "An 8 or a 9?"},
        "not_a_digit": {"sentence": "I can’t read this as a digit. One at a time, big and clear."},
    }
    states["number"] = number_reading("1234567890")
    for i, (verdict, words) in enumerate(states.items()):
        x = 0.35 + i / 10
        page.mouse.move(*pad.at((x, 0.5)))
        wire.answer_until(1, (x, 0.5), {**reading(4, 9, verdict), **words})
        shown = "drawing" if verdict == "not_a_digit" else verdict
        expect(answer.root).to_have_attribute("data-verdict", shown)
        assert boxes() == before, verdict
    page.mouse.move(*pad.at((0.8, 0.5)))
    wire.next().fulfill(status=200, body="a proxy's page")
    expect(answer.root).to_have_attribute("data-verdict", "trouble")
    assert boxes() == before
    assert page.evaluate("() => window.shift") == 0


def test_no_verdict_moves_the_pad(visit: Any, phone: dict[str, Any]) -> None:
    """After the lift, too: the longest sentence has its room from the start."""
    page = visit(**phone)
    pad, wire = Pad(page), Wire(page)
    before = box_of(page, "#pad"), box_of(page, ".bars")
    pad.draw([(0.5, 0.5)])
    sentence = "I can’t read this as a digit. One at a time, big and clear."
    wire.answer_next({**reading(4, 9, "not_a_digit"), "sentence": sentence})
    expect(Answer(page).root).to_have_attribute("data-verdict", "not_a_digit")
    assert (box_of(page, "#pad"), box_of(page, ".bars")) == before


def contrast(one: str, other: str) -> float:
    """As WCAG counts it, of two colours like #3347c4."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05

    lights = sorted((light(one), light(other)))
    return lights[1] / lights[0]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_bars_stand_out(visit: Any, scheme: str) -> None:
    """Every fill from its track and from the paper: 3 to 1."""
    page = visit(color_scheme=scheme)
    colours = page.evaluate(
        """() => ["--fill", "--accent", "--track", "--paper"].map((name) =>
            getComputedStyle(document.documentElement).getPropertyValue(name).trim())"""
    )
    for fill in colours[:2]:
        for ground in colours[2:]:
            assert contrast(fill, ground) >= 3, (fill, ground)


def test_sentences_keep_their_order_on_a_page_from_right_to_left(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """A browser that translates the page turns it around; "<1%" must not become "1%>"."""
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    pad.draw([(0.5, 0.5)])
    wire.answer_next(reading(7))
    expect(answer.sentence).to_have_css("direction", "ltr")
    expect(answer.rows.nth(0).locator("span")).to_have_css("direction", "ltr")


def test_print_has_no_buttons(page: Page) -> None:
    page.emulate_media(media="print")
    for part in (".tools", "#form", ".keys", "nav"):
        expect(page.locator(part)).not_to_be_visible()
    expect(page.locator("#pad")).to_be_visible()


def violations(page: Page) -> str:
    results = Axe().run(page)
    return results.generate_report() if results.violations_count else ""


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Any, path: str, scheme: str) -> None:
    assert violations(visit(path, color_scheme=scheme)) == ""


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("state", ["digit", "unsure", "not_a_digit", "number", "trouble"])
def test_axe_finds_nothing_in_any_answer(visit: Any, state: str, scheme: str) -> None:
    page = visit(color_scheme=scheme, reduced_motion="reduce")
    wire = Wire(page)
    Pad(page).draw([(0.5, 0.5)])
    if state == "trouble":
        wire.answer_next(error("too_many_strokes", "That is more than 200 strokes."), status=413)
    else:
        words = number_reading("1234567890") if state == "number" else {}
        wire.answer_next({**reading(4, 9, state), **words})
    expect(Answer(page).root).to_have_attribute("data-verdict", state)
    assert violations(page) == ""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_without_javascript(visit: Any, scheme: str) -> None:
    """What the server renders, looked at with scripts off until axe itself comes."""
    plain = visit(java_script_enabled=False)
    html = plain.content()
    page = visit(color_scheme=scheme, bypass_csp=True)
    page.set_content(
        re.sub(r"</?noscript>|<script.*?</script>|<link rel=\"modulepreload.*?>", "", html)
    )
    expect(page.get_by_role("button", name="Read this picture")).to_be_visible()
    assert violations(page) == ""


def test_the_bars_are_a_real_table(page: Page) -> None:
    table = page.get_by_role("table", name="How sure it is of each digit")
    expect(table.get_by_role("rowheader")).to_have_text([str(digit) for digit in range(10)])
    expect(table.get_by_role("columnheader")).to_have_text(["Digit", "How sure"])


def test_everything_can_be_reached_and_seen_by_keyboard(page: Page) -> None:
    """Tab visits every control in the order of reading, and each shows that it has the focus."""
    Pad(page).draw(ONE)
    page.locator("body").evaluate("body => { document.activeElement.blur(); body.focus(); }")
    page.mouse.click(5, 700)
    visited = []
    for _ in range(12):
        page.keyboard.press("Tab")
        visited.append(
            page.evaluate(
                """() => {
                    const element = document.activeElement;
                    const shown = element.closest("label") ?? element;
                    const style = getComputedStyle(shown);
                    if (element === document.body) return "the end";
                    return (element.id || element.className || element.tagName) +
                        (style.outlineStyle === "none" ? " (invisible)" : "");
                }"""
            )
        )
    assert [name for name in visited if "invisible" in name] == []
    visited = visited[: visited.index("the end")]
    controls = ["pad", "undo", "clear", "show-me", "choose"]
    assert [name for name in visited if name in controls] == controls


def test_reduced_motion_moves_nothing(visit: Any) -> None:
    page = visit(reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")]
            .flatMap((element) => getComputedStyle(element).transitionDuration.split(", "))
            .filter((duration) => duration !== "0s").length"""
    )
    assert moving == 0
    assert (
        visit()
        .locator(".bars rect")
        .first.evaluate("bar => getComputedStyle(bar).transitionDuration")
        != "0s"
    )


def test_fingers_can_hit_every_button(visit: Any, phone: dict[str, Any]) -> None:
    """44 pixels, as the platforms' guidelines have it."""
    page = visit(**phone)
    for control in page.locator("button:visible, .choose:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 44, control.inner_text()


def test_the_curl_line_works_when_pasted(page: Page) -> None:
    """The API page's own line, run by a real curl, reads as the 7 it promises."""
    page.goto("/api")
    line = page.locator("#curl").inner_text()
    assert line.startswith("curl ")
    if shutil.which("curl"):
        output = subprocess.run(["sh", "-c", line], capture_output=True, check=True).stdout
        assert json.loads(output)["digit"] == 7
    expect(page.get_by_role("link", name="/openapi.json")).to_be_visible()


def test_the_error_page_leads_back(visit: Any) -> None:
    page = visit("/nowhere")
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()
    page.get_by_role("link", name="Draw a digit").click()
    expect(page.locator("#pad")).to_be_visible()


def test_a_dark_page_is_printed_as_a_light_one(visit: Any) -> None:
    """Paper is white, and so is the sheet when the background is printed; the canvas keeps the pale
    ink that it was painted with."""
    light = visit(color_scheme="light").locator("#sheet")
    sheet = light.evaluate("(sheet) => getComputedStyle(sheet).backgroundColor")
    page = visit(color_scheme="dark")
    Pad(page).draw(ONE)
    page.emulate_media(media="print")
    expect(page.locator("#pad")).to_have_css("filter", "brightness(0)")
    expect(page.locator("#sheet")).to_have_css("background-color", sheet)

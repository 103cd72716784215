"""server.js and answer.js: what the page asks and shows, also when nobody answers."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.hand import (
    BAR,
    ONE,
    Answer,
    Pad,
    Wire,
    error,
    let_requests_come,
    near,
    reading,
    stop_the_clock,
    strokes_of,
)

SLANT = [(0.2, 0.2), (0.4, 0.4), (0.6, 0.6)]


def test_it_reads_while_the_pointer_is_still_down(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """Half a stroke has an answer already."""
    page.mouse.move(*pad.at((0.5, 0.2)))
    page.mouse.down()
    page.mouse.move(*pad.at((0.5, 0.5)))
    wire.answer_until(1, (0.5, 0.5), reading(1))
    expect(answer.digit).to_have_text("1")


def test_a_lifted_pen_is_read_at_once(page: Page, pad: Pad, wire: Wire, answer: Answer) -> None:
    """While drawing, a tenth of a second lies between requests; the last does not wait for it."""
    stop_the_clock(page)
    page.mouse.move(*pad.at((0.5, 0.2)))
    page.mouse.down()
    page.clock.run_for(1)
    wire.answer_next(reading(1))
    expect(answer.digit).to_have_text("1")  # so that no request is under way
    page.mouse.move(*pad.at((0.5, 0.6)))
    page.clock.run_for(1)
    page.mouse.move(*pad.at((0.5, 0.8)))
    page.clock.run_for(1)
    page.wait_for_timeout(200)
    assert wire.held == []  # it is not yet time for the next
    page.mouse.up()
    page.clock.run_for(1)
    assert near(strokes_of(wire.next())[-1][-1], (0.5, 0.8))


def test_one_request_in_flight_and_the_newest_drawing_wins(
    pad: Pad, wire: Wire, answer: Answer
) -> None:
    """The server is slow; three strokes are drawn meanwhile. One request waits, then one more
    goes out, for the newest drawing and none of those between."""
    answer.remember()
    pad.draw(ONE)
    first = wire.next()
    pad.draw(BAR)
    pad.draw(SLANT)
    assert wire.held == []
    first.fulfill(json=reading(1))
    newest = wire.next()
    assert len(strokes_of(newest)) == 3
    newest.fulfill(json=reading(8))
    expect(answer.sentence).to_have_text("8, 98% sure")
    assert len(wire.seen) == 2
    assert wire.most_at_once == 1
    assert "1, 98% sure" not in answer.remembered()


def test_an_answer_to_a_cleared_drawing_is_never_shown(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """Clear, and the answer of a moment ago arrives: the pad is blank, and so is the answer."""
    answer.remember()
    pad.draw(ONE)
    late = wire.next()
    page.keyboard.press("Delete")
    with page.expect_response("**/predict"):
        late.fulfill(json=reading(1))
    pad.draw(BAR)  # and it goes on working
    wire.answer_next(reading(7))
    expect(answer.sentence).to_have_text("7, 98% sure")
    assert "1, 98% sure" not in answer.remembered()


def test_an_answer_to_an_undone_stroke_is_never_shown(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    answer.remember()
    pad.draw(ONE)
    wire.answer_until(1, ONE[-1], reading(1))
    pad.draw(BAR)
    late = wire.next()
    page.keyboard.press("Control+z")
    late.fulfill(json=reading(4))
    wire.answer_until(1, ONE[-1], reading(1))
    expect(answer.sentence).to_have_text("1, 98% sure")
    assert "4, 98% sure" not in answer.remembered()


def test_a_dead_server_and_its_return(page: Page, pad: Pad, answer: Answer) -> None:
    """Connection refused: a calm sentence, the ink stays, and the page asks again by itself."""
    page.route("**/predict", lambda route: route.abort("connectionrefused"))
    pad.draw(ONE)
    expect(answer.sentence).to_contain_text("Your drawing is safe")
    expect(answer.root).to_have_attribute("data-verdict", "trouble")
    expect(answer.live).to_contain_text("Your drawing is safe")
    assert pad.has_ink(ONE[1])
    page.unroute("**/predict")
    expect(answer.digit).to_have_text("1")


def refusals(page: Page) -> list[Route]:
    """The server is gone; what the page has asked it since."""
    asked: list[Route] = []

    def refuse(route: Route) -> None:
        asked.append(route)
        route.abort("connectionrefused")

    page.route("**/predict", refuse)
    return asked


def test_a_dead_server_is_not_hammered(page: Page, pad: Pad, answer: Answer) -> None:
    """Somebody goes on drawing: the page waits longer and longer, and asks for the newest."""
    stop_the_clock(page)
    asked = refusals(page)
    pad.draw(ONE)
    page.clock.run_for(20)
    expect(answer.root).to_have_attribute("data-verdict", "trouble")
    pad.draw(BAR)
    pad.draw(SLANT)
    page.clock.run_for(300)
    assert len(asked) == 1
    for _ in range(60):
        page.clock.run_for(1000)
    assert 4 <= len(asked) <= 10
    assert len(strokes_of(asked[-1])) == 3


def test_who_draws_during_an_outage_need_not_wait_long(
    page: Page, pad: Pad, answer: Answer
) -> None:
    """The next retry is many seconds away; a new stroke brings it to one second, and no nearer,
    however many follow."""
    stop_the_clock(page)
    asked = refusals(page)
    pad.draw(ONE)
    for _ in range(40):
        page.clock.run_for(1000)
    before = len(asked)
    pad.draw(BAR)
    page.clock.run_for(600)
    pad.draw(SLANT)
    page.clock.run_for(300)
    assert len(asked) <= before + 1  # at most the one that was due anyway
    page.unroute("**/predict")
    page.clock.run_for(1000)
    expect(answer.root).not_to_have_attribute("data-verdict", "trouble")


def test_offline_and_online_again(page: Page, pad: Pad, answer: Answer) -> None:
    """The connection goes and comes: it reads at once, not when the next retry is due."""
    stop_the_clock(page)
    page.context.set_offline(True)
    pad.draw(ONE)
    page.clock.run_for(20)
    expect(answer.sentence).to_contain_text("You are offline")
    page.context.set_offline(False)
    expect(answer.digit).to_have_text("1")


def test_a_server_that_never_answers(page: Page, pad: Pad, wire: Wire, answer: Answer) -> None:
    """A request that hangs is given up after eight seconds and asked again."""
    stop_the_clock(page)
    pad.draw(ONE)
    page.clock.run_for(150)
    wire.next()
    page.clock.run_for(8100)
    expect(answer.sentence).to_contain_text("not answering")
    page.clock.run_for(1000)
    wire.answer_next(reading(1))
    expect(answer.digit).to_have_text("1")


def test_an_error_page_of_the_server_is_not_an_answer(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """A 500 is retried like a dead server; nothing internal is shown."""
    pad.draw(ONE)
    wire.answer_next(error("server_error", "Something went wrong here."), status=500)
    expect(answer.sentence).to_contain_text("Your drawing is safe")
    wire.answer_next(reading(1))
    expect(answer.digit).to_have_text("1")


def test_a_school_proxy_that_answers_instead(pad: Pad, wire: Wire, answer: Answer) -> None:
    """A sign-in page with status 200 is no reading; the page says so and goes on asking."""
    pad.draw(ONE)
    wire.next().fulfill(status=200, content_type="text/html", body="<h1>Sign in</h1>")
    expect(answer.sentence).to_contain_text("network filter is blocking")
    wire.answer_next(reading(1))
    expect(answer.digit).to_have_text("1")


def told_to_come_back_in_20_s(page: Page, pad: Pad, wire: Wire, answer: Answer) -> None:
    """One stroke was drawn, and the server is busy; the clock stands."""
    stop_the_clock(page)
    pad.draw(ONE)
    page.clock.run_for(150)
    wire.next().fulfill(status=429, headers={"Retry-After": "20"}, json=error("busy", "Busy."))
    expect(answer.sentence).to_contain_text("Many people")


def test_too_many_requests_wait_as_long_as_they_are_told(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    told_to_come_back_in_20_s(page, pad, wire, answer)
    page.clock.run_for(19_900)
    assert wire.held == []
    page.clock.run_for(5_200)
    wire.answer_next(reading(1))


def test_who_draws_while_the_server_is_busy_waits_as_told(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """A new stroke does not bring forward what the server asked to be put off."""
    told_to_come_back_in_20_s(page, pad, wire, answer)
    pad.draw(BAR)
    page.clock.run_for(19_900)
    assert wire.held == []
    page.clock.run_for(5_200)
    assert len(strokes_of(wire.next())) == 2


def test_a_busy_server_is_left_alone_after_clear_too(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """Clear, and another drawing: the server said when again, whatever is drawn. It is told."""
    told_to_come_back_in_20_s(page, pad, wire, answer)
    page.keyboard.press("Delete")
    pad.draw(BAR)
    expect(answer.sentence).to_contain_text("Many people")
    page.clock.run_for(19_900)
    let_requests_come(page)
    assert wire.held == []
    page.clock.run_for(5_200)
    assert len(strokes_of(wire.next())) == 1


def test_a_server_that_is_down_is_not_called_busy(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """A platform's own 503, which does not say when again: a new stroke is asked about soon."""
    stop_the_clock(page)
    pad.draw(ONE)
    for _ in range(5):  # then the next retry is more than six seconds away
        while not wire.held:
            page.clock.run_for(100)
        wire.next().fulfill(status=503, content_type="text/html", body="<h1>Asleep</h1>")
    expect(answer.sentence).to_contain_text("not answering")
    let_requests_come(page)
    pad.draw(BAR)
    page.clock.run_for(1_100)
    assert len(strokes_of(wire.next())) == 2


def test_the_servers_own_words_are_shown(page: Page, pad: Pad, wire: Wire, answer: Answer) -> None:
    """A refused drawing: the message as it is, and not asked again, however long it stays."""
    stop_the_clock(page)
    pad.draw([(0.5, 0.5)])
    page.clock.run_for(150)
    wire.answer_next(error("too_many_strokes", "That is more than 200 strokes."), status=413)
    expect(answer.sentence).to_have_text("That is more than 200 strokes.")
    page.clock.run_for(60_000)
    let_requests_come(page)
    assert len(wire.seen) == 1


def test_a_whole_reading_is_shown(pad: Pad, wire: Wire, answer: Answer) -> None:
    """Digit, sentence, ten bars with numbers, and the picture that the network saw."""
    pad.draw([(0.5, 0.5)])
    wire.answer_next(reading(7, runner_up=1))
    expect(answer.root).to_have_attribute("data-verdict", "digit")
    expect(answer.digit).to_have_text("7")
    expect(answer.sentence).to_have_text("7, 98% sure")
    expect(answer.rows.nth(7)).to_have_text(re.compile(r"7\s+98%"))
    expect(answer.rows.nth(0)).to_have_text(re.compile(r"0\s+<1%"))
    expect(answer.rows.nth(7).locator("rect")).to_have_attribute("width", "98.0")
    picture = answer.root.get_by_role("img", name="28 by 28 pixels")
    expect(picture).to_have_attribute("src", reading(7)["digit_image"])
    expect(picture).to_have_css("image-rendering", "pixelated")


def test_a_phone_names_the_picture_that_the_network_saw(visit: Any, phone: dict[str, Any]) -> None:
    """A small black square says nothing by itself; the label fits beside the sentence."""
    page = visit(**{**phone, "viewport": {"width": 320, "height": 568}})
    wire, answer = Wire(page), Answer(page)
    Pad(page).draw([(0.5, 0.5)])
    wire.answer_next(reading(3))
    expect(page.get_by_text("28 × 28 pixels")).to_be_visible()
    expect(answer.root.get_by_role("img", name="28 by 28 pixels")).to_be_visible()


def test_what_it_saw_is_not_shown_where_it_saw_nothing(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """Before anything is drawn and after an error there are no pixels that were looked at: neither
    eyes nor screen readers are told of any."""
    picture = answer.root.get_by_role("img", name="28 by 28 pixels")
    expect(picture).to_have_count(0)
    expect(page.get_by_text("28 × 28 pixels")).not_to_be_visible()
    pad.draw([(0.5, 0.5)])
    wire.answer_next(reading(1))
    expect(picture).to_be_visible()
    pad.draw([(0.6, 0.5)])
    wire.answer_next(error("too_many_strokes", "That is more than 200 strokes."), status=413)
    expect(answer.sentence).to_have_text("That is more than 200 strokes.")
    expect(picture).to_have_count(0)


def test_unsure_shows_both_digits(pad: Pad, wire: Wire, answer: Answer) -> None:
    pad.draw([(0.5, 0.5)])
    wire.answer_next({**reading(4, runner_up=9, verdict="unsure"), "sentence": "A 4 or a 9?"})
    expect(answer.root.locator(".digits")).to_have_text("4or9")
    expect(answer.root.locator("[data-part=runner-up]")).to_be_visible()
    expect(answer.sentence).to_have_text("A 4 or a 9?")


def test_while_the_pen_is_down_nobody_is_told_that_it_is_no_digit(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """Half a digit is none yet: the bars move, the sentence says to go on. It is judged once the
    pen has been up for a moment, for a 4 takes two strokes."""
    stop_the_clock(page)
    answer.remember()
    page.mouse.move(*pad.at((0.5, 0.2)))
    page.mouse.down()
    page.clock.run_for(150)
    wire.answer_next({**reading(3, verdict="not_a_digit"), "sentence": "Not a digit"})
    expect(answer.sentence).to_have_text("Keep going …")
    expect(answer.rows.nth(3)).to_contain_text("98%")
    page.clock.run_for(5_000)
    page.mouse.up()
    page.clock.run_for(300)
    pad.draw(BAR)
    page.clock.run_for(150)
    wire.answer_next({**reading(3, verdict="not_a_digit"), "sentence": "Not a digit"})
    expect(answer.root).to_have_attribute("data-verdict", "drawing")
    assert "Not a digit" not in answer.remembered()
    page.clock.run_for(1_000)
    expect(answer.sentence).to_have_text("Not a digit")
    page.mouse.down()
    expect(answer.sentence).to_have_text("Keep going …")


def test_the_digit_is_said_once(pad: Pad, wire: Wire, answer: Answer) -> None:
    """It stands there in large type; beside it, how sure. A screen reader gets the sentence."""
    pad.draw([(0.5, 0.5)])
    wire.answer_next(reading(7))
    expect(answer.digit).to_have_text("7")
    spared = answer.sentence.locator(".unseen")
    expect(spared).to_have_text("7,")
    assert answer.sentence.evaluate("(p) => p.lastChild.data") == "98%\xa0sure"


def test_not_a_digit_shows_no_digit(pad: Pad, wire: Wire, answer: Answer) -> None:
    """The likeliest digit is in the bars for the curious, but is not put forward."""
    pad.draw([(0.5, 0.5)])
    wire.answer_next({**reading(3, verdict="not_a_digit"), "sentence": "Not a digit"})
    expect(answer.digit).not_to_be_visible()
    expect(answer.sentence).to_have_text("Not a digit")
    expect(answer.rows.nth(3).locator("th")).to_have_css("font-weight", "500")


def test_a_screen_reader_hears_the_settled_answer_once(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """While the digit flickers from 1 to 7 nothing is said; the last sentence is, politely."""
    expect(answer.live).to_have_attribute("aria-live", "polite")
    expect(answer.live).to_have_text("")
    stop_the_clock(page)
    answer.live.evaluate(
        """region => { window.said = []; new MutationObserver(() =>
            window.said.push(region.textContent)).observe(region, { childList: true }); }"""
    )
    for strokes, digit in ((ONE, 1), (BAR, 7)):
        pad.draw(strokes)
        page.clock.run_for(150)
        wire.answer_next(reading(digit))
        expect(answer.sentence).to_have_text(f"{digit}, 98% sure")
        page.clock.run_for(500)  # not calm for long enough
    page.clock.run_for(500)
    expect(answer.live).to_have_text("7, 98% sure")
    assert page.evaluate("() => window.said") == ["7, 98% sure"]


def test_a_slow_answer_dims_the_old_one(pad: Pad, wire: Wire, answer: Answer) -> None:
    """What is shown is not yet about the new stroke, and looks so."""
    pad.draw([(0.5, 0.5)])
    wire.answer_next(reading(1))
    expect(answer.root).not_to_have_attribute("aria-busy", "true")
    pad.draw([(0.7, 0.5)])
    route = wire.next()
    expect(answer.root).to_have_attribute("aria-busy", "true")
    route.fulfill(json=reading(7))
    expect(answer.root).not_to_have_attribute("aria-busy", "true")


def test_while_the_first_answer_is_on_its_way_nobody_is_told_that_nothing_is_drawn(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    expect(answer.sentence).to_have_text("Draw a digit, or a number like 42")
    pad.draw([(0.5, 0.5)])
    wire.next()
    expect(answer.sentence).to_have_text("Reading …")
    expect(page.locator("#verdict-live")).to_have_text("Reading …")
    page.keyboard.press("Delete")
    expect(answer.sentence).to_have_text("Draw a digit, or a number like 42")


def test_the_same_words_are_said_again_of_another_drawing(page: Page, pad: Pad, wire: Wire) -> None:
    """And not twice of the same one, whatever is added to it."""
    live = page.locator("#verdict-live")
    live.evaluate(
        """(region) => {
            window.said = [];
            const hear = () => { if (region.textContent) window.said.push(region.textContent); };
            new MutationObserver(hear).observe(region, { childList: true });
        }"""
    )
    for _ in range(2):
        for _ in range(2):
            pad.draw([(0.5, 0.5)])
            wire.answer_next(reading(7))
            expect(live).to_have_text("7, 98% sure")
        page.keyboard.press("Delete")
    assert page.evaluate("() => window.said").count("7, 98% sure") == 2


def test_the_answer_to_what_was_taken_back_is_not_said(
    page: Page, pad: Pad, wire: Wire, answer: Answer
) -> None:
    """An answer is said once things have settled; undo before that, and it is of nothing there."""
    stop_the_clock(page)
    pad.draw(ONE)
    pad.draw(BAR)
    page.clock.run_for(150)
    wire.answer_next(reading(4))
    expect(answer.digit).to_have_text("4")
    page.keyboard.press("Control+z")
    page.clock.run_for(5_000)
    expect(answer.live).not_to_have_text("4, 98% sure")
    wire.answer_next(reading(1))
    expect(answer.digit).to_have_text("1")
    page.clock.run_for(1_000)
    expect(answer.live).to_have_text("1, 98% sure")

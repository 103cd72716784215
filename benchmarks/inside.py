"""What Look inside costs on the device, in Chromium.

    python benchmarks/inside.py
    python benchmarks/inside.py --drawings ../shared/data/digits-dev.ndjson.gz

The first opens each view in turn and draws on the page: `redraw` is from the pointer's event to the
end of the frame that shows it; `held` is the longest task of the page's thread, and `over` counts
the tasks over 16 ms. The second takes the drawings in a file that are misread or unsure: how often
a small change is found that makes them the digit that was meant (or, where that is what is read,
the runner-up), and how long the search takes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.find_browser import find_or_install
from tests.browser.hand import ONE, Pad
from tests.conftest import ROOT
from tests.paper import hands
from tests.parity.conftest import answer
from tests.serving import serving
from training.data.drawings import read_drawings

VIEWS = ("steps", "mind", "layers", "learned", "shake", "knows")
DRAWN = 6
HELD_MS = 16
TRACED = ["toplevel", "disabled-by-default-devtools.timeline", "__metadata"]
# Notes how long it takes from the first event of the pointer to the end of the frame that shows it.
WATCH = """
    let moved_ms = null;
    let isShown = false;
    window.redraws = [];
    addEventListener("pointermove", (event) => {
        if (event.buttons) moved_ms ??= event.timeStamp;
    }, true);
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
        if (isShown && moved_ms !== null) window.redraws.push(performance.now() - moved_ms);
        if (isShown) moved_ms = null;
        isShown = false;
    };
    const watch = () => requestAnimationFrame(() => { painted.port2.postMessage(0); watch(); });
    document.addEventListener("DOMContentLoaded", () => {
        new MutationObserver(() => { isShown = true; }).observe(document.querySelector("#inside"),
            { attributes: true, childList: true, characterData: true, subtree: true });
        watch();
    });
"""
CHANGES = """async (drawings) => {
    const { configure, load } = await import("/static/js/reading/local.js");
    const { frame } = await import("/static/js/reading/framing.js");
    const { inkFromStrokes } = await import("/static/js/reading/strokes.js");
    const { readingOf } = await import("/static/js/reading/reading.js");
    const { changeTo } = await import("/static/js/inside/change.js");
    const { inSlices } = await import("/static/js/inside/pace.js");
    configure({ weights: "/models/mnist_model.weights", card: "/models/mnist_model.json",
                words: "/reader/words.json" });
    const known = await load();
    const { network, thresholds } = known;
    const read = (image) => readingOf(network.probabilities(image), image, known);
    const tried = [];
    for (const { label, strokes } of drawings) {
        const image = frame(inkFromStrokes(strokes));
        const { digit, verdict, runner_up } = read(image);
        if (digit === label && verdict === "digit") continue;
        const target = digit === label ? runner_up.digit : label;
        const start = performance.now();
        const search = changeTo(target, network, image, thresholds.digit);
        const change = await inSlices(search, () => false);
        const ms = performance.now() - start;
        const again = change && read(change.digitImage);
        tried.push({ label, digit, verdict, target, ms, pieces: change?.pieces.length,
                     to: again?.digit, then: again?.verdict });
    }
    return tried;
}"""


def print_views(browser: Browser, url: str) -> None:
    print(f"{'view':<10}{'median':>9}{'p95':>9}{'worst':>9}{'held':>9}{'over':>6}   ms")
    for view in VIEWS:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(WATCH)
        page.goto(url)
        page.wait_for_selector("html.ready")
        pad = Pad(page)
        pad.draw(ONE)
        page.click("#look-inside")
        page.click(f"#tab-{view}")
        page.wait_for_timeout(1500)
        browser.start_tracing(page=page, categories=TRACED)
        page.evaluate("() => { window.redraws = []; }")
        for _, strokes in hands(DRAWN):
            page.keyboard.press("Delete")
            draw(pad, strokes)
            page.wait_for_timeout(1000)
        tasks = tasks_ms(json.loads(browser.stop_tracing()))
        redraws = sorted(page.evaluate("() => window.redraws"))
        middle, p95 = (redraws[len(redraws) * share // 100] for share in (50, 95))
        over = sum(task > HELD_MS for task in tasks)
        print(
            f"{view:<10}{middle:9.1f}{p95:9.1f}{redraws[-1]:9.1f}{max(tasks):9.1f}{over:6}"
            f"   {len(redraws)} redraws"
        )
        page.close()


def draw(pad: Pad, strokes: Any) -> None:
    """As a hand would, a point every 10 ms or so."""
    everything = [point for stroke in strokes for point in stroke]
    low = [min(point[axis] for point in everything) for axis in (0, 1)]
    size = max(max(point[axis] for point in everything) - low[axis] for axis in (0, 1))
    pad.canvas.scroll_into_view_if_needed()
    box = pad.canvas.bounding_box()
    assert box is not None
    for stroke in strokes:
        places = [
            [box[corner] + box["width"] * (0.2 + 0.6 * (point[axis] - low[axis]) / size)
             for axis, corner in enumerate("xy")]
            for point in stroke
        ]  # fmt: skip
        pad.page.mouse.move(*places[0])
        pad.page.mouse.down()
        for place in places[1:]:
            pad.page.mouse.move(*place)
            time.sleep(0.008)
        pad.page.mouse.up()


def tasks_ms(trace: dict[str, Any]) -> list[float]:
    """How long each task held the thread of the page."""
    events = trace["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    lasted = [
        event["dur"] / 1000
        for event in events
        if event["name"] == "RunTask"
        and event["ph"] == "X"
        and (event["pid"], event["tid"]) in threads
    ]
    return sorted(lasted)


def print_changes(page: Page, path: Path) -> None:
    page.route("**/*", answer)
    page.goto("http://inkling.test/")
    drawings = [
        {"label": drawing.label, "strokes": drawing.strokes} for drawing in read_drawings(path)
    ]
    tried = page.evaluate(CHANGES, drawings)
    found = [one for one in tried if one.get("to") == one["target"]]
    sure = [one for one in found if one["then"] == "digit"]
    times = sorted(one["ms"] for one in tried)
    p95 = times[len(times) * 95 // 100]
    print(
        f"{path.name}: {len(tried)} of {len(drawings)} misread or unsure; "
        f"changed {len(found)}, {len(sure)} of them surely; "
        f"median {times[len(times) // 2]:.0f} ms, p95 {p95:.0f} ms, longest {times[-1]:.0f} ms"
    )
    for one in tried:
        if one not in found or one["ms"] > 1500:
            print("   ", json.dumps(one))


def print_bytes() -> None:
    files = [*(ROOT / "static/js/inside").glob("*.js"), ROOT / "static/css/inside.css"]
    contents = [path.read_bytes() for path in files]
    sent = sum(len(gzip.compress(content)) for content in contents)
    print(f"\nscripts and styles: {sum(map(len, contents)):,} bytes, {sent:,} as sent\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--drawings", type=Path)
    asked = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_install())
        if asked.drawings:
            print_changes(browser.new_page(), asked.drawings)
        else:
            with (
                tempfile.TemporaryDirectory() as folder,
                serving(Path(folder) / "log", READING="device", RATELIMIT_ENABLED="0") as url,
            ):
                print_views(browser, url)
            print_bytes()
        browser.close()


if __name__ == "__main__":
    main()

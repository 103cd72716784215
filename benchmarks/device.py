"""What a reading costs on the device, in Chromium: the reader alone, and in the whole page.

    python benchmarks/device.py

The drawings are the ten that the page shows, as hands draw them. Times are those of the page's
clock. First the reader alone, plain and with the CPU slowed down four times; `hold` is the longest
that it holds its thread while it loads. Then numbers of four digits in the page's worker, with the
bar that they may cost. Then the page on a real server, with READING=device and
READING=server in turn: `load` is from the navigation to the first reading, of strokes that the page
kept, with nothing in a cache; `bars` is from the drawing's last point to its last bars.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, sync_playwright

from app.offline.bundle import Bundle
from tests.browser.find_browser import find_or_install
from tests.browser.hand import Pad
from tests.conftest import ROOT
from tests.paper import as_lists, hands, side_by_side
from tests.parity.conftest import WEIGHTS, answer
from tests.serving import serving

READINGS = 1000
SLOWER = 4
VISITS = 7
DRAWINGS = 20
NUMBERS = ("4217", "3058", "9646", "7713")
NUMBER_READINGS = 100
NUMBER_BAR_MS = 20
MEASURE = """async ([drawings, count]) => {
    const { configure, load, readStrokes } = await import("/static/js/reading/local.js");
    const { networkFrom } = await import("/static/js/reading/network.js");
    const weights = await (await fetch("/models/mnist_model.weights")).arrayBuffer();
    const before_hold = performance.now();
    networkFrom(weights);
    const hold_ms = performance.now() - before_hold;
    configure({ weights: "/models/mnist_model.weights", card: "/models/mnist_model.json",
                words: "/reader/words.json" });
    const start = performance.now();
    await load();
    const load_ms = performance.now() - start;
    const times = [];
    for (let i = 0; i < count + drawings.length; i++) {
        const before = performance.now();
        await readStrokes(drawings[i % drawings.length]);
        times.push(performance.now() - before);
    }
    return { hold_ms, load_ms, first_ms: times[0], times: times.slice(drawings.length) };
}"""
IN_WORKER = """async ([drawings, count]) => {
    const worker = new Worker("/static/js/reading/worker.js", { type: "module" });
    const ask = (message) => new Promise((done, failed) => {
        worker.onmessage = ({ data }) => done(data);
        worker.onerror = failed;
        worker.postMessage(message);
    });
    await ask({ files: { weights: "/models/mnist_model.weights", card: "/models/mnist_model.json",
                         words: "/reader/words.json" } });
    const found = { numbers: [], times: [] };
    for (let i = 0; i < count + drawings.length; i++) {
        const before = performance.now();
        const { reading } = await ask({ strokes: drawings[i % drawings.length] });
        if (i < drawings.length) found.numbers.push(reading.number);
        else found.times.push(performance.now() - before);
    }
    return found;
}"""
# Notes when the pen moved last, and when the bars changed last.
WATCH = """
    addEventListener("pointermove", (event) => {
        if (event.buttons) window.point_ms = event.timeStamp;
    }, true);
    document.addEventListener("DOMContentLoaded", () => {
        new MutationObserver(() => { window.bars_ms = performance.now(); })
            .observe(document.querySelector(".bars"), { attributes: true, subtree: true });
    });
"""


def measure(page: Page, slower: int) -> dict[str, float]:
    """Milliseconds until the files are loaded, of the first reading, and of all after it."""
    page.goto("http://inkling.test/")
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    drawings = [as_lists(strokes) for _, strokes in hands(100)]
    found = page.evaluate(MEASURE, [drawings, READINGS])
    times = sorted(found.pop("times"))
    return found | {f"p{share}_ms": times[share * READINGS // 100] for share in (5, 50, 95)}


def print_numbers(browser: Browser) -> None:
    """The time that the worker takes for four digits: from the strokes to the answer."""
    page = browser.new_page()
    page.context.route("**/*", answer)
    page.goto("http://inkling.test/")
    drawings = [as_lists(side_by_side(number)) for number in NUMBERS]
    found = page.evaluate(IN_WORKER, [drawings, NUMBER_READINGS])
    page.close()
    if tuple(found["numbers"]) != NUMBERS:
        raise SystemExit(f"{NUMBERS} were read as {found['numbers']}")
    times = sorted(found["times"])
    p5, p50, p95 = (times[share * NUMBER_READINGS // 100] for share in (5, 50, 95))
    verdict = "within" if p50 <= NUMBER_BAR_MS else "OVER"
    print(f"\n{'four digits':<12}{'p5':>9}{'p50':>9}{'p95':>9}   ms")
    print(f"{'in a worker':<12}{p5:9.2f}{p50:9.2f}{p95:9.2f}   {verdict} the {NUMBER_BAR_MS} ms")


def load_ms(browser: Browser, url: str, strokes: Any) -> float:
    """From the navigation to a reading of strokes that were on the pad before."""
    page = browser.new_page()
    kept = json.dumps(json.dumps(strokes))
    page.add_init_script(f"{WATCH} sessionStorage.setItem('strokes', {kept});")
    page.goto(url)
    page.wait_for_selector("#answer[data-verdict=digit]")
    found: float = page.evaluate("() => window.bars_ms")
    page.close()
    return found


def bars_ms(browser: Browser, url: str) -> list[float]:
    """From the last point to the last bars, drawing by drawing."""
    page = browser.new_page()
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_selector("html.ready")
    page.wait_for_load_state("networkidle")
    pad = Pad(page)
    found = []
    for _, strokes in hands(DRAWINGS):
        everything = [point for stroke in strokes for point in stroke]
        low = [min(point[axis] for point in everything) for axis in (0, 1)]
        size = max(max(point[axis] for point in everything) - low[axis] for axis in (0, 1))
        for stroke in strokes:
            pad.draw([tuple(0.2 + 0.6 * (point - low) / size) for point in stroke])
        page.wait_for_timeout(500)
        found.append(page.evaluate("() => window.bars_ms - window.point_ms"))
        page.keyboard.press("Delete")
    page.close()
    return sorted(found)


def print_pages(browser: Browser) -> None:
    print(f"\n{'READING':<12}{'load':>9}{'bars':>9}{'p95':>9}   ms")
    strokes = [[[500, 200], [500, 400], [500, 600], [500, 800]]]
    for where in ("device", "server"):
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(Path(folder) / "log", READING=where, RATELIMIT_ENABLED="0") as url,
        ):
            loads = [load_ms(browser, url, strokes) for _ in range(VISITS)]
            times = bars_ms(browser, url)
        p95 = times[len(times) * 95 // 100]
        print(f"{where:<12}{median(loads):9.0f}{median(times):9.1f}{p95:9.1f}")


def print_bytes() -> None:
    scripts = b"".join(path.read_bytes() for path in (ROOT / "static/js/reading").glob("*.js"))
    bundle = Bundle.of(ROOT / "static/js", "page.js").encode()
    print()
    for what, content in {
        "scripts of the reader": scripts,
        "weights": WEIGHTS.read_bytes(),
        "the page's scripts as one": bundle,
    }.items():
        print(f"{what}: {len(content):,} bytes, {len(gzip.compress(content)):,} gzipped")


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_install())
        names = ("hold", "load", "first", "p5", "p50", "p95")
        print(f"{'CPU':<12}" + "".join(f"{name:>9}" for name in names) + "   ms")
        for slower in (1, SLOWER):
            page = browser.new_page()
            page.route("**/*", answer)
            row = measure(page, slower)
            page.close()
            name = f"{slower} x slower" if slower > 1 else "as it is"
            print(f"{name:<12}" + "".join(f"{value:9.2f}" for value in row.values()))
        print_numbers(browser)
        print_pages(browser)
        browser.close()
    print_bytes()


if __name__ == "__main__":
    main()

"""What a reading costs on the device: in Chromium, from strokes to the reading.

    python benchmarks/device.py

The drawings are the ten that the page shows, as hands draw them. Times are those of the page's
clock, plain and with the CPU slowed down four times.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Page, sync_playwright

from tests.browser.find_browser import find_or_install
from tests.conftest import ROOT
from tests.paper import as_lists, hands
from tests.parity.conftest import WEIGHTS, answer

READINGS = 1000
SLOWER = 4
MEASURE = """async ([drawings, count]) => {
    const { load, readStrokes } = await import("/static/js/reading/local.js");
    const start = performance.now();
    await load();
    const load_ms = performance.now() - start;
    const times = [];
    for (let i = 0; i < count + drawings.length; i++) {
        const before = performance.now();
        await readStrokes(drawings[i % drawings.length]);
        times.push(performance.now() - before);
    }
    return { load_ms, first_ms: times[0], times: times.slice(drawings.length) };
}"""


def measure(page: Page, slower: int) -> dict[str, float]:
    """Milliseconds until the files are loaded, of the first reading, and of all after it."""
    page.goto("http://inkling.test/")
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    drawings = [as_lists(strokes) for _, strokes in hands(100)]
    found = page.evaluate(MEASURE, [drawings, READINGS])
    times = sorted(found.pop("times"))
    return found | {f"p{share}_ms": times[share * READINGS // 100] for share in (5, 50, 95)}


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_install())
        print(f"{'CPU':<12}{'load':>9}{'first':>9}{'p5':>9}{'p50':>9}{'p95':>9}   ms")
        for slower in (1, SLOWER):
            page = browser.new_page()
            page.route("**/*", answer)
            row = measure(page, slower)
            name = f"{slower} x slower" if slower > 1 else "as it is"
            print(f"{name:<12}" + "".join(f"{value:9.2f}" for value in row.values()))
        browser.close()
    scripts = b"".join(path.read_bytes() for path in (ROOT / "static/js/reading").glob("*.js"))
    for what, content in {"scripts": scripts, "weights": WEIGHTS.read_bytes()}.items():
        print(f"{what}: {len(content):,} bytes, {len(gzip.compress(content)):,} gzipped")


if __name__ == "__main__":
    main()

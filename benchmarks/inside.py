"""What Look inside costs on the device, in Chromium.

    python benchmarks/inside.py
    python benchmarks/inside.py --drawings ../shared/data/digits-dev.ndjson.gz

First each view while somebody draws on the page below: `redraw` is from the pointer's event to the end
of the frame that shows it, `held` the longest task of the page's thread. Then, of the drawings in
a file that are misread or unsure, how often a small change is found that makes them the digit that
was meant (or, where that is what is read, the runner-up), and how long the search takes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.browser.find_browser import find_or_install
from tests.conftest import ROOT
from tests.parity.conftest import answer
from tests.serving import serving
from training.data.drawings import read_drawings

VIEWS = ("steps", "mind", "layers", "learned", "shake", "knows")
FEW_MS = 50
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
    const found = [];
    for (const { label, strokes } of drawings) {
        const image = frame(inkFromStrokes(strokes));
        const reading = readingOf(known.network.probabilities(image), image, known);
        if (reading.digit === label && reading.verdict === "digit") continue;
        const target = reading.digit === label ? reading.runner_up.digit : label;
        const start = performance.now();
        const change = await inSlices(changeTo(target, known.network, image, known.thresholds.digit), () => false);
        const ms = performance.now() - start;
        const again = change && readingOf(known.network.probabilities(change.digitImage), change.digitImage, known);
        found.push({ label, read: reading.digit, verdict: reading.verdict, target, ms,
                     pieces: change && change.pieces.length, digit: again && again.digit, after: again && again.verdict });
    }
    return found;
}"""


def print_changes(page: Page, path: Path) -> None:
    page.route("**/*", answer)
    page.goto("http://inkling.test/")
    drawings = [
        {"label": drawing.label, "strokes": drawing.strokes}
        for drawing in read_drawings(path)
    ]
    tried = page.evaluate(CHANGES, drawings)
    found = [one for one in tried if one["digit"] == one["target"]]
    sure = [one for one in found if one["after"] == "digit"]
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--drawings", type=Path)
    asked = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_install())
        if asked.drawings:
            print_changes(browser.new_page(), asked.drawings)
        browser.close()


if __name__ == "__main__":
    main()

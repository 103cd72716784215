"""How well a class's own signs are read, by how many drawings of each there are.

    python benchmarks/signs.py --drawings ../shared/data/junk-train.ndjson.gz [--each 10 30 100]

Ten letters and symbols stand for the signs of a class, as people drew them. Each row learns with
the recipe `signs` from some drawings of each sign, as `train.py --drawings` does: it sets a third
of them aside. The figures are those of other people's drawings. `last layer` keeps all other
layers as shipped; `new network` starts from chance. One run each.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

SIGNS = tuple("#%&>{AFKRm")
TESTED = 60  # drawings of each sign, by other people
OTHERS = 300  # drawings of other letters and symbols


def signs_in(path: Path) -> tuple[dict[str, list[Any]], dict[str, list[Any]], list[Any]]:
    """Records of each sign by the people of the class, by other people, and of other glyphs."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    writers = sorted({record["writer"] for record in records})
    order = np.random.default_rng(0).permutation(len(writers))
    in_class = {writers[index] for index in order[: len(writers) // 2]}
    ours, theirs = defaultdict(list), defaultdict(list)
    others = []
    for record in records:
        glyph = record["glyph"]
        if glyph in SIGNS:
            (ours if record["writer"] in in_class else theirs)[glyph].append(record)
        elif record["writer"] not in in_class:
            others.append(record)
    return ours, theirs, others[:OTHERS]


def write(path: Path, some: dict[str, list[Any]], each: int) -> Path:
    """The first `each` drawings of each sign, labelled."""
    lines = [
        json.dumps({**record, "label": glyph})
        for glyph, records in some.items()
        for record in records[:each]
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def measured(drawings: Path, test: Path, others: list[Any], way: str) -> dict[str, float]:
    """Train one way, and read what other people drew."""
    from reader.classes import Classes
    from reader.reading import verdicts
    from training.data.drawings import drawing_from_json, labels_of, read_drawings, render_all
    from training.data.examples import prepare
    from training.learning.fit import fit, predict
    from training.options import combined
    from training.run import calibrate, network_for

    options = combined("signs", {"drawings": (str(drawings),), "classes": SIGNS})
    if way == "new network":
        options = replace(options, start_from=None, learning_rate=0.012)
    datasets = prepare(options)
    model = network_for(options, datasets.classes)
    if way == "last layer":
        for layer in model.layers:
            layer.trainable = layer.name == "logits"
    started_s = time.perf_counter()
    fit(model, datasets.training, datasets.validation, options)
    seconds = time.perf_counter() - started_s
    _, thresholds = calibrate(model, datasets)
    tested = read_drawings(test, Classes(SIGNS))
    answers = predict(model, render_all(tested, "strokes"))
    right = answers.argmax(axis=1) == labels_of(tested)
    sure = verdicts(answers, thresholds) == "digit"
    junk = [drawing_from_json({**record, "label": None}) for record in others]
    passed = verdicts(predict(model, render_all(junk, "strokes")), thresholds) == "digit"
    return {
        "right": right.mean(),
        "sure": sure.mean(),
        "of those right": right[sure].mean() if sure.any() else 0.0,
        "others pass": passed.mean(),
        "seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--drawings", type=Path, required=True)
    parser.add_argument("--each", type=int, nargs="+", default=[10, 30, 100])
    parser.add_argument("--ways", nargs="+", default=["all layers", "last layer", "new network"])
    typed = parser.parse_args()
    ours, theirs, others = signs_in(typed.drawings)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        test = write(Path(folder) / "test.ndjson", theirs, TESTED)
        for each in typed.each:
            drawings = write(Path(folder) / f"{each}.ndjson", ours, each)
            for way in typed.ways:
                rows.append((each, way, measured(drawings, test, others, way)))
    print(f"\n{'drawings':>8}  {'learns':<12}{'right':>8}{'sure':>8}{'… right':>9}{'others':>8}  s")
    for each, way, row in rows:
        shares = (row["right"], row["sure"], row["of those right"], row["others pass"])
        print(f"{each:>8}  {way:<12}" + "".join(f"{share:>8.1%}" for share in shares)
              + f"{row['seconds']:>5.0f}")  # fmt: skip


if __name__ == "__main__":
    main()

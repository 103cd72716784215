"""`train.py prove MODEL`: measures every row, and compares the rows with the card or writes it."""

from __future__ import annotations

import json
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reader.classes import Classes
from reader.model_card import ModelFile, card_path
from training.data.examples import read_files
from training.data.mnist import load_mnist
from training.errors import BelowTheBar, DataError
from training.export import load_predictor, versions
from training.files import make_writable, write_text
from training.judging.calibrate import thresholds_of
from training.judging.evaluation import reading_ms
from training.learning.progress import clock
from training.proof.card import (
    Section,
    between,
    check_data,
    fallen,
    page_with_tables,
    percent,
    rows_of,
    section,
)
from training.proof.gate import changes, faults, show_changes
from training.proof.habits import habits
from training.proof.made import OF_EACH
from training.proof.row import Row
from training.proof.rows import prove
from training.proof.sheets import write_sheets


def prove_file(
    path: Path,
    data: str | None,
    drawings: tuple[str, ...],
    junk: tuple[str, ...],
    write: bool,
    reports: Path,
    command: tuple[str, ...],
    against: Path | None = None,
    of_each: int = OF_EACH,
) -> int:
    """Measure every row and show it. Then compare the rows with the card, or write the card.

    `against` is a model that this model shall take the place of.
    """
    started_s = time.monotonic()
    card = ModelFile.check(path).card if write or card_path(path).is_file() else {}
    if not Classes.of_card(card).are_digits:
        raise DataError(f"{path}: the proof is of the ten digits")
    if not (drawings and junk):
        raise DataError("a proof takes --drawings and --junk: what was drawn, and what is no digit")
    drawn, letters = read_files(drawings, junk)
    make_writable(reports)
    read = load_predictor(path)
    test = load_mnist(Path(data) if data else None).test
    shown_by = {"mnist test": {"sha256": test.sha256}} | {
        file.path.name: {"sha256": file.sha256} for file in drawn + letters
    }
    kept: Section | None = card.get("proof")
    if kept is not None and not write:
        check_data(shown_by, kept)
    proof = prove(read, test, drawn, letters, thresholds_of(path), of_each)
    made = {
        "command": shlex.join(command),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": versions(),
    }
    found = section(proof.rows, reading_ms(read, test.images[0]), made, shown_by)
    found["habits"] = habits(
        proof.evaluation.answers["drawings as strokes"],
        proof.evaluation.sets["drawings as strokes"].labels,
        [drawing.writer for drawing in proof.drawings],
    )

    folder = reports / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-prove-{path.stem}"
    write_text(folder / "proof.json", as_json(found))
    written = [folder / "proof.json", *write_sheets(proof, folder)]
    show(proof.rows, kept, found["reading_ms"])
    if write:
        card["proof"] = found
        page = path.parent / "README.md"
        texts = {card_path(path): as_json(card)}
        if page.is_file():  # a page without marks is an error before the card is written
            texts[page] = page_with_tables(page.read_text(encoding="utf-8"), card)
        for where, text in texts.items():
            write_text(where, text)
        written += texts
    print(f"\ndone in {clock(time.monotonic() - started_s)}", *written, sep="\n  ")
    if kept is None and not write:
        print("\nthe card has no proof to compare this with; --write writes it")
    worse = [] if kept is None or write else fallen(proof.rows, kept)
    if worse:
        raise BelowTheBar("\n  ".join(["the model is worse than its card says:", *worse]))
    if against is not None:
        old = prove(load_predictor(against), test, drawn, letters, thresholds_of(against), of_each,
                    numbers=False)  # fmt: skip
        found_changes = changes(old.rows, proof.rows)
        show_changes(found_changes)
        if reasons := faults(found_changes):
            raise BelowTheBar("\n  ".join([f"worse than {against}:", *reasons]))
    return 0


def as_json(content: dict[str, Any]) -> str:
    """As the card is written."""
    return json.dumps(content, indent=2) + "\n"


def show(rows: tuple[Row, ...], kept: Section | None, ms: float) -> None:
    """Print all rows: the figure, its target, and the figure in the card."""
    before = {} if kept is None else {(r.table, r.name): r.share for r in rows_of(kept)}
    table = ""
    for row in rows:
        if row.table != table:
            table = row.table
            print(
                f"\n{table:<78} {'figure':>9} {'in 95 of 100 cases':>18} "
                f"{'to reach':>10}   {'the card':>9}"
            )
        to_reach = "" if row.to_reach is None else percent(row.to_reach)
        hit = {None: " ", True: "✓", False: "✗"}[row.reached]
        card = before.get((row.table, row.name))
        said = "" if card is None else percent(card)
        print(f"  {row.name:<76} {percent(row.share):>9} {between(row):>18} "
              f"{to_reach:>10} {hit} {said:>9}")  # fmt: skip
    print(f"\n  one reading in the model: {ms:.3f} ms")

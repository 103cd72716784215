"""What is said of the shipped model, in its card and in models/README.md, is one and the same."""

from __future__ import annotations

import hashlib

import pytest

from app.config import ROOT
from reader.model_card import read_card
from tests.conftest import SHIPPED
from training.proof.card import page_with_tables

CARD = read_card(SHIPPED)
PAGE = (ROOT / "models" / "README.md").read_text()


@pytest.mark.parametrize("suffix", [".h5", ".tflite", ".weights"])
def test_the_files_are_the_ones_in_the_card(suffix: str) -> None:
    """Hash and size of what ships are what the card says."""
    path = SHIPPED.with_suffix(suffix)
    data = path.read_bytes()
    assert CARD["files"][path.name] == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }


def test_the_card_has_a_proof() -> None:
    """A model that was trained anew is proved anew before it ships."""
    assert "proof" in CARD, "run `train.py prove --write`; CONTRIBUTING.md has the whole command"


def test_the_tables_on_the_page_are_the_cards() -> None:
    """Every figure in models/README.md is the card's, to the last digit shown."""
    assert page_with_tables(PAGE, CARD) == PAGE


def test_the_proof_is_of_the_model_in_the_card() -> None:
    """What training measured by itself, the proof found again, on the same data."""
    trained, rows = CARD["figures"], CARD["proof"]["rows"]["figures"]
    assert rows["MNIST test set"]["share"] == trained["mnist test"]["accuracy"]
    judged_by = [name for name in CARD["proof"]["data"] if name.startswith("digits")]
    for way, words in (("strokes", "as strokes"), ("canvas", "as pictures")):
        figures = trained[f"drawings as {way}"]
        by_file = [
            rows[f"drawn digits ({name.split('.')[0]}), {words}"]
            for name in judged_by
            if name in CARD["data"]
        ]
        right = sum(row["share"] * row["of"] for row in by_file)
        assert right == pytest.approx(figures["accuracy"] * figures["count"], abs=1.5)
    for name, entry in CARD["proof"]["data"].items():
        assert CARD["data"].get(name, entry)["sha256"] == entry["sha256"]


def test_the_model_is_good_enough_to_ship() -> None:
    """The bar of the first model: 99.4 % on MNIST, 96 % on drawings either way."""
    figures = CARD["figures"]
    assert figures["mnist test"]["accuracy"] >= 0.994
    assert figures["drawings as strokes"]["accuracy"] >= 0.96
    assert figures["drawings as canvas"]["accuracy"] >= 0.96

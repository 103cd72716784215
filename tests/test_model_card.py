"""What is said of the shipped model, in its card and in models/README.md, is one and the same."""

from __future__ import annotations

import hashlib

import pytest

from app.config import ROOT
from app.model_files import read_card
from tests.conftest import SHIPPED

CARD = read_card(SHIPPED)
PAGE = (ROOT / "models" / "README.md").read_text()


@pytest.mark.parametrize("suffix", [".h5", ".tflite"])
def test_the_files_are_the_ones_in_the_card(suffix: str) -> None:
    """Hash and size of what ships are what the card says."""
    path = SHIPPED.with_suffix(suffix)
    data = path.read_bytes()
    assert CARD["files"][path.name] == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }


def test_every_figure_on_the_page_is_in_the_card() -> None:
    """The table in models/README.md has the card's figures, to the last digit shown."""
    figures, network = CARD["figures"], CARD["network"]
    rows = {
        "MNIST test set": figures["mnist test"]["accuracy"],
        "drawn digits, as strokes": figures["drawings as strokes"]["accuracy"],
        "drawn digits, as pictures": figures["drawings as canvas"]["accuracy"],
        "calibration error on drawn digits, as strokes": figures["drawings as strokes"][
            "calibration_error"
        ],
        "letters and symbols with the verdict `digit`": figures["junk"]["passes_as_digit"],
    }
    for name, share in rows.items():
        assert f"| {name} | {100 * share:.2f} % |" in PAGE, name
    assert f"| parameters | {network['parameters']:,} |" in PAGE
    assert f"| multiply-adds | {network['multiply_adds']:,} |" in PAGE


def test_the_model_is_good_enough_to_ship() -> None:
    """The bar of the first model: 99.4 % on MNIST, 96 % on drawings either way."""
    figures = CARD["figures"]
    assert figures["mnist test"]["accuracy"] >= 0.994
    assert figures["drawings as strokes"]["accuracy"] >= 0.96
    assert figures["drawings as canvas"]["accuracy"] >= 0.96

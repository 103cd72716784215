"""device_files.py: a device gets the weights of the model that is served, or none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app import create_app
from app.config import Settings
from app.services import services_of
from reader.device_files import device_files
from reader.model import Recognizer
from reader.model_card import ModelError
from tests.conftest import SHIPPED


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The shipped model under another name of the same card."""
    for suffix in (".tflite", ".json", ".weights"):
        shutil.copy(SHIPPED.with_suffix(suffix), tmp_path)
    return tmp_path / SHIPPED.name


def test_the_weights_are_those_that_the_card_names(model: Path) -> None:
    files = device_files(model)
    assert files["model.weights"] == model.with_suffix(".weights")
    model.with_suffix(".weights").write_bytes(b"another network")
    with pytest.raises(ModelError, match=r"\.weights is not the file that the card"):
        device_files(model)


@pytest.mark.parametrize("missing", ["the file", "its row in the card"])
def test_without_weights_the_server_reads(
    model: Path, recognizer: Recognizer, missing: str
) -> None:
    if missing == "the file":
        model.with_suffix(".weights").unlink()
    else:
        card = json.loads(model.with_suffix(".json").read_text())
        del card["files"][model.with_suffix(".weights").name]
        model.with_suffix(".json").write_text(json.dumps(card))
    assert device_files(model) == {}
    app = create_app(Settings("not a secret", model, reading="device"), recognizer)
    assert services_of(app).where_read == "server"
    page = app.test_client().get("/").get_data(as_text=True)
    assert 'data-where-read="server"' in page
    assert "model.weights" not in page


def test_the_served_weights_are_the_served_models(recognizer: Recognizer) -> None:
    client = create_app(Settings("not a secret"), recognizer).test_client()
    answer = client.get("/static/reader/model.weights", follow_redirects=True)
    assert answer.data == SHIPPED.with_suffix(".weights").read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]


def test_snapshots_are_of_the_served_classes(model: Path) -> None:
    """A folder may have those of an earlier run that learned something else."""
    folder = model.parent / "snapshots"
    assert "snapshots/snapshots.json" not in device_files(model)
    shutil.copytree(SHIPPED.parent / "snapshots", folder)
    assert {"snapshots/snapshots.json", "snapshots/0.weights"} <= device_files(model).keys()
    listed = json.loads((folder / "snapshots.json").read_text())
    (folder / "snapshots.json").write_text(json.dumps({**listed, "classes": ["F", "L"]}))
    assert not [name for name in device_files(model) if name.startswith("snapshots")]


def test_the_shipped_snapshots_are_small() -> None:
    sizes = [path.stat().st_size for path in (SHIPPED.parent / "snapshots").iterdir()]
    assert len(sizes) == 10, "nine and their list"
    assert sum(sizes) <= 3_000_000

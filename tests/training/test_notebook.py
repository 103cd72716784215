"""The notebook runs from top to bottom, and what is committed has been run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from reader.model import Recognizer
from tests.training.conftest import LITTLE_MNIST, REPOSITORY

pytestmark = pytest.mark.tensorflow

NOTEBOOK = REPOSITORY / "notebooks" / "train_mnist.ipynb"


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.mark.filterwarnings("ignore")  # Jupyter's own, and not ours to mend
def test_the_notebook_runs_on_a_little_data(
    notebook: nbformat.NotebookNode, tmp_path: Path
) -> None:
    """Every cell, as a person would, with a few hundred digits; the app takes what comes out."""
    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    parameters.source = (
        f"DATA = {str(LITTLE_MNIST)!r}\nEPOCHS = 1\nBATCH_SIZE = 20\nOUT = {str(tmp_path)!r}"
    )
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOK.parent)}},
    ).execute()
    assert (tmp_path / "mnist_model.h5").exists()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output["text"] for output in outputs if output.get("name") == "stderr"]
    Recognizer.load(tmp_path / "mnist_model.tflite").warm_up()  # as the web app serves it


@pytest.mark.parametrize("start", ["content", "content/inkling", "content/inkling/notebooks"])
def test_the_notebook_finds_the_clone(
    notebook: nbformat.NotebookNode, tmp_path: Path, start: str
) -> None:
    """Begun in the folder above it, as on Colab, or anywhere inside."""
    clone = tmp_path / "content" / "inkling"
    for folder in (clone / "training" / "recipes", clone / "notebooks", tmp_path / "content" / "a"):
        folder.mkdir(parents=True)
    found = find_the_clone(notebook, tmp_path / start)
    assert (found.stdout.strip(), found.stderr) == (str(clone), "")


def test_the_notebook_says_where_it_found_no_clone(
    notebook: nbformat.NotebookNode, tmp_path: Path
) -> None:
    """One line with what to do; the text above has the steps for Colab, in their order."""
    found = find_the_clone(notebook, tmp_path)
    assert found.stderr == (
        f"Inkling's repository is not in {tmp_path}: clone it there first, as the text above "
        "says.\n"
    )
    # Not requirements-train.txt: its tensorflow-cpu would take the place of Colab's, with its GPU.
    steps = ["git clone", "%cd inkling", "%pip install -q ai-edge-litert"]
    at = [notebook.cells[1].source.find(step) for step in steps]
    assert -1 not in at
    assert at == sorted(at)


def find_the_clone(
    notebook: nbformat.NotebookNode, start: Path
) -> subprocess.CompletedProcess[str]:
    """What the first cell of code makes of the folder that it begins in."""
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code = "\n".join(line for line in first.source.splitlines() if not line.startswith("%"))
    command = [sys.executable, "-c", code + "\nprint(top)"]
    return subprocess.run(command, cwd=start, capture_output=True, text=True)


def test_the_notebook_is_committed_with_its_outputs(notebook: nbformat.NotebookNode) -> None:
    """Someone who only reads it sees numbers and pictures, and no traceback."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 10
    assert not any(output.output_type == "error" for output in outputs)
    assert not any(output.get("name") == "stderr" for output in outputs)  # a warning
    assert all(cell.execution_count for cell in code)
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert "of the test digits are read right" in text
    assert "/tmp/" not in text


def test_the_notebook_explains_itself(notebook: nbformat.NotebookNode) -> None:
    """A heading before each step, the way to try it without installing, exercises to unfold."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "colab.research.google.com" in prose
    for step in ("Load", "Look", "A simple model first", "Build", "The loss, by hand",
                 "One training step", "How long should the steps be?", "Train", "Read the curves",
                 "Judge", "A picture of your own", "Save, load back, serve"):  # fmt: skip
        assert re.search(rf"^## \d+\. {re.escape(step)}", prose, re.M), step
    assert prose.count("<details>") == prose.count("</details>") >= 5

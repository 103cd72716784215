"""Run the notebook on all of MNIST and keep its outputs in it: `make notebook`.

    python tools/run_notebook.py mnist.npz

The notebook names no file of this machine: the data is given to the run, and not written down.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "train_mnist.ipynb"
PATIENCE_S = 1800  # for one cell


def main(data: str) -> None:
    """Write the notebook again when every cell has run."""
    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    shown = parameters.source
    parameters.source = f"{shown}\nDATA = {str(Path(data).resolve())!r}"
    where = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(notebook, timeout=PATIENCE_S, kernel_name="python3", resources=where).execute()
    parameters.source = shown
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when each cell ran differs every time
    notebook.metadata.language_info = {"name": "python"}
    nbformat.write(notebook, NOTEBOOK)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main(sys.argv[1])

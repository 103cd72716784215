"""The fixtures that most tests want: the shipped model, the app around it, a client, a server."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings

from app import create_app
from app.config import ROOT, Settings
from reader.model import Recognizer
from tests.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ALL_OF_MNIST = Path(os.environ.get("MNIST_DATA", ROOT.parent / "shared/data/mnist.npz"))
# At a desk every run tries other examples; CI tries the same ones, so that it fails for a reason.
# How long an example takes is the machine's business.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

SHIPPED = ROOT / "models" / "mnist_model.tflite"

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
# What is waited for is there in a moment; a machine with much else to do is given its time, and a
# page asks a server that is gone every fifteen seconds.
PATIENCE_MS = 30_000


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m "not tensorflow"` does not import the modules that need TensorFlow from top to bottom."""
    if "not tensorflow" not in config.option.markexpr or collection_path.suffix != ".py":
        return None
    return "\npytestmark = pytest.mark.tensorflow\n" in collection_path.read_text("utf-8") or None


BROWSERS = {"browser", "chromium", "firefox", "webkit"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`-m "not browser"` leaves out every test that asks for a browser."""
    for item in items:
        if BROWSERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    """The model that ships."""
    return Recognizer.load(SHIPPED)


@pytest.fixture(scope="session")
def app(recognizer: Recognizer) -> Flask:
    # Together the tests ask more often than a school does; the limit has tests of its own.
    app = create_app(Settings("not a secret", SHIPPED, ratelimit_enabled=False), recognizer)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False  # clients get a 500, and tests see that they do
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def redis_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that a busy machine has no time for is not away."""
    for patience in ("app.ops.doctor.REDIS_WITHIN_S", "app.counts.REDIS_WITHIN_S"):
        monkeypatch.setattr(patience, 30)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Inkling, served as in production, with the model that ships. It reads alone:
    most tests hold its answers back, and no device may take over."""
    log = tmp_path_factory.mktemp("server") / "log"
    with serving(log, RATELIMIT_ENABLED="0", READING="server") as url:
        yield url


@pytest.fixture
def no_network(tmp_path: Path) -> Path:
    """A file that is no network, with a card that it agrees with."""
    path = tmp_path / "fake.tflite"
    path.write_bytes(b"not a network")
    card = {
        "files": {path.name: {"sha256": hashlib.sha256(b"not a network").hexdigest()}},
        "thresholds": {"digit": 0.5, "pair": 0.9},
    }
    path.with_suffix(".json").write_text(json.dumps(card))
    return path


@pytest.fixture(scope="session")
def outside_data() -> Path:
    """The folder with all of MNIST and the pen-drawn digits, where there is one."""
    if not ALL_OF_MNIST.is_file():
        pytest.skip(f"all of MNIST is not at {ALL_OF_MNIST}; MNIST_DATA can name another mnist.npz")
    return ALL_OF_MNIST.parent


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A real browser, started once."""
    from tests.browser.find_browser import find_or_install

    path = find_or_install()  # raises, and says what to install: a missing browser is no skip
    browser = playwright.chromium.launch(
        executable_path=path, args=["--disable-gpu", *QUIET], timeout=60_000
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    return chromium

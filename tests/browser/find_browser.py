"""Finds the browsers for the browser tests, or gets them. Knows nothing of the tests.

Chromium or Chrome is needed. Firefox and WebKit are used where they are; CI gets them as well.

python tests/browser/find_browser.py      prints their paths, or says what to install and exits 1
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FIREFOX = "firefox-esr"
WEBKIT = "WebKitWebDriver"
MINI_BROWSERS = "/usr/lib*/*/webkit2gtk-4.1/MiniBrowser"
FOR_THE_OTHERS = ("firefox-esr", "webkit2gtk-driver", "xvfb")  # as Debian calls them
VARIABLES = ("INKLING_CHROMIUM", "CHROME")
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
HELP = """No Chromium or Chrome was found, and none could be installed. Any one of these will do:
  python -m playwright install --with-deps chromium
  apt-get install chromium
  INKLING_CHROMIUM=/path/to/chromium"""


class NoBrowser(RuntimeError):
    """There is no browser to test with; the message says what to install."""


def find() -> Path | None:
    """The first browser that starts, of those that are here already."""
    return next((path for path in _candidates() if _starts(path)), None)


def find_or_install() -> Path:
    path = find()
    for install in () if path else (_install_playwrights, lambda: _install_debians("chromium")):
        install()
        if path := find():
            break
    if path is None:
        raise NoBrowser(HELP)
    return path


def find_firefox() -> Path | None:
    """Debian's Firefox: Playwright drives it by BiDi, without a build of its own."""
    found = shutil.which(FIREFOX)
    return Path(found) if found else None


def find_webkit() -> tuple[Path, Path] | None:
    """WebKitGTK's driver and its small browser, where there is a screen to put it on."""
    driver, screen = shutil.which(WEBKIT), shutil.which("Xvfb")
    browser = next(iter(sorted(Path("/").glob(MINI_BROWSERS.lstrip("/")))), None)
    return (Path(driver), browser) if driver and screen and browser else None


def install_the_others() -> None:
    if find_firefox() is None or find_webkit() is None:
        _install_debians(*FOR_THE_OTHERS)


def _candidates() -> Iterator[Path]:
    for name in VARIABLES:
        if value := os.environ.get(name):
            yield Path(value)
    for name in COMMANDS:
        if found := shutil.which(name):
            yield Path(found)
    yield from map(Path, MAC_APPS)
    yield from _playwrights()


def _playwrights() -> Iterator[Path]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    yield path
    # The headless shell is a browser of its own, installed beside it.
    yield from path.parent.parent.parent.glob("chromium_headless_shell-*/*/*headless*shell")


def _starts(path: Path) -> bool:
    """Ubuntu's `chromium-browser` may be a stub that only says to install a snap."""
    if not os.access(path, os.X_OK) or path.is_dir():
        return False
    try:
        version = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return version.returncode == 0


def _install_playwrights() -> None:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if os.name == "posix" and os.geteuid() == 0:
        command.insert(-1, "--with-deps")
    subprocess.run(command, stdout=sys.stderr, check=False)


def _install_debians(*packages: str) -> None:
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update"], stdout=sys.stderr, check=False)
        subprocess.run(["apt-get", "install", "-y", *packages], stdout=sys.stderr, check=False)


if __name__ == "__main__":
    if os.environ.get("CI"):
        install_the_others()
    try:
        print(find_or_install(), find_firefox() or "", *(find_webkit() or ()))
    except NoBrowser as error:
        sys.exit(str(error))

"""qr_codes.py and its route: the page's address, to be read off a wall."""

from __future__ import annotations

import re

import segno
from flask.testing import FlaskClient

from app.web.qr_codes import QUIET_MODULES, qr_code

ADDRESS = "https://inkling.example.org/"


def dark_modules(svg: str) -> set[tuple[int, int]]:
    """What the lines of the SVG paint."""
    path = re.search(r'<path class="qrline"[^>]*d="([^"]+)"', svg)
    assert path is not None
    modules, x, y = set(), 0, 0.0
    for kind, a, b in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path[1]):
        if kind == "M":
            x, y = int(a), float(b)
        elif kind == "m":
            x, y = x + int(a), y + float(b)
        else:
            modules |= {(x + i, int(y)) for i in range(int(a))}
            x += int(a)
    return modules


def test_the_page_draws_the_code_of_its_own_address(client: FlaskClient) -> None:
    """Module by module that of the standard, whatever host the visitor came by."""
    svg = client.get("/qr.svg", base_url=ADDRESS).get_data(as_text=True)
    matrix = segno.make(ADDRESS, error="m", micro=False).matrix
    expected = {
        (x + QUIET_MODULES, y + QUIET_MODULES)
        for y, row in enumerate(matrix)
        for x, dark in enumerate(row)
        if dark
    }
    assert dark_modules(svg) == expected


def test_it_is_black_on_white_and_scales() -> None:
    """On a dark page too: phones read no light code on dark."""
    svg = qr_code(ADDRESS).decode()
    assert 'fill="#fff"' in svg
    assert "viewBox" in svg
    assert not re.search(r"<svg[^>]*\swidth=", svg)

"""An address as a QR code that a phone reads off a wall. Knows no routes."""

from __future__ import annotations

import io

import segno

QUIET_MODULES = 2  # of paper around the code; the standard asks for 4, and phones need 2


def qr_code(address: str) -> bytes:
    """An SVG, black on white whatever the page's colours, that scales to any size."""
    file = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        file, kind="svg", border=QUIET_MODULES, light="#fff", omitsize=True, xmldecl=False
    )
    return file.getvalue()

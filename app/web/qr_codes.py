"""An address as a QR code that a phone reads off a wall. Knows no routes."""

from __future__ import annotations

import io

import segno

QUIET_MODULES = 2  # white space around the code; the standard asks for 4, phones need 2


def qr_code(address: str) -> bytes:
    """An SVG that scales to any size, black on white in dark mode, too."""
    file = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        file, kind="svg", border=QUIET_MODULES, light="#fff", omitsize=True, xmldecl=False
    )
    return file.getvalue()

"""The process that makes the zip to take home, and its output in pieces.

For a full room it computes for 13 s. In the worker, that would hold up everybody who hands in, and
take 10 MB for good. Knows nothing of what is in the zip.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Generator

from sqlalchemy import URL

from app.config import ROOT
from app.rooms.database import RoomsAway
from reader.classes import Classes

COMMAND = (sys.executable, "-m", "app.rooms.export")
PIECE_BYTES = 64 * 1024
PATIENCE_S = 30  # for another teacher's zip; a worker makes one at a time

logger = logging.getLogger(__name__)
turn = threading.Semaphore(1)


def pieces_of_zip(database_url: URL, code: str, read: Classes) -> Generator[bytes]:
    """RoomsAway if it cannot be made: before the first piece, or in the middle of a download."""
    if not turn.acquire(timeout=PATIENCE_S):
        raise RoomsAway
    try:
        with subprocess.Popen(
            COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback may quote a drawing
        ) as process:  # fmt: skip
            assert process.stdin  # noqa: S101 - for the type checker
            assert process.stdout  # noqa: S101
            try:
                # Not as an argument: all users of a machine can list those.
                address = database_url.render_as_string(hide_password=False)
                process.stdin.write(json.dumps([address, code, read.labels]).encode())
                process.stdin.close()
                while piece := process.stdout.read(PIECE_BYTES):
                    yield piece
            except GeneratorExit:  # the teacher's browser is gone
                process.kill()
                raise
        if process.returncode:
            logger.warning("The process of a zip ended with code %d.", process.returncode)
            raise RoomsAway
    finally:
        turn.release()

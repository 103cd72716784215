"""`flask --app app doctor`: what a deployment would need here, and what stands in its way.

It must run when nothing else can: it reads settings and the model's card itself, and has a worker
measured in a process of its own. It changes nothing that a start would not.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import tempfile
import timeit
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, FlaskGroup, with_appcontext

from app import refuse
from app.config import MOST_HELD_BYTES, ROOT, Rate, SettingError, Settings, read_settings, table
from app.counts import RedisCounts
from app.ops.measure import measure_worker
from reader.model_card import ModelError, ModelFile

PLANS_MB = (256, 512)
# How much each worker may grow: by the largest picture it takes, and by bodies that are arriving.
BUSY_MB = 100 + MOST_HELD_BYTES // 1024**2
REDIS_WITHIN_S = 2  # a name server may take its time
SLOW_REDIS_MS = 20  # a worker's drawings ask in turn: fifty a second
# What a container may use, in either version of control groups.
MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
EPHEMERAL = ("overlay", "aufs", "tmpfs", "ramfs")  # file systems that end with their container
# What a platform sets, its name, and the TRUSTED_PROXIES that its own file here has.
PLATFORMS = {
    "DYNO": ("Heroku", 1),
    "RENDER": ("Render", 2),
    "FLY_APP_NAME": ("Fly", 2),
    "RAILWAY_ENVIRONMENT_NAME": ("Railway", 1),
}


@dataclass
class Report:
    """What the doctor found: facts by topic, what is wrong, and what could be better."""

    facts: dict[str, Any] = field(default_factory=dict)
    wrong: list[dict[str, str]] = field(default_factory=list)
    advice: list[dict[str, str]] = field(default_factory=list)


def finding(what: str, mend: str) -> dict[str, str]:
    return {"what": what, "mend": mend}


def examine(environ: Mapping[str, str] = os.environ) -> Report:
    """Look at everything, in the order in which it would fail."""
    report = Report()
    # A shell on a platform lacks what its Procfile puts before the command; the server has it.
    inline = procfile_settings() if any(name in environ for name in PLATFORMS) else {}
    environ = {**environ, **inline}
    values, problems = read_settings(environ)
    for name, problem in problems.items():
        mend = f"Set {name} to {table()[name].kind.wanted}."
        if name != "SECRET_KEY":
            mend = mend[:-1] + ", or unset it."
        report.wrong.append(finding(problem, mend))
    if environ.get("WEB_CONCURRENCY", "1").strip() == "":  # gunicorn reads it itself
        what = "WEB_CONCURRENCY is set to nothing, and gunicorn does not start with that."
        report.wrong.append(finding(what, "Unset it, or set it to 1."))
    # Where a setting is wrong, go on with its default and find out what else there is.
    settings = Settings(**{"secret_key": "", **values})
    report.facts["settings"] = {
        name: {
            "value": _shown(name, settings, environ),
            "from": "Procfile" if name in inline else _origin(name, environ),
            "ok": name not in problems,
        }
        for name in table()
    }
    _look_at_model(report, settings)
    _look_at_redis(report, settings)
    _look_at_disk(report, settings, environ)
    _look_at_platform(report, settings, environ)
    return report


def procfile_settings() -> dict[str, str]:
    """The settings that the Procfile's command starts with; none where there is no Procfile."""
    path = ROOT / "Procfile"
    words = shlex.split(path.read_text().partition("web:")[2]) if path.is_file() else []
    return dict(word.split("=", 1) for word in takewhile(lambda word: "=" in word, words))


def _origin(name: str, environ: Mapping[str, str]) -> str:
    return "environment" if environ.get(name, "").strip() else "default"


def _shown(name: str, settings: Settings, environ: Mapping[str, str]) -> object:
    """The value in force; of a secret that is set, no more than that."""
    value = getattr(settings, name.lower())
    if table()[name].is_secret and _origin(name, environ) == "environment":
        return f"not shown, {len(environ[name].strip())} characters"
    if name == "SECRET_KEY":
        return "kept in instance/" if value else "none"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value) if isinstance(value, Path | Rate) else value


def _look_at_model(report: Report, settings: Settings) -> None:
    try:
        file = ModelFile.check(settings.model_path)
    except ModelError as error:
        mend = (
            "Fetch the files again (git checkout models), or set MODEL_PATH to one that is whole."
        )
        report.wrong.append(finding(str(error), mend))
        return
    report.facts["model"] = {
        "path": str(file.path),
        "sha256": file.sha256,
        "bytes": len(file.content),
        "made": _part(file.card, "made").get("date"),
        "network": _part(file.card, "network"),
        "figures": _part(file.card, "figures"),
    }
    measured = measure_worker(settings.model_path, settings.threads)
    if problem := measured.get("error"):
        mend = "If packages are missing: pip install -r requirements.txt."
        report.wrong.append(finding(f"A worker does not start: {problem}", mend))
        return
    _look_at_memory(report, settings, measured)
    report.facts["speed"] = {
        name: measured[name] for name in ("start_s", "warm_up_ms", "reading_ms")
    }


def _part(card: dict[str, Any], name: str) -> dict[str, Any]:
    """What the card says for show; a start does without, so the doctor does too."""
    part = card.get(name)
    return part if isinstance(part, dict) else {}


def _look_at_memory(report: Report, settings: Settings, measured: dict[str, Any]) -> None:
    master, worker = measured["master_mb"], measured["worker_mb"]
    total = master + settings.web_concurrency * worker
    limit = _memory_limit_mb()
    report.facts["memory"] = {
        "master_mb": master,
        "worker_mb": worker,
        "workers": settings.web_concurrency,
        "total_mb": round(total, 1),
        "busy_mb": settings.web_concurrency * BUSY_MB,
        "limit_mb": limit,
        # For each plan, the most workers that may all be busy with large pictures.
        "plans": {str(plan): _workers_in(plan, master, worker) for plan in PLANS_MB},
    }
    if limit is not None and total + settings.web_concurrency * BUSY_MB > limit:
        most = _workers_in(limit, master, worker)
        mend = f"Set WEB_CONCURRENCY={most}." if most else "Take a plan with more memory."
        what = (
            f"{settings.web_concurrency} × {worker:.0f} MB for workers, {BUSY_MB} MB more for each "
            f"that is busy with large pictures, and {master:.0f} MB for their master do not fit in "
            f"{limit:.0f} MB."
        )
        report.wrong.append(finding(what, mend))


def _workers_in(plan_mb: float, master_mb: float, worker_mb: float) -> int:
    return max(0, int((plan_mb - master_mb) // (worker_mb + BUSY_MB)))


def _memory_limit_mb() -> float | None:
    """What this machine has, or less where its container may not use it all; None if unknown."""
    found_bytes = []
    for path in MEMORY_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # there is none, or it says “max”
            found_bytes.append(int(Path(path).read_text()))
    with contextlib.suppress(OSError, ValueError):
        found_bytes.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return round(min(found_bytes) / 2**20, 1) if found_bytes else None


def _look_at_redis(report: Report, settings: Settings) -> None:
    url = settings.ratelimit_storage_uri
    if not settings.ratelimit_enabled or url == "memory://":
        return
    try:
        counts = RedisCounts(url)
    except ImportError as error:
        report.wrong.append(finding(f"{error}.", "pip install -r requirements.txt brings it."))
        return
    if not counts.connected.wait(REDIS_WITHIN_S):
        fault = counts.fault or f"nothing within {REDIS_WITHIN_S} s."
        mend = "Start it or set RATELIMIT_STORAGE_URI right; until then each worker counts alone."
        report.wrong.append(finding(f"Redis does not answer: {fault}", mend))
        return
    answer_ms = round(1000 * min(timeit.repeat(lambda: counts.add("nobody", 0, 1), number=1)), 1)
    report.facts["redis"] = {"answer_ms": answer_ms}
    if answer_ms > SLOW_REDIS_MS:
        what = f"Redis takes {answer_ms} ms to answer, and a worker's drawings wait for it in turn."
        mend = "Set RATELIMIT_STORAGE_URI to one nearby, or unset it: each counts alone then."
        report.advice.append(finding(what, mend))


def _look_at_disk(report: Report, settings: Settings, environ: Mapping[str, str]) -> None:
    instance = ROOT / "instance"
    folder = instance if instance.is_dir() else ROOT
    kind = _file_system(folder)
    is_ephemeral = kind in EPHEMERAL or any(name in environ for name in PLATFORMS)
    report.facts["disk"] = {
        "folder": str(folder),
        "writable": _can_write(folder),
        "file_system": kind,
        "ephemeral": is_ephemeral,
    }
    if is_ephemeral and not environ.get("SECRET_KEY", "").strip() and settings.secret_key:
        what = f"The secret is kept in {folder}, which does not outlive this container."
        report.advice.append(finding(what, "Set SECRET_KEY, or forms go stale at every deploy."))


def _can_write(folder: Path) -> bool:
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _file_system(folder: Path) -> str:
    """The kind of file system that `folder` is on, as the kernel calls it."""
    found = ("", "unknown")
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, place, kind, *_ = line.split()
            if folder.is_relative_to(place) and len(place) >= len(found[0]):
                found = (place, kind)
    return found[1]


def _look_at_platform(report: Report, settings: Settings, environ: Mapping[str, str]) -> None:
    for variable, (platform, proxies) in PLATFORMS.items():
        if variable not in environ:
            continue
        report.facts["platform"] = platform
        if settings.trusted_proxies == 0:
            what = f"{platform} has a proxy in front, and TRUSTED_PROXIES is 0: TLS goes unnoticed."
            report.wrong.append(finding(what, f"Set TRUSTED_PROXIES={proxies}."))
    if (
        settings.web_concurrency > 1
        and settings.ratelimit_enabled
        and settings.ratelimit_storage_uri == "memory://"
    ):
        what = "Each worker counts requests for itself: a client may send that many times more."
        report.advice.append(finding(what, "Set RATELIMIT_STORAGE_URI to a Redis, or let it be."))


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="All of it as one JSON object.")
@click.pass_context
@with_appcontext
def doctor(context: click.Context, as_json: bool) -> None:
    """Say what a deployment needs here and what is wrong. Exit code 1 if anything is."""
    report = examine()
    error = current_app.extensions.get("cannot_start")
    if error and not isinstance(error, SettingError | ModelError):  # which it has found itself
        mend = "If packages are missing: pip install -r requirements.txt. Else it is a bug."
        report.wrong.append(finding(f"The app does not start: {in_one_line(error)}", mend))
    if as_json:
        found = {"ok": not report.wrong, **vars(report)}
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        click.echo(as_text(report))
    context.exit(1 if report.wrong else 0)


def as_text(report: Report) -> str:
    facts = report.facts
    rows: list[tuple[str, str]] = []
    if model := facts.get("model"):
        rows.append(("Model", f"{model['path']}, sha256 {model['sha256'][:12]}"))
        rows += [("", line) for line in _description(model)]
    if memory := facts.get("memory"):
        sum_ = (
            f"{memory['master_mb']:.0f} MB for the master + {memory['workers']} × "
            f"{memory['worker_mb']:.0f} MB a worker = {memory['total_mb']:.0f} MB"
        )
        rows.append(("Memory", f"{sum_}, and up to {memory['busy_mb']} MB more for large pictures"))
        for plan, most in memory["plans"].items():
            fits = "fits" if most >= memory["workers"] else "does not fit"
            rows.append(("", f"{fits} a plan of {plan} MB, which has room for {most}"))
        if memory["limit_mb"] is not None:
            rows.append(("", f"there are {memory['limit_mb']:,.0f} MB here"))
    if speed := facts.get("speed"):
        rows.append(("Speed", f"{speed['start_s']} s from the start to the first reading"))
        rows.append(
            ("", f"warm-up {speed['warm_up_ms']} ms, then {speed['reading_ms']} ms a reading")
        )
    if redis := facts.get("redis"):
        rows.append(("Redis", f"answers in {redis['answer_ms']} ms"))
    disk = facts["disk"]
    writable = "can be written" if disk["writable"] else "cannot be written"
    lasts = "is gone with this container" if disk["ephemeral"] else "is kept"
    rows.append(("Disk", f"{disk['folder']} {writable} and {lasts} ({disk['file_system']})"))
    for at, (name, row) in enumerate(facts["settings"].items()):
        mark = "" if row["ok"] else "   ← wrong"
        value = int(row["value"]) if isinstance(row["value"], bool) else row["value"]
        origin = "" if row["from"] == "default" else f"   ({row['from']})"
        rows.append(("" if at else "Settings", f"{name:<22} {value}{origin}{mark}"))
    lines = [f"{title:<10}{text}" for title, text in rows]
    for title, findings in (("Wrong", report.wrong), ("Could be better", report.advice)):
        for one in findings:
            lines += ["", f"{title}: {one['what']}", f"  → {one['mend']}"]
    verdict = f"{len(report.wrong)} to mend." if report.wrong else "Nothing is wrong."
    return "\n".join([*lines, "", verdict])


def _description(model: dict[str, Any]) -> list[str]:
    """What the card says for show, in a line each."""
    network = model["network"]
    try:
        made = f"{network.get('name', 'a network')} of {network.get('parameters', 0):,} parameters"
        size = f"{model['bytes'] / 1000:,.0f} kB"
        return [f"{made}, {size}, made {model['made']}", *_figures(model["figures"])]
    except (KeyError, TypeError, ValueError):
        return ["what its card says of it has another shape than ours"]


def _figures(figures: dict[str, Any]) -> list[str]:
    """The card's figures in a line each: how often it is right, or takes what is no digit."""
    shown = []
    for name, row in figures.items():
        if "accuracy" in row:
            shown.append(f"{name}: {100 * row['accuracy']:.2f} % right of {row['count']:,}")
        elif "passes_as_digit" in row:
            share = 100 * row["passes_as_digit"]
            shown.append(f"{name}: {share:.2f} % taken for digits of {row['count']:,}")
    return shown


def in_one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


class Waiting(AppGroup):
    """The commands of an app that cannot start: `doctor`, and for any other the reason."""

    def __init__(self, error: Exception) -> None:
        super().__init__(commands=[doctor])
        self.error = error

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return super().get_command(context, name) or refuse(self.error)


def waiting_room(error: Exception) -> Flask | None:
    """An app for `flask --app app doctor` to be found in, when there is no other.

    None when somebody wants the app itself, to serve it.
    """
    context = click.get_current_context(silent=True)
    if context is None or not isinstance(context.command, FlaskGroup):
        return None
    app = Flask("app")
    app.cli = Waiting(error)
    app.extensions["cannot_start"] = error
    return app

"""`flask --app app doctor`: what it measures, what it finds wrong, and what it keeps to itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.config import ROOT, table
from app.counts import RedisCounts
from app.ops import doctor
from app.ops.doctor import SLOW_REDIS_MS, Report, as_text, examine
from app.ops.measure import measure_worker
from tests.conftest import SHIPPED
from tests.redis_server import running_redis
from tests.serving import free_port

SECRET = "for the tests alone"
PASSWORD = "hunter2hunter2"
FIGURES = {
    "master_mb": 26.0,
    "worker_mb": 72.0,
    "start_s": 0.7,
    "warm_up_ms": 1.0,
    "reading_ms": 1.1,
}


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as the README has it, or another, in a process of its own."""
    command = [sys.executable, "-m", "flask", "--app", "app", *(words or ("doctor", "--json"))]
    own = {**os.environ, "SECRET_KEY": SECRET, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=own, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What measuring would have found, without the seconds that it takes."""
    figures = dict(FIGURES)
    monkeypatch.setattr(doctor, "measure_worker", lambda *_: figures)
    monkeypatch.setattr(doctor, "_memory_limit_mb", lambda: None)
    return figures


def healthy(**environment: str) -> Report:
    return examine({"SECRET_KEY": SECRET, **environment})


def test_a_healthy_deployment_is_measured_and_described() -> None:
    """Exit code 0; memory now, per worker and in total; the model and its card's figures; times;
    the disk; every setting."""
    storage = f"redis://:{PASSWORD}@localhost:6379/0"
    done = run(WEB_CONCURRENCY="2", RATELIMIT_ENABLED="0", RATELIMIT_STORAGE_URI=storage)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["ok"]
    memory, model = found["facts"]["memory"], found["facts"]["model"]
    assert 10 < memory["master_mb"] < memory["worker_mb"]
    assert memory["total_mb"] == pytest.approx(memory["master_mb"] + 2 * memory["worker_mb"], abs=1)
    assert memory["plans"]["256"] < memory["plans"]["512"]
    card = json.loads(SHIPPED.with_suffix(".json").read_text())
    assert model["sha256"] == card["files"][SHIPPED.name]["sha256"]
    assert model["figures"] == card["figures"]
    assert found["facts"]["speed"]["reading_ms"] > 0
    assert found["facts"]["speed"]["start_s"] > 0
    assert found["facts"]["disk"]["writable"] is True
    assert found["facts"]["settings"]["WEB_CONCURRENCY"] == {
        "value": 2, "from": "environment", "ok": True,
    }  # fmt: skip
    assert set(found["facts"]["settings"]) == set(table())
    assert SECRET not in done.stdout
    assert PASSWORD not in done.stdout


def test_it_works_when_nothing_else_does(tmp_path: Path) -> None:
    """Wrong settings and no model at once: all are found, each with what to do; exit code 1."""
    done = run(
        INKLING_ENV="production", SECRET_KEY="", PORT="http", MODEL_PATH=str(tmp_path / "a.tflite")
    )
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert not found["ok"]
    told = [row["what"].split()[0] for row in found["wrong"]]
    assert sorted(told) == ["PORT", "SECRET_KEY", "There"]
    assert all(row["mend"] for row in found["wrong"])
    assert found["facts"]["settings"]["PORT"] == {"value": 8000, "from": "environment", "ok": False}


@pytest.mark.usefixtures("measured")
def test_a_number_of_workers_that_is_empty_is_wrong() -> None:
    """Any other setting may be; gunicorn does not start with this one."""
    report = healthy(WEB_CONCURRENCY="", PORT="")
    assert [row["what"].split()[0] for row in report.wrong] == ["WEB_CONCURRENCY"]


def test_what_nobody_thought_of_is_found_too(tmp_path: Path) -> None:
    """A package that breaks: the doctor says so in one line, and is not kept out by it. Any other
    command has the traceback."""
    (tmp_path / "secure.py").write_text("raise RuntimeError('this is\\nbroken')")
    done = run(PYTHONPATH=str(tmp_path))
    assert done.returncode == 1, done.stderr
    told = [row["what"] for row in json.loads(done.stdout)["wrong"]]
    assert "The app does not start: RuntimeError: this is broken" in told
    other = run("read", "seven.png", PYTHONPATH=str(tmp_path))
    assert "Traceback" in other.stderr
    assert other.returncode != 0


def test_a_redis_that_does_not_answer_is_found(measured: dict[str, Any]) -> None:
    """With its fault, and without its password; where nothing is counted, it is not asked."""
    url = f"redis://:{PASSWORD}@127.0.0.1:{free_port()}"
    (wrong,) = healthy(RATELIMIT_STORAGE_URI=url).wrong
    assert wrong["what"].startswith("Redis does not answer: Error ")
    assert "RATELIMIT_STORAGE_URI" in wrong["mend"]
    assert PASSWORD not in str(wrong)
    assert not healthy(RATELIMIT_STORAGE_URI=url, RATELIMIT_ENABLED="0").wrong


@pytest.mark.usefixtures("measured", "redis_may_take_its_time")
def test_a_redis_that_answers_is_no_finding() -> None:
    """Asked as a server asks it; how long it takes is told."""
    with running_redis(port := free_port()):
        report = healthy(RATELIMIT_STORAGE_URI=f"redis://127.0.0.1:{port}")
    assert not report.wrong
    answer_ms = report.facts["redis"]["answer_ms"]
    assert f"answers in {answer_ms} ms" in as_text(report)
    assert bool(report.advice) == (answer_ms > SLOW_REDIS_MS)


@pytest.mark.usefixtures("measured", "redis_may_take_its_time")
def test_a_redis_far_away_is_advised_against(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawings would wait for it, one after another."""
    ask = RedisCounts._ask

    def ask_from_afar(*question: Any) -> tuple[int, float]:
        time.sleep(2 * SLOW_REDIS_MS / 1000)
        return ask(*question)

    monkeypatch.setattr(RedisCounts, "_ask", ask_from_afar)
    with running_redis(port := free_port()):
        report = healthy(RATELIMIT_STORAGE_URI=f"redis://127.0.0.1:{port}")
    (advice,) = report.advice
    assert advice["what"].startswith(f"Redis takes {report.facts['redis']['answer_ms']} ms")


def test_a_truncated_model_is_found(tmp_path: Path) -> None:
    """The file that is not its card's is named, and how to get the right one."""
    path = Path(shutil.copy(SHIPPED, tmp_path))
    shutil.copy(SHIPPED.with_suffix(".json"), tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    (wrong,) = healthy(MODEL_PATH=str(path)).wrong
    assert f"{path} is not the file" in wrong["what"]
    assert "git checkout models" in wrong["mend"]


@pytest.mark.parametrize(
    "odd",
    [
        {"made": "2026", "network": None, "figures": [1]},
        {"network": {"parameters": "many"}},
        {"figures": {"mnist test": 1}},
        {"figures": {"mnist test": {"accuracy": "all"}}},
    ],
)
def test_a_card_that_says_odd_things_is_no_obstacle(
    measured: dict[str, Any], no_network: Path, odd: dict[str, Any]
) -> None:
    """What is only for show keeps neither a server from its start nor the doctor from its say."""
    card = no_network.with_suffix(".json")
    card.write_text(json.dumps({**json.loads(card.read_text()), **odd}))
    report = healthy(MODEL_PATH=str(no_network))
    assert not report.wrong
    assert str(no_network) in as_text(report)


def test_a_worker_that_cannot_run_is_found(tmp_path: Path) -> None:
    """What only running it shows, a file that is no network, is reported and no traceback."""
    path = tmp_path / "fake.tflite"
    path.write_text("not a network")
    shutil.copy(SHIPPED.with_suffix(".json"), path.with_suffix(".json"))
    error = measure_worker(path, 1)["error"]
    assert str(path) in error
    assert "\n" not in error


@pytest.mark.parametrize(
    ("workers", "limit_mb", "mend"),
    [("1", 256.0, None), ("3", 256.0, "WEB_CONCURRENCY=1"), ("1", 150.0, "more memory")],
)
def test_what_does_not_fit_the_container_is_found(
    measured: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    workers: str,
    limit_mb: float,
    mend: str | None,
) -> None:
    """Workers, their master and a large picture must fit; else it says how many would."""
    monkeypatch.setattr(doctor, "_memory_limit_mb", lambda: limit_mb)
    wrong = healthy(WEB_CONCURRENCY=workers).wrong
    assert (mend in wrong[0]["mend"]) if mend else not wrong


@pytest.mark.parametrize(
    ("limit", "pages", "found_mb"),
    [
        (None, 55_296, 216.0),
        ("max", 55_296, 216.0),
        ("268435456", 4_194_304, 256.0),
        ("9223372036854771712", 131_072, 512.0),
        (None, None, None),
    ],
)
def test_the_memory_of_a_container_or_of_the_machine_is_what_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str | None,
    pages: int | None,
    found_mb: float | None,
) -> None:
    """The smaller of the two: a VM has no container around it, and a container may have less than
    its machine."""
    if limit:
        (tmp_path / "memory.max").write_text(f"{limit}\n")
    monkeypatch.setattr(doctor, "MEMORY_LIMITS", (tmp_path / "memory.max",))
    known = {"SC_PHYS_PAGES": pages, "SC_PAGE_SIZE": 4096} if pages else {}

    def sysconf(name: str) -> int:
        if name not in known:
            raise ValueError(name)
        return known[name]

    monkeypatch.setattr(os, "sysconf", sysconf)
    assert doctor._memory_limit_mb() == found_mb


@pytest.mark.parametrize(
    ("variable", "proxies"), [("DYNO", "1"), ("RENDER", "2"), ("FLY_APP_NAME", "2")]
)
def test_a_platform_whose_proxy_is_not_counted_is_found(
    measured: dict[str, Any], variable: str, proxies: str
) -> None:
    """On a known platform TRUSTED_PROXIES is missed, by its value in that platform's file."""
    (wrong,) = healthy(**{variable: "x"}).wrong
    assert wrong["mend"] == f"Set TRUSTED_PROXIES={proxies}."
    good = healthy(**{variable: "x"}, TRUSTED_PROXIES=proxies)
    assert not good.wrong
    assert not good.advice
    assert good.facts["disk"]["ephemeral"]


def test_on_a_platform_it_judges_what_the_procfile_starts(measured: dict[str, Any]) -> None:
    """A shell there lacks the settings before the Procfile's command: they count all the same."""
    report = examine({"DYNO": "run.1", "TRUSTED_PROXIES": "1"})
    assert report.facts["settings"]["INKLING_ENV"] == {
        "value": "production", "from": "Procfile", "ok": True,
    }  # fmt: skip
    (wrong,) = report.wrong
    assert wrong["what"].startswith("SECRET_KEY must be set in production")


def test_what_could_be_better_is_no_failure(measured: dict[str, Any]) -> None:
    """Limits counted by each worker are worth a word, and nothing is wrong."""
    report = healthy(WEB_CONCURRENCY="2")
    assert not report.wrong
    assert "Each worker counts" in report.advice[0]["what"]


def test_a_read_only_folder_is_seen() -> None:
    """Trying tells, even root, who may write everywhere else."""
    assert doctor._can_write(Path(tempfile.gettempdir()))
    assert not doctor._can_write(Path("/proc"))


def test_the_text_says_what_the_json_says(measured: dict[str, Any], app: Flask) -> None:
    """A person reads the same: memory, plans, figures, settings, what is wrong and its mending."""
    report = healthy(WEB_CONCURRENCY="2", PORT="http", ALLOWED_HOSTS="a.example,b.example")
    text = as_text(report)
    assert "26 MB for the master + 2 × 72 MB a worker = 170 MB" in text
    assert "does not fit a plan of 256 MB, which has room for 1" in text
    assert "fits a plan of 512 MB, which has room for 2" in text
    assert "mnist test: 99." in text
    assert "a.example,b.example   (environment)" in text
    assert "PORT must be a whole number" in text
    assert "→ Set PORT to" in text
    assert text.endswith("1 to mend.")
    assert SECRET not in text
    shown = app.test_cli_runner().invoke(args=["doctor"], env={"SECRET_KEY": SECRET})
    assert shown.exit_code == 0
    assert shown.output.endswith("Nothing is wrong.\n")

"""How a start goes: it answers, or it says why not in one line and ends."""

from __future__ import annotations

import http.client
import json
import os
import re
import runpy
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask

from app import CANNOT_START
from app.config import MOST_WAITING, ROOT
from app.predict.openapi import EXAMPLE_STROKES
from tests.conftest import SHIPPED
from tests.serving import answers, eventually, free_port, serving, started

SECRET = "for the tests alone"
GUNICORN = ("gunicorn", "app:create_app()")
FLASK_READ = ("flask", "--app", "app", "read", "seven.png")
FLASK_RUN = ("flask", "--app", "app", "run", "--port", "0")


def start(command: tuple[str, ...], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that is expected to end by itself."""
    own = {**os.environ, "SECRET_KEY": SECRET, "PORT": str(free_port()), **environment}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT, env=own, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


APP = ("app",)


@pytest.mark.parametrize("command", [APP, GUNICORN])
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"HOST": "203.0.113.7"}, "HOST 203.0.113.7 is no address of this machine."),
        ({"HOST": "nowhere.invalid"}, "HOST nowhere.invalid is not known here"),
        ({"PORT": "in use"}, "PORT {port} is in use at 127.0.0.1."),
        ({"MODEL_PATH": "~/gone.tflite"}, "There is no model at {home}/gone.tflite."),
    ],
    ids=["not here", "not known", "in use", "no model"],
)
def test_a_place_where_nobody_can_listen_ends_the_start(
    command: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    """One line names the setting and says why; the exit code is no 0."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = start(
            command, **{**environment, **({"PORT": str(port)} if "PORT" in environment else {})}
        )
    assert done.returncode == CANNOT_START
    (line,) = [line for line in done.stderr.splitlines() if "Starting gunicorn" not in line]
    assert line.startswith(f"Inkling cannot start. {said.format(port=port, home=Path.home())}")


WITHOUT_UNIX = """
import os, sys
del os.fork
sys.modules.update(dict.fromkeys(("fcntl", "pwd", "resource", "grp", "termios")))
"""


def test_it_starts_where_there_is_no_unix(tmp_path: Path) -> None:
    """As on Windows: without `fork` and the modules that only Unix has, a drawing is read."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_UNIX)
    port = free_port()
    own = {
        **os.environ, "SECRET_KEY": SECRET, "PORT": str(port), "PYTHONPATH": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    log = tmp_path / "log"
    with started([sys.executable, "-m", "app"], port, log, own) as server:
        assert read_a_seven(server.url) == 7
        assert server.workers == []
    assert f"Inkling is ready: http://127.0.0.1:{port}" in log.read_text()


def test_the_module_starts_gunicorn_where_there_is_fork(tmp_path: Path) -> None:
    """With the workers that the settings want."""
    port = free_port()
    own = {**os.environ, "SECRET_KEY": SECRET, "PORT": str(port), "WEB_CONCURRENCY": "2"}
    log = tmp_path / "log"
    with started([sys.executable, "-m", "app"], port, log, own) as server:
        assert read_a_seven(server.url) == 7
        eventually(lambda: len(server.workers) == 2)
    assert f"Inkling is ready: http://127.0.0.1:{port}" in log.read_text()


def read_a_seven(url: str) -> int:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        body = json.dumps({"strokes": EXAMPLE_STROKES})
        connection.request("POST", "/api/predict", body, {"Content-Type": "application/json"})
        return int(json.loads(connection.getresponse().read())["digit"])


@pytest.mark.parametrize(
    ("command", "environment", "names"),
    [
        (GUNICORN, {"PORT": "http"}, ["PORT"]),
        (GUNICORN, {"INKLING_ENV": "production", "SECRET_KEY": ""}, ["SECRET_KEY"]),
        (GUNICORN, {"WEB_CONCURRENCY": "0", "LOG_LEVEL": "loud"}, ["WEB_CONCURRENCY", "LOG_LEVEL"]),
        (GUNICORN, {"SECRET_KEY": "sixteen letters \udcff"}, ["SECRET_KEY"]),
        (FLASK_READ, {"THREADS": "0"}, ["THREADS"]),
        (FLASK_READ, {"RATELIMIT_STORAGE_URI": "redis://a?db=b"}, ["RATELIMIT_STORAGE_URI"]),
        (FLASK_RUN, {"INKLING_ENV": "production", "SECRET_KEY": "short"}, ["SECRET_KEY"]),
    ],
)
def test_a_wrong_setting_ends_the_start(
    command: tuple[str, ...], environment: dict[str, str], names: list[str]
) -> None:
    """One line for each wrong setting and nothing else: no traceback, no worker started."""
    done = start(command, **environment)
    assert done.returncode == CANNOT_START
    lines = done.stderr.removeprefix("Inkling cannot start. ").splitlines()
    assert [line.split()[0] for line in lines] == names
    assert done.stdout == ""


def test_gunicorn_itself_refuses_a_number_of_workers_that_is_none() -> None:
    """gunicorn reads WEB_CONCURRENCY before anything of ours runs; its error has the name too."""
    done = start(GUNICORN, WEB_CONCURRENCY="two")
    assert done.returncode != 0
    assert "WEB_CONCURRENCY" in done.stderr


def spoil(path: Path, how: str) -> str:
    """Damage a model and its card; what the start should say of it."""
    if how == "missing":
        path.unlink()
        return f"There is no model at {path}."
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:100_000])
        return f"{path} is not the file that its card"
    if how == "another":
        shutil.copy(SHIPPED.with_suffix(".h5"), path)
        return f"{path} is not the file that its card"
    card = path.with_suffix(".json")
    if how == "no card":
        card.unlink()
    else:
        card.write_text(how)
    return f"{card}, the model's card, cannot be read"


@pytest.mark.parametrize("command", [GUNICORN, FLASK_READ])
@pytest.mark.parametrize(
    "how",
    [
        "missing",
        "truncated",
        "another",
        "no card",
        "[]",
        '{"files": 1}',
        '{"files": {}, "thresholds": {"digit": "x", "pair": 0.9}}',
    ],
)
def test_a_damaged_model_ends_the_start(tmp_path: Path, command: tuple[str, ...], how: str) -> None:
    """One line says which file and what to do, with two workers too; the process ends."""
    path = Path(shutil.copy(SHIPPED, tmp_path))
    shutil.copy(SHIPPED.with_suffix(".json"), tmp_path)
    said = spoil(path, how)
    done = start(command, MODEL_PATH=str(path), WEB_CONCURRENCY="2")
    assert done.returncode == CANNOT_START
    assert done.stderr.startswith(f"Inkling cannot start. {said}")
    assert len(done.stderr.splitlines()) == 1


def test_a_worker_that_cannot_start_is_not_started_for_ever(no_network: Path) -> None:
    """What only a worker finds out, a file that is no network, ends gunicorn as well."""
    done = start(GUNICORN, MODEL_PATH=str(no_network))
    assert done.returncode == CANNOT_START
    assert f"Inkling cannot start. {no_network} cannot be used as a model" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("Booting worker") == 1


def gunicorn_config(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, object]:
    """What gunicorn reads in its configuration file."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # which it sets, and which must not stay set
    for name, value in {"SECRET_KEY": SECRET, **environment}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_it_starts_where_nobody_listens_to_what_it_says(closed: str) -> None:
    """Some supervisors start a process without an output; its number may be a socket's then."""
    code = "import os; from app import create_app; create_app(); os._exit(7)"
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, code],
        cwd=ROOT, env={**os.environ, "SECRET_KEY": SECRET}, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 7


def test_gunicorn_gets_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting that is gunicorn's to follow is what gunicorn is told."""
    config = gunicorn_config(
        monkeypatch, HOST="::", PORT="81", WEB_CONCURRENCY="3", THREADS="5", TIMEOUT_S="61",
        GRACEFUL_TIMEOUT_S="7", MAX_REQUESTS="900", LOG_LEVEL="warning",
    )  # fmt: skip
    expected = {
        "bind": "[::]:81", "workers": 3, "timeout": 61, "graceful_timeout": 7,
        "max_requests": 900, "max_requests_jitter": 90, "loglevel": "warning",
    }  # fmt: skip
    assert {name: config[name] for name in expected} == expected
    assert config["threads"] > 5 + MOST_WAITING  # a drawing finds one free
    assert not config["preload_app"]


def test_the_master_stays_light() -> None:
    """gunicorn's master reads its configuration without Flask, NumPy, Pillow or LiteRT."""
    code = (
        "import runpy, sys; runpy.run_path('gunicorn.conf.py');"
        "print([m for m in ('flask', 'numpy', 'PIL', 'ai_edge_litert') if m in sys.modules])"
    )
    own = {**os.environ, "SECRET_KEY": SECRET}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=own, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


Visit = tuple[str, str]  # the session cookie and the token in the page's form


def visit(url: str) -> Visit:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
        cookie = answer.headers["Set-Cookie"].split(";")[0]
    assert token is not None
    return cookie, token[1]


def form(token: str) -> str:
    return urlencode({"strokes": json.dumps(EXAMPLE_STROKES), "csrf_token": token})


FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def sends(url: str, seen: Visit) -> int:
    """The status that the page's form gets, on a connection of its own."""
    cookie, token = seen
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        connection.request("POST", "/predict", form(token), {**FORM, "Cookie": cookie})
        return connection.getresponse().status


def test_deployments_and_workers_with_one_secret_know_each_others_visitors(
    tmp_path: Path, app: Flask
) -> None:
    """A page opened at one server is good at another, at each worker, and after a restart; and
    not where the secret is another."""
    with serving(tmp_path / "a", WEB_CONCURRENCY="2") as one, serving(tmp_path / "b") as other:
        seen_here, seen_there = visit(one), visit(other)
        assert [sends(one, seen_there) for _ in range(6)] == [200] * 6
        assert sends(other, seen_here) == 200
    with serving(tmp_path / "c") as restarted:
        assert sends(restarted, seen_here) == 200
    cookie, token = seen_here
    foreign = app.test_client(use_cookies=False).post(
        "/predict", data=form(token), headers={**FORM, "Cookie": cookie}
    )
    assert foreign.json["error"]["code"] == "csrf_expired"


def test_renewed_workers_lose_no_request(tmp_path: Path) -> None:
    """With a worker renewed every ten requests, all of forty are answered."""
    log = tmp_path / "log"
    with serving(log, MAX_REQUESTS="10", WEB_CONCURRENCY="2") as url:
        seen = visit(url)
        assert [sends(url, seen) for _ in range(40)] == [200] * 40
    assert log.read_text().count("Booting worker") > 2


def test_a_worker_is_not_renewed_at_the_pace_of_the_slowest_phone(tmp_path: Path) -> None:
    """Nobody is served while the only worker waits for half a picture: its connection is closed."""
    with serving(tmp_path / "log", MAX_REQUESTS="10", GRACEFUL_TIMEOUT_S="60") as url:
        place = urlsplit(url)
        with socket.create_connection((place.hostname, place.port), timeout=20) as phone:
            phone.sendall(b"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n")
            phone.sendall(b"Content-Length: 9000\r\n\r\nhalf of it")
            # Half a picture has a minute; to start the next worker takes a machine its time.
            assert all(answers(url, within_s=30) for _ in range(15))
            assert phone.recv(5000) == b""

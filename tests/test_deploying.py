"""What deploys Inkling is run, as far as a test can: each file's command, settings and steps."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import CANNOT_START
from app.config import ROOT, read_settings, table
from server.memory import SMALL_THREADS
from tests.serving import free_port, started

SECRET = "for the tests alone"
# Programs of the environment that the tests run in, then the system's.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
NOT_OURS = {"PATH", "PYTHONUNBUFFERED"}  # what a Dockerfile sets that is no setting of Inkling's


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def split(command: str) -> tuple[dict[str, str], list[str]]:
    """A shell's command line as the settings before it and the words of the command."""
    words = shlex.split(command)
    count = next(at for at, word in enumerate(words) if not re.match(r"[A-Z_]+=", word))
    return dict(word.split("=", 1) for word in words[:count]), words[count:]


def procfile() -> str:
    """The command of the only process in the Procfile."""
    (line,) = text_of("Procfile").splitlines()
    assert line.startswith("web: ")
    return line.removeprefix("web: ")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's last stage, as instructions and what follows them."""
    lines = text_of("Dockerfile").replace("\\\n", " ").splitlines()
    parts = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    stages = [at for at, (name, _) in enumerate(parts) if name == "FROM"]
    return [(name, rest.strip()) for name, rest in parts[stages[-1] :]]


def said(wanted: str) -> list[str]:
    """What follows each instruction of that name."""
    return [rest for name, rest in instructions() if name == wanted]


def docker_environment() -> dict[str, str]:
    return dict(word.split("=", 1) for rest in said("ENV") for word in shlex.split(rest))


def environments() -> dict[str, dict[str, Any]]:
    """For each file, the settings that it gives: None where the platform makes a value."""
    heroku, (render,) = (
        json.loads(text_of("app.json")),
        yaml.safe_load(text_of("render.yaml"))["services"],
    )
    docker = {name: v for name, v in docker_environment().items() if name not in NOT_OURS}
    return {
        "Procfile": split(procfile())[0],
        "app.json": split(procfile())[0]
        | {name: row.get("value") for name, row in heroku["env"].items()},
        "render.yaml": split(render["startCommand"])[0]
        | {row["key"]: row.get("value") for row in render["envVars"]},
        "fly.toml": docker | tomllib.loads(text_of("fly.toml"))["env"],
        "Dockerfile": docker,
    }


@pytest.mark.parametrize("name", ["Procfile", "app.json", "render.yaml", "fly.toml", "Dockerfile"])
def test_the_settings_in_each_file_are_known_and_right(name: str) -> None:
    """With the secret that is still to come, each file's settings start a server for others."""
    given = dict(environments()[name])
    assert given.pop(SMALL_THREADS[0]) == SMALL_THREADS[1]  # of the C library
    assert set(given) <= set(table())
    by_platform = {"SECRET_KEY": SECRET, "DATABASE_URL": "postgres://me:p@db/rooms"}
    made = {key: by_platform[key] if value is None else value for key, value in given.items()}
    values, problems = read_settings({"SECRET_KEY": SECRET, **made})
    assert problems == {}
    assert values["inkling_env"] == "production"
    assert values["host"] == "0.0.0.0"  # noqa: S104 - others are meant to reach it
    assert "SECRET_KEY" not in given or given["SECRET_KEY"] is None  # never one in a file


def test_each_platform_says_how_many_proxies_it_has() -> None:
    """What needs TLS switches on where the platform's proxy says that there is TLS, only there."""
    with_proxies = {name for name, given in environments().items() if "TRUSTED_PROXIES" in given}
    assert with_proxies == {"app.json", "render.yaml", "fly.toml"}
    assert tomllib.loads(text_of("fly.toml"))["http_service"]["force_https"]


def test_secrets_are_made_by_the_platforms_that_can() -> None:
    """Heroku and Render make the SECRET_KEY themselves."""
    assert json.loads(text_of("app.json"))["env"]["SECRET_KEY"]["generator"] == "secret"
    (service,) = yaml.safe_load(text_of("render.yaml"))["services"]
    assert {"key": "SECRET_KEY", "generateValue": True} in service["envVars"]


def test_a_disk_that_does_not_last_comes_with_a_database() -> None:
    """Rooms would vanish with a free dyno's disk."""
    assert json.loads(text_of("app.json"))["addons"] == ["heroku-postgresql:essential-0"]
    (service,) = yaml.safe_load(text_of("render.yaml"))["services"]
    (database,) = yaml.safe_load(text_of("render.yaml"))["databases"]
    source = {"name": database["name"], "property": "connectionString"}
    assert {"key": "DATABASE_URL", "fromDatabase": source} in service["envVars"]


def test_there_is_one_way_to_start() -> None:
    """Render's and Docker's commands are the Procfile's, with the same settings before it."""
    (service,) = yaml.safe_load(text_of("render.yaml"))["services"]
    assert service["startCommand"] == procfile()
    (command,) = said("CMD")
    assert (environments()["Dockerfile"], json.loads(command)) == split(procfile())
    fly = tomllib.loads(text_of("fly.toml"))
    assert fly["build"] == {"dockerfile": "Dockerfile"}
    assert "processes" not in fly
    assert f"EXPOSE {fly['http_service']['internal_port']}" in text_of("Dockerfile")
    assert str(fly["http_service"]["internal_port"]) == table()["PORT"].default


def test_the_pages_say_what_is_so() -> None:
    """docs/deploying.md has the Procfile's command, alone and as a systemd unit, and names no
    setting that there is not; the README has a line for each place and the way to that page."""
    page, readme = text_of("docs/deploying.md"), text_of("README.md")
    assert f"\n{procfile()}\n" in page
    given, command = split(procfile())
    environment = re.search(r"^Environment=(.*)$", page, re.MULTILINE)
    exec_start = re.search(r"^ExecStart=(.*)$", page, re.MULTILINE)
    assert environment is not None
    assert exec_start is not None
    assert dict(word.split("=", 1) for word in environment[1].split()) == given
    program, *arguments = shlex.split(exec_start[1])
    assert [Path(program).name, *arguments] == command
    assert f"RestartPreventExitStatus={CANNOT_START}" in page
    named = set(re.findall(r"\b([A-Z][A-Z_]+)=", page)) | set(re.findall(r"`([A-Z_]+)`", page))
    assert named <= {*table(), SMALL_THREADS[0]}
    assert "(docs/deploying.md)" in readme
    for place in ("Heroku", "Render", "Fly", "Railway", "Docker", "Hugging Face", "Raspberry Pi"):
        assert re.search(rf"^## .*{place}", page, re.MULTILINE), place
        assert re.search(rf"^- \*\*.*{place}", readme, re.MULTILINE), place


def test_a_space_finds_what_it_asks_for() -> None:
    """The README's first lines name Docker and the port that the image listens at; the user is
    1000. Port and front matter are what Hugging Face reads."""
    front_matter = text_of("docs/deploying.md").split("```yaml\n---\n")[1].split("---\n```")[0]
    space = yaml.safe_load(front_matter)
    assert space["sdk"] == "docker"
    assert str(space["app_port"]) == table()["PORT"].default
    assert f"EXPOSE {space['app_port']}" in text_of("Dockerfile")
    assert any(re.match(r"useradd .*--uid 1000 ", step) for step in said("RUN"))


def test_a_development_container_has_what_make_run_needs() -> None:
    """Python as elsewhere, a make target that there is, and the port of the page."""
    container = json.loads(text_of(".devcontainer/devcontainer.json"))
    assert container["image"].endswith(f"/python:{text_of('.python-version').strip()}")
    assert container["forwardPorts"] == [int(table()["PORT"].default)]
    make, *targets = shlex.split(container["onCreateCommand"])
    asked = subprocess.run([make, "--dry-run", *targets], cwd=ROOT, check=False)
    assert asked.returncode == 0


def test_the_commands_for_windows_are_in_the_readme() -> None:
    """There is no make: the same files by hand."""
    (block,) = re.findall(r"```\n(py -m venv .*?)```", text_of("README.md"), re.DOTALL)
    _, install, start = block.splitlines()
    assert (ROOT / install.split()[-1]).is_file()
    assert start.split() == [r".venv\Scripts\python", "-m", "app"]


def test_a_stop_is_given_the_time_that_it_takes() -> None:
    """Whoever kills what does not stop waits longer than Inkling lets its answers take."""
    page, readme, fly = text_of("docs/deploying.md"), text_of("README.md"), text_of("fly.toml")
    waits_s = [
        int(found[1]) if (found := re.search(pattern, text)) else 0
        for pattern, text in (
            (r"docker run .*--stop-timeout (\d+)", page),
            (r"docker run .*--stop-timeout (\d+)", readme),
            (r"(?m)^TimeoutStopSec=(\d+)$", page),
            (r'(?m)^kill_timeout = "(\d+)s"$', fly),
        )
    ]
    assert min(waits_s) > int(table()["GRACEFUL_TIMEOUT_S"].default)


def test_one_version_of_python_is_named() -> None:
    """.python-version and both stages of the Dockerfile say the same, which pyproject allows."""
    version = text_of(".python-version").strip()
    assert (
        re.findall(r"^FROM python:(\S+)-slim", text_of("Dockerfile"), re.MULTILINE) == [version] * 2
    )
    least = tomllib.loads(text_of("pyproject.toml"))["project"]["requires-python"]
    assert [int(part) for part in version.split(".")] >= [
        int(part) for part in least.removeprefix(">=").split(".")
    ]


def test_the_procfile_command_is_run_and_answers(tmp_path: Path) -> None:
    """A shell runs it with PORT and SECRET_KEY alone, and the page is there."""
    port = free_port()
    own = {"PATH": PATH, "PORT": str(port), "SECRET_KEY": SECRET}
    with started(["sh", "-c", procfile()], port, tmp_path / "log", own):
        pass  # it answered


def ignored(path: Path) -> bool:
    """Whether .dockerignore keeps a file from the builder; the last line that fits decides."""
    verdict = False
    for line in text_of(".dockerignore").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = (
            re.escape(line.removeprefix("!")).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
        )
        names = [path.as_posix(), *(parent.as_posix() for parent in path.parents)]
        if any(re.fullmatch(pattern, name) for name in names if name != "."):
            verdict = not line.startswith("!")
    return verdict


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the Dockerfile's last stage copies into its own, and no more."""
    folder = tmp_path_factory.mktemp("image")
    for rest in said("COPY"):
        if rest.startswith("--from="):
            continue
        *sources, target = rest.split()
        for path in (found for source in sources for found in ROOT.glob(source)):
            whole = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
            for file in whole:
                if not ignored(file.relative_to(ROOT)):
                    inside = Path(path.name) if target.endswith("/") else Path()
                    place = folder / target / inside / file.relative_to(path)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(file, place)
    return folder


def run(command: str, folder: Path, **environment: str) -> int:
    own = {**docker_environment(), **environment, "PATH": PATH}
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=own, check=False, timeout=60)
    return done.returncode


def test_the_image_holds_what_serving_needs_and_no_more(image: Path) -> None:
    """No tests, no training code, no .h5, no history, no secret; and every source was there."""
    assert {path.name for path in image.iterdir()} >= {"app", "models", "static", "templates"}
    names = [path.relative_to(image).as_posix() for path in image.rglob("*")]
    assert not [
        name for name in names
        if re.search(r"\.h5$|\.git|^tests|^training|instance|\.venv|__pycache__|notebooks", name)
    ]  # fmt: skip
    for rest in said("COPY"):
        for source in rest.split()[:-1]:
            assert source.startswith(("--from=", "/venv")) or list(ROOT.glob(source)), source


def test_the_dockers_steps_run_in_a_clean_folder(image: Path, tmp_path: Path) -> None:
    """What it runs besides pip and useradd succeeds; its command answers, and its health check
    tells a server that is up from one that is down."""
    for step in said("RUN"):
        if not re.match(r"useradd|.*pip", step):
            assert run(step, image) == 0, step
    (health,) = said("HEALTHCHECK")
    check = health.split(" CMD ", 1)[1]
    port = free_port()
    own = docker_environment() | {"PATH": PATH, "PORT": str(port), "SECRET_KEY": SECRET}
    with started(json.loads(said("CMD")[0]), port, tmp_path / "log", own, image):
        assert run(check, image, PORT=str(port)) == 0
    assert run(check, image, PORT=str(port)) != 0


def test_the_image_installs_what_is_pinned() -> None:
    """The first stage installs requirements.txt, which reaches the builder."""
    assert "pip install --no-cache-dir -r requirements.txt" in text_of("Dockerfile")
    assert not ignored(Path("requirements.txt"))


def test_the_image_does_not_run_as_root() -> None:
    """The user is made and set before the command."""
    (user,) = said("USER")
    assert user not in ("root", "0")
    assert any(step.startswith("useradd") and step.endswith(user) for step in said("RUN"))
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("CMD")

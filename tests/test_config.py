"""Settings: each has a default that works, says so when it is wrong, and is in the README."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from redis import ConnectionPool
from sqlalchemy.engine import make_url

from app.config import (
    MAKE_A_SECRET,
    ROOT,
    SHORTEST_SECRET,
    Rate,
    SettingError,
    Settings,
    _kept_secret,
    read_settings,
    table,
)

SECRET = "sixteen letters!"
# For each setting: values that are taken, with what they become, and values that are refused.
RIGHT = {
    "SECRET_KEY": {SECRET: SECRET, f" {SECRET}\n": SECRET},
    "MODEL_PATH": {"/models/my.h5": Path("/models/my.h5"), "a.keras": ROOT / "a.keras"},
    "READING": {"device": "device", "Auto": "auto"},
    "INKLING_ENV": {"development": "development", "Production": "production"},
    "HOST": {"0.0.0.0": "0.0.0.0", "::": "::", "localhost": "localhost"},  # noqa: S104 - that is it
    "PORT": {"80": 80, "65535": 65535, " 8080 ": 8080},
    "WEB_CONCURRENCY": {"1": 1, "64": 64},
    "THREADS": {"8": 8},
    "TIMEOUT_S": {"60": 60},
    "GRACEFUL_TIMEOUT_S": {"5": 5},
    "MAX_REQUESTS": {"0": 0},
    "TRUSTED_PROXIES": {"1": 1},
    "ALLOWED_HOSTS": {
        "Draw.example.org": ("draw.example.org",),
        ".example.org, 10.0.0.7,": (".example.org", "10.0.0.7"),
    },
    "CORS_ORIGINS": {
        "*": ("*",),
        "https://Course.example.org, http://[::1]:8000,": (
            "https://course.example.org",
            "http://[::1]:8000",
        ),
    },
    "FRAME_ANCESTORS": {
        "*": ("*",),
        "https://huggingface.co,https://*.hf.space": (
            "https://huggingface.co",
            "https://*.hf.space",
        ),
    },
    "RATELIMIT_ENABLED": {"0": False, "no": False, "TRUE": True, "on": True},
    "RATELIMIT_PREDICT": {"10/minute": Rate(10, 60), "5 per 2 hours": Rate(5, 7200)},
    "RATELIMIT_STORAGE_URI": {
        url: url
        for url in (
            "redis://:pass@cache:6379/0",
            "redis://my_cache",
            "redis://[::1]/",
            "rediss://me:p@ss@10.0.0.7?ssl_cert_reqs=none",
        )
    },
    "DATABASE_URL": {
        "postgres://me:p@db:5432/rooms": "postgresql+psycopg://me:p@db:5432/rooms",
        "postgresql://db/rooms?sslmode=require": "postgresql+psycopg://db/rooms?sslmode=require",
        "sqlite:////data/rooms.db": "sqlite:////data/rooms.db",
        "sqlite:///rooms.db": f"sqlite:///{ROOT}/rooms.db",
    },
    "ROOM_HOURS": {"48": 48},
    "MAX_ROOMS": {"0": 0},
    "METRICS_ENABLED": {"1": True, "off": False},
    "LOG_FORMAT": {"json": "json", "text": "text"},
    "LOG_LEVEL": {"DEBUG": "debug"},
}
WRONG = {
    "SECRET_KEY": ["changeme"],
    "MODEL_PATH": ["seven.png", "models", "a.tflite.zip"],
    "READING": ["phone", "both"],
    "INKLING_ENV": ["prod", "testing"],
    "HOST": ["http://localhost", "256.0.0.1:80", "256.1.1.1", "10.0.0", "a b", "-", "fe80::1%lo"],
    "PORT": ["http", "0", "65536", "-1", "8_000", "８０", "80.0", "1" * 5000],
    "WEB_CONCURRENCY": ["two", "0", "65", "auto"],
    "THREADS": ["0", "many"],
    "TIMEOUT_S": ["0", "30s"],
    "GRACEFUL_TIMEOUT_S": ["0", "-5"],
    "MAX_REQUESTS": ["-1", "never"],
    "TRUSTED_PROXIES": ["yes", "-1", "11"],
    "ALLOWED_HOSTS": ["https://example.org", "example.org:80", "*", "a b", "..example.org"],
    "CORS_ORIGINS": [
        "example.org",
        "https://example.org/",
        "https://*.example.org",
        "*, https://a.org",
    ],
    "FRAME_ANCESTORS": ["example.org", "https://a.org/course", "https://a.org; script-src *"],
    "RATELIMIT_ENABLED": ["2", "maybe"],
    "RATELIMIT_PREDICT": ["fast", "0 per minute", "10", "10 per fortnight", "10 per 0 minutes"],
    "RATELIMIT_STORAGE_URI": [
        "redis",
        "memory",
        "redis://",
        "http://cache",
        "redis://cache:port",
        "REDIS://cache",
        "redis://a..b",
        "redis://256.1.1.1",
        "redis://cache/zero",
        "redis://cache?db=zz",
        "redis://cache/?db=1",
    ],
    "DATABASE_URL": [
        "rooms.db",
        "mysql://db/rooms",
        "postgres://",
        "postgres://db:port/rooms",
        "postgres://a b/rooms",
        "sqlite:",
        "sqlite:///",
        "sqlite:///rooms.db?mode=ro",
    ],
    "ROOM_HOURS": ["0", "a day"],
    "MAX_ROOMS": ["-1", "many"],
    "METRICS_ENABLED": ["prometheus"],
    "LOG_FORMAT": ["xml"],
    "LOG_LEVEL": ["loud", "10"],
}


def pairs(values: dict[str, object]) -> list[tuple[str, object]]:
    return [(name, value) for name, all_of_it in values.items() for value in all_of_it]


def test_the_defaults_work() -> None:
    """With nothing set but a secret, there is the shipped model, served to this machine alone."""
    settings = Settings.from_environment({"SECRET_KEY": SECRET})
    assert settings == Settings(SECRET)
    assert settings.model_path.is_file()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_every_setting_has_its_row_here() -> None:
    """No setting without values that are known to be right, and wrong."""
    assert set(RIGHT) == set(WRONG) == set(table())


@pytest.mark.parametrize(("name", "text"), pairs(RIGHT))
def test_right_values_are_taken(name: str, text: str) -> None:
    """What the README promises can be set."""
    settings = Settings.from_environment({"SECRET_KEY": SECRET, name: text})
    assert getattr(settings, name.lower()) == RIGHT[name][text]


@pytest.mark.parametrize(("name", "text"), pairs(WRONG))
def test_a_wrong_value_names_itself_and_what_it_should_be(name: str, text: str) -> None:
    """One line: the setting, what it must be and, unless it is a secret, what it is."""
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({"SECRET_KEY": SECRET, name: text})
    line = str(caught.value)
    assert line.startswith(f"{name} must be {table()[name].kind.wanted}")
    assert "\n" not in line
    assert (f", not {text!r}." in line) != table()[name].is_secret


@given(st.sampled_from(sorted(table())), st.text(st.characters(exclude_characters="\0")))
@example("RATELIMIT_STORAGE_URI", "redis://x\n")
@example("ALLOWED_HOSTS", "example.org\n.")
@example("FRAME_ANCESTORS", "https://a.org\n; script-src *")
def test_any_text_is_taken_or_refused_in_one_line(name: str, text: str) -> None:
    """Whatever stands in the environment: a setting, or one line with its name."""
    values, problems = read_settings({"SECRET_KEY": SECRET, name: text})
    assert set(problems) <= {name}
    assert all(len(problem.splitlines()) == 1 for problem in problems.values())
    if not problems:
        Settings(**values)


@given(
    st.from_regex(r"rediss?://[a0:@%_.\[\]-]{0,9}(/[0a%/]{0,6})?(\?[a-z_=]{0,16})?", fullmatch=True)
)
@example("redis://localhost/?socket_timeout=abc")
@example("rediss://cache?ssl_cert_reqs=none")
def test_redis_takes_every_address_that_is_taken(url: str) -> None:
    """What passes the check at the start is none that redis stumbles over later."""
    if not read_settings({"SECRET_KEY": SECRET, "RATELIMIT_STORAGE_URI": url})[1]:
        ConnectionPool.from_url(url).make_connection()


@given(st.from_regex(r"(postgres|sqlite)://[a0:@%/_.\[\]?=-]{0,20}", fullmatch=True))
def test_sqlalchemy_takes_every_database_that_is_taken(url: str) -> None:
    """What passes the check at the start is none that SQLAlchemy stumbles over later."""
    values, problems = read_settings({"SECRET_KEY": SECRET, "DATABASE_URL": url})
    if not problems:
        make_url(values["database_url"])


@pytest.mark.parametrize("name", table())
def test_bytes_that_are_no_text_are_refused(name: str) -> None:
    """They would fail where they are used: as a secret, in every answer."""
    _, problems = read_settings({"SECRET_KEY": SECRET, name: "sixteen letters \udcff.h5"})
    assert problems[name].startswith(f"{name} has bytes that are no text in UTF-8.")


@given(st.dictionaries(st.sampled_from(sorted(WRONG)), st.integers(0, 9), min_size=1))
def test_all_that_is_wrong_is_said_at_once(chosen: dict[str, int]) -> None:
    """Several wrong settings: one line each, so that mending takes one round."""
    wrong = {name: WRONG[name][at % len(WRONG[name])] for name, at in chosen.items()}
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({"SECRET_KEY": SECRET, **wrong})
    assert {line.split()[0] for line in str(caught.value).splitlines()} == set(wrong)


def test_empty_counts_as_not_set() -> None:
    """A variable that a dashboard left empty is no mistake."""
    empty = dict.fromkeys(table(), " ")
    assert Settings.from_environment({**empty, "SECRET_KEY": SECRET}) == Settings(SECRET)


def test_production_asks_for_a_secret_and_logs_json() -> None:
    """Without a SECRET_KEY it does not start, and the error has the line that makes one."""
    with pytest.raises(SettingError, match=r"SECRET_KEY must be set in production") as caught:
        Settings.from_environment({"INKLING_ENV": "production"})
    assert MAKE_A_SECRET in str(caught.value)
    production = {"INKLING_ENV": "production", "SECRET_KEY": SECRET}
    assert Settings.from_environment(production).log_format == "json"
    assert Settings.from_environment({**production, "LOG_FORMAT": "text"}).log_format == "text"


def test_the_line_that_makes_a_secret_makes_one() -> None:
    """A shell that runs it prints a secret that is taken."""
    line = MAKE_A_SECRET.replace("python", sys.executable, 1)
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert len(done.stdout.strip()) >= SHORTEST_SECRET
    assert Settings.from_environment({"SECRET_KEY": done.stdout}).secret_key == done.stdout.strip()


def test_all_workers_and_starts_share_one_secret(tmp_path: Path) -> None:
    """Twenty workers starting at once keep one secret between them, and find it again later."""
    secrets: list[str] = []
    workers = [
        threading.Thread(target=lambda: secrets.append(_kept_secret(tmp_path / "instance")))
        for _ in range(20)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(secrets) == 20
    assert set(secrets) == {_kept_secret(tmp_path / "instance")}
    assert len(secrets[0]) == 64


def test_without_a_place_to_keep_a_secret_it_says_so(tmp_path: Path) -> None:
    """A folder that cannot be made: the message names it and the setting."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match=r"SECRET_KEY is not set, and none can be kept in"):
        _kept_secret(tmp_path / "file" / "instance")


@pytest.mark.parametrize("kept", [b"", b"short", b"sixteen letters \xff"])
def test_a_kept_secret_that_is_none_is_refused_by_name(tmp_path: Path, kept: bytes) -> None:
    """An empty file or one of bytes that are no text: the message says which, and what to do."""
    (tmp_path / "secret_key").write_bytes(kept)
    with pytest.raises(SettingError, match=r"^SECRET_KEY .*secret_key holds none: delete it"):
        _kept_secret(tmp_path)


def test_the_readme_has_every_setting_and_no_other() -> None:
    """Its table and the code's are the same: names, defaults and words."""
    readme = (ROOT / "README.md").read_text()
    section = readme.split("## Settings")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*) \|$", section, re.MULTILINE)
    assert [(name, default.strip("`"), purpose) for name, default, purpose in rows] == [
        (name, row.default, row.purpose) for name, row in table().items()
    ]
    assert MAKE_A_SECRET in section

"""Every setting: one table of names, defaults, what each may be and what it is for.

Read from the environment and checked once, at the start. gunicorn's master reads this module too,
so it must not import what only workers need: no Flask, no NumPy.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent

SHORTEST_SECRET = 16
MOST_WORKERS = 64
MAKE_A_SECRET = "python -c 'import secrets; print(secrets.token_hex(32))'"  # noqa: S105 - a command


class SettingError(RuntimeError):
    """Values that cannot be used; the message has one line for each, with the setting's name."""


@dataclass(frozen=True)
class Kind:
    """What a value may be, in words that follow “must be”, and how to read it from text."""

    wanted: str
    read: Callable[[str], Any]  # raises ValueError when the text is none


def _check(is_right: object) -> None:
    if not is_right:
        raise ValueError


def number(least: int, most: int) -> Kind:
    def read(text: str) -> int:
        # int() alone would take "1_000", "+1" and the digits of other scripts.
        _check(re.fullmatch(r"[0-9]{1,9}", text) and least <= int(text) <= most)
        return int(text)

    return Kind(f"a whole number from {least} to {most}", read)


def one_of(*names: str) -> Kind:
    def read(text: str) -> str:
        _check(text.lower() in names)
        return text.lower()

    return Kind(f"{', '.join(names[:-1])} or {names[-1]}", read)


SWITCH = {"1": True, "true": True, "yes": True, "on": True} | {
    "0": False, "false": False, "no": False, "off": False
}  # fmt: skip
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST_NAME = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*", re.IGNORECASE)
SITE = rf"({LABEL}(\.{LABEL})*|\[[0-9a-f:.]+\])(:[0-9]{{1,5}})?"
ORIGIN = re.compile(rf"https?://{SITE}")
ORIGINS = re.compile(rf"https?://(\*\.)?{SITE}")
NO_TEXT = re.compile("[\ud800-\udfff]")  # what bytes that are not UTF-8 are read as
POSTGRESQL = re.compile(
    r"([^/@?#\s]*@)?"
    r"(?=.)([A-Za-z0-9._-]*|\[[0-9a-fA-F:.]+\])(:[1-9][0-9]{0,4})?(/[^/:@?#\s]*)?(\?[\w.=&%/+-]*)?"
)
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
RATE = re.compile(
    r"(?P<most>[1-9][0-9]{0,8}) ?(per|/) ?((?P<every>[1-9][0-9]{0,3}) )?"
    r"(?P<unit>second|minute|hour|day)s?"
)


def _read_switch(text: str) -> bool:
    _check(text.lower() in SWITCH)
    return SWITCH[text.lower()]


def _read_secret(text: str) -> str:
    _check(len(text) >= SHORTEST_SECRET)
    return text


def _read_model_path(text: str) -> Path:
    _check("\0" not in text and Path(text).suffix in (".tflite", ".h5", ".keras"))
    try:
        return ROOT / Path(text).expanduser()
    except RuntimeError as error:  # nobody's home
        raise ValueError(text) from error


def _read_address(text: str) -> str:
    _check("%" not in text)  # gunicorn cannot listen at an address of one network card
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(text))
    _check(HOST_NAME.fullmatch(text) and not re.fullmatch(r"[0-9.]+", text))  # like 256.1.1.1
    return text


def _read_hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower() for host in text.split(",") if host.strip())
    _check(all(HOST_NAME.fullmatch(host.removeprefix(".")) for host in hosts))
    return hosts


def _read_sites(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    sites = tuple(site.strip().lower() for site in text.split(",") if site.strip())
    _check(sites == ("*",) or all(pattern.fullmatch(site) for site in sites))
    return sites


@dataclass(frozen=True)
class Rate:
    """How many, and in how many seconds."""

    most: int
    window_s: int

    @classmethod
    def read(cls, text: str) -> Rate:
        if (found := RATE.fullmatch(text)) is None:
            raise ValueError(text)
        return cls(int(found["most"]), int(found["every"] or 1) * SECONDS[found["unit"]])

    def __str__(self) -> str:
        return f"{self.most} per {self.window_s} seconds"


def _read_storage(text: str) -> str:
    """Stricter than redis' own reading, which takes any option in the query and checks few."""
    if text != "memory://":
        _check(text.startswith(("redis://", "rediss://")) and not re.search(r"\s", text))
        place = urlsplit(text)
        _read_address((place.hostname or "").replace("_", "-"))  # Docker's names may have a _
        _check(place.port != 0 and re.fullmatch(r"(/[0-9]{0,5})?", place.path))
        # Heroku's certificate is its own.
        _check(place.query in ("", "ssl_cert_reqs=none") and not place.fragment)
    return text


def _read_database(text: str) -> str:
    """As SQLAlchemy writes it. Platforms give postgres://, which it does not know."""
    scheme, _, rest = text.partition("://")
    if scheme == "sqlite":
        _check(rest.startswith("/") and rest.strip("/") and not re.search(r"[?\s]", rest))
        return f"sqlite:///{ROOT / rest[1:]}"
    _check(scheme in ("postgres", "postgresql") and POSTGRESQL.fullmatch(rest))
    return f"postgresql+psycopg://{rest}"


switch = Kind("1 or 0", _read_switch)
secret = Kind(f"at least {SHORTEST_SECRET} characters that nobody can guess", _read_secret)
model = Kind("the path of a .tflite, .h5 or .keras", _read_model_path)
address = Kind("an address or a host name, like 127.0.0.1 or 0.0.0.0", _read_address)
hosts = Kind("host names with commas between, like draw.example.org, .example.net", _read_hosts)
origins = Kind(
    "sites with commas between, like https://course.example.org, or *",
    lambda text: _read_sites(text, ORIGIN),
)
ancestors = Kind(
    "sites with commas between, like https://huggingface.co, https://*.example.org, or *",
    lambda text: _read_sites(text, ORIGINS),
)
rate = Kind("a number of drawings for a time, like 3000 per minute", Rate.read)
database = Kind(
    "a database, like postgresql://user:password@host/name or sqlite:////var/lib/inkling/rooms.db",
    _read_database,
)
storage = Kind("memory:// or a Redis address, like redis://localhost:6379/0", _read_storage)


@dataclass(frozen=True)
class Setting:
    """One row of the table, as a deployer sees it; the variable is the field's name in capitals."""

    kind: Kind
    default: str  # as one would type it, or in words where it depends on something
    purpose: str
    is_secret: bool  # never shown, not even in the line that refuses it


def setting(
    kind: Kind, default: str, purpose: str, *, value: Any = None, is_secret: bool = False
) -> Any:
    """A field of Settings; `value` is the default where reading its text does not give it."""
    value = kind.read(default) if value is None else value
    return field(default=value, metadata={"setting": Setting(kind, default, purpose, is_secret)})


@dataclass(frozen=True)
class Settings:
    """What a deployer can set. README.md has the same table; a test compares them."""

    secret_key: str = setting(
        secret,
        "kept in instance/",
        "signs the session cookie; must be set in production",
        value=MISSING,
        is_secret=True,
    )
    model_path: Path = setting(  # noqa: RUF009 - a path cannot be changed
        model,
        "models/mnist_model.tflite",
        "the model to serve, with its card beside it; a relative path starts at the project",
    )
    reading: str = setting(
        one_of("server", "device", "auto"),
        "auto",
        "where drawings are read: `server`; `device`: in the browser, nothing drawn is sent; "
        "`auto`: the server, and the device when the server is slow or away",
    )
    inkling_env: str = setting(
        one_of("development", "production"),
        "development",
        "`production` where others use it: asks for a SECRET_KEY and logs JSON",
    )
    host: str = setting(
        address, "127.0.0.1", "the address to listen on; `0.0.0.0` for other machines"
    )
    port: int = setting(number(1, 65535), "8000", "the port to listen on")
    web_concurrency: int = setting(
        number(1, MOST_WORKERS), "1", "worker processes; one for each core"
    )
    threads: int = setting(
        number(1, 64), "2", "pictures that a worker works on at once; drawings wait for none"
    )
    timeout_s: int = setting(
        number(5, 600), "30", "seconds without a sign of life after which a worker is replaced"
    )
    graceful_timeout_s: int = setting(
        number(1, 600), "20", "seconds that a stopping worker has to finish its answers"
    )
    max_requests: int = setting(
        number(0, 100_000_000), "50000", "requests after which a worker is renewed; `0` for never"
    )
    trusted_proxies: int = setting(
        number(0, 10),
        "0",
        "how many addresses your proxies append to `X-Forwarded-For`; `0` without a proxy",
    )
    allowed_hosts: tuple[str, ...] = setting(
        hosts, "", "host names to answer to; `.example.org` allows its subdomains; empty: any"
    )
    cors_origins: tuple[str, ...] = setting(
        origins, "", "sites whose scripts may read the answers of the API; `*`: any; empty: none"
    )
    frame_ancestors: tuple[str, ...] = setting(
        ancestors, "", "sites that may show Inkling in a frame; `*`: any; empty: none"
    )
    ratelimit_enabled: bool = setting(switch, "1", "`0` lets every client ask as often as it likes")
    ratelimit_predict: Rate = setting(  # noqa: RUF009 - a rate cannot be changed
        # Thirty pupils behind one address × the ten a second that the page sends at most (PAUSE_MS
        # in static/js/reading/server.js) × ten seconds. The window is short: nobody waits longer.
        rate,
        "3000 per 10 seconds",
        "how many drawings one address may send",
    )
    ratelimit_storage_uri: str = setting(
        storage, "memory://", "where requests are counted; `redis://…` for one count over workers",
        is_secret=True,  # a Redis address holds its password
    )  # fmt: skip
    database_url: str = setting(
        database,
        "SQLite in instance/",
        "where rooms are kept; `postgres://…` where the disk does not last",
        value=_read_database("sqlite:///instance/rooms.sqlite3"),
        is_secret=True,  # it holds a password
    )
    room_hours: int = setting(
        number(1, 24 * 365), "24", "hours after which a room and all its drawings are deleted"
    )
    max_rooms: int = setting(number(0, 100_000), "200", "rooms at a time; `0` for no rooms at all")
    metrics_enabled: bool = setting(switch, "0", "`1` serves `/metrics` for Prometheus")
    log_format: str = setting(
        one_of("json", "text"), "json in production, else text", "how log lines look", value="text"
    )
    log_level: str = setting(
        one_of("debug", "info", "warning", "error", "critical"),
        "info",
        "what is worth a log line; `debug` also quotes faults, which may hold what was sent",
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The settings in force, or a SettingError that says what is wrong with which."""
        values, problems = read_settings(environ)
        if problems:
            raise SettingError("\n".join(problems.values()))
        return cls(**values)


def table() -> dict[str, Setting]:
    """Every setting by the name of its variable."""
    return {row.name.upper(): row.metadata["setting"] for row in fields(Settings)}


def read_settings(environ: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values to make Settings of, and what is wrong, each by name.

    A variable that is empty counts as not set: that is how some dashboards delete one.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, row in table().items():
        if not (text := environ.get(name, "").strip()):
            continue
        if NO_TEXT.search(text):
            problems[name] = f"{name} has bytes that are no text in UTF-8."
            continue
        try:
            values[name.lower()] = row.kind.read(text)
        except ValueError:
            found = "" if row.is_secret else f", not {text!r}"
            problems[name] = f"{name} must be {row.kind.wanted}{found}."
    is_production = values.get("inkling_env") == "production"
    if is_production:
        values.setdefault("log_format", "json")
    if "secret_key" not in values and "SECRET_KEY" not in problems:
        try:
            values["secret_key"] = _secret_for(is_production)
        except SettingError as error:
            problems["SECRET_KEY"] = str(error)
    if "SECRET_KEY" in problems:
        problems["SECRET_KEY"] += f" This line makes one: {MAKE_A_SECRET}"
    return values, problems


def _secret_for(is_production: bool) -> str:
    if is_production:
        raise SettingError(f"SECRET_KEY must be set in production: {secret.wanted}.")
    return _kept_secret(ROOT / "instance")


def _kept_secret(folder: Path) -> str:
    """A secret of this machine's own, made at the first start and shared by all workers since."""
    path = folder / "secret_key"
    try:
        if not path.exists():
            folder.mkdir(exist_ok=True)
            # Written aside, then linked: the first of several workers wins, whole or not at all.
            with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as draft:
                draft.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)
            Path(draft.name).unlink()
        return _read_secret(path.read_text("utf-8"))
    except OSError as error:
        raise SettingError(
            f"SECRET_KEY is not set, and none can be kept in {folder}: {error}."
        ) from error
    except ValueError as error:
        # Empty after the power went, say. Not replaced here: two processes would each make one.
        raise SettingError(
            f"SECRET_KEY is not set, and {path} holds none: delete it, and a start makes another."
        ) from error


# A 4 MB picture as base64 in JSON is 5.4 MB; larger bodies are refused before they are read.
MAX_BODY_BYTES = 6 * 1024 * 1024
MAX_FORM_FIELDS = 10
# Of all requests in a worker, arriving and being answered: thirty photos of 4 MB at once.
MOST_HELD_BYTES = 128 * 1024 * 1024
# Pictures and batches that wait in a worker while others are worked on; past it, the next are told
# to come back. Thirty pupils' photos, or ten seconds of the dearest pictures.
MOST_WAITING = 32
MOST_IN_ROOMS = 64  # requests of a worker that may wait for the database of the rooms

FLASK_CONFIG = {
    "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
    "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,  # 20,000 points take under 0.8 MB
    "MAX_FORM_PARTS": MAX_FORM_FIELDS,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    # Behind TLS Flask-WTF would ask for a Referer too, which privacy tools strip. The token and
    # SameSite do without.
    "WTF_CSRF_SSL_STRICT": False,
    "WTF_CSRF_TIME_LIMIT": 8 * 60 * 60,  # a school day
}

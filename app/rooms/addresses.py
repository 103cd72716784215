"""The addresses of a room, for people and as QR pictures.

The teacher's secret stands behind a #, which no browser sends to a server or names in a Referer.
"""

from __future__ import annotations

import base64
import ipaddress
from urllib.parse import urlsplit, urlunsplit

from flask import url_for

from app.config import Settings
from app.lan import lan_address
from app.services import services
from app.web.qr_codes import qr_code


def addresses_of(code: str, teacher_token: str) -> dict[str, str | bool]:
    join_url = pupils_address(code)
    wall_url = reachable(url_for("room_pages.wall", code=code, _external=True))
    teacher_url = reachable(url_for("room_pages.teacher", code=code, _external=True))
    teacher_url += f"#{teacher_token}"
    return {
        "code": code,
        "join_url": join_url,
        "wall_url": wall_url,
        "teacher_url": teacher_url,
        "join_qr": qr(join_url),
        "teacher_qr": qr(teacher_url),
        "only_here": is_loopback(urlsplit(join_url).hostname),
    }


def pupils_address(code: str) -> str:
    return reachable(url_for("room_pages.join", code=code, _external=True))


def reachable(url: str) -> str:
    """The same address for other machines: a teacher opens the room at 127.0.0.1."""
    parts = urlsplit(url)
    if not is_loopback(parts.hostname) or not _listens_to_others(services().settings):
        return url
    lan = lan_address()
    if lan is None:
        return url
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{lan}{port}"))


def is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _listens_to_others(settings: Settings) -> bool:
    return not settings.trusted_proxies and not is_loopback(settings.host)


def qr(text: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(qr_code(text)).decode()

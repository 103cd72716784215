"""The client of a request: its address and network, its scheme, the host name that it asked for.

Only this module decides which X-Forwarded headers to trust.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from app.services import services_of
from app.web.errors import BadRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Health checks and metrics. A platform asks for them under any host name.
PROBES = frozenset({"health.alive", "health.ready", "metrics"})

# Some proxies add a port to X-Forwarded-For: 192.0.2.1:5678, [2001:db8::1]:5678.
PORT = re.compile(r"^(?:\[(.*)\]|([0-9.]+))(?::[0-9]+)?$")
ODD_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]*)?")  # inkling_web_1:8000


def init_app(app: Flask) -> None:
    settings = services_of(app).settings
    if proxies := settings.trusted_proxies:
        # Every proxy appends to X-Forwarded-For. The scheme comes from the nearest proxy, because
        # platforms overwrite it. X-Forwarded-Host is ignored: few proxies set it, so clients could.
        app.wsgi_app = _ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=1, x_host=0, x_port=0, x_prefix=0
        )
    app.session_interface = _Sessions()

    # Flask's TRUSTED_HOSTS has no exceptions, and its error page could not use url_for.
    @app.before_request
    def know_the_host() -> None:
        if request.endpoint in PROBES:
            return
        if settings.allowed_hosts and not host_is_trusted(
            request.host.lower(), settings.allowed_hosts
        ):
            raise BadRequest("Inkling does not go by this name here.", "unknown_host")
        # `request.host` is empty when the header is no host name, and for names like Docker's.
        host = request.host or request.headers.get("Host", "")
        if not (request.host or ODD_HOST.fullmatch(host)) or not _has_a_port(host):
            raise BadRequest("The Host header is no name of a host.")
        # Only HTTP/1.0 may leave it out (RFC 9112, 3.2).
        if "Host" not in request.headers and request.environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            raise BadRequest("The Host header is missing.")


def _has_a_port(host: str) -> bool:
    """Whether a Host header has a possible port, or none."""
    try:
        return urlsplit(f"//{host}").port != 0
    except ValueError:
        return False


class _ProxyFix(ProxyFix):
    """Werkzeug's ProxyFix, safe from quotation marks.

    A quotation mark that a client sends would hide the addresses that proxies append after it.
    """

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for name in ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"):
            if name in environ:
                environ[name] = re.sub(r'["\\]', "", environ[name])
        return super().__call__(environ, start_response)


class _Sessions(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        """Secure over TLS only, so that a classroom on plain http gets a cookie, too."""
        return request.is_secure


@lru_cache(maxsize=4096)
def network(address: str | None, ipv4_bits: int, ipv6_bits: int) -> str:
    """The network of an address, by its first bits: a household, a school, a provider."""
    try:
        ip = ipaddress.ip_address(PORT.sub(r"\1\2", address or ""))
    except ValueError:
        return "unknown"  # a Unix socket, or a proxy that writes no address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return str(ipaddress.ip_network((ip.packed, ipv6_bits), strict=False))
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip.packed, ipv4_bits), strict=False))

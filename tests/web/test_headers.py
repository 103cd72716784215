"""Headers, cookies, proxies and host names: strict towards the world; plain http still works."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from reader.model import Recognizer
from tests.serving import serving

SECRET = "no secret, for tests"
HTTPS = {"X-Forwarded-Proto": "https"}
EVERYWHERE = ["/", "/api", "/nothing", "/openapi.json", "/healthz", "/static/favicon.svg"]


def client_of(recognizer: Recognizer, **settings: Any) -> FlaskClient:
    return create_app(Settings(SECRET, **settings), recognizer).test_client()


@pytest.fixture
def behind_a_proxy(recognizer: Recognizer) -> FlaskClient:
    return client_of(recognizer, trusted_proxies=1)


@pytest.mark.parametrize("address", EVERYWHERE)
def test_every_answer_is_strict(client: FlaskClient, address: str) -> None:
    """Nothing from elsewhere, nothing inline, in no frame, no sniffing, no camera."""
    headers = client.get(address).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for feature in ("camera", "microphone", "geolocation"):
        assert f"{feature}=()" in headers["Permissions-Policy"]


def test_named_sites_may_show_it_in_a_frame(recognizer: Recognizer) -> None:
    """And no others; everything else stays as strict, and no older header says otherwise."""
    sites = ("https://huggingface.co", "https://*.hf.space")
    headers = client_of(recognizer, frame_ancestors=sites).get("/").headers
    usual = client_of(recognizer).get("/").headers
    assert (
        "frame-ancestors https://huggingface.co https://*.hf.space"
        in headers["Content-Security-Policy"]
    )
    assert (
        headers["Content-Security-Policy"].replace(" ".join(sites), "'none'")
        == usual["Content-Security-Policy"]
    )
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "X-Frame-Options" not in headers


def test_errors_are_as_strict(client: FlaskClient) -> None:
    """A refused request and an odd method carry the same policy."""
    for answer in (client.post("/api/predict", data=b"7"), client.put("/")):
        assert answer.status_code >= 400
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_tls_is_kept_where_it_is(behind_a_proxy: FlaskClient) -> None:
    """The proxy says https: the browser is to come back over TLS alone, and so is its cookie."""
    answer = behind_a_proxy.get("/", headers=HTTPS)
    assert re.match(r"max-age=\d{8}", answer.headers["Strict-Transport-Security"])
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax"))
    assert "https://" in behind_a_proxy.get("/api", headers=HTTPS).get_data(as_text=True)


@pytest.mark.parametrize("proxies", [0, 1])
def test_plain_http_works(recognizer: Recognizer, proxies: int) -> None:
    """On loopback or a classroom's network: no HSTS, a cookie without Secure, a form that is
    read."""
    client = client_of(recognizer, trusted_proxies=proxies)
    page = client.get("/")
    assert "Strict-Transport-Security" not in page.headers
    assert "Secure" not in page.headers["Set-Cookie"]
    assert "HttpOnly" in page.headers["Set-Cookie"]
    assert send_the_form(client, {}) == 200


def test_the_form_works_over_tls(behind_a_proxy: FlaskClient) -> None:
    """With the cookie that TLS has, and without a Referer, which privacy tools take away."""
    assert send_the_form(behind_a_proxy, HTTPS, base_url="https://localhost") == 200


def send_the_form(client: FlaskClient, headers: dict[str, str], **where: Any) -> int:
    page = client.get("/", headers=headers, **where).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    form = {"strokes": "[[[0, 0], [5, 90]]]", "csrf_token": token[1]}
    return client.post("/predict", data=form, headers=headers, **where).status_code


SPOOFED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "444",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Ssl": "on",
    "Forwarded": "for=203.0.113.7;proto=https;host=evil.example",
    "Script-Name": "/evil",
}


def test_without_a_proxy_nobody_is_believed(tmp_path: Path) -> None:
    """The real server, asked from this very machine, whose word gunicorn would take by itself:
    invented headers change no header, no cookie, no address on the page and no log line."""
    log = tmp_path / "log"
    with serving(log, LOG_FORMAT="json", FORWARDED_ALLOW_IPS="*") as url:
        plain, spoofed = get(url, "/api", {}), get(url, "/api", SPOOFED)
        cookie = get(url, "/", SPOOFED)[1]["Set-Cookie"]
    assert spoofed[0] == plain[0] == 200
    assert spoofed[2] == plain[2]
    assert "Strict-Transport-Security" not in spoofed[1]
    assert "Secure" not in cookie
    assert "203.0.113" not in log.read_text()
    assert '"client": "127.0.0.0/24"' in log.read_text()


def get(url: str, path: str, headers: dict[str, str]) -> tuple[int, Any, bytes]:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def test_one_proxy_is_believed_once(recognizer: Recognizer) -> None:
    """Only what the nearest proxy added counts; Host is the one that came with the request."""
    client = client_of(recognizer, trusted_proxies=1)
    page = client.get("/api", headers=SPOOFED).get_data(as_text=True)
    assert "evil" not in page
    assert "https://localhost/api/predict" in page


# ── host names ───────────────────────────────────────────────────────────────────────────────────

HOSTS = ("draw.example.org", ".school.example")


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("draw.example.org", True),
        ("DRAW.example.org:8000", True),
        ("a.school.example", True),
        ("school.example", True),
        ("evil.example", False),
        ("example.org", False),
        ("draw.example.org.evil.example", False),
        ("notschool.example", False),
        ("draw.example.org@evil.example", False),
        ("", False),
    ],
)
def test_only_our_names_are_answered_to(recognizer: Recognizer, host: str, is_ours: bool) -> None:
    """Another name in Host: 400 in the shape of every error, as JSON and as a page."""
    client = client_of(recognizer, allowed_hosts=HOSTS)
    page = client.get("/", headers={"Host": host})
    program = client.post("/api/predict", json={"strokes": []}, headers={"Host": host})
    if is_ours:
        assert (page.status_code, program.status_code) == (200, 200)
        return
    assert (page.status_code, program.status_code) == (400, 400)
    assert page.mimetype == "text/html"
    assert "does not go by this name" in page.get_data(as_text=True)
    assert program.json["error"]["code"] == "unknown_host"
    assert "Set-Cookie" not in page.headers


def test_without_a_list_any_name_will_do(client: FlaskClient) -> None:
    """A classroom laptop is 192.168.1.20 today and laptop.local tomorrow."""
    for host in ("192.168.1.20:8000", "laptop.local", "[fe80::1]:8000", "localhost", "web_1:80"):
        assert client.get("/", headers={"Host": host}).status_code == 200


def test_probes_come_by_any_name(recognizer: Recognizer) -> None:
    """A platform asks the address of the machine, whatever the site is called."""
    client = client_of(recognizer, allowed_hosts=HOSTS, metrics_enabled=True)
    for address in ("/healthz", "/readyz", "/metrics"):
        assert client.get(address, headers={"Host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nowhere", "/api", "/static/favicon.svg"])
@pytest.mark.parametrize(
    "host", ['"><b>x', "a b", "a@b", ":80", "", "x:99999999", "x:0", "web_1:99999", "[::1]:65536"]
)
def test_a_host_that_cannot_be_one_is_refused(client: FlaskClient, host: str, path: str) -> None:
    """Whatever names are ours: no page is to hold an address that leads nowhere."""
    answer = client.get(path, headers={"Host": host, "Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "bad_request"


@pytest.mark.parametrize("path", ["/", "/nowhere", "/api", "/readyz"])
def test_a_host_that_is_none_gets_the_usual_error(client: FlaskClient, path: str) -> None:
    """`Host: ..` is a bad request, not a fault of ours."""
    answer = client.get(path, headers={"Host": "..", "Accept": "text/html"})
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "bad_request"

"""What the scripts of another site may do: nothing, or with CORS_ORIGINS ask the API."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.counts import MemoryCounts
from app.services import services_of
from reader.model import Recognizer

COURSE = "https://course.example.org"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
}
STROKES = {"strokes": [[[0, 0], [5, 90]]]}


def client_of(recognizer: Recognizer, *origins: str) -> FlaskClient:
    settings = Settings("no secret, for tests", cors_origins=origins)
    return create_app(settings, recognizer).test_client()


def allowed(client: FlaskClient, method: str, path: str, origin: str = COURSE) -> str | None:
    """The origin that the answer may be read by."""
    headers = {"Origin": origin, **(PREFLIGHT if method == "OPTIONS" else {})}
    json = STROKES if method == "POST" else None
    answer = client.open(path, method=method, headers=headers, json=json)
    return answer.headers.get("Access-Control-Allow-Origin")


API = [("OPTIONS", "/api/predict"), ("POST", "/api/predict"), ("GET", "/openapi.json")]


@pytest.mark.parametrize(("method", "path"), API)
def test_by_default_no_other_site_reads_an_answer(
    client: FlaskClient, method: str, path: str
) -> None:
    assert allowed(client, method, path) is None


@pytest.mark.parametrize("origins", [(COURSE,), ("https://a.example", COURSE), ("*",)])
@pytest.mark.parametrize(("method", "path"), API)
def test_a_site_that_is_named_asks_the_api(
    recognizer: Recognizer, origins: tuple[str, ...], method: str, path: str
) -> None:
    """Its preflight is answered, too; a cache knows that another site has another answer."""
    client = client_of(recognizer, *origins)
    assert allowed(client, method, path) == COURSE
    assert "Origin" in client.open(path, method=method).headers["Vary"]


def test_the_preflight_allows_what_the_api_takes(recognizer: Recognizer) -> None:
    """JSON by POST, and never a cookie."""
    answer = client_of(recognizer, COURSE).options(
        "/api/predict", headers={"Origin": COURSE, **PREFLIGHT}
    )
    assert answer.status_code == 200
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_an_error_can_be_read_as_well(recognizer: Recognizer) -> None:
    """And when to come back, and the number for the log."""
    answer = client_of(recognizer, COURSE).post(
        "/api/predict", data=b"7", headers={"Origin": COURSE}
    )
    assert answer.status_code == 415
    assert answer.headers["Access-Control-Allow-Origin"] == COURSE
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Request-ID"


@pytest.mark.parametrize("origin", ["https://evil.example", f"{COURSE}.evil.example", "null"])
def test_other_sites_stay_out(recognizer: Recognizer, origin: str) -> None:
    assert allowed(client_of(recognizer, COURSE), "POST", "/api/predict", origin) is None


@pytest.mark.parametrize("path", ["/", "/api", "/predict"])
def test_the_page_and_its_form_stay_closed(recognizer: Recognizer, path: str) -> None:
    """They have a cookie."""
    assert allowed(client_of(recognizer, "*"), "GET", path) is None


def test_a_preflight_is_no_drawing(recognizer: Recognizer) -> None:
    """It costs the client's network nothing."""
    client = client_of(recognizer, COURSE)
    counts = services_of(client.application).counts
    allowed(client, "OPTIONS", "/api/predict")
    assert isinstance(counts, MemoryCounts)
    assert counts.windows == {}

"""The page and its form, as the server sends them; what a browser makes of them is in browser/."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.services import services_of
from reader.model_card import read_card
from tests.paper import as_lists, canvas, file, hands, picture

THREE = next(strokes for digit, strokes in hands(10) if digit == 3)
JSON = {"Accept": "application/json"}


def token(client: FlaskClient) -> str:
    """The CSRF token in the page's form."""
    page = client.get("/").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def three_png() -> io.BytesIO:
    return io.BytesIO(file(picture(canvas(THREE))))


def test_a_picture_is_read_without_javascript(client: FlaskClient) -> None:
    """The form's answer is the page with the digit, its sentence, ten bars and what was seen."""
    form = {"image": (three_png(), "three.png"), "csrf_token": token(client)}
    answer = client.post("/predict", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert re.search(r"3, (over )?\d\d% sure", page)
    assert page.count("<rect") == 10
    assert "data:image/png;base64," in page


def test_strokes_are_read_as_json_when_asked_for(client: FlaskClient) -> None:
    """Strokes in, JSON out, the token in a header."""
    answer = client.post(
        "/predict",
        data={"strokes": json.dumps(as_lists(THREE))},
        headers={**JSON, "X-CSRFToken": token(client)},
    )
    assert answer.json["digit"] == 3


@pytest.mark.parametrize(
    "body", ['{"strokes": "[[[1, 2], [3, 4]]]"}', '{"strokes": 5}', "[1]", '"a"', "NaN", "[" * 5000]
)
def test_json_is_no_form(client: FlaskClient, body: str) -> None:
    """It is not even parsed: what JSON may hold is checked under /api, and nowhere else."""
    headers = {**JSON, "Content-Type": "application/json", "X-CSRFToken": token(client)}
    answer = client.post("/predict", data=body, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "nothing_sent")


@pytest.mark.parametrize("place", ["/predict", "/api/predict"])
@pytest.mark.parametrize("what", ["", '; filename="a.png"'])
def test_a_part_of_a_form_without_a_name_is_refused(
    client: FlaskClient, place: str, what: str
) -> None:
    """Nobody can ask for it, and it makes no 500."""
    body = f"--b\r\nContent-Disposition: form-data{what}\r\n\r\nabc\r\n--b--\r\n"
    headers = {**JSON, "Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post(place, data=body, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "bad_request")


def test_a_file_in_the_place_of_strokes_is_refused(client: FlaskClient) -> None:
    """It is neither field of the form, and makes no 500."""
    form = {"strokes": (io.BytesIO(b"[[[1, 2]]]"), "x.json"), "csrf_token": token(client)}
    answer = client.post("/predict", data=form, headers=JSON)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "nothing_sent")


@pytest.mark.parametrize("stale", ["", "nonsense", "old"])
def test_a_stale_form_says_that_the_page_was_open_too_long(app: Flask, stale: str) -> None:
    """A missing, foreign or expired token: 400 csrf_expired, in both shapes, and what to do."""
    client = app.test_client()
    client.get("/")
    if stale == "old":
        stale = token(app.test_client())  # of another session
    for headers in ({}, JSON):
        answer = client.post(
            "/predict", data={"strokes": "[]", "csrf_token": stale}, headers=headers
        )
        assert answer.status_code == 400
        assert "open too long" in answer.get_data(as_text=True)
    assert answer.json["error"]["code"] == "csrf_expired"


def test_a_browser_that_refuses_cookies_is_told_so(app: Flask) -> None:
    """A page just opened was not open too long: what it needs is a cookie, in both shapes. The code
    is that of a stale form, as somebody who lost the cookie gets another one with the next page."""
    client = app.test_client(use_cookies=False)
    form = {"strokes": "[]", "csrf_token": token(client)}
    for headers in ({}, JSON):
        answer = client.post("/predict", data=form, headers=headers)
        assert answer.status_code == 400
        assert "needs a cookie" in answer.get_data(as_text=True)
        assert "open too long" not in answer.get_data(as_text=True)
    assert answer.json["error"]["code"] == "csrf_expired"


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({}, 400, "nothing_sent"),
        ({"strokes": "7"}, 400, "bad_strokes"),
        ({"strokes": "[[[NaN, 1]]]"}, 400, "bad_json"),
        ({"image": (io.BytesIO(b"seven"), "a.png")}, 400, "not_an_image"),
        ({"image": (io.BytesIO(b""), "empty.png")}, 400, "not_an_image"),
        ({"strokes": "[" + "[[0,0]]," * 5_000 + "[]]"}, 413, "too_many_strokes"),
    ],
)
def test_bad_input_is_told_to_people_and_to_programs(
    client: FlaskClient, form: dict[str, object], status: int, code: str
) -> None:
    """The same error as JSON, and as the page with a sentence in it."""

    def fresh() -> dict[str, object]:
        return {
            name: (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
            for name, value in form.items()
        } | {"csrf_token": token(client)}

    as_json = client.post("/predict", data=fresh(), headers=JSON)
    assert (as_json.status_code, as_json.json["error"]["code"]) == (status, code)
    as_page = client.post("/predict", data=fresh())
    assert as_page.status_code == status
    assert as_page.mimetype == "text/html"
    assert as_json.json["error"]["message"] in as_page.get_data(as_text=True).replace("&#39;", "'")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"path": "/nothing"}, 404),
        ({"path": "/", "method": "PUT"}, 405),
        ({"path": "/predict", "method": "POST", "data": b"7" * 7_000_000}, 413),
        ({"path": "/predict", "method": "POST", "data": {str(n): "" for n in range(11)}}, 413),
        ({"path": "/predict", "method": "POST", "headers": {"Content-Encoding": "br"}}, 415),
        ({"path": "/predict", "method": "POST"}, 400),
    ],
)
def test_every_refusal_goes_by_what_is_accepted(
    client: FlaskClient, request_: dict[str, Any], status: int
) -> None:
    """A page for people, JSON for programs; under /api/ always JSON."""

    def refused(path: str, accept: str) -> str:
        headers = {**request_.get("headers", {}), "Accept": accept}
        answer = client.open(**{**request_, "path": path, "headers": headers})
        assert answer.status_code >= 400
        return answer.mimetype

    assert client.open(**request_).status_code == status
    assert refused(request_["path"], "text/html") == "text/html"
    assert refused(request_["path"], "application/json") == "application/json"
    assert refused("/api/predict", "text/html") == "application/json"


def test_pages_for_people_who_lost_their_way(client: FlaskClient) -> None:
    """404 and 405 are pages with a way back; where the plain form led, the page is."""
    assert client.get("/predict").location == "/"
    for answer, status in ((client.get("/nothing"), 404), (client.put("/predict"), 405)):
        assert answer.status_code == status
        assert answer.mimetype == "text/html"
        assert 'href="/"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("address", ["/", "/api", "/nothing", "/openapi.json"])
def test_every_answer_forbids_other_hosts_and_inline_scripts(
    client: FlaskClient, address: str
) -> None:
    """The policy allows this host alone, and the pages need no more."""
    answer = client.get(address)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    page = answer.get_data(as_text=True)
    if answer.mimetype == "text/html":
        assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", page)


def test_the_session_cookie_is_for_the_server_alone(client: FlaskClient) -> None:
    """HttpOnly, and not sent from other sites."""
    cookie = client.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_how_it_reads_is_told_in_the_cards_figures(app: Flask, client: FlaskClient) -> None:
    """The figures on /how are the card's, to the digits shown."""
    card = read_card(services_of(app).settings.model_path)
    page = client.get("/how").get_data(as_text=True)
    drawn = card["figures"]["drawings as strokes"]
    for share in (drawn["accuracy"], drawn["answered"], card["figures"]["junk"]["passes_as_digit"]):
        assert f"{share * 100:.1f} %" in page
    assert f"{card['network']['parameters']:,}" in page

"""POST /api/predict: every way in, one shape out, one shape of error."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import re
import subprocess
import urllib.request
from typing import Any

import numpy as np
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from werkzeug.test import TestResponse

from app.config import ROOT
from app.predict.openapi import EXAMPLE_STROKES, document
from app.services import services_of
from app.web.error_pages import HTTP_CODES
from app.web.errors import CODES
from reader.framing import frame
from reader.pictures import ink_from_image
from reader.strokes import MAX_POINTS
from tests.paper import as_lists, canvas, file, hands, picture, side_by_side

EIGHT = next(strokes for digit, strokes in hands(10) if digit == 8)
EIGHT_PNG = file(picture(canvas(EIGHT)))
EIGHT_URL = "data:image/png;base64," + base64.b64encode(EIGHT_PNG).decode()


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"strokes": as_lists(EIGHT)}},
        {"json": {"image": EIGHT_URL}},
        {"data": EIGHT_PNG, "content_type": "image/png"},
        {"data": EIGHT_PNG, "content_type": "image/jpeg"},  # the bytes say what they are
        {"data": {"image": (io.BytesIO(EIGHT_PNG), "eight.png")}},
    ],
    ids=["strokes", "data url", "raw", "raw, wrong type", "multipart"],
)
def test_every_way_in_reads_the_eight(client: FlaskClient, request_: dict[str, Any]) -> None:
    """Strokes, data URL, raw body and multipart: no cookie, no CSRF token, the same reading."""
    answer = client.post("/api/predict", **request_)
    assert answer.status_code == 200
    assert answer.json["verdict"] == "digit"
    assert answer.json["digit"] == 8
    assert set(answer.json) == set(document()["components"]["schemas"]["Reading"]["required"])
    assert "Set-Cookie" not in answer.headers


FORTY_TWO = {"strokes": as_lists(side_by_side("42"))}
FORTY_TWO_PNG = file(picture(canvas(side_by_side("42"))))


def test_a_number_is_answered_digit_by_digit(client: FlaskClient) -> None:
    """From strokes and from a picture, with the document's fields and no others."""
    promised = document()["components"]["schemas"]["Number"]
    for request_ in ({"json": FORTY_TWO}, {"data": FORTY_TWO_PNG, "content_type": "image/png"}):
        answer = client.post("/api/predict", **request_).json
        assert (answer["verdict"], answer["number"], answer["digit"]) == ("number", "42", None)
        assert set(answer) == set(promised["required"])
        digits = answer["digits"]
        assert [digit["digit"] for digit in digits] == [4, 2]
        assert set(digits[0]) == set(promised["properties"]["digits"]["items"]["required"])


def test_one_digit_may_be_asked_for(client: FlaskClient) -> None:
    """ "as": "digit" looks for no number; any other word is refused."""
    asked = {"json": {**FORTY_TWO, "as": "digit"}}
    sent = {"data": FORTY_TWO_PNG, "content_type": "image/png", "query_string": "as=digit"}
    for request_ in (asked, sent):
        answer = client.post("/api/predict", **request_).json
        assert answer["verdict"] == "not_a_digit"
    refused = client.post("/api/predict", json={**FORTY_TWO, "as": "word"})
    assert (refused.status_code, refused.json["error"]["code"]) == (400, "bad_json")


def test_a_batch_is_answered_in_its_order(client: FlaskClient) -> None:
    """Sixty-four drawings, blank ones among them, come back one by one."""
    drawn = hands(63)
    drawings = [{"strokes": as_lists(strokes)} for _, strokes in drawn] + [{"strokes": []}]
    readings = client.post("/api/predict", json={"drawings": drawings}).json["readings"]
    assert len(readings) == 64
    assert readings[-1]["verdict"] == "blank"
    alone = [client.post("/api/predict", json=drawing).json for drawing in drawings[:5]]
    assert readings[:5] == alone


def test_the_ink_of_a_picture_is_framed_as_the_picture_is(client: FlaskClient) -> None:
    """A page that looks inside by itself sees what the server saw, to a few grey levels."""
    answer = client.post("/api/ink", data=EIGHT_PNG, content_type="image/png").json
    levels = np.frombuffer(base64.b64decode(answer["levels"]), np.uint8)
    ink = levels.reshape(answer["height"], answer["width"]).astype(np.float32) / 255
    assert max(ink.shape) == 80
    seen, framed = frame(ink_from_image(EIGHT_PNG)).astype(int), frame(ink).astype(int)
    assert np.abs(seen - framed).max() < 16


def test_the_ink_of_a_number_comes_digit_by_digit(client: FlaskClient) -> None:
    """So that a page can look into each of them; one digit has none."""
    answer = client.post("/api/ink", data=FORTY_TWO_PNG, content_type="image/png").json
    assert len(answer["digits"]) == 2
    for digit in answer["digits"]:
        levels = np.frombuffer(base64.b64decode(digit["levels"]), np.uint8)
        assert levels.size == digit["width"] * digit["height"]
        assert max(digit["width"], digit["height"]) == 80
    assert client.post("/api/ink", json={"strokes": as_lists(EIGHT)}).json["digits"] == []


def test_a_blank_picture_and_a_batch_have_no_ink(client: FlaskClient) -> None:
    blank = client.post("/api/ink", json={"strokes": []}).json
    assert (blank["width"], blank["height"]) == (1, 1)
    batch = client.post("/api/ink", json={"drawings": [{"strokes": []}]})
    assert batch.status_code == 400


def test_a_blank_drawing_has_no_digit(client: FlaskClient) -> None:
    """Nothing drawn, nothing claimed."""
    for strokes in ([], [[]]):
        answer = client.post("/api/predict", json={"strokes": strokes}).json
        assert answer["verdict"] == "blank"
        assert answer["digit"] is answer["confidence"] is answer["probabilities"] is None


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({}, 415, "unsupported_media_type"),
        ({"data": "strokes=[]", "content_type": "text/plain"}, 415, "unsupported_media_type"),
        ({"data": "{", "content_type": "application/json"}, 400, "bad_json"),
        ({"data": b"\xff", "content_type": "application/json"}, 400, "bad_json"),
        ({"json": {}}, 400, "bad_json"),
        ({"json": {"strokes": 7}}, 400, "bad_strokes"),
        ({"json": {"strokes": [[[0, 0]]] * 201}}, 413, "too_many_strokes"),
        ({"data": b"", "content_type": "image/png"}, 400, "not_an_image"),
        ({"data": b"seven", "content_type": "image/png"}, 400, "not_an_image"),
        ({"data": EIGHT_PNG[:300], "content_type": "image/png"}, 400, "image_truncated"),
        ({"data": b"<svg/>", "content_type": "image/svg+xml"}, 415, "unsupported_image"),
        ({"data": {"picture": (io.BytesIO(EIGHT_PNG), "a.png")}}, 400, "nothing_sent"),
        ({"data": bytes(7 * 1024 * 1024), "content_type": "image/png"}, 413, "body_too_large"),
        ({"data": bytes(5 * 1024 * 1024), "content_type": "image/png"}, 413, "image_too_large"),
        ({"data": bytes(6 * 1024 * 1024), "content_type": "application/json"}, 400, "bad_json"),
    ],
)  # fmt: skip
def test_bad_input_has_one_shape(
    client: FlaskClient, request_: dict[str, Any], status: int, code: str
) -> None:
    """{"error": {"code", "message"}}, with the right status, and the app still answers."""
    answer = client.post("/api/predict", **request_)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"code", "message"}
    assert client.post("/api/predict", json={"strokes": EXAMPLE_STROKES}).json["digit"] == 7


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_the_wrong_method_is_told_the_right_one(client: FlaskClient, method: str) -> None:
    """405 in the same shape, with Allow."""
    answer = getattr(client, method)("/api/predict")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.json["error"]["code"] == "method_not_allowed"


def test_an_unknown_address_is_told_in_the_same_shape(client: FlaskClient) -> None:
    """404 under /api/ is JSON."""
    answer = client.get("/api/nothing")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")


def test_a_fault_of_ours_says_nothing_internal(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug becomes a 500 in the same shape, without its text."""

    class Broken:
        def read(self, _: object) -> None:
            raise RuntimeError("secret path /srv/inkling")

    monkeypatch.setattr(services_of(app), "recognizer", Broken())
    answer = app.test_client().post("/api/predict", json={"strokes": []})
    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "server_error"
    assert "secret" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"strokes": [[[' + b"1" * 5000 + b", 1]]]}", "too many digits"),
        (b"[" * 100_000, "too many lists in lists"),
        (b'{"strokes": "\xff"}', "not written in UTF-8"),
        (b'{"strokes": [[[NaN, 1]]]}', "NaN is no number"),
        (b'{"strokes": [[[1, 1]]', "line 1 column 22"),
    ],
)
def test_what_is_wrong_with_json_is_said_in_our_words(
    client: FlaskClient, body: bytes, words: str
) -> None:
    """Not in Python's, which advises to change a setting of its own."""
    answer = client.post("/api/predict", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "bad_json")
    assert words in answer.json["error"]["message"]


def test_a_form_of_many_fields_is_refused(client: FlaskClient) -> None:
    """6 MB of "a=&" would take 200 MB: the limit on a form's parts holds however it is sent."""
    line = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    few = client.post("/predict", data="&".join(["a="] * 9), headers=line)
    many = client.post("/predict", data="&".join(["a="] * 11), headers=line)
    parts = client.post(
        "/api/predict",
        data={f"field {n}": "" for n in range(11)},
        content_type="multipart/form-data",
    )
    assert few.json["error"]["code"] == "csrf_expired"
    for answer in (many, parts):
        assert answer.json["error"] == {
            "code": "body_too_large",
            "message": "A form may have 10 fields.",
        }


def test_a_compressed_body_is_told_to_come_uncompressed(client: FlaskClient) -> None:
    """Not that it is no JSON: it is not read at all."""
    answer = client.post(
        "/api/predict",
        data=gzip.compress(b'{"strokes": []}'),
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert answer.status_code == 415
    assert answer.json["error"] == {
        "code": "unsupported_media_type",
        "message": "Send the body uncompressed.",
    }
    plain = {"Content-Encoding": "identity"}
    assert client.post("/api/predict", json={"strokes": []}, headers=plain).status_code == 200


def test_a_form_that_escapes_much_is_refused(client: FlaskClient) -> None:
    """6 MB of "%" would take 1,150 MB and six seconds, before anybody asks for the form's token; a
    drawing of all the points that one may have is not refused."""
    line = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    long = json.dumps([[[n % 97, n % 89] for n in range(MAX_POINTS)]])
    whole = client.post("/predict", data={"strokes": long}, headers=line)
    flood = client.post("/predict", data=b"strokes=" + b"%" * 200_000, headers=line)
    assert whole.json["error"]["code"] == "csrf_expired"
    assert flood.json["error"]["code"] == "body_too_large"


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("filler", [b"a:b", b"a: b;" * 10, b"x: a\r\n more"])
def test_a_part_with_a_long_head_is_refused(client: FlaskClient, filler: bytes, end: bytes) -> None:
    """6 MB of header lines before a file took 150 MB and a second; some lines are no harm."""

    def sent(times: int) -> TestResponse:
        name = b'Content-Disposition: form-data; name="image"; filename="a.png"'
        head = b"--X" + end + end.join([name, *[filler] * times, b""])
        body = head + end + file(picture(canvas(EXAMPLE_STROKES))) + end + b"--X--" + end
        form = {"Content-Type": "multipart/form-data; boundary=X"}
        return client.post("/api/predict", data=body, headers=form)

    assert sent(20).json["digit"] == 7
    refused = sent(10_000)
    assert (refused.status_code, refused.json["error"]["code"]) == (413, "body_too_large")


def test_what_looks_like_a_boundary_in_a_picture_is_none(client: FlaskClient) -> None:
    """A boundary stands at the end of its line; a picture may have its bytes anywhere else."""
    png = file(picture(canvas(EXAMPLE_STROKES))) + b"--X" + b"a" * 20_000
    head = b'Content-Disposition: form-data; name="image"; filename="a.png"'
    body = b"--X\r\n" + head + b"\r\n\r\n" + png + b"\r\n--X--\r\n"
    form = {"Content-Type": "multipart/form-data; boundary=X"}
    assert client.post("/api/predict", data=body, headers=form).json["digit"] == 7


def test_the_api_page_shows_a_true_answer(client: FlaskClient) -> None:
    """The page's curl line works when pasted, and its answer is what this model says."""
    page = client.get("/api").get_data(as_text=True)
    assert "curl" in page
    reading = client.post("/api/predict", json={"strokes": EXAMPLE_STROKES}).json
    assert reading["digit"] == 7
    assert reading["model"] in page
    assert re.search(r"/openapi\.json", page)


def test_every_error_of_http_has_the_status_of_its_code() -> None:
    """The table of codes and that of HTTP's own errors agree."""
    for status, code in HTTP_CODES.items():
        assert CODES[code][0] == status


def test_the_api_page_lists_every_code_and_limit(client: FlaskClient) -> None:
    """Nothing that can be answered is missing from the page."""
    page = client.get("/api").get_data(as_text=True)
    for code, (status, _) in CODES.items():
        assert re.search(rf">{status}</th><td><code>{code}<", page), code
    for limit in ("4 MB", "20 megapixels", "200 strokes", "20,000 points", "64 drawings", "6 MB"):
        assert limit in page


def test_the_document_is_served_as_it_is(client: FlaskClient) -> None:
    """/openapi.json has the document, and its limits are the code's."""
    served = client.get("/openapi.json").json
    assert served["paths"].items() >= document()["paths"].items()
    assert served["components"]["schemas"].items() >= document()["components"]["schemas"].items()


# ── against its own document ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
@pytest.mark.parametrize(
    ("path", "method"), [("/api/predict", "POST"), ("/api/ink", "POST"), ("/openapi.json", "GET")]
)
def test_the_api_keeps_to_its_document(
    app: Flask, path: str, method: str, mode: GenerationMode
) -> None:
    """Whatever is sent, valid or not: a documented status, the documented shape, never a 500."""
    operation = schemathesis.openapi.from_wsgi("/openapi.json", app)[path][method]

    # Two checks ask for more than is promised: random bytes are rarely a picture, and a list that
    # is too long is refused with 413. Both have tests of their own above.
    not_promised = [positive_data_acceptance, negative_data_rejection]

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def keeps_to_it(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=not_promised)

    if method == "POST" or mode is GenerationMode.POSITIVE:  # a GET without parameters has no wrong
        keeps_to_it()


def test_the_readmes_answer_is_a_true_one(client: FlaskClient) -> None:
    """What the README says the model answers is what this model answers."""
    readme = (ROOT / "README.md").read_text()
    reading = client.post("/api/predict", json={"strokes": EXAMPLE_STROKES}).json
    for name in ("verdict", "sentence", "digit", "confidence", "runner_up", "model"):
        assert f'"{name}": {json.dumps(reading[name])}' in readme, name


def test_curl_is_what_the_page_says(server: str) -> None:
    """The curl line on /api, pasted into a shell, prints a reading of a 7."""
    with urllib.request.urlopen(f"{server}/api") as answer:
        page = html.unescape(answer.read().decode())
    line = re.search(r'id="curl">(.*?)</', page, re.DOTALL)
    assert line is not None
    done = subprocess.run(["sh", "-c", line[1]], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["digit"] == 7

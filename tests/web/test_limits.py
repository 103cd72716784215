"""How often one network may ask: generous, told in words, by the work that it takes."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from app import costs, create_app
from app.config import Rate, Settings, table
from app.counts import MemoryCounts
from app.services import services_of
from reader.decoding import MAX_IMAGE_BYTES
from reader.model import Recognizer
from tests.paper import canvas, examples, file, picture
from tests.poison import POISON

SECRET = "no secret, for tests"
STROKES = {"strokes": [[[0, 0], [5, 90]]]}
DEFAULT = table()["RATELIMIT_PREDICT"].default


@pytest.fixture
def client(recognizer: Recognizer) -> FlaskClient:
    """Of an app that lets an address ask three times in ten minutes."""
    return limited(recognizer)


def limited(recognizer: Recognizer, rate: str = "3 per 10 minutes", **settings: Any) -> FlaskClient:
    settings = {"ratelimit_predict": Rate.read(rate), **settings}
    return create_app(Settings(SECRET, **settings), recognizer).test_client()


def ask(client: FlaskClient, address: str = "192.0.2.1", **request: Any) -> Any:
    request.setdefault("json", STROKES)
    return client.post("/api/predict", environ_base={"REMOTE_ADDR": address}, **request)


def asks(client: FlaskClient, times: int, address: str = "192.0.2.1") -> list[int]:
    return [ask(client, address).status_code for _ in range(times)]


def test_who_asks_too_often_is_told_when_to_come_back(client: FlaskClient) -> None:
    """429 in the shape of every error, with Retry-After within the window."""
    assert asks(client, 3) == [200] * 3
    answer = ask(client)
    assert answer.status_code == 429
    assert answer.json["error"]["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 600


def test_the_page_says_it_too(client: FlaskClient) -> None:
    """Without JavaScript: a page with a sentence, before the form's token is looked at."""
    statuses = [client.post("/predict").status_code for _ in range(3)]
    assert statuses == [400] * 3
    answer = client.post("/predict")
    assert answer.status_code == 429
    assert answer.mimetype == "text/html"
    assert "Too many drawings came from your network" in answer.get_data(as_text=True)
    assert "Retry-After" in answer.headers


def test_the_two_ways_in_share_a_count_and_all_else_is_free(client: FlaskClient) -> None:
    """What costs the network is counted; the pages, the files and the probes are not."""
    client.post("/predict", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert asks(client, 3) == [200, 200, 429]
    for address in ("/", "/api", "/openapi.json", "/healthz", "/readyz"):
        for _ in range(5):
            assert client.get(address, environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


def test_each_address_has_its_own_count(client: FlaskClient) -> None:
    """Next door is another client; a household's IPv6 addresses are one."""
    assert asks(client, 4)[-1] == 429
    assert asks(client, 3, "192.0.2.2") == [200] * 3
    home = ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::3"]
    assert [ask(client, address).status_code for address in home] == [200] * 3
    assert ask(client, "2001:db8:0:1::4").status_code == 429
    assert ask(client, "2001:db8:0:2::1").status_code == 200


def test_an_address_is_the_same_one_through_ipv6(client: FlaskClient) -> None:
    """A server that listens on both sees ::ffff:192.0.2.1 for 192.0.2.1."""
    assert asks(client, 3) == [200] * 3
    assert ask(client, "::ffff:192.0.2.1").status_code == 429


def test_an_invented_forwarded_address_is_no_other_client(client: FlaskClient) -> None:
    """With no proxy in front, X-Forwarded-For is what anybody may write."""
    statuses = [
        ask(client, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(4)
    ]
    assert statuses[-1] == 429


@pytest.mark.parametrize("own", ["203.0.113.9", '"', 'a"b', '\\"', '"203.0.113.9', "''"])
def test_behind_a_proxy_the_client_counts_and_not_the_proxy(
    recognizer: Recognizer, own: str
) -> None:
    """The address that the trusted proxy adds, whatever the client wrote before it."""
    client = limited(recognizer, trusted_proxies=1)
    pupil = {"X-Forwarded-For": f"{own}, 198.51.100.1"}
    other = {"X-Forwarded-For": f"{own}, 198.51.100.2"}
    assert [ask(client, headers=pupil).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert ask(client, headers=other).status_code == 200


@pytest.mark.parametrize(
    "written", ["198.51.100.{}:4711", "[2001:db8:0:{}::1]:99", "[2001:db8:0:{}::1]"]
)
def test_a_proxy_may_write_ports(recognizer: Recognizer, written: str) -> None:
    """Some do: clients are told apart all the same."""
    client = limited(recognizer, trusted_proxies=1)
    for n in range(1, 9):
        assert ask(client, headers={"X-Forwarded-For": written.format(n)}).status_code == 200


def test_a_large_request_counts_for_many(recognizer: Recognizer) -> None:
    """A body of a megabyte costs what sixteen drawings do; one of unknown size, the most."""
    client = limited(recognizer, rate="20 per 10 minutes")
    large = {"json": None, "data": bytes(1024 * 1024), "content_type": "image/png"}
    assert [ask(client, **large).status_code for _ in range(2)] == [400, 429]
    chunked = {"json": None, "content_type": "image/png", "headers": {"Transfer-Encoding": "x"}}
    assert ask(client, "192.0.2.2", **chunked).status_code == 429


def count_of(recognizer: Recognizer, path: str = "/api/predict", **request: Any) -> int:
    """What one such request counts as."""
    app = limited(recognizer, rate=DEFAULT).application
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post(path, environ_base={"REMOTE_ADDR": "192.0.2.1"}, **request)
    assert answer.status_code in (200, 413)
    counts = services_of(app).counts
    assert isinstance(counts, MemoryCounts)
    return counts.windows["192.0.2.1/32"][1]


def ways_to_send(data: bytes, kind: str) -> list[dict[str, Any]]:
    """Every way that a picture may come in."""
    url = f"data:{kind};base64," + base64.b64encode(data).decode()
    part = b'--x\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
    form = {
        "data": part + data + b"\r\n--x--\r\n",
        "content_type": "multipart/form-data; boundary=x",
    }
    return [
        {"data": data, "content_type": kind},
        form,
        {**form, "path": "/predict"},
        {"json": {"image": url}},
        {"json": {"drawings": [{"image": url}]}},
    ]


@pytest.mark.parametrize("way", range(5))
def test_a_picture_counts_by_its_pixels(recognizer: Recognizer, way: int) -> None:
    """Whichever way it comes in: the page's canvas as a few drawings, 15 kB of 20 megapixels as
    hundreds; one that is refused undecoded as none, or it would lock a whole school out."""
    seven = file(picture(canvas(examples()[7][1])))
    bomb, past_the_limit = POISON["gif"](), POISON["webp, past the limit"]()
    assert 2 <= count_of(recognizer, **ways_to_send(seven, "image/png")[way]) <= 4
    assert 200 <= count_of(recognizer, **ways_to_send(bomb, "image/gif")[way]) <= 400
    assert count_of(recognizer, **ways_to_send(past_the_limit, "image/webp")[way]) <= 4


@pytest.mark.parametrize("side", [511, 3000])
def test_a_photo_counts_whatever_its_size(recognizer: Recognizer, side: int) -> None:
    """To find the ink on uneven paper is most of the work, and the same for both: a photo that
    need not be made smaller was dearer, and counted as a sixteenth."""
    shot = file(Image.linear_gradient("L").resize((side, side)).convert("RGB"), "JPEG")
    assert count_of(recognizer, **ways_to_send(shot, "image/jpeg")[0]) >= costs.PHOTO


def test_a_drawing_of_many_points_and_each_of_a_batch_count(recognizer: Recognizer) -> None:
    """One more for each drawing, and for each five hundred points, on the page too."""
    long = [[[n % 97, n % 89] for n in range(1_500)]]
    assert count_of(recognizer, json=STROKES) == 1
    assert count_of(recognizer, json={"drawings": [STROKES] * 64}) == 65
    assert count_of(recognizer, json={"strokes": long}) == 4
    assert count_of(recognizer, "/predict", data={"strokes": json.dumps(long)}) == 4


def test_what_is_past_the_limit_is_not_decoded(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the refusal would cost as much as the answer."""
    client = limited(recognizer, rate="100 per 10 minutes")
    monkeypatch.setattr(
        "app.predict.drawings.ink_from_picture", lambda *_, **__: pytest.fail("decoded")
    )
    for request in ways_to_send(POISON["gif"](), "image/gif"):
        if "path" not in request:
            assert ask(client, **{"json": None, **request}).status_code == 429


def test_thirty_photos_at_once_fit(recognizer: Recognizer) -> None:
    """Of 12 megapixels and 4 MB, as phones take them, from one school in one window."""
    in_the_shade = Image.linear_gradient("L").resize((4032, 3024)).convert("RGB")
    photo = file(in_the_shade, "JPEG").ljust(MAX_IMAGE_BYTES, b"\0")
    most = Rate.read(DEFAULT).most
    for request in ways_to_send(photo, "image/jpeg")[:3]:
        assert 30 * count_of(recognizer, **request) <= most


def test_a_body_that_is_refused_unread_counts_as_one(recognizer: Recognizer) -> None:
    """Or one header would lock out everybody behind the same address."""
    client = limited(recognizer, rate="3 per minute")
    huge = bytes(7 * 1024 * 1024)
    assert ask(client, json=None, data=huge, content_type="image/png").status_code == 413
    assert ask(client).status_code == 200


def test_it_can_be_switched_off(recognizer: Recognizer) -> None:
    """RATELIMIT_ENABLED=0: nobody is counted."""
    client = limited(recognizer, ratelimit_enabled=False)
    assert asks(client, 20) == [200] * 20
    assert client.get("/readyz").json["rate_limits"] == "off"


def test_thirty_pupils_behind_one_address_fit() -> None:
    """All of them drawing without a pause, at the rate that the page sends at most."""
    script = (Path(__file__).parents[2] / "static" / "js" / "reading" / "server.js").read_text()
    pause_ms = re.search(r"PAUSE_MS = (\d+)", script)
    assert pause_ms is not None
    rate = Rate.read(DEFAULT)
    assert rate.most / rate.window_s >= 30 * 1000 / int(pause_ms[1])
    assert rate.window_s <= 15  # the page waits as long as it is told

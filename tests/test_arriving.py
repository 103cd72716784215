"""server/arriving.py: where a request ends, told once and beyond doubt."""

from __future__ import annotations

import pytest

from server.arriving import (
    CHUNK_BYTES,
    MOST_HEAD_BYTES,
    MOST_SMALL_CHUNKS,
    SMALL_BODY_BYTES,
    Arriving,
)
from tests.wire import CHUNKED, HEAD, REQUEST, SEVEN, posted


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize(
    "sent",
    [
        REQUEST,
        CHUNKED + b"\r\n",
        CHUNKED + b"Trailer: x\r\nOther: y\r\n\r\n",
        b"\r\n\r\n" + REQUEST,
    ],
    ids=["length", "chunked", "with trailers", "after empty lines"],
)
def test_a_request_is_whole_when_its_last_byte_is_there(sent: bytes, step: int) -> None:
    """However it is cut up on the way, and whatever follows it on the connection."""
    request = Arriving(most_body_bytes=10_000)
    for start in range(0, len(sent), step):
        assert not request.is_whole
        request.feed(sent[start : start + step])
    assert request.is_whole
    assert not request.is_cut
    assert request.head.startswith(b"POST ")
    assert request.body == SEVEN
    assert request.rest == b""
    request.feed(b"GET /")
    assert (request.body, request.rest) == (SEVEN, b"GET /")


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: 10001\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n" + bytes(10_001),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"64\r\n%b\r\n" % bytes(100) * 101,
    ],
    ids=["length", "one huge chunk", "many chunks"],
)
def test_what_is_too_large_is_not_waited_for(sent: bytes) -> None:
    """The app may refuse it at once; no more of it is kept than the limit."""
    request = Arriving(most_body_bytes=10_000)
    request.feed(sent)
    assert request.is_whole
    assert request.is_cut
    assert len(request.body) <= 10_001


ENDLESS = {
    "head": HEAD + b"X: " + b"y" * 3 * MOST_HEAD_BYTES,
    "head that ends": HEAD + b"X: " + b"y" * 3 * MOST_HEAD_BYTES + b"\r\n\r\n",
    # White space that may or may not belong to the number: once 34 s of work.
    "length": HEAD + b"Content-Length: 1" + b" " * 2 * MOST_HEAD_BYTES + b"1\r\n\r\n",
    "chunk": CHUNKED[: len(HEAD) + 30] + b"z" * 2 * MOST_HEAD_BYTES,
    "note on a chunk": CHUNKED[: len(HEAD) + 30] + b"1;" + b"y" * 2 * MOST_HEAD_BYTES + b"\r\n",
    "chunks of a byte": CHUNKED[: len(HEAD) + 30] + b"1\r\n{\r\n" * 2 * MOST_HEAD_BYTES,
    "trailer": CHUNKED + b"X: " + b"y" * 2 * MOST_HEAD_BYTES,
    "trailers": CHUNKED + b"X: y\r\n" * MOST_HEAD_BYTES,
}


@pytest.mark.parametrize("step", [1000, 1_000_000])
@pytest.mark.parametrize("sent", ENDLESS.values(), ids=ENDLESS)
def test_what_has_no_end_is_not_waited_for(sent: bytes, step: int) -> None:
    """Nor looked into, nor given to a thread: nobody can tell where such a request ends."""
    request = Arriving(most_body_bytes=10_000)
    for start in range(0, len(sent), step):
        request.feed(sent[start : start + step])
        if request.is_malformed:
            break
        assert start < len(HEAD) + len(CHUNKED) + MOST_HEAD_BYTES
    assert request.is_malformed
    assert not request.is_whole


@pytest.mark.parametrize(("chunk_bytes", "chunks"), [(1, MOST_SMALL_CHUNKS), (CHUNK_BYTES, 90_000)])
def test_a_body_may_come_in_small_chunks(chunk_bytes: int, chunks: int) -> None:
    """As from a program that sends each word by itself."""
    request = Arriving(most_body_bytes=6_000_000)
    chunk = b"%x\r\n%s\r\n" % (chunk_bytes, b" " * chunk_bytes)
    request.feed(CHUNKED[: len(HEAD) + 30] + chunk * chunks + b"0\r\n\r\n")
    assert (request.is_whole, request.is_cut, request.is_malformed) == (True, False, False)
    assert len(request.body) == chunk_bytes * chunks


@pytest.mark.parametrize("step", [997, 1_000_000])
@pytest.mark.parametrize("space", [b"", b"\t ", b" " * 15_000])
@pytest.mark.parametrize(
    ("name", "value", "rest"),
    [
        (b"Content-Length", b"%d" % len(SEVEN), SEVEN),
        (b"TRANSFER-ENCODING", b"Chunked", b"%x \r\n%b\r\n0\t;x\r\n\r\n" % (len(SEVEN), SEVEN)),
    ],
    ids=["length", "chunked"],
)
def test_white_space_around_a_value_is_no_part_of_it(
    name: bytes, value: bytes, rest: bytes, space: bytes, step: int
) -> None:
    """However much of it a head may hold."""
    sent = b"POST / HTTP/1.1\r\n" + name + b":" + space + value + space + b"\r\n\r\n" + rest
    request = Arriving(most_body_bytes=10_000)
    for start in range(0, len(sent), step):
        request.feed(sent[start : start + step])
    assert request.is_whole
    assert not request.is_malformed
    assert request.body == SEVEN


class Looked(bytearray):
    """Bytes that count how many of them were looked at for a mark."""

    count = 0

    def find(self, mark: bytes, start: int = 0) -> int:  # type: ignore[override]
        found = super().find(mark, start)
        Looked.count += (found if found >= 0 else len(self)) - start
        return found


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"X: " + b"y" * (MOST_HEAD_BYTES - 200),
        CHUNKED[: len(HEAD) + 30] + b"1;" + b"y" * (MOST_HEAD_BYTES - 200),
        CHUNKED + b"X: " + b"y" * (MOST_HEAD_BYTES - 200),
    ],
    ids=["head", "note on a chunk", "trailer"],
)
def test_what_comes_in_crumbs_is_looked_through_once(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """Byte by byte, each byte is looked at a few times and not once for every byte that follows."""
    monkeypatch.setattr(Looked, "count", 0)
    request = Arriving(most_body_bytes=10_000)
    request.rest = Looked()
    for byte in sent:
        request.feed(bytes([byte]))
    assert not request.is_whole
    assert not request.is_malformed
    assert len(sent) // 2 <= Looked.count <= 4 * len(sent)


FORM = (
    b'--x-y1\r\nContent-Disposition: form-data; name="strokes"\r\n\r\n'
    b"[[[1,2.5],[3,4]]]\r\n--x-y1--\r\n"
)
A_PICTURE = b'{"image": "data:image/gif;base64,R0lGODlh"}'


@pytest.mark.parametrize(
    ("body", "is_quick"),
    [
        (b"", True),
        (SEVEN, True),
        (b'{"strokes":[]}\n', True),
        (FORM, True),
        (b'{"strokes":' + b"[" * SMALL_BODY_BYTES + b"}", False),
        (A_PICTURE, False),
        (A_PICTURE.replace(b"ima", b"\\u0069ma", 1), False),
        (A_PICTURE.decode().encode("utf-16"), False),
        (b'{"drawings": [%b]}' % SEVEN, False),
        (FORM.replace(b"strokes", b"image"), False),
        (FORM.replace(b"--x-y1--", b"--x-y1") + FORM.replace(b"strokes", b"image"), False),
        (b"GIF89a" + bytes(100), False),
    ],
)
def test_what_may_be_a_picture_is_not_answered_in_the_main_loop(
    body: bytes, is_quick: bool
) -> None:
    """However small: only drawings as programs and the page send them, and what has no body."""
    request = Arriving(most_body_bytes=100_000)
    request.feed(posted(body))
    assert request.is_whole
    assert request.is_quick is is_quick

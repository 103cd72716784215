"""One request as it comes in, byte by byte, until it is whole. Knows HTTP's framing and no sockets;
of Inkling, only how strokes are sent.
"""

from __future__ import annotations

import re

MOST_HEAD_BYTES = 32 * 1024
# Requests without a body, and drawings as the page and programs send them, take a millisecond or
# few (7 for 1,000 points), and are answered in the main loop: to hand one to a thread and back
# takes about as long, and threads only take Python's lock from each other. All else may be a
# picture: 15 kB can hold 20 million pixels. Quantifiers are possessive, so no body makes this slow.
SMALL_BODY_BYTES = 16 * 1024
STROKES_ALONE = re.compile(
    rb'\{\s*+"strokes"\s*+:[-+.,\[\]\s\deE]*+\}\s*+'
    rb'|--[\w-]++\r\nContent-Disposition: form-data; name="strokes"\r\n\r\n'
    rb"[-+.,\[\] \deE]*+\r\n--[\w-]++\s*+"
)

# Where a body ends must be the same for us, for gunicorn and for a proxy in front. What we cannot
# tell beyond doubt is refused, never guessed. Possessive here, too: with white space trimmed by a
# lazy pattern, a head of 92 kB kept the main loop for 34 s, and one of 32 kB for 1.3.
EMPTY_LINES = re.compile(rb"(?:\r\n)++")  # before a request they mean nothing (RFC 9112, 2.2)
LENGTH = re.compile(rb"\r\ncontent-length:([^\r\n]*+)\r\n", re.IGNORECASE)
ENCODING = re.compile(rb"\r\ntransfer-encoding:([^\r\n]*+)\r\n", re.IGNORECASE)
EXPECT = re.compile(rb"\r\nexpect:[ \t]*+100-continue[ \t]*+(?=\r\n)", re.IGNORECASE)
CHUNK = re.compile(rb"([0-9a-fA-F]{1,8}+)[ \t]*+(?:;[^\r\n]*+)?+\r\n")
CHUNK_END = re.compile(rb"\r\n")
TRAILER = re.compile(rb"[^\r\n]*+\r\n")  # an empty one ends them
# A megabyte of chunks with one byte each takes half a second. A program may send each word by
# itself; past so many, chunks must have this size on average.
MOST_SMALL_CHUNKS = 1_000
CHUNK_BYTES = 64


class Arriving:
    """One request as it comes in. What follows it on the connection is in `rest`."""

    def __init__(self, most_body_bytes: int) -> None:
        self.most_body_bytes = most_body_bytes
        self.rest = bytearray()
        self.head = b""
        self.body = bytearray()
        self.is_whole = False
        self.is_cut = False  # the app gets to see the beginning, and to refuse it
        self.is_malformed = False  # nobody can tell where it ends
        self.is_chunked = False  # on the way; not in `body`
        self.is_expecting = False  # its client sends the body once it is told to go on
        self._missing = 0  # bytes of the body, or of the chunk at hand
        self._awaited = CHUNK  # what the next line of a chunked body must be
        self._chunks = self._trailers_bytes = 0
        self._looked = 0  # how much of `rest` was looked through in vain

    @property
    def is_nothing(self) -> bool:
        """Whether no byte of it has come yet: empty lines before it are none of it."""
        return not (self.head or self.rest)

    @property
    def is_quick(self) -> bool:
        """Whether to answer it takes a few milliseconds; for all the points that fit in, 14, or 25
        when they go to and fro."""
        return not self.body or (
            len(self.body) <= SMALL_BODY_BYTES and bool(STROKES_ALONE.fullmatch(self.body))
        )

    @property
    def is_http_1_0(self) -> bool:
        """Whether its client knows no answer but the last one (RFC 9110, 15.2)."""
        return self.head.partition(b"\r\n")[0].endswith(b" HTTP/1.0")

    def feed(self, data: bytes) -> None:
        self.rest += data
        if not self.head:
            self._take_head()
        if self.head and not (self.is_whole or self.is_malformed):
            (self._take_chunks if self.is_chunked else self._take_body)()

    def skip_empty_lines(self) -> None:
        if empty := EMPTY_LINES.match(self.rest):
            del self.rest[: empty.end()]

    def _take_head(self) -> None:
        self.skip_empty_lines()
        if (end := self._end_of(b"\r\n\r\n")) is None:
            return
        # An app that reads `Expect` would wait for what is there already.
        self.head, expecting = EXPECT.subn(b"", self.rest[:end])
        self.is_expecting = bool(expecting) and not self.is_http_1_0
        del self.rest[:end]
        if encoding := ENCODING.search(self.head):
            self.is_chunked = encoding[1].strip(b" \t").lower() == b"chunked"
            self.is_malformed = not self.is_chunked
        elif length := LENGTH.search(self.head):
            number = length[1].strip(b" \t")
            digits = number.lstrip(b"0") or number[-1:]
            self.is_malformed = not digits.isdigit()
            # Python refuses to read very long numbers.
            self._missing = int(digits[:15]) if digits.isdigit() else 0
        if self._missing > self.most_body_bytes:
            self.is_whole = self.is_cut = True

    def _take_body(self) -> None:
        self._take_missing()
        self.is_whole = self._missing == 0

    def _take_chunks(self) -> None:
        while not (self.is_whole or self.is_malformed):
            self._take_missing()
            if self._missing:
                return
            if len(self.body) > self.most_body_bytes:
                self.is_whole = self.is_cut = True
            elif (end := self._end_of(b"\n")) is None:
                return
            else:
                self._take_line(bytes(self.rest[:end]))
                del self.rest[:end]

    def _take_line(self, line: bytes) -> None:
        found = self._awaited.fullmatch(line)
        if found is None:
            self.is_malformed = True
        elif self._awaited is CHUNK:
            self._chunks += 1
            self.is_malformed = self._chunks > MOST_SMALL_CHUNKS + len(self.body) // CHUNK_BYTES
            self._missing = min(int(found[1], 16), self.most_body_bytes + 1 - len(self.body))
            self._awaited = CHUNK_END if self._missing else TRAILER
        elif self._awaited is CHUNK_END:
            self._awaited = CHUNK
        else:
            self._trailers_bytes += len(line)
            self.is_whole = line == b"\r\n"
            self.is_malformed = self._trailers_bytes > MOST_HEAD_BYTES

    def _end_of(self, mark: bytes) -> int | None:
        """Where what ends with this mark ends, if it is there; too long, and it is none."""
        found = self.rest.find(mark, self._looked)
        self._looked = max(0, len(self.rest) - len(mark) + 1) if found < 0 else 0
        end = found + len(mark) if found >= 0 else len(self.rest)
        self.is_malformed = end > MOST_HEAD_BYTES
        return None if found < 0 or self.is_malformed else end

    def _take_missing(self) -> None:
        piece = self.rest[: self._missing]
        self.body += piece
        self._missing -= len(piece)
        del self.rest[: len(piece)]

"""What one network may ask of rooms, where no token says who is asking.

A lecture hall behind one address joins at once, and some mistype the code. Everything that has a
token is limited by that, in store.py.
"""

from __future__ import annotations

import contextlib
import math

from flask import Response, g, request
from werkzeug.exceptions import TooManyRequests

from app.rooms.store import NoRoom
from app.services import services
from app.web.clients import network

ROOMS = (30, 3600)  # how many, in how many seconds
JOINS = (600, 600)
# With one room open, all wrong codes of a day from one network find it once in 5,400 days.
WRONG_GUESSES = (60, 600)


def may_open_room() -> None:
    _count("rooms", 1, *ROOMS)


def may_join() -> None:
    may_guess()
    _count("joins", 1, *JOINS)


def may_guess() -> None:
    """Refuse whoever gave too many wrong codes, even if this is a right one."""
    _count("guesses", 0, *WRONG_GUESSES)


def count_wrong_guesses(answer: Response) -> Response:
    """After each request to a room."""
    if g.get("error_code") == NoRoom.code:
        with contextlib.suppress(TooManyRequests):  # the next guess is told
            _count("guesses", 1, *WRONG_GUESSES)
    return answer


def _count(what: str, cost: int, most: int, window_s: int) -> None:
    counts = services().counts
    if counts is None:
        return
    key = f"{what} {network(request.remote_addr, 32, 64)}"
    count, left_s = counts.add(key, cost, window_s)
    if count > most:
        raise TooManyRequests(retry_after=math.ceil(min(max(left_s, 1), window_s)))

"""Dear work waits for its turn, so that quick work never waits for it.

A picture may take half a second, a drawing takes a millisecond. Each request has a thread of its
own (server/listening.py has so many), but only THREADS of them do dear work at once; the others
wait here. Past MOST_WAITING the next request is told to come back.
"""

from __future__ import annotations

import threading

from flask import Flask, g, request
from werkzeug.exceptions import ServiceUnavailable

from app.config import MOST_WAITING
from app.services import services_of
from app.web import rate_limits

# In drawings of usual size, each about a millisecond. The page's canvas as a PNG costs 2.
DEAR = 10
COME_BACK_AFTER_S = 5


class Turns:
    """So many at work, and so many who wait."""

    def __init__(self, at_work: int, waiting: int) -> None:
        self.here = threading.Semaphore(at_work + waiting)
        self.at_work = threading.Semaphore(at_work)


class Turn:
    """One request's: taken when its work turns out to be dear, given back when it is answered."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.is_taken = False

    def take(self) -> None:
        """Wait for it; where too many wait already, refuse."""
        if self.is_taken:
            return
        if not self.turns.here.acquire(blocking=False):
            raise ServiceUnavailable(retry_after=COME_BACK_AFTER_S)
        self.turns.at_work.acquire()
        self.is_taken = True

    def give_back(self) -> None:
        if self.is_taken:
            self.is_taken = False
            self.turns.at_work.release()
            self.turns.here.release()


def init_app(app: Flask) -> None:
    turns = Turns(services_of(app).settings.threads, MOST_WAITING)

    @app.before_request
    def begin() -> None:
        g.turn = Turn(turns)
        # Before its form is looked at: each copy of a large body is memory.
        length = request.content_length or 0
        if request.endpoint in rate_limits.LIMITED and length >= DEAR * rate_limits.BYTES_OF_ONE:
            g.turn.take()

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        if "turn" in g:
            g.turn.give_back()


def charge(cost: int) -> None:
    """Work of so many drawings is about to be done: it counts for its client, and may wait."""
    rate_limits.charge(cost)
    if cost >= DEAR:
        g.turn.take()

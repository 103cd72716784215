"""Quick work waits for quick work alone; slow work waits for its turn.

A drawing takes a millisecond, a picture may take half a second. Each request has a thread of its
own (server/listening.py), but only one quick request is at work at a time: Python runs one thread
at a time, and threads that pass Python's lock to and fro answered 250 drawings a second instead of
400. THREADS slow requests are at work at a time, and MOST_WAITING may wait. The next slow request
gets a 503 with `Retry-After`.
"""

from __future__ import annotations

import threading

from flask import Flask, current_app, g, request
from werkzeug.exceptions import ServiceUnavailable

from app import costs
from app.config import MOST_WAITING
from app.services import services_of
from app.web import limits

# Slow is a request that costs this many drawings of usual size (app/costs.py), about 10 ms. The
# page's canvas as a PNG costs 2.
SLOW_COST = 10
NAME = "turns"
COME_BACK_AFTER_S = 5


class Turns:
    """The places that requests hold while they work, and while they wait to do slow work."""

    def __init__(self, at_work: int, waiting: int) -> None:
        self.quick = threading.Semaphore(1)
        self.slow = threading.Semaphore(at_work)
        self.line = threading.Semaphore(at_work + waiting)


class Turn:
    """The places that one request holds."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.held: list[threading.Semaphore] = []

    def take_quick(self) -> None:
        self.turns.quick.acquire()
        self.held.append(self.turns.quick)

    def take_slow(self) -> None:
        """Give back the quick place and wait for a slow one. ServiceUnavailable: too many wait."""
        if self.turns.slow in self.held:
            return
        self.give_back()
        if not self.turns.line.acquire(blocking=False):
            raise ServiceUnavailable(retry_after=COME_BACK_AFTER_S)
        self.held.append(self.turns.line)
        self.turns.slow.acquire()
        self.held.append(self.turns.slow)

    def give_back(self) -> None:
        while self.held:
            self.held.pop().release()


def init_app(app: Flask) -> None:
    turns = app.extensions[NAME] = Turns(services_of(app).settings.threads, MOST_WAITING)

    @app.before_request
    def begin() -> None:
        if request.endpoint not in limits.LIMITED:
            return
        g.turn = Turn(turns)
        # A large body waits before it is parsed, because each copy of it takes memory.
        if costs.of_body(request.content_length or 0) >= SLOW_COST:
            g.turn.take_slow()
        else:
            g.turn.take_quick()

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        if "turn" in g:
            g.turn.give_back()


def charge(cost: int) -> None:
    """Call this before work of this cost: the client is charged, and slow work waits here."""
    limits.charge(cost)
    if cost >= SLOW_COST:
        g.turn.take_slow()


def quick() -> threading.Semaphore:
    """The place for quick work, for a request that does it between waits for a database."""
    turns: Turns = current_app.extensions[NAME]
    return turns.quick

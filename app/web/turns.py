"""Quick work waits for quick work alone; dear work waits for its turn.

A drawing takes a millisecond, a picture may take half a second. Each request has a thread of its
own (server/listening.py), but of the quick requests one is at work at a time: Python runs one
thread, and threads that take turns at it for each step answered 250 drawings a second instead of
400. Of the dear requests THREADS are at work, and MOST_WAITING may wait; the next is told to come
back.
"""

from __future__ import annotations

import threading

from flask import Flask, g, request
from werkzeug.exceptions import ServiceUnavailable

from app import costs
from app.config import MOST_WAITING
from app.services import services_of
from app.web import limits

# In drawings of usual size (app/costs.py). The page's canvas as a PNG costs 2.
DEAR = 10
COME_BACK_AFTER_S = 5


class Turns:
    """The places that requests hold while they are at work, and while they wait for dear work."""

    def __init__(self, at_work: int, waiting: int) -> None:
        self.quick = threading.Semaphore(1)
        self.dear = threading.Semaphore(at_work)
        self.line = threading.Semaphore(at_work + waiting)


class Turn:
    """The places of one request."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.held: list[threading.Semaphore] = []

    def take_quick(self) -> None:
        self.turns.quick.acquire()
        self.held.append(self.turns.quick)

    def take_dear(self) -> None:
        """Wait among dear work from now on; where too many wait already, refuse."""
        if self.turns.dear in self.held:
            return
        self.give_back()
        if not self.turns.line.acquire(blocking=False):
            raise ServiceUnavailable(retry_after=COME_BACK_AFTER_S)
        self.held.append(self.turns.line)
        self.turns.dear.acquire()
        self.held.append(self.turns.dear)

    def give_back(self) -> None:
        while self.held:
            self.held.pop().release()


def init_app(app: Flask) -> None:
    turns = Turns(services_of(app).settings.threads, MOST_WAITING)

    @app.before_request
    def begin() -> None:
        if request.endpoint not in limits.LIMITED:
            return
        g.turn = Turn(turns)
        # Before a large body is looked at: each copy of it is memory.
        if costs.of_body(request.content_length or 0) >= DEAR:
            g.turn.take_dear()
        else:
            g.turn.take_quick()

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        if "turn" in g:
            g.turn.give_back()


def charge(cost: int) -> None:
    """So much work is about to be done: its client is charged, and dear work waits."""
    limits.charge(cost)
    if cost >= DEAR:
        g.turn.take_dear()

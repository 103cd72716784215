"""Learning rate schedules: each is a function of the share of the run that is done."""

from __future__ import annotations

import math

WARM_UP = 0.25  # the share of a one-cycle run that goes uphill
LOWEST = 0.02  # the start of one-cycle and the end of cosine, as a share of the peak


def one_cycle(done: float) -> float:
    """Up along a half cosine, then down to 0: fast, and ends well without tuning."""
    if done < WARM_UP:
        return LOWEST + (1 - LOWEST) * (1 - math.cos(math.pi * done / WARM_UP)) / 2
    return (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))) / 2


def cosine(done: float) -> float:
    """From the peak down a half cosine."""
    return LOWEST + (1 - LOWEST) * (1 + math.cos(math.pi * done)) / 2


def constant(_done: float) -> float:
    """The peak all along."""
    return 1.0


SCHEDULES = {"one-cycle": one_cycle, "cosine": cosine, "constant": constant}

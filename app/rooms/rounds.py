"""The rounds of a lesson: which there are, the task of each pupil, the figures, and the ending.

Pure: rows in, figures and sentences out. A drawing is *right* when what the network says, its first
guess, is the digit that was meant. A drawing of no digit is never right.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.rooms.tables import NO_DIGIT

KINDS = ("free", "draw", "fool", "guess")
STATES = ("running", "paused", "ended")
SAID = 11  # columns of the confusion: the ten digits, and none
FEW = 3  # a digit with fewer drawings is not called the hardest


def tasks_of(round_id: int, number: int) -> list[int]:
    """Ten digits in the order that a pupil draws them, then again from the first.

    Each pupil begins one place later than the one before, so that at any time the class has drawn
    each digit about as often.
    """
    order = random.Random(round_id).sample(range(10), 10)  # noqa: S311 - no secret
    return order[number % 10 :] + order[: number % 10]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What an ending looks at in a drawing."""

    id: str
    name: str
    task: int | None
    said: int | None
    bet: int | None
    confidence: float
    votes: int
    votes_right: int

    @property
    def is_right(self) -> bool:
        return self.said is not None and self.said == self.task

    @property
    def is_readable(self) -> bool:
        """Most of the people who looked read the digit that was meant."""
        return self.votes > 0 and self.votes_right * 2 > self.votes

    @property
    def has_fooled(self) -> bool:
        return self.is_readable and not self.is_right

    @property
    def is_won_bet(self) -> bool:
        return self.bet == (NO_DIGIT if self.said is None else self.said)


def figures(tallies: Iterable[tuple[int | None, int | None, int]], pupils: int) -> dict[str, Any]:
    """What the wall counts, of (task, said, how many)."""
    confusion = [[0] * SAID for _ in range(10)]
    said_as = [0] * SAID
    for task, said, count in tallies:
        column = SAID - 1 if said is None else said
        said_as[column] += count
        if task is not None:
            confusion[task][column] += count
    return {
        "pupils": pupils,
        "drawings": sum(said_as),
        "said": said_as,
        "labelled": sum(map(sum, confusion)),
        "right": sum(confusion[digit][digit] for digit in range(10)),
        "confusion": confusion,
    }


def ending(kind: str, stats: dict[str, Any], drawings: Sequence[Drawn]) -> dict[str, Any]:
    """What we learned: sentences, and the drawings to show with them."""
    if not drawings:
        return {"sentences": ["Nobody handed in a drawing in this round."], "drawings": []}
    sentences, shown = {"free": _free, "draw": _draw, "fool": _fool, "guess": _guess}[kind](
        stats, drawings
    )
    return {"sentences": sentences, "drawings": [drawing.id for drawing in shown[:12]]}


Ending = tuple[list[str], list[Drawn]]


def _free(stats: dict[str, Any], drawings: Sequence[Drawn]) -> Ending:
    said = stats["said"]
    sentences = [f"Together we made {_count(len(drawings), 'drawing')}."]
    if any(said[:10]):
        most = max(range(10), key=said.__getitem__)
        sentences.append(
            f"Inkling saw {_with_article(most)} most often: {_count(said[most], 'time')}."
        )
    if never := [str(digit) for digit in range(10) if not said[digit]]:
        sentences.append(f"It never saw {_either(never)}.")
    if said[10]:
        sentences.append(f"{said[10]} of them did not look like a digit to it.")
    doubted = sorted((d for d in drawings if d.said is not None), key=lambda d: d.confidence)[:6]
    if doubted:
        sentences.append("Here are the drawings that it was least sure of.")
    return sentences, doubted


def _draw(stats: dict[str, Any], drawings: Sequence[Drawn]) -> Ending:
    confusion, labelled = stats["confusion"], stats["labelled"]
    if not labelled:
        return ["No drawing had a task."], []
    sentences = [
        f"Inkling read {_share(stats['right'], labelled)} of our {labelled} drawings as meant."
    ]
    misses = [d for d in drawings if d.task is not None and not d.is_right]
    if not misses:
        return [*sentences, "It made no mistake at all."], []
    totals = [sum(row) for row in confusion]
    enough = [digit for digit in range(10) if totals[digit] >= FEW]
    if enough:
        hardest = min(enough, key=lambda digit: confusion[digit][digit] / totals[digit])
        right = _share(confusion[hardest][hardest], totals[hardest])
        sentences.append(f"The hardest digit was the {hardest}: it read {right} of them right.")
    (task, said), times = Counter((d.task, d.said) for d in misses).most_common(1)[0]
    seen = "as no digit at all" if said is None else f"as {_with_article(said)}"
    sentences.append(f"Most often it read {_with_article(task)} {seen}: {_count(times, 'time')}.")
    sentences.append(
        f"We made a set of {labelled} labelled drawings. The network can learn from it."
    )
    return sentences, misses


def _fool(_: dict[str, Any], drawings: Sequence[Drawn]) -> Ending:
    wrong = [d for d in drawings if not d.is_right]
    fooled = sorted(
        (d for d in wrong if d.has_fooled), key=lambda d: (-d.votes_right / d.votes, -d.votes)
    )
    sentences = [f"Inkling read {len(wrong)} of {_count(len(drawings), 'drawing')} wrong."]
    if fooled:
        best = fooled[0]
        saw = "saw no digit" if best.said is None else f"saw {_with_article(best.said)}"
        sentences += [
            f"People can read {len(fooled)} of those: these fooled the network, and not us.",
            f"The best is {_with_article(best.task)} by {best.name}. "
            f"{best.votes_right} of {best.votes} people read it, and Inkling {saw}.",
        ]
    else:
        sentences.append("People could not read those either, so nobody fooled it this time.")
    return sentences, fooled


def _guess(_: dict[str, Any], drawings: Sequence[Drawn]) -> Ending:
    bets = [d for d in drawings if d.bet is not None]
    if not bets:
        return ["Nobody bet in this round."], []
    won = sum(d.is_won_bet for d in bets)
    sentences = [f"We knew what Inkling would say in {_share(won, len(bets))} of {len(bets)} bets."]
    lost = sorted((d for d in bets if not d.is_won_bet), key=lambda d: -d.confidence)
    if lost:
        (bet, said), times = Counter((d.bet, d.said) for d in lost).most_common(1)[0]
        sentences.append(
            f"The surprise of the round: we bet {_word(bet)}, and it said {_word(said)} "
            f"({_count(times, 'time')})."
        )
    return sentences, lost


def _with_article(digit: int | None) -> str:
    return f"{'an' if digit == 8 else 'a'} {digit}"


def _word(digit: int | None) -> str:
    return "“not a digit”" if digit in (None, NO_DIGIT) else str(digit)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part // whole} %"  # never rounded up to all


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

"""The rounds of a lesson: which there are, the task of each pupil, the figures, and the ending.

Pure: rows in, figures and sentences out. A drawing is *right* when what the network says, its first
guess, is the digit that was meant. A drawing of no digit is never right. Of other classes, a task
and what was said are places among the labels.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.rooms.tables import NO_DIGIT
from reader.classes import DIGITS, Classes, with_article

KINDS = ("free", "draw", "fool", "guess")
STATES = ("running", "paused", "ended")
ASK_THE_NETWORK = ("fool", "guess")  # kinds that need a network that knows what is drawn
FEW = 3  # a digit with fewer drawings is not called the hardest


def tasks_of(round_id: int, number: int, count: int = 10) -> list[int]:
    """Ten digits in the order that a pupil draws them, then again from the first.

    Each pupil begins one place later than the one before, so that at any time the class has drawn
    each digit about as often.
    """
    order = random.Random(round_id).sample(range(count), count)  # noqa: S311 - no secret
    return order[number % count :] + order[: number % count]


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


def figures(
    tallies: Iterable[tuple[int | None, int | None, int]], pupils: int, classes: int = 10
) -> dict[str, Any]:
    """The figures on the wall, from (task, said, count). The last column is for no class."""
    confusion = [[0] * (classes + 1) for _ in range(classes)]
    said_as = [0] * (classes + 1)
    for task, said, count in tallies:
        column = classes if said is None else said
        said_as[column] += count
        if task is not None:
            confusion[task][column] += count
    return {
        "pupils": pupils,
        "drawings": sum(said_as),
        "said": said_as,
        "labelled": sum(map(sum, confusion)),
        "right": sum(confusion[place][place] for place in range(classes)),
        "confusion": confusion,
    }


def ending(
    kind: str,
    stats: dict[str, Any],
    drawings: Sequence[Drawn],
    classes: Classes = DIGITS,
    is_read: bool = True,
) -> dict[str, Any]:
    """What we learned: sentences, and the drawings to show with them."""
    if not drawings:
        return {"sentences": ["Nobody handed in a drawing in this round."], "drawings": []}
    if not is_read:
        return {"sentences": _collected(stats, drawings), "drawings": []}
    sentences, shown = {"free": _free, "draw": _draw, "fool": _fool, "guess": _guess}[kind](
        stats, drawings, classes
    )
    return {"sentences": sentences, "drawings": [drawing.id for drawing in shown[:12]]}


Ending = tuple[list[str], list[Drawn]]


def _collected(stats: dict[str, Any], drawings: Sequence[Drawn]) -> list[str]:
    """Where the network does not know what is drawn."""
    sentences = [f"Together we made {_count(len(drawings), 'drawing')}."]
    if stats["labelled"]:
        sentences.append(_set_of(stats["labelled"]))
    return sentences


def _set_of(labelled: int) -> str:
    return f"We made a set of {labelled} labelled drawings. The network can learn from it."


def _free(stats: dict[str, Any], drawings: Sequence[Drawn], classes: Classes) -> Ending:
    said = stats["said"]
    sentences = [f"Together we made {_count(len(drawings), 'drawing')}."]
    places = range(len(classes))
    if any(said[:-1]):
        most = max(places, key=said.__getitem__)
        sentences.append(
            f"Inkling saw {classes.named(most)} most often: {_count(said[most], 'time')}."
        )
    if never := [classes.labels[place] for place in places if not said[place]]:
        sentences.append(f"It never saw {_either(never)}.")
    if said[-1]:
        noun = with_article(classes.noun)
        sentences.append(f"{said[-1]} of them did not look like {noun} to it.")
    doubted = sorted((d for d in drawings if d.said is not None), key=lambda d: d.confidence)[:6]
    if doubted:
        sentences.append("Here are the drawings that it was least sure of.")
    return sentences, doubted


def _draw(stats: dict[str, Any], drawings: Sequence[Drawn], classes: Classes) -> Ending:
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
    enough = [place for place, total in enumerate(totals) if total >= FEW]
    if enough:
        hardest = min(enough, key=lambda place: confusion[place][place] / totals[place])
        right = _share(confusion[hardest][hardest], totals[hardest])
        name = f"{classes.noun} was the {classes.labels[hardest]}"
        sentences.append(f"The hardest {name}: it read {right} of them right.")
    (task, said), times = Counter((d.task, d.said) for d in misses).most_common(1)[0]
    seen = f"as {classes.none} at all" if said is None else f"as {classes.named(said)}"
    sentences.append(f"Most often it read {_named(task, classes)} {seen}: {_count(times, 'time')}.")
    sentences.append(_set_of(labelled))
    return sentences, misses


def _fool(_: dict[str, Any], drawings: Sequence[Drawn], classes: Classes) -> Ending:
    wrong = [d for d in drawings if not d.is_right]
    fooled = sorted(
        (d for d in wrong if d.has_fooled), key=lambda d: (-d.votes_right / d.votes, -d.votes)
    )
    sentences = [f"Inkling read {len(wrong)} of {_count(len(drawings), 'drawing')} wrong."]
    if fooled:
        best = fooled[0]
        saw = f"saw {_named(best.said, classes)}"
        sentences += [
            f"People can read {len(fooled)} of those: these fooled the network, and not us.",
            f"The best is {_named(best.task, classes)} by {best.name}. "
            f"{best.votes_right} of {best.votes} people read it, and Inkling {saw}.",
        ]
    else:
        sentences.append("People could not read those either, so nobody fooled it this time.")
    return sentences, fooled


def _guess(_: dict[str, Any], drawings: Sequence[Drawn], classes: Classes) -> Ending:
    bets = [d for d in drawings if d.bet is not None]
    if not bets:
        return ["Nobody bet in this round."], []
    won = sum(d.is_won_bet for d in bets)
    sentences = [f"We knew what Inkling would say in {_share(won, len(bets))} of {len(bets)} bets."]
    lost = sorted((d for d in bets if not d.is_won_bet), key=lambda d: -d.confidence)
    if lost:
        (bet, said), times = Counter((d.bet, d.said) for d in lost).most_common(1)[0]
        sentences.append(
            f"The surprise of the round: we bet {_word(bet, classes)}, and it said "
            f"{_word(said, classes)} ({_count(times, 'time')})."
        )
    return sentences, lost


def _named(place: int | None, classes: Classes) -> str:
    return classes.none if place is None else classes.named(place)


def _word(place: int | None, classes: Classes) -> str:
    if place is None or place == NO_DIGIT:
        return f"“not {with_article(classes.noun)}”"
    return classes.labels[place]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part // whole} %"  # never rounded up to all


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

"""The classes of a model: the answers that its network can give, and the words for them.

A card without `classes` is one of the ten digits. Knows no network and no reading. gunicorn's
master imports this module, so it imports no NumPy. static/js/reading/classes.js says the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from reader.words import WORDS

FEWEST, MOST = 2, 64
LONGEST_LABEL = 24
JOINER = "\u200d"  # makes a family of three emoji
FEW = 12  # as many are named one by one, if their labels are short
SHORT = 40  # letters of all labels together
BARS = 10  # the likeliest, where there are more classes


def as_label(value: object) -> str:
    """A label as cards hold it: macOS spells é in two letters, others in one."""
    return unicodedata.normalize("NFC", str(value)).strip()


@dataclass(frozen=True)
class Classes:
    """The labels, in the order of the network's probabilities."""

    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what no page could show."""
        for label in self.labels:
            fits = label.replace(JOINER, "").isprintable()
            if not label or label != as_label(label) or not fits:
                raise ValueError(f"a class cannot be called {label!r}")
            if len(label) > LONGEST_LABEL:
                raise ValueError(f"{label!r} is too long: a label has {LONGEST_LABEL} letters")
        if not FEWEST <= len(self.labels) <= MOST:
            raise ValueError(f"{FEWEST} to {MOST} classes are possible, not {len(self.labels)}")
        if twice := [label for label in self.labels if self.labels.count(label) > 1]:
            raise ValueError(f"two classes are called {twice[0]!r}")

    @classmethod
    def of_card(cls, card: dict[str, Any]) -> Classes:
        """The classes that a card names; the ten digits where it names none."""
        if "classes" not in card:
            return DIGITS
        labels = card["classes"]
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise ValueError("its classes are no list of labels")
        return cls(tuple(labels))

    def as_card(self) -> dict[str, list[str]]:
        """What a card says of them."""
        return {} if self.are_digits else {"classes": list(self.labels)}

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def are_digits(self) -> bool:
        """Whether they are the ten digits: only these make numbers, and a `digit` in readings."""
        return self.labels == tuple("0123456789")

    @property
    def noun(self) -> str:
        """What each of them is called."""
        if self.are_digits:
            return "digit"
        if all(len(label) == 1 and label.isalpha() for label in self.labels):
            return "letter"
        if all(len(label) == 1 and label.isalnum() for label in self.labels):
            return "character"
        return "thing" if any(_letters_in(label) > 1 for label in self.labels) else "sign"

    @property
    def are_words(self) -> bool:
        """Whether a label is too long for the large type of the answer."""
        return any(len(label) > 2 for label in self.labels)

    @property
    def task(self) -> str:
        """What a page asks for: "Draw a letter", "Draw one of: ☆ ♡ ☾"."""
        if self.are_digits or not self._are_few:
            return f"Draw {with_article(self.noun)}"
        return f"Draw one of: {self.listed}"

    @property
    def listed(self) -> str:
        """All labels in a row."""
        return (", " if self.are_words else " ").join(self.labels)

    @property
    def none(self) -> str:
        """The answer that it is none of them."""
        return f"no {self.noun}"

    @property
    def not_one(self) -> str:
        """The sentence on a drawing that is none of them."""
        words = "not_a_digit" if self.are_digits else "not_known"
        return str(WORDS[words].format(noun=self.noun))

    @property
    def _are_few(self) -> bool:
        return len(self) <= FEW and sum(map(len, self.labels)) <= SHORT

    def bars(self, probabilities: Sequence[float] | None) -> list[int]:
        """The places that a page shows as bars: all, or the likeliest of many."""
        places = range(len(self))
        if len(self) > BARS and probabilities:
            return sorted(places, key=lambda place: -probabilities[place])[:BARS]
        return list(places[:BARS])

    def named(self, place: int) -> str:
        """A class in a sentence: "a 7", "an 8", "an A", "a ☆"."""
        return with_article(self.labels[place])

    @property
    def all_named(self) -> list[str]:
        """Every class in a sentence."""
        return [self.named(place) for place in range(len(self))]

    def place_of(self, value: object) -> int:
        """The place of a label; ValueError where it is none."""
        return self.labels.index(as_label(value))


DIGITS = Classes(tuple("0123456789"))


def _letters_in(label: str) -> int:
    return sum(letter.isalpha() for letter in label)


def with_article(label: str) -> str:
    """A word, a letter or a sign as it is spoken: an 8, an F, an apple, a ☆."""
    before = WORDS["an_before"] if len(label) == 1 else WORDS["an_before_words"]
    words: str = WORDS["an" if label[:1].upper() in before else "a"]
    return words.format(label=label)


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Each label once: numbers by what they count, then words."""

    def order(label: str) -> tuple[bool, int, str]:
        return not label.isdecimal(), int(label) if label.isdecimal() else 0, label

    return tuple(sorted(set(labels), key=order))

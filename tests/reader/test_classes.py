"""Classes: labels that a page can show, and words that fit them."""

from __future__ import annotations

import pytest

from reader.classes import DIGITS, Classes, in_order

SIGNS = Classes(("☆", "♡", "☾"))
LETTERS = Classes(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
CLOTHES = Classes(("T-shirt", "Trouser", "Ankle boot"))


@pytest.mark.parametrize(
    ("classes", "noun", "task"),
    [
        (DIGITS, "digit", "Draw a digit"),
        (SIGNS, "sign", "Draw one of: ☆ ♡ ☾"),
        (LETTERS, "letter", "Draw a letter"),
        (Classes(tuple("AB12")), "character", "Draw one of: A B 1 2"),
        (CLOTHES, "thing", "Draw one of: T-shirt, Trouser, Ankle boot"),
        (Classes(tuple(map(str, range(20)))), "sign", "Draw a sign"),
    ],
)
def test_the_words_follow_the_labels(classes: Classes, noun: str, task: str) -> None:
    """A page says what to draw in the words of its model."""
    assert (classes.noun, classes.task) == (noun, task)


def test_a_class_is_named_as_it_is_spoken() -> None:
    """An 8, an A, an Ankle boot; a 1, a ☆."""
    assert [DIGITS.named(digit) for digit in (1, 8)] == ["a 1", "an 8"]
    assert [LETTERS.named(0), LETTERS.named(1), LETTERS.named(5)] == ["an A", "a B", "an F"]
    assert [CLOTHES.named(2), SIGNS.named(0)] == ["an Ankle boot", "a ☆"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (("☆",), "2 to 64 classes are possible, not 1"),
        (tuple(map(str, range(65))), "not 65"),
        (("a", "b", "a"), "two classes are called 'a'"),
        (("a", ""), "cannot be called ''"),
        (("a", "b\n"), "cannot be called"),
        (("a", "b\x00c"), "cannot be called"),
        (("a", "b" * 25), "too long"),
    ],
)
def test_what_no_page_could_show_is_refused(labels: tuple[str, ...], message: str) -> None:
    """Too few, too many, twice the same, empty, long, or with line ends."""
    with pytest.raises(ValueError, match=message):
        Classes(labels)


def test_a_card_without_classes_is_of_the_ten_digits() -> None:
    """Older cards stay valid, and the shipped card says nothing new."""
    assert Classes.of_card({}) is DIGITS
    assert DIGITS.as_card() == {}
    assert Classes.of_card(SIGNS.as_card()) == SIGNS
    with pytest.raises(ValueError, match="no list of labels"):
        Classes.of_card({"classes": [1, 2]})


def test_labels_are_found_however_they_are_spelt() -> None:
    """macOS writes é as two letters."""
    assert Classes(("é", "e")).place_of(" e\u0301") == 0
    assert in_order(["b", "10", "2", "a", "2"]) == ("2", "10", "a", "b")

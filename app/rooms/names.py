"""What a room and its people are called: codes, secrets and made-up names. Knows no storage."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Container

# No letter looks like another, read aloud or from the last row (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B,
# U V Y), and no vowel, so that no code is a word.
ALPHABET = "CDFHJKMNPQRTVWX3479"
CODE_LENGTH = 6
CODE = re.compile(f"[{ALPHABET}]{{{CODE_LENGTH}}}")

COLOURS = (
    "Amber", "Blue", "Bronze", "Brown", "Copper", "Coral", "Cream", "Crimson", "Golden", "Green",
    "Grey", "Indigo", "Ivory", "Jade", "Lemon", "Lilac", "Lime", "Mint", "Olive", "Orange", "Pearl",
    "Pink", "Plum", "Purple", "Red", "Rosy", "Ruby", "Sandy", "Scarlet", "Silver", "Teal", "Violet",
    "White", "Yellow",
)  # fmt: skip
ANIMALS = (
    "Badger", "Bat", "Bear", "Beaver", "Bee", "Bison", "Crab", "Crane", "Deer", "Dolphin", "Dove",
    "Duck", "Eagle", "Falcon", "Ferret", "Finch", "Fox", "Frog", "Gecko", "Hare", "Hawk", "Heron",
    "Koala", "Lark", "Lemur", "Lion", "Lynx", "Mole", "Moose", "Moth", "Newt", "Otter", "Owl",
    "Panda", "Puffin", "Rabbit", "Raven", "Robin", "Seal", "Squid", "Swan", "Tiger", "Toad",
    "Turtle", "Walrus", "Whale", "Wolf", "Wren", "Yak", "Zebra",
)  # fmt: skip


def new_code() -> str:
    """One of 47 million."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def as_code(text: str) -> str | None:
    """The code that somebody typed, whatever the case, spaces and dashes; None where it is none."""
    code = re.sub(r"[\s-]", "", text).upper()
    return code if CODE.fullmatch(code) else None


def new_token() -> str:
    """A secret of 128 bits. Only its hash is kept."""
    return secrets.token_urlsafe(16)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def is_same_secret(token: str, kept_hash: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(hash_of(token), kept_hash)


def new_name(taken: Container[str]) -> str:
    """A name that nobody in the room has, like “Blue Heron”."""
    free = [name for c in COLOURS for a in ANIMALS if (name := f"{c} {a}") not in taken]
    return secrets.choice(free)

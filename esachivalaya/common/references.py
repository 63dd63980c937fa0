"""References that a citizen holds: random, unguessable, safe to read out, with a check character.

The alphabet has no 0, O, 1, I; a reference is ``ES`` and eight characters, the last of which is a
check character over the others, shown in groups: ``ES 7K4P 92MX``. Any spelling or grouping of it
(small letters, spaces, hyphens, Devanagari digits) means the same reference.
"""

import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
BODY_LENGTH = 7


def check_character(body: str) -> str:
    """Return the check character of ``body`` (Luhn mod 32: finds any single wrong character)."""
    total = 0
    for position, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if position % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def new_reference(prefix: str = "ES") -> str:
    """Return a new random reference; 2**35 possibilities behind ``prefix``."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
    return prefix + body + check_character(body)


def normalise(typed: str, prefix: str = "ES") -> str | None:
    """Return the one spelling of what a person ``typed``, or None when it is no reference.

    0 and O, 1 and I cannot occur and are not guessed at. The prefix may be left out.
    """
    kept = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character.upper()
        for character in unicodedata.normalize("NFKC", typed[:64])
        if character.isalnum()
    )
    body = kept.removeprefix(prefix) if len(kept) > BODY_LENGTH + 1 else kept
    if len(body) != BODY_LENGTH + 1 or any(character not in ALPHABET for character in body):
        return None
    if check_character(body[:-1]) != body[-1]:
        return None
    return prefix + body


def grouped(reference: str, prefix: str = "ES") -> str:
    """Return the reference in the groups in which it is printed and read out."""
    body = reference.removeprefix(prefix)
    return f"{prefix} {body[:4]} {body[4:]}"

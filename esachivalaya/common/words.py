"""Text as people type it, made comparable and safe to keep."""

import re
import unicodedata

# Verhoeff's tables, by which a number that looks like an Aadhaar number is recognised.
_D = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]
_P = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
]
_TWELVE_DIGITS = re.compile(r"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{4}(?!\d)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def ascii_digits(text: str) -> str:
    """Return ``text`` with the digits of any script written as 0 to 9."""
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
    )


def tidy(text: str) -> str:
    """Return ``text`` in NFC without control characters and without space at its ends."""
    return _CONTROL.sub("", unicodedata.normalize("NFC", text)).strip()


def fold(text: str) -> str:
    """Return ``text`` as it is compared: हाँ and हां fold to the same word.

    No case, joiners, nukta or accents; digits of any script as 0 to 9; each space once.
    """
    decomposed = unicodedata.normalize("NFKD", ascii_digits(text)).casefold()
    kept = (
        "\u0902" if character == "\u0901" else character
        for character in decomposed
        if character not in "\u200c\u200d\u093c" and not "\u0300" <= character <= "\u036f"
    )
    return " ".join("".join(kept).split())


def looks_like_aadhaar(digits: str) -> bool:
    """Say whether twelve ``digits`` carry a valid Verhoeff check, as Aadhaar numbers do."""
    checksum = 0
    for position, digit in enumerate(reversed(digits)):
        checksum = _D[checksum][_P[position % 8][int(digit)]]
    return checksum == 0


def mask_aadhaar(text: str) -> tuple[str, bool]:
    """Return ``text`` with numbers that look like Aadhaar numbers masked, and whether any was."""
    found = False

    def replace(match: re.Match[str]) -> str:
        nonlocal found
        digits = ascii_digits(re.sub(r"\D", "", match.group()))
        if digits[0] in "01" or not looks_like_aadhaar(digits):
            return match.group()
        found = True
        return "XXXX XXXX " + digits[-4:]

    return _TWELVE_DIGITS.sub(replace, text), found

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
# As it is printed (three groups of four), run together, or digit by digit; in any script, with any
# space, hyphen, dash or colon, and what a phone's keyboard leaves invisible between. In groups of
# two, three or six with the same between them all: what differs is a day with its time.
# Not behind a plus: that is a telephone number of India (+91 and ten digits).
_BETWEEN = r"[\s.,:/\u200b-\u200d\u2010-\u2015\u2212_-]"
_TWELVE_DIGITS = re.compile(
    rf"(?<![\d+])(?:\d{{4}}{_BETWEEN}{{0,3}}\d{{4}}{_BETWEEN}{{0,3}}\d{{4}}"
    rf"|\d(?:{_BETWEEN}\d){{11}}"
    rf"|\d\d(?P<two>{_BETWEEN}{{1,3}})\d\d(?:(?P=two)\d\d){{4}}"
    rf"|\d{{3}}(?P<three>{_BETWEEN}{{1,3}})\d{{3}}(?:(?P=three)\d{{3}}){{2}}"
    rf"|\d{{6}}{_BETWEEN}{{1,3}}\d{{6}})(?!\d)"
)
# Three groups that are years are years.
_YEARS = re.compile(r"(?:(?:19|20)\d\d\D+){2}(?:19|20)\d\d")
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
    """Return ``text`` with numbers that look like Aadhaar numbers masked, and whether any was.

    The last four digits stay, as on a masked Aadhaar card, and so does the length: what fitted its
    place fits it still.
    """
    found = False

    def replace(match: re.Match[str]) -> str:
        nonlocal found
        typed = ascii_digits(match.group())
        digits = re.sub(r"\D", "", typed)
        if digits[0] in "01" or _YEARS.fullmatch(typed) or not looks_like_aadhaar(digits):
            return match.group()
        found = True
        return re.sub(r"\d", "X", match.group(), count=8)

    return _TWELVE_DIGITS.sub(replace, text), found

"""How many SMS a text costs: networks count segments, and so do our limits and reports.

GSM-7 carries 160 characters in one segment and 153 in each of several; a text with any character
outside that alphabet (all Hindi) goes as UCS-2 with 70 and 67. Characters of the GSM extension
table count two in GSM-7; characters beyond the basic plane count two in UCS-2.
"""

from math import ceil

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")


GSM = BASIC | EXTENSION


def is_gsm(text: str) -> bool:
    """Say whether ``text`` can go in the cheap alphabet."""
    return GSM.issuperset(text)


def segments_of(text: str) -> int:
    """Return the number of segments that ``text`` takes as an SMS; at least one."""
    if is_gsm(text):
        doubles, alone, joined = EXTENSION.intersection(text), 160, 153
    else:
        doubles = frozenset(character for character in set(text) if character > "\uffff")
        alone, joined = 70, 67
    if not doubles:
        # Nearly every text: each character takes one place.
        return 1 if len(text) <= alone else ceil(len(text) / joined)
    sizes = [2 if character in doubles else 1 for character in text]
    return _fill(sizes, alone=alone, joined=joined)


def _fill(sizes: list[int], *, alone: int, joined: int) -> int:
    if sum(sizes) <= alone:
        return 1
    segments, used = 1, 0
    for size in sizes:
        # A character of two places is never cut in half: it opens the next segment.
        if used + size > joined:
            segments, used = segments + 1, 0
        used += size
    return segments

"""How many SMS a text costs: networks count segments, and so do our limits and reports.

GSM-7 carries 160 characters in one segment and 153 in each of several; a text with any character
outside that alphabet (all Hindi) goes as UCS-2 with 70 and 67. Characters of the GSM extension
table count two in GSM-7; characters beyond the basic plane count two in UCS-2.
"""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")


def is_gsm(text: str) -> bool:
    """Say whether ``text`` can go in the cheap alphabet."""
    return all(character in BASIC or character in EXTENSION for character in text)


def segments_of(text: str) -> int:
    """Return the number of segments that ``text`` takes as an SMS; at least one."""
    if is_gsm(text):
        sizes = [2 if character in EXTENSION else 1 for character in text]
        return _fill(sizes, alone=160, joined=153)
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return _fill(sizes, alone=70, joined=67)


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

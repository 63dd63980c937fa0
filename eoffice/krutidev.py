"""Text typed in the old font Kruti Dev 010, recognised and offered in Unicode.

The font shows Devanagari where the text holds Latin letters and signs: ``jktLo`` is राजस्व. The
table was put together from the font's keyboard; order matters, longer keys come first. Nothing is
converted by itself: the reader is shown both and chooses.
"""

import re

# Key in Kruti Dev, sign in Unicode. "f" (the short i before its letter) and "Z" (the reph after
# it) are moved to their places afterwards.
_SIGNS = {
    "vkS": "औ", "vkW": "ऑ", "W": "ॉ", "vks": "ओ", "vk": "आ", "v": "अ",
    "bZ": "ई", "b": "इ", "m": "उ", "Å": "ऊ",
    ",s": "ऐ", ",": "ए", "_": "ऋ",
    "D": "क्", "d": "क", "[k": "ख", "[": "ख्", "x": "ग", "X": "ग्", "?k": "घ", "?": "घ्",
    "p": "च", "P": "च्", "N": "छ", "t": "ज", "T": "ज्", ">": "झ", "÷": "झ्", "¥": "ञ",
    "V": "ट", "B": "ठ", "M+": "ड़", "<+": "ढ़", "M": "ड", "<": "ढ", ".k": "ण", ".": "ण्",
    "r": "त", "R": "त्", "Fk": "थ", "F": "थ्", "n": "द", "/k": "ध", "/": "ध्", "èk": "ध",
    "è": "ध्", "u": "न", "U": "न्", "i": "प", "I": "प्", "Q": "फ", "¶": "फ्", "c": "ब", "C": "ब्",
    "Hk": "भ", "H": "भ्", "e": "म", "E": "म्", ";": "य", "¸": "य्", "j": "र", "y": "ल", "Y": "ल्",
    "o": "व", "O": "व्", "'k": "श", "'": "श्", "\"k": "ष", "\"": "ष्", "l": "स", "L": "स्",
    "g": "ह", "{k": "क्ष", "{": "क्ष्", "=": "त्र", "«": "त्र्", "K": "ज्ञ", "J": "श्र", "|": "द्य",
    "}": "द्व", "ç": "प्र", "Ø": "क्र", "Ý": "फ्र",
    "é": "न्न", "í": "द्द", "Ùk": "त्त", "Ù": "त्त्", "ê": "ट्ट",
    "ks": "ो", "kS": "ौ", "k": "ा", "h": "ी", "q": "ु", "w": "ू", "`": "ृ", "s": "े", "S": "ै",
    "a": "ं", "¡": "ँ", "%": ":", "~": "्", "z": "्र", "ª": "्र", "#": "रु", ":": "रू", "+": "़",
    "A": "।", "&": "-", "]": ",", "-": ".", "¼": "(", "½": ")", "^": "‘", "*": "’", "ß": "“",
    "Þ": "”", "@": "/", "\\": "?", "Œ": "॰", "•": ".",
}  # fmt: skip
_KEYS = re.compile("|".join(re.escape(key) for key in sorted(_SIGNS, key=len, reverse=True)))
_CONSONANT = "[क-ह]़?"
_CLUSTER = f"(?:{_CONSONANT}्)*{_CONSONANT}(?:्र)?"
_SHORT_I = re.compile(f"f({_CLUSTER})")
_REPH = re.compile(f"({_CLUSTER}[ा-ौ]*[ंँ]?)Z")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_LATIN = re.compile(r"[A-Za-z]+")
# Words that stand on almost every sheet typed in this font.
_FREQUENT = {
    "ds", "dk", "dh", "dks", "esa", "ls", "gS", "vkSj", "ij", "fd", "ugha", "fd;k", "tk", "gSa",
    "Fkk", "dj", "gks", "fy,", "rFkk", "izLrqr", "i=", "izfr", "vf/kdkjh", "Jh", "fnukad", "x;k",
    "x;h", "Hkh", "bl", "mDr", "ftyk", "foHkkx", "vkns'k", "tkrk", "d`i;k", ";g", "us", "ekeyk",
}  # fmt: skip
# Words of English that look like some of those.
_ENGLISH = {"the", "of", "and", "to", "in", "is", "for", "be", "on", "that", "this", "with", "are"}


def looks_like(text: str) -> bool:
    """Say whether ``text`` was typed in Kruti Dev: its commonest words tell, and no English ones.

    A few words are judged by themselves too; text that holds Devanagari already never is.
    """
    if _DEVANAGARI.search(text):
        return False
    words = text.split()
    if not words:
        return False
    frequent = sum(word in _FREQUENT for word in words)
    english = sum(word.lower().strip(".,;:") in _ENGLISH for word in words)
    return frequent > english and frequent * 8 >= len(words)


def to_unicode(text: str) -> str:
    """Return what a text typed in Kruti Dev reads: digits, spaces and line ends stay."""
    lines = (_line(line) for line in text.split("\n"))
    return "\n".join(lines)


def _line(line: str) -> str:
    held = line.replace("f", "\ue000").replace("Z", "\ue001")
    # The long i of its own is written with the reph's key.
    held = held.replace("b\ue001", "bZ")
    plain = _KEYS.sub(lambda found: _SIGNS[found.group()], held)
    plain = plain.replace("\ue000", "f").replace("\ue001", "Z")
    # A half letter and the bar that makes it whole.
    plain = plain.replace("्ा", "")
    plain = _SHORT_I.sub(r"\1ि", plain)
    return _REPH.sub(r"र्\1", plain)

"""Words by their sound: Hindi in either script folds to the same plain Latin letters.

``रेवाड़ी``, ``revari`` and ``Rewari`` all sound "revari", ``उपायुक्त`` and ``upaayukt`` both
"upayukt". Meant for searching: length of vowels, aspirates, doubled letters and the kinds of s
are given up, since nobody types them alike.
"""

import re
import unicodedata

from esachivalaya.common.words import ascii_digits

_VOWELS = dict(
    zip(
        "अआइईउऊऋएऐओऔऑऍ",
        ("a", "a", "i", "i", "u", "u", "ri", "e", "e", "o", "o", "o", "e"),
        strict=True,
    )
)
_SIGNS = dict(
    zip("ािीुूृेैोौॉॅ", ("a", "i", "i", "u", "u", "ri", "e", "e", "o", "o", "o", "e"), strict=True)
)
_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळ",
        (
            *("k", "k", "g", "g", "n", "ch", "ch", "j", "j", "n"),
            *("t", "t", "d", "d", "n", "t", "t", "d", "d", "n"),
            *("p", "f", "b", "b", "m", "y", "r", "l", "v", "s", "s", "s", "h", "l"),
        ),
        strict=True,
    )
)
# Letters that a dot below makes another sound; the others keep theirs.
_DOTTED = {"ड": "r", "ढ": "r", "ज": "j", "फ": "f"}
_VIRAMA, _NUKTA, _NASALS = "्", "़", "ंँ"
_SCHWA = "@"  # the unwritten vowel, until it is decided which of them are spoken

_WORD = re.compile(r"[^\W_]+(?:[\u0900-\u0963\u200c\u200d]*[^\W_]*)*")
# In this order: each pair of letters is folded before the single ones.
_ROMAN = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"tch|chh|ch", "C"),
        (r"c(?=[eiy])", "s"),
        (r"ck|c|q", "k"),
        (r"C", "c"),
        (r"ksh|x", "ks"),
        (r"sh", "s"),
        (r"ph", "f"),
        (r"(?<=[kgcjtdbr])h", ""),
        (r"w", "v"),
        (r"z", "j"),
        (r"ee|ie(?=$)", "i"),
        (r"oo", "u"),
        (r"ai|ay(?=[^aeiou]|$)", "e"),
        (r"au|ou", "o"),
        # Spoken by some and by others not: upayukta, police.
        (r"(?<=[a-z]{2}[^aeiou\d])[ae]$", ""),
        (r"y(?=[^aeiou]|$)", "i"),
        (r"n(?=[pb])", "m"),
        (r"(.)\1+", r"\1"),
    )
]


def sounds(text: str) -> list[str]:
    """Return the words of ``text`` by their sound, in order."""
    composed = unicodedata.normalize("NFKC", ascii_digits(text))
    found = (sound(word) for word in _WORD.findall(composed.casefold()))
    return [word for word in found if word]


def sound(word: str) -> str:
    """Return one word by its sound, in the letters a to z and digits."""
    return _fold(_latin(word))


def without_dots(text: str) -> str:
    """Return ``text`` without the dots below letters, as many keyboards write it: रेवाडी."""
    return unicodedata.normalize("NFD", text).replace(_NUKTA, "")


def _fold(word: str) -> str:
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", word)
        if letter.isascii() and letter.isalnum()
    )
    for pattern, replacement in _ROMAN:
        plain = pattern.sub(replacement, plain)
    return plain


def _latin(word: str) -> str:
    """Write Devanagari in Latin letters as it is spoken; anything else stays as it is."""
    if not any("\u0900" <= letter <= "\u097f" for letter in word):
        return word
    return "".join(part.replace("N", "n") for part in _spoken(_parts(word)))


def _parts(word: str) -> list[str]:
    """Split a word into sounds: consonants, vowels, and ``@`` for each vowel left unwritten.

    A nasal joins the vowel before it, as an ``N`` behind it.
    """
    parts: list[str] = []
    last = ""
    for letter in unicodedata.normalize("NFD", word):
        if letter in _CONSONANTS:
            parts += [_CONSONANTS[letter], _SCHWA]
            last = letter  # a dot below it comes next
        elif letter == _NUKTA and len(parts) > 1:
            parts[-2] = _DOTTED.get(last, parts[-2])
        elif letter in _SIGNS and parts and parts[-1] == _SCHWA:
            parts[-1] = _SIGNS[letter]
        elif letter == _VIRAMA and parts and parts[-1] == _SCHWA:
            parts.pop()
        elif letter in _NASALS and parts:
            parts[-1] += "N"
        elif letter in _VOWELS:
            parts.append(_VOWELS[letter])
        elif letter.isalnum():
            parts.append(letter)
    return parts


def _spoken(parts: list[str]) -> list[str]:
    """Decide which unwritten vowels are spoken, from the end of the word to its start.

    The last one is silent; inside a word it is silent between a vowel with one consonant on its
    left and a consonant with a vowel on its right (करनाल, not करअनाल), but not beside ह.
    """
    for place in range(len(parts) - 1, 0, -1):
        if parts[place] == _SCHWA:
            parts[place] = "" if _is_silent(parts, place) else "a"
    return [part.replace(_SCHWA, "a") for part in parts]


def _is_silent(parts: list[str], place: int) -> bool:
    if place == len(parts) - 1:
        return place > 1
    around = parts[place - 2 : place + 3]
    if place < 2 or len(around) < 5:
        return False
    before, left, _schwa, right, behind = around
    return (
        _is_vowel(before)
        and _is_vowel(behind)
        and not _is_vowel(right)
        and "h" not in (left, right)
    )


def _is_vowel(part: str) -> bool:
    return part != "" and part[0] in "aeiou@"

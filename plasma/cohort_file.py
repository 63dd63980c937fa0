"""A cohort's CSV file: its columns guessed from their headings, its lines read one by one.

What a line holds is judged here, without the database; words about a mistake never repeat what
stands in the cell, so that they can be kept and sent.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import phonenumbers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from esachivalaya.accounts.phones import NotAMobile, parse_mobile
from esachivalaya.common.csv_file import ImportRefused, Problem, check_content, not_csv
from esachivalaya.common.words import ascii_digits, fold
from plasma.blood import BloodGroup
from plasma.identity import given_name_of

# What a column can be, in the order of the page; the first three must be there.
FIELDS: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Mobile number"),
    "year_of_birth": gettext_lazy("Year or date of birth"),
    "phone2": gettext_lazy("Second mobile number"),
    "given_name": gettext_lazy("Given name"),
    "district": gettext_lazy("District"),
    "blood_group": gettext_lazy("Blood group"),
    "recovered_on": gettext_lazy("Recovered on"),
    "language": gettext_lazy("Language"),
}
REQUIRED = ("name", "phone", "year_of_birth")
OLDEST, YOUNGEST = 120, 18
LONGEST_NAME = 120
# No line of a list of people is longer; a quotation mark that is never closed makes one that is.
LONGEST_LINE = 4000
MOST_COLUMNS = 60

# Headings as lists have them, folded: English, Hindi, and Hindi in Latin letters.
HEADINGS: dict[str, tuple[str, ...]] = {
    "name": (
        "name", "full name", "name of patient", "patient name", "patient", "donor", "donor name",
        "name of person", "नाम", "पूरा नाम", "मरीज का नाम", "रोगी का नाम", "व्यक्ति का नाम",
        "दाता का नाम", "naam",
    ),
    "phone": (
        "phone", "mobile", "mobile no", "mobile number", "phone no", "phone number", "contact",
        "contact no", "contact number", "telephone", "mob", "mob no", "cell", "मोबाइल",
        "मोबाइल नंबर", "मोबाइल न", "फोन", "फोन नंबर", "संपर्क", "संपर्क नंबर", "दूरभाष",
    ),
    "phone2": (
        "phone2", "phone 2", "mobile 2", "alternate number", "alternate mobile",
        "alternate contact", "second mobile", "other phone", "दूसरा मोबाइल", "दूसरा नंबर",
        "वैकल्पिक नंबर", "अन्य मोबाइल",
    ),
    "given_name": ("given name", "first name", "पहला नाम", "प्रथम नाम"),
    "year_of_birth": (
        "year of birth", "year", "birth year", "yob", "dob", "date of birth", "birth date",
        "जन्म वर्ष", "जन्म का वर्ष", "जन्म तिथि", "जन्मतिथि", "जन्म दिनांक",
    ),
    "district": ("district", "dist", "city", "जिला", "जनपद", "शहर"),
    "blood_group": ("blood group", "blood", "bg", "blood type", "रक्त समूह", "रक्त वर्ग", "ब्लड ग्रुप"),
    "recovered_on": (
        "recovered on", "recovered", "date of recovery", "recovery date", "discharge date",
        "date of discharge", "discharged on", "negative on", "ठीक होने की तिथि", "स्वस्थ होने की तिथि",
        "छुट्टी की तिथि", "डिस्चार्ज तिथि", "ठीक हुए",
    ),
    "language": ("language", "lang", "भाषा"),
}  # fmt: skip
_BY_HEADING = {fold(word): name for name, words in HEADINGS.items() for word in words}

_GROUP = re.compile(r"(AB|A|B|O)(\+|-)")
_GROUP_WORDS = (
    ("पॉजिटिव", "+"), ("पाजिटिव", "+"), ("नेगेटिव", "-"), ("निगेटिव", "-"),
    ("POSITIVE", "+"), ("NEGATIVE", "-"), ("POS", "+"), ("NEG", "-"), ("+VE", "+"), ("-VE", "-"),
    ("\u2212", "-"), ("\u2013", "-"), ("\u2014", "-"),
    ("एबी", "AB"), ("ए", "A"), ("बी", "B"), ("ओ", "O"),
)  # fmt: skip
_NOT_KNOWN = {"", "-", "na", "n/a", "nil", "nk", "not known", "unknown", "ज्ञात नहीं", "पता नहीं"}
_SEVERAL = re.compile(r"[/,;&|\n]|\bor\b|\band\b", re.IGNORECASE)
_YEAR = re.compile(r"(\d{4})(?:\.0)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\- ](\d{1,2}|[A-Za-z]{3,9})[/.\- ](\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[T ]00:00(?::00)?)?")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_LANGUAGES = {
    **dict.fromkeys(("hi", "hin", "hindi", "हिंदी", "हिन्दी"), "hi"),
    **dict.fromkeys(("en", "eng", "english", "अंग्रेजी", "इंग्लिश"), "en"),
}
# The very pattern by which a number is judged elsewhere on the portal; whole lists are held
# against it directly, and what it does not know is looked at slowly and told in words.
_METADATA: Any = phonenumbers.PhoneMetadata.metadata_for_region("IN")
_MOBILE = re.compile(_METADATA.mobile.national_number_pattern)
_PREFIX = re.compile(r"(?:\+91|0091|91(?=\d{10}$)|0)?(\d{10})")
_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2013\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Person:
    """One accepted line."""

    line: int
    name: str
    given_name: str
    phones: tuple[str, ...]
    year_of_birth: int
    district: str = ""
    blood_group: str = ""
    recovered_on: date | None = None
    language: str = "hi"


class Wrong(ValueError):
    """What is wrong with one cell: its field, and the sentence."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field, self.words = field, words


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that cannot be a donor, and why; ``field`` is "" for the line as a whole."""

    line: int
    field: str
    words: str


def headings(content: bytes) -> list[str]:
    """Return the headings of the file's columns; :class:`ImportRefused` for what is no CSV file."""
    check_content(content)
    for _line, cells in _rows(content):
        if len(cells) > MOST_COLUMNS:
            raise ImportRefused([Problem(1, _("There are more than 60 columns."))])
        found = [clean(cell) for cell in cells]
        if any(found):
            return found
    raise ImportRefused([Problem(0, _("The file is empty."))])


def guessed(names: Sequence[str]) -> dict[str, int]:
    """Return which column is probably what: the first one whose heading is a known word for it."""
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        plain = fold(re.sub(r"[_.*:()\[\]]+", " ", name))
        field = _BY_HEADING.get(plain, "")
        if field == "phone" and "phone" in found:
            field = "phone2"
        if field:
            found.setdefault(field, place)
    return found


def read(
    content: bytes, columns: Mapping[str, int], *, districts: Mapping[str, str], today: date
) -> Iterator[Person | Mistake]:
    """Give each line of the file as a person or as a mistake; empty lines are passed over.

    ``districts`` are the codes by every name that a district goes by, folded. Raises
    :class:`ImportRefused` where the file stops being CSV.
    """
    width = 0
    for line, cells in _rows(content):
        if not width:
            width = len(cells)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != width:
            words = _("%(found)s values instead of %(wanted)s.")
            yield Mistake(line, "", words % {"found": len(cells), "wanted": width})
            continue
        try:
            yield _person(line, cells, columns, districts, today)
        except Wrong as wrong:
            yield Mistake(line, wrong.field, wrong.words)


def clean(cell: str) -> str:
    """Return a cell in NFC, each space once, without marks of direction or control."""
    text = unicodedata.normalize("NFC", cell)
    if text.isprintable():
        return " ".join(text.split())
    kept = (
        " " if character.isspace() else character
        for character in text
        # Joiners belong to Indian words; every other unseen mark does not.
        if character in "\u200c\u200d"
        or character.isspace()
        or not unicodedata.category(character).startswith("C")
    )
    return " ".join("".join(kept).split())


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the number of its first line; the separator is that of the first line."""
    text = content.decode("utf-8-sig")
    first = text[: text.find("\n")] if "\n" in text else text
    counts = {mark: first.count(mark) for mark in ",;\t"}
    separator = max(counts, key=lambda mark: counts[mark])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    before = 0
    try:
        for cells in reader:
            if sum(map(len, cells)) > LONGEST_LINE:
                words = _("This line is very long. Is a quotation mark missing?")
                raise ImportRefused([Problem(before + 1, words)])
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise ImportRefused([Problem(before + 1, not_csv(error))]) from error


def _person(
    line: int,
    cells: Sequence[str],
    columns: Mapping[str, int],
    districts: Mapping[str, str],
    today: date,
) -> Person:
    found = {name: clean(cells[place]) for name, place in columns.items()}
    name = _name("name", found["name"])
    given = found.get("given_name", "")
    return Person(
        line=line,
        name=name,
        given_name=_name("given_name", given)[:60] if given else given_name_of(name),
        phones=_phones(found["phone"], found.get("phone2", "")),
        year_of_birth=_year(found["year_of_birth"], today),
        district=_district(found.get("district", ""), districts),
        blood_group=_blood_group(found.get("blood_group", "")),
        recovered_on=_recovered(found.get("recovered_on", ""), today),
        language=_language(found.get("language", "")),
    )


def _name(field: str, text: str) -> str:
    if not text:
        raise Wrong(field, _("The name is missing."))
    if text[0] in "=@+-":
        raise Wrong(field, _("This is a formula, no name."))
    if len(text) > LONGEST_NAME:
        raise Wrong(field, _("The name is longer than 120 characters."))
    if not any(character.isalpha() for character in text) or any(
        character.isdecimal() for character in text
    ):
        raise Wrong(field, _("This is no name."))
    return text


def _phones(first: str, second: str) -> tuple[str, ...]:
    """Return the mobile numbers of both cells, each once; the first one is asked."""
    wanted = [part for part in _SEVERAL.split(f"{first}/{second}") if part.strip()]
    if not wanted:
        raise Wrong("phone", _("The number is missing."))
    found: dict[str, None] = {}
    problem = ""
    for part in wanted:
        try:
            found[mobile(part)] = None
        except NotAMobile as wrong:
            problem = problem or str(wrong.args[0])
    if not found:
        raise Wrong("phone", problem)
    return tuple(found)[:4]


def mobile(text: str) -> str:
    """Return the number as ``+919800000001``; what is no Indian mobile raises NotAMobile.

    The same numbers as :func:`accounts.phones.parse_mobile`, a whole list of them in a second.
    """
    # A spreadsheet that took the number for an amount writes it with ".0".
    digits = (text if text.isascii() else ascii_digits(text)).removesuffix(".0")
    bare = _SEPARATORS.sub("", digits)
    found = _PREFIX.fullmatch(bare)
    if found and _MOBILE.fullmatch(found[1]):
        return f"+91{found[1]}"
    return parse_mobile(bare)


def _year(text: str, today: date) -> int:
    plain = ascii_digits(text)
    whole = _YEAR.fullmatch(plain)
    if not plain:
        raise Wrong("year_of_birth", _("The year of birth is missing."))
    if whole:
        year = int(whole[1])
    elif (day := _day(plain, today)) is not None:
        year = day.year
    else:
        raise Wrong(
            "year_of_birth", _("This is no year and no date of birth. An age is not enough.")
        )
    if year > today.year or year < today.year - OLDEST:
        raise Wrong("year_of_birth", _("Nobody of today was born in this year."))
    if year > today.year - YOUNGEST:
        raise Wrong("year_of_birth", _("Younger than 18: children are not asked."))
    return year


def _day(text: str, today: date) -> date | None:
    """Return the day that ``text`` writes, the day before the month as in India; None for none."""
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if not (found := _DAY_FIRST.fullmatch(text)):
            return None
        month = found[2]
        number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
        year = int(found[3])
        if year < 100:
            year += 2000 if year <= today.year % 100 else 1900
        return date(year, number, int(found[1]))
    except ValueError:
        return None


@lru_cache(maxsize=512)
def _folded(text: str) -> str:
    """As :func:`fold`, for the few words that stand in thousands of lines; never for names."""
    return fold(text)


def _district(text: str, districts: Mapping[str, str]) -> str:
    if _folded(text) in _NOT_KNOWN:
        return ""
    code = districts.get(_folded(text))
    if code is None:
        raise Wrong("district", _("Haryana has no district of this name."))
    return code


@lru_cache(maxsize=512)
def _blood_group(text: str) -> str:
    if _folded(text) in _NOT_KNOWN:
        return ""
    plain = text.upper()
    for word, sign in _GROUP_WORDS:
        plain = plain.replace(word, sign)
    found = _GROUP.fullmatch(re.sub(r"[\s().]|VE$", "", plain).replace("0", "O"))
    if not found or (group := found[1] + found[2]) not in BloodGroup.values:
        raise Wrong("blood_group", _("This is no blood group."))
    return group


def _recovered(text: str, today: date) -> date | None:
    if _folded(text) in _NOT_KNOWN:
        return None
    day = _day(ascii_digits(text), today)
    if day is None:
        raise Wrong("recovered_on", _("This is no date. Write it as 21-07-2020."))
    if day > today:
        raise Wrong("recovered_on", _("This day is still to come."))
    if day.year < 2019:
        raise Wrong("recovered_on", _("This day is too long ago."))
    return day


def _language(text: str) -> str:
    if not text:
        return "hi"
    found = _LANGUAGES.get(fold(text)) or _LANGUAGES.get(text.lower())
    if found is None:
        raise Wrong("language", _("Write “hi” for Hindi or “en” for English."))
    return found

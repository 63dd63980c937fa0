"""Made-up lists of recovered people, for showing and measuring. Every name says that it is made up.

The numbers are of a range that the portal's demo uses and nobody is called on.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from officials.models import District
from plasma.blood import BloodGroup

HEADER = ("नाम", "पहला नाम", "मोबाइल नंबर", "जन्म वर्ष", "जिला", "रक्त समूह", "ठीक होने की तिथि", "भाषा")
MOST = 250_000
FIRST_NUMBER = 9_800_700_000
# As often as in the State's population, in per cent.
_GROUPS = {"B+": 36, "O+": 28, "A+": 21, "AB+": 9, "B-": 2, "O-": 2, "A-": 1, "AB-": 1}

# Hindi and Latin: given names of women and of men, and family names.
_WOMEN = (
    "सुमन=Suman कमला=Kamla सुनीता=Sunita आशा=Asha सरोज=Saroj मीना=Meena पूनम=Poonam किरण=Kiran "
    "निर्मला=Nirmala कविता=Kavita अनीता=Anita रेखा=Rekha रोशनी=Roshni नीलम=Neelam मंजू=Manju "
    "सीमा=Seema बबीता=Babita ज्योति=Jyoti फरीदा=Farida हरजीत=Harjeet गीता=Geeta सविता=Savita"
)
_MEN = (
    "रामफल=Ramphal सतबीर=Satbir राजेश=Rajesh सुरेश=Suresh महावीर=Mahavir जगदीश=Jagdish "
    "धर्मवीर=Dharamvir बलवान=Balwan रमेश=Ramesh नरेश=Naresh विजय=Vijay सुभाष=Subhash दलबीर=Dalbir "
    "प्रदीप=Pradeep संदीप=Sandeep मनोज=Manoj अशोक=Ashok इमरान=Imran बलजीत=Baljit दीपक=Deepak "
    "नवीन=Naveen पवन=Pawan अनिल=Anil विकास=Vikas"
)
_FAMILIES = (
    "शर्मा=Sharma यादव=Yadav सैनी=Saini दहिया=Dahiya मलिक=Malik सांगवान=Sangwan कुंडू=Kundu "
    "गोयल=Goyal बंसल=Bansal राठी=Rathee देशवाल=Deswal जाखड़=Jakhar अरोड़ा=Arora वर्मा=Verma "
    "जांगड़ा=Jangra नैन=Nain दलाल=Dalal नरवाल=Narwal तंवर=Tanwar चौहान=Chauhan कादियान=Kadian"
)
_MARK = {"hi": "नमूना", "en": "sample"}

# What goes wrong in lists: which column, and what stands in it.
_MISTAKES = (
    ("phone", ""), ("phone", "98007"), ("phone", "0124-2300300"), ("name", ""),
    ("name", "=HYPERLINK(A1)"), ("year", "2031"), ("year", "35"), ("year", "1850"),
    ("recovered", "2031-01-01"), ("recovered", "?"), ("district", "Atlantis"), ("group", "Q+"),
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What is to be in the list beside ordinary lines."""

    people: int
    # Per cent of lines whose number is another person's too.
    shared: int = 8
    # Lines that are there twice, and lines that cannot be donors, beside the ``people``.
    duplicates: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    given_name: str
    phone: str
    year: str
    district: str
    group: str
    recovered: str
    language: str

    def cells(self) -> list[str]:
        return [
            self.name,
            self.given_name,
            self.phone,
            self.year,
            self.district,
            self.group,
            self.recovered,
            self.language,
        ]


class NoDistricts(Exception):
    """There is no district in which a donor could live."""


def rows(wanted: Wanted, *, seed: int, today: date) -> Iterator[list[str]]:
    """Give the lines of a made-up list, its headings first; the same ones for the same seed."""
    districts = list(District.objects.order_by("code").values_list("name_hi", "name_en"))
    if not districts:
        raise NoDistricts
    chance = random.Random(seed)  # noqa: S311 - the same list each time, nothing secret
    yield list(HEADER)
    lines: list[_Line] = []
    kept = max(wanted.duplicates, wanted.bad, 1)
    last: _Line | None = None
    for number in range(wanted.people):
        line = _person(number, chance, districts, today)
        if last is not None and chance.random() * 100 < wanted.shared:
            line = _on_the_phone_of(last, line, chance)
        last = line
        if len(lines) < kept:
            lines.append(line)
        yield line.cells()
    for number in range(wanted.duplicates if lines else 0):
        yield lines[number % len(lines)].cells()
    for number in range(wanted.bad):
        yield _spoilt(_person(wanted.people + number, chance, districts, today), number).cells()


def _person(
    number: int, chance: random.Random, districts: Sequence[tuple[str, str]], today: date
) -> _Line:
    hindi = chance.random() < 0.8
    of = 0 if hindi else 1
    language = "hi" if hindi else "en"
    given = chance.choice((_WOMEN if chance.random() < 0.4 else _MEN).split()).split("=")[of]
    family = chance.choice(_FAMILIES.split()).split("=")[of]
    recovered = today - timedelta(days=chance.randrange(5, 120))
    group = chance.choices(list(_GROUPS), weights=list(_GROUPS.values()))[0]
    return _Line(
        name=f"{given} {family} ({_MARK[language]})",
        given_name=given,
        phone=_phone(number, chance),
        year=str(today.year - chance.randrange(19, 66)),
        district=chance.choice(districts)[of],
        group=BloodGroup(group).value if chance.random() < 0.7 else "",
        recovered=recovered.strftime(chance.choice(("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"))),
        language=language,
    )


def _phone(number: int, chance: random.Random) -> str:
    """The number as people write it: with and without the country, in digits of both scripts."""
    plain = str(FIRST_NUMBER + number)
    written = chance.choice(
        (plain, plain, plain, f"+91 {plain[:5]} {plain[5:]}", f"0{plain}", f"91{plain}")
    )
    if chance.random() < 0.02:
        return "".join(chr(0x0966 + int(digit)) for digit in plain)
    return written


def _on_the_phone_of(other: _Line, line: _Line, chance: random.Random) -> _Line:
    """Somebody else of the same family: another given name on the same number."""
    names = _WOMEN if other.given_name in _MEN else _MEN
    given = chance.choice(names.split()).split("=")[0 if other.language == "hi" else 1]
    family = " ".join(other.name.split()[1:])
    return _Line(
        name=f"{given} {family}",
        given_name=given,
        phone=other.phone,
        year=line.year,
        district=other.district,
        group=line.group,
        recovered=line.recovered,
        language=other.language,
    )


def _spoilt(line: _Line, number: int) -> _Line:
    column, cell = _MISTAKES[number % len(_MISTAKES)]
    return replace(line, **{column: cell})

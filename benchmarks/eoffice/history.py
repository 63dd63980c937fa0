"""What became of files and receipts: each with a whole ledger, as the services would have written.

A unit is one file with the receipts that came in its time: most lie in it, others alone.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from benchmarks.eoffice.offices import Place, Room
from benchmarks.eoffice.tables import Tables, told
from eoffice.services.ledger import GENESIS
from eoffice.services.numbers import key_of
from esachivalaya.common.uploads import Paper
from esachivalaya.common.words import fold

_WORDS = b"%PDF-1.7\n% What all letters of a benchmark have in them.\n"
# The one paper that all receipts share.
LETTER = Paper("letter.pdf", "application/pdf", _WORDS, hashlib.sha256(_WORDS).hexdigest(), pages=4)
# Letters of the years before; the last entry of an old one lies half a year back.
YEARS, LATEST = 3, 180
FEWEST = 2
IN_FILE = 0.6
MATTERS = (
    "Repair of the road from {a} to {b}",
    "Transfer of a teacher of the school at {a}",
    "Mutation of land in village {a}, tehsil {b}",
    "Pension of a retired patwari of {a}",
    "{a} से {b} तक सड़क की मरम्मत",
    "गाँव {a} में पेयजल की व्यवस्था",
    "{a} के विद्यालय में अध्यापक की नियुक्ति",
    "ग्राम पंचायत {a} को अनुदान की स्वीकृति",
)
PLACES = (
    "Bawal Kosli Jatusana Dharuhera Nahar Khol Pataudi Sohna Farrukhnagar Nuh Tauru Palwal Hodal "
    "Hathin Narnaul Ateli Kanina Mahendragarh Bhiwani Loharu Siwani Tosham Hisar Hansi Barwala "
    "Fatehabad Tohana Ratia Sirsa Dabwali Ellenabad Jind Narwana Safidon Kaithal Guhla Pehowa"
).split()
NOTES = (
    "Submitted for orders please.",
    "The proposal was examined. Funds are available under the head.\nIt may be approved.",
    "कृपया स्वीकृति हेतु प्रस्तुत है।",
    "प्रस्ताव का परीक्षण किया गया। बजट उपलब्ध है।\nनियमानुसार स्वीकृति दी जा सकती है।\nआदेशार्थ प्रस्तुत।",
)


@dataclass(frozen=True)
class Shares:
    """How much of what is made still lies open, and how much of that at the measured desks."""

    open: float
    measured: float


@dataclass
class Item:
    """An item while its history is told."""

    pk: int
    kind: str
    made: datetime
    at: Place
    seq: int = 0
    previous: str = GENESIS
    clock: datetime = field(init=False)
    desks: dict[int, int] = field(default_factory=dict)
    notes: int = 0

    def __post_init__(self) -> None:
        self.clock = self.made


class Historian:
    """Tells one unit after the other into the tables."""

    def __init__(
        self, tables: Tables, rooms: Sequence[Room], measured: Sequence[Place], stored: int
    ) -> None:
        self.tables, self.rooms, self.measured, self.stored = tables, rooms, measured, stored
        self.departments: dict[str, list[Room]] = {}
        for room in rooms:
            self.departments.setdefault(room.department, []).append(room)

    def unit(self, number: int, *, receipts: int, movements: int, shares: Shares) -> None:
        """Tell of file ``number`` and of so many receipts, with so many movements in all."""
        self.random = random = Random(number)  # noqa: S311 - the same history each time
        room = self.rooms[number % len(self.rooms)]
        other = random.choice(self.departments[room.department])
        team = [*random.sample(room.places, min(4, len(room.places))), other.places[0]]
        begins = self.today - timedelta(
            seconds=random.randrange(LATEST * 86_400, (LATEST + YEARS * 365) * 86_400)
        )
        file = Item(self.tables.id_of("item"), "file", begins, team[0])
        inside = sum(random.random() < IN_FILE for _receipt in range(receipts))
        own = [2 + random.randrange(3) for _receipt in range(receipts)]
        letters = [
            self._receipt(room, team[:3], movements=count, inside=position < inside, shares=shares)
            for position, count in enumerate(own)
        ]
        self._file(number, room, file, team, max(movements - sum(own), FEWEST), shares)
        self._papers(file, letters[:inside])

    def begin(self, today: datetime) -> None:
        """Tell from this day backwards."""
        self.today = today.replace(microsecond=0)

    def _file(
        self, number: int, room: Room, file: Item, team: list[Place], count: int, shares: Shares
    ) -> None:
        year = file.made.year
        name = f"A-{number}/{year}-{room.code}"
        self._entry(file, "made", to=file.at, more={"number": name})
        is_open = self.random.random() < shares.open
        last = self._last(team, is_open, shares)
        status, closed = self._walk(file, team, count, last=last, ends="" if is_open else "closed")
        self._item(file, name, status, team[0], closed=closed, sender="")
        self.tables.add(
            "file", file.pk, "main", year, None, "", "", "", 0, file.notes, 20, room.section
        )

    def _receipt(
        self, room: Room, team: list[Place], *, movements: int, inside: bool, shares: Shares
    ) -> Item:
        days = self.random.randrange(LATEST, LATEST + YEARS * 365)
        one = Item(self.tables.id_of("item"), "receipt", self.today - timedelta(days=days), team[0])
        name = f"{one.pk}/{one.made.year}/{room.department}-R"
        # The one stored file that all of them share.
        self._entry(one, "made", to=one.at, more={"number": name, "scans": [LETTER.sha256]})
        is_open = not inside and self.random.random() < shares.open
        last = self._last(team, is_open, shares)
        ends = "put_in_file" if inside else "" if is_open else "closed"
        status, closed = self._walk(one, team, movements, last=last, ends=ends)
        correspondent, sender = self.random.choice(room.correspondents)
        self._item(one, name, status, team[0], closed=closed, sender=sender)
        day = one.made.date()
        row = ("letter", "f", f"L-{one.pk}", day, "post", one.made, "", "", correspondent)
        self.tables.add("receipt", one.pk, told(sender), *row)
        paper = (self.tables.id_of("enclosure"), 1, "letter.pdf", self.stored, one.pk)
        self.tables.add("enclosure", *paper)
        return one

    def _last(self, team: list[Place], is_open: bool, shares: Shares) -> Place | None:
        if is_open and self.random.random() < shares.measured:
            return self.random.choice(self.measured)
        return None

    def _walk(
        self, one: Item, team: list[Place], count: int, *, last: Place | None, ends: str
    ) -> tuple[str, Place | None]:
        """Send it from desk to desk, write its stays; return its state and who closed it."""
        came, since, sender = "made", one.made, None
        one.desks[one.at.desk] = one.at.section
        for step in range(2, count + 1):
            final = step == count
            if final and ends:
                self._entry(one, ends)
                self._stay(one, came, since, sender, ended=True)
                return ("closed", one.at) if ends == "closed" else ("in_file", None)
            others = [place for place in team if place is not one.at]
            target = last if final and last else self.random.choice(others or team)
            act = "returned" if sender is target else "marked"
            self._entry(one, act, to=target, more=self._sealed(one))
            self._stay(one, came, since, sender, ended=True)
            came, since, sender, one.at = act, one.clock, one.at, target
            one.desks[target.desk] = target.section
        self._stay(one, came, since, sender, ended=False)
        return "open", None

    def _entry(
        self, one: Item, act: str, *, to: Place | None = None, more: dict[str, object] | None = None
    ) -> None:
        """The next entry of its ledger, with the hash over the bytes as they are stored."""
        if one.seq:
            one.clock += timedelta(seconds=600 + self.random.randrange(300_000))
        one.seq += 1
        payload = json.dumps(
            {
                "item": one.pk,
                "seq": one.seq,
                "at": one.clock.isoformat(),
                "act": act,
                "from": one.at.desk,
                "to": to.desk if to else None,
                "by": one.at.user,
                "charge": "holder",
                "words": "",
                "more": more or {},
            },
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        bound = hashlib.sha256(f"{one.previous}\n{payload}".encode()).hexdigest()
        self.tables.add(
            "movement",
            *(self.tables.id_of("movement"), one.seq, one.clock, act, "holder", "", payload),
            *(one.previous, bound, one.at.user, one.at.desk, one.pk, to.desk if to else None),
        )
        one.previous = bound

    def _sealed(self, one: Item) -> dict[str, object]:
        """A note of who sends a file, sealed by the entry that sends it."""
        if one.kind != "file":
            return {"action": "", "notes": []}
        pk, text, place = self.tables.id_of("note"), self.random.choice(NOTES), one.at
        one.notes += 1
        signed = {
            "file": one.pk,
            "number": one.notes,
            "text": text,
            "desk": place.desk,
            "by": place.user,
            "name": place.name,
            "post": place.title,
            "flags": [],
        }
        words = json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(words.encode()).hexdigest()
        self.tables.add(
            "note",
            *(pk, one.notes, "sealed", 2, told(text), place.name, place.title),
            *(one.clock, one.clock, one.clock, digest, place.user, place.desk, one.pk),
        )
        return {"action": "", "notes": [{"note": pk, "number": one.notes, "sha256": digest}]}

    def _stay(
        self, one: Item, came: str, since: datetime, sender: Place | None, *, ended: bool
    ) -> None:
        read = since if ended or self.random.random() < 0.7 else None
        self.tables.add(
            "holding",
            *(self.tables.id_of("holding"), came, since, "", read, since, ""),
            *(one.clock if ended else None, one.at.desk, sender.desk if sender else None, one.pk),
        )

    def _item(
        self,
        one: Item,
        name: str,
        status: str,
        made_at: Place,
        *,
        closed: Place | None,
        sender: str,
    ) -> None:
        first, second = self.random.sample(PLACES, 2)
        subject = self.random.choice(MATTERS).format(a=first, b=second)
        due = (one.clock + timedelta(days=30)).date() if self.random.random() < 0.3 else None
        words = fold(f"{subject} {sender}")
        self.tables.add(
            "item",
            *(one.pk, one.kind, name, key_of(name), told(subject), "electronic", 1),
            *(self.random.choice((1, 1, 1, 1, 2, 3)), due, status, 1, one.made),
            *(one.clock if closed else None, "", words, closed.desk if closed else None),
            *(made_at.desk, made_at.user),
        )
        self._access(one.pk, one.desks)

    def _access(self, pk: int, desks: dict[int, int]) -> None:
        for desk in desks:
            self.tables.add("access", self.tables.id_of("access"), None, desk, pk)
        for section in set(desks.values()):
            self.tables.add("access", self.tables.id_of("access"), section, None, pk)

    def _papers(self, file: Item, letters: list[Item]) -> None:
        """The receipts in the file: whoever sees it sees them."""
        for position, letter in enumerate(letters):
            page = position * 4 + 1
            self.tables.add(
                "correspondence",
                *(self.tables.id_of("correspondence"), page, page + 3, file.made),
                *(letter.at.user, letter.at.desk, file.pk, letter.pk),
            )
            theirs, sections = set(letter.desks), set(letter.desks.values())
            for desk in set(file.desks) - theirs:
                self.tables.add("access", self.tables.id_of("access"), None, desk, letter.pk)
            for section in set(file.desks.values()) - sections:
                self.tables.add("access", self.tables.id_of("access"), section, None, letter.pk)

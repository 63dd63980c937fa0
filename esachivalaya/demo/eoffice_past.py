"""The demo's e-Office of the last months: letters that came, went from desk to desk, and are done.

What is over cannot be acted out today, so it is written as it was, oldest first, so that numbers
follow the days; the ledger binds it like everything else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import Any

from eoffice.models import Correspondent, File, Head, Holding, Item, Movement, Nature, Receipt
from eoffice.permissions import Seat
from eoffice.services import access, ledger, numbers, searching
from esachivalaya.common import clock
from esachivalaya.demo.offices import SEED
from officials.models import Section

DAYS = 75
# Letters of each section, and old paper files that it joined.
LETTERS, OLD_FILES = 22, 6
# Of ten letters so many are done by now.
DONE_OF_TEN = 8
READ_AFTER = timedelta(hours=3)
OFFICE_OPENS, OFFICE_MINUTES = time(9, 30), 7 * 60
ACTION = "आवश्यक कार्यवाही"
CLOSED = "कार्यवाही पूर्ण, संबंधित को उत्तर भेजा गया"


@dataclass(frozen=True)
class Office:
    """A section with the seats from the assistant's upwards, its head and who writes to it."""

    section: Section
    seats: Sequence[Seat]
    head: Head
    senders: Sequence[Correspondent]
    subjects: Sequence[str]


@dataclass(frozen=True)
class _Came:
    """Something that was made at a moment: a letter, or a file of old paper."""

    at: datetime
    office: Office
    number: int
    old: bool


def make_past(offices: Sequence[Office]) -> int:
    """Write what came to ``offices`` in the last months and what became of it; return how much."""
    chance = Random(SEED + 34)  # noqa: S311 - the same past in each run
    today = clock.day_of(clock.now())
    coming = [
        _Came(_working_moment(chance, today), office, number, old)
        for office in offices
        for old, count in ((False, LETTERS), (True, OLD_FILES))
        for number in range(count)
    ]
    coming.sort(key=lambda one: one.at)
    for came in coming:
        if came.old:
            _join(came, chance)
        else:
            _diarise(came, chance)
    return len(coming)


def _working_moment(chance: Random, today: date) -> datetime:
    """Return a moment of office hours of one of the last months' days, today not among them."""
    day = today - timedelta(days=chance.randrange(2, DAYS))
    # Saturday and Sunday are free.
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return clock.at(day, OFFICE_OPENS) + timedelta(minutes=chance.randrange(OFFICE_MINUTES))


def _diarise(came: _Came, chance: Random) -> None:
    office, first = came.office, came.office.seats[0]
    person = office.senders[came.number % len(office.senders)]
    subject = office.subjects[came.number % len(office.subjects)]
    number = numbers.diary_number(office.section, came.at)
    item = _item(came, Item.Kind.RECEIPT, number, subject, priority=chance.choice((1, 1, 1, 2)))
    receipt = Receipt(
        item=item,
        correspondent=person,
        sender=str(person),
        letter_number=f"{700 + came.number}/{office.section.code}",
        received_on=clock.day_of(came.at),
        delivery_mode=("email", "post", "portal", "hand")[came.number % 4],
        diarised_at=came.at,
    )
    receipt.save(force_insert=True)
    searching.write_words(item, [subject, receipt.sender, receipt.letter_number])
    day = receipt.received_on.isoformat()
    held = _began(item, first, came.at, {"number": number, "received_on": day})
    done = chance.randrange(10) < DONE_OF_TEN
    steps = chance.choice((1, 2, 3)) if done else chance.choice((0, 1, 1, 2))
    way = cycle((1, 2, 1, 0))
    place, at = 0, came.at
    for following in (next(way) for _step in range(steps)):
        at += _pause(chance)
        if at >= clock.now():
            return
        held = _send(item, held, office.seats[place], office.seats[following], at)
        place = following
    at += _pause(chance)
    if done and at < clock.now():
        _close(item, held, office.seats[place], at)


def _join(came: _Came, chance: Random) -> None:
    """Open a file that was on paper, under its old number; some lie with the Section Officer."""
    office, first = came.office, came.office.seats[0]
    number, serial, year = numbers.file_number(office.head, office.section, came.at)
    old_number = f"{office.section.code}/{11 + came.number}/{1998 + came.number}"
    subject = office.subjects[(came.number + 3) % len(office.subjects)]
    item = _item(came, Item.Kind.FILE, number, subject, old_number=old_number)
    file = File(
        item=item,
        section=office.section,
        head=office.head,
        year=year,
        serial=serial,
        old_number=old_number,
        location=f"अलमारी {1 + came.number}, खाना 2",
        opened_on=date(1998 + came.number, 5, 11),
        pages_scanned=20 + 7 * came.number,
    )
    file.save(force_insert=True)
    searching.write_words(item, [subject, old_number])
    held = _began(item, first, came.at, {"number": number, "old_number": old_number, "of": None})
    at = came.at + _pause(chance)
    if came.number % 2 and at < clock.now():
        _send(item, held, first, office.seats[1], at)


def _item(
    came: _Came, kind: str, number: str, subject: str, *, priority: int = 1, old_number: str = ""
) -> Item:
    seat = came.office.seats[0]
    return Item.objects.create(
        kind=kind,
        number=number,
        number_key=numbers.key_of(number, old_number),
        subject=subject,
        nature=Nature.ELECTRONIC,
        priority=priority,
        made_at=came.at,
        made_at_desk=seat.desk,
        made_by=seat.charge.user,
    )


def _began(item: Item, seat: Seat, at: datetime, more: Mapping[str, Any]) -> Holding:
    held = Holding.objects.create(
        item=item,
        desk=seat.desk,
        came=Holding.Came.MADE,
        since=at,
        read_at=at,
        received_at=at,
    )
    access.grant(item, seat.desk)
    ledger.append(item, Movement.Act.MADE, seat=seat, at=at, to_desk=seat.desk, more=more)
    return held


def _send(item: Item, held: Holding, seat: Seat, to: Seat, at: datetime) -> Holding:
    Holding.objects.filter(pk=held.pk).update(ended_at=at)
    read_at = at + READ_AFTER
    following = Holding.objects.create(
        item=item,
        desk=to.desk,
        came=Holding.Came.MARKED,
        from_desk=seat.desk,
        since=at,
        action=ACTION,
        read_at=read_at if read_at < clock.now() else None,
        received_at=at,
    )
    access.grant(item, to.desk)
    more = {"notes": [], "action": ACTION}
    ledger.append(item, Movement.Act.MARKED, seat=seat, at=at, to_desk=to.desk, more=more)
    return following


def _close(item: Item, held: Holding, seat: Seat, at: datetime) -> None:
    Holding.objects.filter(pk=held.pk).update(ended_at=at)
    Item.objects.filter(pk=item.pk).update(
        status=Item.Status.CLOSED, closed_at=at, closed_by_desk=seat.desk, words=CLOSED
    )
    more: dict[str, Any] = {"notes": []}
    ledger.append(item, Movement.Act.CLOSED, seat=seat, at=at, words=CLOSED, more=more)


def _pause(chance: Random) -> timedelta:
    """Return how long something stays at a desk: mostly some days, now and then weeks."""
    return timedelta(days=chance.choice((1, 1, 2, 3, 4, 6, 9, 15)), minutes=chance.randrange(200))

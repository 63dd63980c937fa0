"""The requests of the benchmark: many that are not yet due, and those that are, of every kind."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from psycopg2.extras import DateTimeTZRange

from appointments.models import Category, Hold, Offer, Request
from benchmarks.deadline.offices import (
    A_DAY,
    CLOSED_DAYS,
    FIRST_HELD_DAY,
    LAST_DAY,
    Office,
    start_of,
)
from benchmarks.rows import copies, one_of
from esachivalaya.accounts.models import Citizen, Household
from esachivalaya.common.clock import at, now

SLOT = timedelta(minutes=10)
# The numbers of people and requests that the database makes by itself begin here.
PEOPLE, REQUESTS = 50_000_000, 60_000_000
# Which slots of a day are whose: those not yet due, those due, offers. The rest is free.
DUE_FROM, OFFERED_FROM = 34, 64
# What comes to an allotting office, in shares of a hundred.
KINDS = {
    "held": 40,
    "impossible": 8,
    "open": 22,
    "open, with wishes": 15,
    "offer, first time stands": 6,
    "offer stands in": 3,
    "offer, neither stands": 2,
    "open, with offer": 4,
}
OTHER_KINDS = {
    "release": {"held": 80, "offer, first time stands": 20},
    "hand_down": {
        "held": 45,
        "held, not agreed": 35,
        "engaged": 10,
        "offer, first time stands": 10,
    },
    "absent": {"held": 50, "open": 50},
}


@dataclass(frozen=True)
class Due:
    """One request that is due, as the reference knows it."""

    pk: int
    office: Office
    citizen: int
    phone: str
    due_at: datetime
    private: bool
    agreed: bool
    engaged: bool
    asked: datetime | None
    offered: datetime | None
    weekdays: frozenset[int]
    parts: frozenset[str]


class Wishes:
    """Makes requests, and never the same slot twice."""

    def __init__(self, offices: list[Office], today: date) -> None:
        self._offices = offices
        self._today = today
        self._chance = random.Random(2020)  # noqa: S311 - the same requests in each run
        self._people = 0
        self._waiting = 0
        self._category = Category.objects.first() or Category.objects.create(
            code="pension", name_en="Pensions", name_hi="पेंशन"
        )
        household = Household.objects.create(phone=None)
        self._citizen = Citizen.objects.create(
            household=household, name="Asha Devi", given_name="Asha", district_code="REW"
        )
        self._asked = {id(one): self._places(DUE_FROM, OFFERED_FROM) for one in offices}
        self._offered = {id(one): self._places(OFFERED_FROM, A_DAY) for one in offices}
        moment = now()
        self._like = Request.objects.create(
            reference="ES22222222",
            post=offices[0].post,
            citizen=self._citizen,
            channel="own_phone",
            kind="slot",
            status="withdrawn",
            category=self._category,
            subject="Pension not received since April",
            language="hi",
            pin_hash="!",
            created_at=moment - timedelta(days=1),
            due_at=moment,
            answered_at=moment,
        )

    def people(self, count: int) -> range:
        """Make so many people, each with a phone, and return their numbers."""
        first, last = PEOPLE + self._people, PEOPLE + self._people + count - 1
        self._people += count
        copies(
            self._citizen.household, first, last,
            id="n", phone=f"'+917' || lpad((n - {PEOPLE})::text, 9, '0')",
        )  # fmt: skip
        copies(self._citizen, first, last, id="n", household_id="n")
        return range(first, last + 1)

    def not_due(self, count: int) -> None:
        """Make requests that are due in two hours at the soonest; two of three hold a slot."""
        if not count:
            return
        people = self.people(count)
        posts = [office.post.pk for office in self._offices]
        number = f"(n - {people[0]} + {self._waiting})"
        place = f"({number} / {len(posts)})"
        slot = f"({place} / 3 * 2 + {place} %% 3)"
        days = LAST_DAY - FIRST_HELD_DAY + 1
        midnight = at(self._today, time(6)).isoformat()
        start = (
            f"'{midnight}'::timestamptz + make_interval("
            f"days => ({FIRST_HELD_DAY} + {slot} %% {days})::int, "
            f"mins => ({slot} / {days} * 10)::int)"
        )
        held = f"CASE WHEN {place} %% 3 < 2 THEN {start}"
        created = f"'{now().isoformat()}'::timestamptz - make_interval(secs => n %% 79000)"
        first = REQUESTS + self._waiting
        copies(
            self._like, people[0], people[-1],
            id=f"n - {people[0]} + {first}",
            reference=f"'BN' || lpad((n - {PEOPLE})::text, 10, '0')",
            post_id=one_of(posts, number),
            citizen_id="n",
            phone="''",
            status="'requested'",
            kind=f"CASE WHEN {place} %% 3 < 2 THEN 'slot' ELSE 'open' END",
            starts_at=f"{held} END",
            asked_starts_at=f"{held} END",
            ends_at=f"{held} + interval '10 minutes' END",
            created_at=created,
            due_at=f"{created} + interval '24 hours'",
            answered_at="NULL",
        )  # fmt: skip
        self._waiting += count
        self._hold(first, first + count - 1)

    def due(self, count: int) -> list[Due]:
        """Make requests that fell due within the last three hours."""
        people = iter(self.people(count))
        moment = now() - timedelta(minutes=1)
        made = [
            self._due(number, next(people), moment - timedelta(seconds=number * 10_000 / count))
            for number in range(count)
        ]
        rows = Request.objects.bulk_create((row for row, _due, _offer in made), batch_size=1000)
        Offer.objects.bulk_create((offer for _row, _due, offer in made if offer), batch_size=1000)
        Hold.objects.bulk_create(
            (hold for _row, due, _offer in made for hold in self._holds(due)), batch_size=1000
        )
        self._engage([due for _row, due, _offer in made if due.engaged])
        assert len(rows) == count
        return [due for _row, due, _offer in made]

    def _due(
        self, number: int, citizen: int, due_at: datetime
    ) -> tuple[Request, Due, Offer | None]:
        office = self._offices[number % len(self._offices)]
        kinds = OTHER_KINDS.get("absent" if office.absent else office.policy, KINDS)
        (kind,) = self._chance.choices(list(kinds), list(kinds.values()))
        gone = kind in {"impossible", "offer stands in", "offer, neither stands"}
        asked = offered = None
        if not kind.startswith("open"):
            asked = self._slot(self._asked[id(office)], closed=gone)
        if "offer" in kind:
            offered = self._slot(self._offered[id(office)], closed="neither" in kind)
        wishes = kind == "open, with wishes"
        due = Due(
            pk=REQUESTS * 2 + citizen,
            office=office,
            citizen=citizen,
            phone=f"+917{citizen - PEOPLE:09}",
            due_at=due_at,
            private=self._chance.random() < 0.05,
            agreed=kind != "held, not agreed",
            engaged=kind == "engaged",
            asked=asked,
            offered=offered,
            weekdays=frozenset(self._chance.sample(range(7), 3) if wishes else ()),
            parts=frozenset(
                self._chance.sample(["morning", "afternoon", "evening"], 1) if wishes else ()
            ),
        )
        return self._row(due), due, self._offer(due)

    def _row(self, due: Due) -> Request:
        return Request(
            pk=due.pk,
            reference=f"BD{due.citizen:010}",
            post=due.office.post,
            citizen_id=due.citizen,
            phone=due.phone,
            channel="own_phone" if due.citizen % 2 else "kendra",
            kind="slot" if due.asked else "open",
            category=self._category,
            subject="Pension not received since April",
            hand_down_agreed=due.agreed,
            unsuitable_weekdays=sorted(due.weekdays),
            unsuitable_parts=sorted(due.parts),
            language="hi" if due.citizen % 3 else "en",
            private=due.private,
            pin_hash="!",
            asked_starts_at=due.asked,
            starts_at=due.asked,
            ends_at=due.asked + SLOT if due.asked else None,
            created_at=due.due_at - timedelta(hours=24),
            due_at=due.due_at,
        )

    def _offer(self, due: Due) -> Offer | None:
        if due.offered is None:
            return None
        return Offer(
            request_id=due.pk,
            starts_at=due.offered,
            ends_at=due.offered + SLOT,
            offered_by=due.office.staff[0],
            offered_at=due.due_at - timedelta(hours=6),
            expires_at=due.due_at,
        )

    def _holds(self, due: Due) -> Iterator[Hold]:
        for purpose, start in (("asked", due.asked), ("offered", due.offered)):
            if start is not None:
                yield Hold(
                    post=due.office.post,
                    during=DateTimeTZRange(start, start + SLOT),
                    request_id=due.pk,
                    purpose=purpose,
                    own_phone=False,
                    taken_at=due.due_at - timedelta(hours=24),
                )

    def _hold(self, first: int, last: int) -> None:
        """Hold the slots of requests that the database made."""
        waiting = Request.objects.filter(pk__range=(first, last), starts_at__isnull=False)
        one = waiting.first()
        assert one is not None
        assert one.starts_at is not None
        like = Hold.objects.create(
            post=one.post,
            during=DateTimeTZRange(one.starts_at, one.ends_at),
            request=one,
            purpose="asked",
            own_phone=False,
        )
        read = "(SELECT {} FROM appointments_request r WHERE r.id = n)"
        copies(
            like, one.pk + 1, last,
            where=f"{read.format('r.starts_at')} IS NOT NULL",
            id="n * 2",
            post_id=read.format("r.post_id"),
            during=read.format("tstzrange(r.starts_at, r.ends_at)"),
            request_id="n",
        )  # fmt: skip

    def _engage(self, engaged: list[Due]) -> None:
        """Let these people wait for the post below as well: there they are not handed down to."""
        rows = []
        for due in engaged:
            assert due.office.other is not None
            row = self._row(due)
            row.pk, row.reference = due.pk + REQUESTS, f"BE{due.citizen:010}"
            row.post, row.kind = due.office.other.post, "open"
            row.asked_starts_at = row.starts_at = row.ends_at = None
            row.created_at = now()
            row.due_at = row.created_at + timedelta(hours=24)
            rows.append(row)
        Request.objects.bulk_create(rows)

    def _places(self, first: int, last: int) -> dict[bool, list[tuple[int, int]]]:
        """Return slots by whether they are on a closed day, in an order by chance."""
        found: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
        for day in range(FIRST_HELD_DAY, LAST_DAY + 1):
            for place in range(first, last):
                found[day in CLOSED_DAYS].append((day, place))
        for places in found.values():
            self._chance.shuffle(places)
        return found

    def _slot(self, places: dict[bool, list[tuple[int, int]]], *, closed: bool) -> datetime:
        return start_of(self._today, *places[closed].pop())

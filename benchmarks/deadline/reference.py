"""What must become of each request, worked out plainly and without the portal's own code.

One office after the other, its requests in the order of their due times, as the domain's rules say
it: the offer, then the held time, then the next free one that suits, then release.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from benchmarks.deadline.offices import A_DAY, FIRST_DAY, Office, start_of
from benchmarks.deadline.wishes import Due

HORIZON = 30
INDIA = timezone(timedelta(hours=5, minutes=30))


@dataclass(frozen=True)
class Outcome:
    """The end of one request. ``breach`` is empty where the office answered in time."""

    status: str
    post: int
    starts_at: datetime | None
    breach: str
    offer: str
    told: frozenset[tuple[str, str, str]]


Taken = dict[int, set[datetime]]


def outcomes(dues: Iterable[Due], taken: Taken, today: date) -> dict[int, Outcome]:
    """Return the outcome of each request; ``taken`` are the held times of each post before."""
    of_office: dict[int, list[Due]] = defaultdict(list)
    for due in dues:
        of_office[due.office.post.pk].append(due)
    diaries = _Diaries(taken, today)
    return {
        due.pk: _outcome(due, diaries)
        for mine in of_office.values()
        for due in sorted(mine, key=lambda due: (due.due_at, due.pk))
    }


class _Diaries:
    def __init__(self, taken: Taken, today: date) -> None:
        self.taken = taken
        self.today = today
        self._slots: dict[int, list[datetime]] = {}

    def slots(self, office: Office) -> list[datetime]:
        if office.post.pk not in self._slots:
            self._slots[office.post.pk] = [
                start_of(self.today, day, place)
                for day in range(FIRST_DAY, HORIZON + 1)
                for place in range(A_DAY)
                if not office.absent and day not in office.closed_days
            ]
        return self._slots[office.post.pk]

    def can_be(self, office: Office, start: datetime | None) -> bool:
        return start is not None and start in self.slots(office)

    def give_up(self, office: Office, *starts: datetime | None) -> None:
        for start in starts:
            if start is not None:
                self.taken[office.post.pk].discard(start)

    def next_time(self, office: Office, due: Due) -> datetime | None:
        for start in self.slots(office):
            if start not in self.taken[office.post.pk] and _suits(due, start):
                self.taken[office.post.pk].add(start)
                return start
        return None


def _outcome(due: Due, diaries: _Diaries) -> Outcome:
    office = due.office
    if due.offered is not None:
        if diaries.can_be(office, due.asked):
            diaries.give_up(office, due.offered)
            return _confirmed(due, office, due.asked, offer="lapsed", breach="")
        if diaries.can_be(office, due.offered):
            diaries.give_up(office, due.asked)
            return _confirmed(due, office, due.offered, offer="lapsed", breach="")
        diaries.give_up(office, due.offered)
    return {"allot": _allot, "hand_down": _hand_down, "release": _release}[office.policy](
        due, diaries
    )


def _allot(due: Due, diaries: _Diaries) -> Outcome:
    if diaries.can_be(due.office, due.asked):
        return _confirmed(due, due.office, due.asked)
    for office in (due.office, due.office.other):
        start = diaries.next_time(office, due) if office else None
        if office and start:
            diaries.give_up(due.office, due.asked)
            return _confirmed(due, office, start)
    return _release(due, diaries)


def _hand_down(due: Due, diaries: _Diaries) -> Outcome:
    below = due.office.other
    if due.agreed and not due.engaged and below and (start := diaries.next_time(below, due)):
        diaries.give_up(due.office, due.asked)
        return _confirmed(due, below, start)
    return _release(due, diaries)


def _release(due: Due, diaries: _Diaries) -> Outcome:
    diaries.give_up(due.office, due.asked, due.offered)
    return Outcome(
        "released",
        due.office.post.pk,
        due.asked,
        "released",
        "lapsed" if due.offered else "",
        frozenset({_to_citizen(due, "request_released")}),
    )


def _confirmed(
    due: Due, office: Office, start: datetime | None, *, offer: str = "", breach: str = "allotted"
) -> Outcome:
    told = {_to_citizen(due, "request_confirmed_by_rule" if breach else "offer_lapsed")}
    told |= {_to_citizen(due, name) for name in ("reminder_day", "reminder_hour")}
    if breach:
        told |= _to_staff(office, "office_allotted")
    if office is not due.office:
        breach = "handed_down"
        told |= _to_staff(due.office, "office_handed_down")
    offer = "lapsed" if due.offered else offer
    return Outcome("confirmed", office.post.pk, start, breach, offer, frozenset(told))


def _to_citizen(due: Due, template: str) -> tuple[str, str, str]:
    return (template + "_private" * due.private, "sms", due.phone)


def _to_staff(office: Office, template: str) -> set[tuple[str, str, str]]:
    return {
        (template, channel, address)
        for officer in office.staff
        for channel, address in (("sms", officer.phone), ("email", officer.email))
    }


def _suits(due: Due, start: datetime) -> bool:
    there = start.astimezone(INDIA)
    part = "morning" if there.hour < 12 else "afternoon" if there.hour < 16 else "evening"
    return there.weekday() not in due.weekdays and part not in due.parts

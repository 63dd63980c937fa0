"""Holding what the load was told against what the database has and what the provider took."""

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from appointments.models import Attachment, Hold, Request
from benchmarks.chaos.records import Booked, Told
from benchmarks.messages.records import Taken
from eoffice import verification as ledger
from eoffice.models import Movement
from esachivalaya.audit import verification as audit
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.notifications.models import Message

OPEN = {Request.Status.REQUESTED, Request.Status.CONFIRMED}


@dataclass(frozen=True)
class Row:
    """A request as the database has it."""

    phone: str
    status: str
    confirmed_by: str
    # Digests of the papers as they can be read from the disk.
    papers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Held:
    """One time of one post that is taken."""

    reference: str
    post: int
    place: int
    start: datetime
    end: datetime


@dataclass
class There:
    """Everything that the database has of what the load asked for."""

    requests: dict[str, Row] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    # How often each movement's own words were written.
    movements: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def read() -> There:
    """Read all of it, with every chain verified as ``manage.py verify_*`` do."""
    papers: dict[str, set[str]] = defaultdict(set)
    for one in Attachment.objects.filter(request__isnull=False).select_related("stored", "request"):
        if one.request is not None:
            papers[one.request.reference] |= set(_digest_on_disk(one))
    rows = Request.objects.values_list("reference", "phone", "status", "confirmed_by")
    live = Hold.objects.filter(released_at__isnull=True, request__isnull=False)
    found = live.values_list("request__reference", "post_id", "place", "during")
    return There(
        requests={
            reference: Row(phone, status, by, frozenset(papers[reference]))
            for reference, phone, status, by in rows
        },
        held=[
            Held(reference or "", post, place, during.lower, during.upper)
            for reference, post, place, during in found
            if during.lower and during.upper
        ],
        movements=Counter(
            Movement.objects.filter(act=Movement.Act.MARKED).values_list("words", flat=True)
        ),
        broken=[str(one) for one in (*ledger.findings(), *audit.findings())],
    )


def compared(told: Told, there: There, taken: Sequence[Taken]) -> dict[str, Any]:
    """Return what is lost, doubled or broken, with what of each kind."""
    lost = {
        "bookings": sum(not _kept(one, there) for one in told.booked.values()),
        "confirmations": sum(not _confirmed(one, there) for one in told.confirmed),
        "movements": len(told.moved - there.movements.keys()),
        "papers": sum(len(one.papers - _papers(one, there)) for one in told.booked.values()),
        "messages": _unsent(told, taken),
    }
    return {
        "lost": sum(lost.values()),
        "double_booked": double_booked(told, there),
        "duplicate_messages": duplicates(taken),
        "broken_chains": len(there.broken),
        "double_moved": sum(count - 1 for words, count in there.movements.items() if words),
        "lost_of": lost,
    }


def double_booked(told: Told, there: There) -> int:
    """Count pairs that have one time of one post: of live holds, and of what was acknowledged."""
    by_place: dict[tuple[int, int], list[Held]] = defaultdict(list)
    for one in there.held:
        by_place[one.post, one.place].append(one)
    pairs = {pair for held in by_place.values() for pair in _overlapping(held)}
    times: dict[tuple[int, datetime], list[str]] = defaultdict(list)
    for booked in told.booked.values():
        if booked.reference not in told.aged:
            start = datetime.fromisoformat(booked.start).astimezone(UTC)
            times[booked.post, start].append(booked.reference)
    pairs |= {frozenset(pair) for same in times.values() for pair in itertools.pairwise(same)}
    return len(pairs)


def duplicates(taken: Iterable[Taken]) -> int:
    """Count what the provider took once too often: a row of the outbox, or the same words."""
    rows, words = Counter[str](), Counter[tuple[str, str]]()
    for one in taken:
        words[one.what] += 1
        if one.row:
            rows[one.row] += 1
    return max(sum(words.values()) - len(words), sum(rows.values()) - len(rows))


def left_to_do() -> dict[str, int]:
    """Return how much should be done by now and is not: answers past due, messages not out."""
    overdue = Request.objects.filter(
        status=Request.Status.REQUESTED, due_at__lte=ClockTimestamp()
    ).count()
    waiting = ~Q(status__in=Message.FINAL) & Q(accepted_at__isnull=True)
    unsent = Message.objects.filter(waiting, due_at__lte=ClockTimestamp()).count()
    return {"unanswered": overdue, "unsent": unsent}


def _kept(one: Booked, there: There) -> bool:
    row = there.requests.get(one.reference)
    if row is None or row.phone != one.phone:
        return False
    return row.status not in OPEN or any(held.reference == one.reference for held in there.held)


def _confirmed(reference: str, there: There) -> bool:
    row = there.requests.get(reference)
    if row is None:
        return False
    return row.status == Request.Status.CONFIRMED and row.confirmed_by == "office"


def _papers(one: Booked, there: There) -> frozenset[str]:
    row = there.requests.get(one.reference)
    return row.papers if row else frozenset()


def _unsent(told: Told, taken: Sequence[Taken]) -> int:
    """Count messages that must have come: one for each booking, one more for each answer."""
    came: dict[str, set[str]] = defaultdict(set)
    for one in taken:
        phone, words = one.what
        came[phone].add(words)
    answered = told.confirmed | told.aged
    return sum(
        max(1 + (one.reference in answered) - len(came[one.phone]), 0)
        for one in told.booked.values()
    )


def _overlapping(held: list[Held]) -> Iterator[frozenset[str]]:
    ordered = sorted(held, key=lambda one: (one.start, one.end))
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if other.start >= one.end:
                break
            yield frozenset({one.reference, other.reference})


def _digest_on_disk(attachment: Attachment) -> Iterator[str]:
    try:
        with attachment.stored.file.open("rb") as file:
            yield hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return

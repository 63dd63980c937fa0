"""The course: the same number due among few and among many open requests, then the great sweep."""

import os
import time
from collections import Counter, defaultdict
from typing import Any

from django.db import connection

from appointments.diary import span_of
from appointments.models import Breach, Hold, Offer, Request
from appointments.services import deadlines
from benchmarks.booking.cases import analyse
from benchmarks.deadline import offices
from benchmarks.deadline.reference import Outcome, Taken, outcomes
from benchmarks.deadline.wishes import Due, Wishes
from esachivalaya.common.clock import day_of, now
from esachivalaya.notifications.models import Message

# Fewer for a quick look; the figures say how many.
OPEN = int(os.environ.get("BENCH_DEADLINE_OPEN", "100000"))
DUE = FEW_OPEN = OPEN // 10
SOME_DUE = OPEN // 100
ROUNDS = 3
WARM_UP = 300
SHOWN = 5


class Course:
    """One run. What must come out is worked out before each sweep, from what was asked for."""

    def __init__(self) -> None:
        self.today = day_of(now())
        self.expected: dict[int, Outcome] = {}
        self.dues: dict[int, Due] = {}
        self.worked = 0.0

    def run(self) -> dict[str, Any]:
        began = time.monotonic()
        self.offices = offices.make(self.today)
        self.wishes = Wishes(self.offices, self.today)
        self.wishes.not_due(FEW_OPEN - SOME_DUE)
        self.sweep(WARM_UP)
        few = [self.sweep(SOME_DUE) for _round in range(ROUNDS)]
        self.wishes.not_due(OPEN - FEW_OPEN)
        many = [self.sweep(SOME_DUE) for _round in range(ROUNDS)]
        # The last sweep is of what the goal speaks of: so many open, so many of them due.
        self.wishes.not_due(max(OPEN - DUE - self.open(), 0))
        before = Message.objects.count()
        seconds = self.sweep(DUE)
        return {
            "open": self.open() + DUE,
            "due": DUE,
            "sweep_s": round(seconds, 1),
            "sweep_cpu_s": round(self.worked, 1),
            # The least disturbed round of each: a machine is noisy, and only ever slower by it.
            "growth": round(min(many) / min(few), 2),
            "few_s": [round(one, 2) for one in few],
            "many_s": [round(one, 2) for one in many],
            "wrong": self.wrong(),
            "compared": len(self.expected),
            "outcomes": Counter(
                f"{one.status}/{one.breach or 'in time'}" for one in self.expected.values()
            ),
            "breaches": sum(bool(one.breach) for one in self.expected.values()),
            "messages": Message.objects.count() - before,
            "seconds": round(time.monotonic() - began),
        }

    def open(self) -> int:
        """Return how many requests wait that are not due."""
        return Request.objects.waiting().filter(due_at__gt=now()).count()

    def sweep(self, count: int) -> float:
        """Let so many fall due, sweep to the end, and return the seconds that it took."""
        dues = self.wishes.due(count)
        self.dues |= {due.pk: due for due in dues}
        self.expected |= outcomes(dues, _taken(), self.today)
        analyse()
        began, worked = time.monotonic(), time.process_time()
        answered = deadlines.sweep()
        seconds = time.monotonic() - began
        self.worked = time.process_time() - worked
        print(
            f"{count:6} due of {self.open() + count:7} open: {seconds:6.2f} s, "
            f"{self.worked:6.2f} s of it in this process",
            flush=True,
        )
        if answered != count:
            raise SystemExit(f"{answered} were answered, not {count}.")
        return seconds

    def wrong(self) -> int:
        """Return how many requests differ from what must have become of them, in anything."""
        found = _found(self.dues)
        differ = [pk for pk, expected in self.expected.items() if found[pk] != expected]
        for pk in differ[:SHOWN]:
            print(f"{self.dues[pk]}\n  must be {self.expected[pk]}\n  is {found[pk]}", flush=True)
        late = _breaches_not_at_the_due_time()
        return len(differ) + late


def _taken() -> Taken:
    taken: Taken = defaultdict(set)
    live = Hold.objects.filter(released_at__isnull=True)
    for post, during in live.values_list("post", "during"):
        taken[post].add(span_of(during).start)
    return taken


def _found(dues: dict[int, Due]) -> dict[int, Outcome]:
    """Return what the database has about each request, in the reference's words.

    A time counts only with exactly one live hold on it, a message only if it is there once.
    """
    rows = Request.objects.filter(pk__in=list(dues)).values_list(
        "pk", "status", "post", "starts_at", "confirmed_by"
    )
    breaches = dict(Breach.objects.values_list("request", "outcome"))
    offers = dict(Offer.objects.values_list("request", "status"))
    holds: dict[int, list[tuple[int, Any]]] = defaultdict(list)
    live = Hold.objects.filter(released_at__isnull=True, request__in=list(dues))
    for request, post, during in live.values_list("request", "post", "during"):
        holds[request].append((post, during.lower))
    told: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    sent = Message.objects.filter(subject_kind="appointments.request").values_list(
        "subject_id", "template__key", "channel", "to"
    )
    for subject, *words in sent.iterator():
        told[int(subject)].append(tuple(words))
    found = {}
    for pk, status, post, starts_at, confirmed_by in rows:
        held = [(post, starts_at)] if status == "confirmed" else []
        sound = holds[pk] == held and confirmed_by == ("rule" if held else "")
        once = len(told[pk]) == len(set(told[pk]))
        found[pk] = Outcome(
            status=status if sound and once else f"{status}, not sound",
            post=post,
            starts_at=starts_at,
            breach=breaches.get(pk, ""),
            offer=offers.get(pk, ""),
            told=frozenset(told[pk]),
        )
    return found


def _breaches_not_at_the_due_time() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM appointments_breach b JOIN appointments_request r "
            "ON r.id = b.request_id WHERE b.due_at <> r.due_at"
        )
        return int(cursor.fetchone()[0])

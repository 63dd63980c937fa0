"""How the messages are doing: the figures that an operator acts on, in a fixed number of queries.

All of it is read from the rows themselves, so that it is true without Redis and without a worker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, F, Min, Q, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Substr

from esachivalaya.common import clock, sweeps
from esachivalaya.notifications.models import (
    Breaker,
    Message,
    MessageClass,
    NumberMark,
    RefusedCall,
)
from esachivalaya.notifications.querysets import WAITING

# The promise: accepted by the provider within ten seconds.
PROMISE_SECONDS = 10.0
CHART_STEPS, STEP = 6, timedelta(minutes=10)
# What waits longer than this before it is accepted was held for its hours, or stood in a queue.
REACH = timedelta(days=2)
DEAD_SHOWN = 20
GROUPS_SHOWN = 15
PERIODS = (1, 7)
REACHED = ("accepted", "sent", "delivered")
FAILED = ("undelivered", "failed", "suppressed", "dead")
TROUBLED = (*FAILED, "retry", "unknown", "expired")


@dataclass(frozen=True)
class Lane:
    """What waits in one class: how much, and for how long the oldest of it."""

    klass: MessageClass
    due: int
    later: int
    seconds: float

    @property
    def kind(self) -> str:
        """How bad it is: "done" within the promise, "waiting" within minutes, else "breach"."""
        if self.seconds <= PROMISE_SECONDS:
            return "done"
        return "waiting" if self.seconds <= 120 else "breach"


@dataclass(frozen=True)
class Delivery:
    """How the messages of one template, or of one network, arrived."""

    name: str
    written: int
    accepted: int
    delivered: int
    failed: int

    @property
    def percent(self) -> int | None:
        """Delivered of those whose fate is known."""
        known = self.delivered + self.failed
        return round(100 * self.delivered / known) if known else None


@dataclass(frozen=True)
class State:
    """Everything that the page shows, as it was at ``now``."""

    now: datetime
    lanes: Sequence[Lane]
    per_minute: float
    accepted: Sequence[tuple[datetime, int]]
    failures: Sequence[dict[str, Any]]
    breakers: Sequence[Breaker]
    dead: Sequence[Message]
    dead_count: int
    templates: Sequence[Delivery]
    networks: Sequence[Delivery]
    refused_calls: Sequence[RefusedCall]
    marks: Sequence[Mapping[str, Any]]
    swept: float | None


def state(*, days: int = 1) -> State:
    """Return the present state; deliveries and failures of the last ``days``."""
    now = clock.now()
    since = now - timedelta(days=days)
    accepted = _accepted(now)
    dead = Message.objects.filter(status="dead")
    return State(
        now=now,
        lanes=lanes(now),
        per_minute=round(accepted[-1][1] / (STEP.total_seconds() / 60), 1),
        accepted=accepted,
        failures=_failures(since),
        breakers=list(Breaker.objects.order_by("gateway")),
        dead=list(dead.select_related("template").order_by("-finished_at", "-id")[:DEAD_SHOWN]),
        dead_count=dead.count(),
        templates=_deliveries(
            since, Concat("template__key", Value(" · "), "channel", output_field=CharField())
        ),
        networks=_deliveries(since, _network(), channel="sms"),
        refused_calls=list(
            RefusedCall.objects.filter(day__gte=clock.day_of(since)).order_by("-day", "-times")[
                :GROUPS_SHOWN
            ]
        ),
        marks=list(
            NumberMark.objects.filter(until__gt=now)
            .values("kind")
            .annotate(count=Count("pk"))
            .order_by("-count")
        ),
        swept=sweeps.ages().get("send_messages"),
    )


def lanes(now: datetime) -> list[Lane]:
    """Return what waits in each class, in one statement."""
    due = Q(due_at__lte=now)
    rows = (
        Message.objects.filter(status__in=WAITING)
        .values("klass")
        .annotate(
            due=Count("pk", filter=due),
            later=Count("pk", filter=~due),
            oldest=Min("due_at", filter=due),
        )
        .order_by()
    )
    found = {row["klass"]: row for row in rows}
    told = []
    for klass in MessageClass:
        row = found.get(klass, {"due": 0, "later": 0, "oldest": None})
        oldest = row["oldest"]
        seconds = (now - oldest).total_seconds() if oldest else 0.0
        told.append(Lane(klass, row["due"], row["later"], seconds))
    return told


def _accepted(now: datetime) -> list[tuple[datetime, int]]:
    """Return how many were accepted in each step of the last hour, the oldest first."""
    first = now - CHART_STEPS * STEP
    steps = [0] * CHART_STEPS
    counts = {
        f"step_{n}": Count(
            "pk",
            filter=Q(accepted_at__gt=first + n * STEP, accepted_at__lte=first + (n + 1) * STEP),
        )
        for n in range(CHART_STEPS)
    }
    told = Message.objects.filter(created_at__gt=now - REACH, accepted_at__gt=first).aggregate(
        **counts
    )
    for n in range(CHART_STEPS):
        steps[n] = told[f"step_{n}"]
    return [(first + (n + 1) * STEP, count) for n, count in enumerate(steps)]


def _failures(since: datetime) -> list[dict[str, Any]]:
    return list(
        Message.objects.filter(created_at__gt=since, status__in=TROUBLED)
        .exclude(error_class="", problem="")
        .values("klass", "channel", "error_class", "error_code", "status")
        .annotate(count=Count("pk"), example=Min("problem"))
        .order_by("-count", "klass", "error_class")[:GROUPS_SHOWN]
    )


def _network() -> Any:
    """The network that the receipts name; else the first digits of the number, of a series."""
    return Coalesce(NullIf("network", Value("")), Concat(Substr("to", 1, 7), Value("…")))


def _deliveries(since: datetime, group: Any, **only: Any) -> list[Delivery]:
    rows = (
        Message.objects.filter(created_at__gt=since, **only)
        .annotate(name=group)
        .values("name")
        .annotate(
            written=Count("pk"),
            accepted=Count("pk", filter=Q(accepted_at__isnull=False)),
            delivered=Count("pk", filter=Q(status="delivered")),
            failed=Count("pk", filter=Q(status__in=FAILED)),
        )
        .order_by(F("written").desc(), "name")[:GROUPS_SHOWN]
    )
    return [Delivery(**row) for row in rows]

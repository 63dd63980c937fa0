"""A bank's day as its desk sees it: each slot with who comes, and who has chosen no time yet."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from esachivalaya.common.slots import Span
from plasma.models import Bank, BankClosure, Pledge, Policy
from plasma.services import beds, closures, screening

LATEST_WITHOUT_TIME = 50


@dataclass
class Slot:
    """One time of the day; ``rows`` are (pledge, whether the rules changed since)."""

    span: Span
    rows: list[tuple[Pledge, bool]] = field(default_factory=list)
    closed: bool = False


@dataclass(frozen=True)
class Sheet:
    """The day: its slots, those who came without a time, those who have chosen none yet."""

    slots: list[Slot]
    without_time: list[tuple[Pledge, bool]]
    waiting: list[tuple[Pledge, bool]]
    closures: list[BankClosure]
    counts: dict[str, int]


def day_at(bank: Bank, day: date, bounds: tuple[datetime, datetime]) -> Sheet:
    """Return the sheet of ``bank`` on ``day``; as many queries for a full day as for none."""
    start, end = bounds
    in_day = Q(starts_at__gte=start, starts_at__lt=end) | Q(
        arrived_at__gte=start, arrived_at__lt=end
    )
    of_bank = Pledge.objects.filter(bank=bank).select_related("donor")
    rows = list(
        of_bank.filter(in_day)
        .exclude(status__in=[Pledge.Status.CANCELLED, Pledge.Status.MADE])
        .order_by("starts_at", "pk")
    )
    made = of_bank.filter(status=Pledge.Status.MADE).order_by("-made_at", "-pk")
    policy = _policy(bank, day)

    def marked(found: list[Pledge]) -> list[tuple[Pledge, bool]]:
        return [(row, row.status in Pledge.OPEN and row.policy_id != policy) for row in found]

    slots = {span: Slot(span) for span in beds.slots_on(bank, day)}
    without: list[Pledge] = []
    for row in rows:
        if row.starts_at is None or row.ends_at is None or not start <= row.starts_at < end:
            without.append(row)
            continue
        span = Span(row.starts_at, row.ends_at)
        # A slot that the hours no longer have still stands while somebody holds it.
        slot = slots.setdefault(span, Slot(span, closed=True))
        slot.rows += marked([row])
    return Sheet(
        slots=[slots[span] for span in sorted(slots)],
        without_time=marked(without),
        waiting=marked(list(made[:LATEST_WITHOUT_TIME])),
        closures=[
            one for one in closures.standing(bank) if one.starts_at < end and one.ends_at > start
        ],
        counts={
            "coming": sum(row.status == Pledge.Status.BOOKED for row in rows),
            "there": sum(row.status == Pledge.Status.ARRIVED for row in rows),
            "donated": sum(row.status == Pledge.Status.DONATED for row in rows),
        },
    )


def _policy(bank: Bank, day: date) -> int | None:
    try:
        return screening.policy_for(bank, day).pk
    except Policy.DoesNotExist:
        return None

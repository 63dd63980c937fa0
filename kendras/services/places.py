"""Setting up Kendras and their seats; nobody loses a booked seat without being told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import ngettext

from appointments.diary import span_of
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal, friendly_constraints
from esachivalaya.common.idempotency import digest_of
from esachivalaya.common.retry import on_deadlock
from kendras.models import Desk, Kendra, SeatHold
from kendras.permissions import sets_up
from kendras.services import seat_follows, seats
from officials.services.records import difference, values_of

# No office is booked further ahead.
HORIZON_DAYS = 121
# What a seat stands on.
_OF_KENDRA = {"active", "opens", "closes", "weekdays"}
_OF_DESK = {"active", "accessible", "number"}


@dataclass(frozen=True)
class Affected:
    """Somebody's booked seat that would be lost: without a name, for whoever sets up."""

    request_id: int
    reference: str
    starts_at: datetime
    desk: int


class SeatsBooked(Refusal):
    """Seats that are booked would be lost: ``affected`` says which, ``seen`` marks the list."""

    def __init__(self, affected: Sequence[Affected]) -> None:
        words = ngettext(
            "%(count)d booked seat would be lost.",
            "%(count)d booked seats would be lost.",
            len(affected),
        )
        super().__init__(words % {"count": len(affected)})
        self.affected = list(affected)
        self.seen = mark_of(affected)


def mark_of(affected: Iterable[Affected]) -> str:
    """Return by what this list of booked seats is known again."""
    return digest_of(
        {"seats": sorted([one.reference, one.starts_at, one.desk] for one in affected)}
    )


@on_deadlock
@transaction.atomic
def save_kendra(*, kendra: Kendra, by: User, confirmed: str = "") -> Kendra:
    """Save a new or changed Kendra; the values before and after stand in its record.

    Only who sets the portal up does this. When it is taken out of service, or open for less time,
    while seats are booked there: refused with :class:`SeatsBooked`, unless ``confirmed`` marks the
    very list that the officer saw. Then those seats are freed, another one is taken where it can
    be, and everybody concerned is told.
    """
    _only_set_up(by)
    stored = lock_kendra(kendra.pk) if kendra.pk else None
    with friendly_constraints():
        kendra.save()
    changes = difference(values_of(stored) if stored else {}, values_of(kendra))
    if stored is not None and not changes:
        return kendra
    act = "kendra_changed" if stored else "kendra_added"
    record(kendra, act, at=clock.now(), by=by, data={"changes": changes}, new=stored is None)
    if stored is not None and _OF_KENDRA & changes.keys():
        _keep_or_free(kendra, confirmed)
    return kendra


@on_deadlock
@transaction.atomic
def save_desk(*, desk: Desk, by: User, confirmed: str = "") -> Desk:
    """Save a new or changed seat; it stands in the record of its Kendra.

    As :func:`save_kendra`: a seat that is booked is not taken away silently.
    """
    _only_set_up(by)
    kendra = lock_kendra(desk.kendra_id)
    # Whoever moves a meeting to this seat refers to it and waits for nobody.
    desks = Desk.objects.select_for_update(no_key=True)
    stored = desks.filter(pk=desk.pk).first() if desk.pk else None
    with friendly_constraints():
        desk.save()
    changes = difference(values_of(stored) if stored else {}, values_of(desk))
    if stored is not None and not changes:
        return desk
    data = {"desk": desk.pk, "seat": desk.number, "changes": changes}
    act = "desk_changed" if stored else "desk_added"
    record(kendra, act, at=clock.now(), by=by, data=data)
    if stored is not None and _OF_DESK & changes.keys():
        _keep_or_free(kendra, confirmed)
    return desk


def lock_kendra(pk: int) -> Kendra:
    """Lock the Kendra whose record is about to grow; rows that refer to it stay free."""
    return Kendra.objects.select_for_update(no_key=True).get(pk=pk)


def lost_seats(kendras: dict[int, Kendra]) -> dict[int, list[Affected]]:
    """Return the booked seats that these Kendras no longer offer as they are now, by Kendra.

    In one query. A holiday is not the Kendra's doing, and is not looked at.
    """
    holds = (
        SeatHold.objects.filter(
            desk__kendra__in=kendras, released_at__isnull=True, during__endswith__gt=clock.now()
        )
        .select_related("desk", "request")
        .order_by("during", "desk__number")
    )
    lost: dict[int, list[Affected]] = {}
    for hold in holds:
        kendra = kendras[hold.desk.kendra_id]
        span = span_of(hold.during)
        open_then = seats.Seating(kendra, [], frozenset()).is_open(span)
        fits = hold.desk.accessible or not hold.request.needs_accessible_seat
        if not (open_then and hold.desk.active and fits):
            row = Affected(hold.request_id, hold.request.reference, span.start, hold.desk.number)
            lost.setdefault(kendra.pk, []).append(row)
    return lost


def lock_all_days() -> None:
    """Hold off everybody who takes a seat anywhere until the commit: for loading a whole file."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE kendras_seatday IN SHARE ROW EXCLUSIVE MODE")


def _keep_or_free(kendra: Kendra, confirmed: str) -> None:
    would_lose = lost_seats({kendra.pk: kendra}).get(kendra.pk, [])
    seat_follows.wait_for([one.request_id for one in would_lose])
    # Whoever takes a seat holds the lock of its day: after this nobody can add one unseen.
    today = clock.day_of(clock.now())
    seats.lock_days((kendra.pk, today + timedelta(days=ahead)) for ahead in range(HORIZON_DAYS))
    affected = lost_seats({kendra.pk: kendra}).get(kendra.pk, [])
    if not affected:
        return
    if confirmed != mark_of(affected):
        raise SeatsBooked(affected)
    seat_follows.place_anew([one.request_id for one in affected])


def _only_set_up(by: Any) -> None:
    if not sets_up(by):
        raise PermissionDenied("Only who sets the portal up does this.")

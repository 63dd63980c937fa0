"""The register of dispatch of one desk: what waits, what went out, what the registry has.

What waits and what went out is found by its own index, page by page, however long the register is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from eoffice.models import Desk, Dispatch, Opening
from eoffice.permissions import Seat, visible_at
from eoffice.services import dispatching, openings
from eoffice.services.locking import locked
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_bounds
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken

Status = Dispatch.Status
# What waits here, the register of what was sent from here, and what was handed to a registry.
WAITING, REGISTER, HANDED = "waiting", "register", "handed"


@dataclass(frozen=True)
class Outcome:
    """What became of one row of a sending of many."""

    row: Dispatch
    refused: Any = ""


def rows_of(seat: Seat) -> QuerySet[Dispatch]:
    """Return what is sent from this desk, as far as the person in the seat may know of it.

    A registry knows number and address of everything handed to it: they stand on the cover.
    """
    seen = Q(by_registry=True) | Exists(
        visible_at(seat).filter(pk=OuterRef("issue__draft__file_id"))
    )
    return _with(Dispatch.objects.filter(seen, registry=seat.desk.pk))


def opened(row: Dispatch, seat: Seat) -> Opening:
    """Keep that the letter of ``row`` is opened where it is sent, before it is handed out.

    It is no reading of its file, which a registry does not see.
    """
    return Opening.objects.create(
        item_id=row.issue.draft.file_id,
        desk=seat.desk,
        by=seat.charge.user,
        what=f"{openings.LETTER} {row.pk}",
    )


def handed_by(seat: Seat) -> QuerySet[Dispatch]:
    """Return what this desk issued and handed to a registry, of files that may be seen here."""
    rows = Dispatch.objects.filter(
        issue__desk=seat.desk.pk, by_registry=True, issue__draft__file__item__in=visible_at(seat)
    )
    return _with(rows.exclude(registry=seat.desk.pk))


def listed(seat: Seat, show: str, wanted: Mapping[str, Any]) -> QuerySet[Dispatch]:
    """Return one of the three lists, narrowed to mode, state and days of sending."""
    rows = handed_by(seat) if show == HANDED else rows_of(seat)
    if show == WAITING:
        rows = rows.filter(status=Status.WAITING)
    elif show == REGISTER:
        rows = rows.exclude(status=Status.WAITING)
    for name in ("mode", "status"):
        if wanted.get(name) and not (name == "status" and show == WAITING):
            rows = rows.filter(**{name: wanted[name]})
    moment = "asked_at" if show == WAITING else "sent_at"
    if wanted.get("first"):
        rows = rows.filter(**{f"{moment}__gte": day_bounds(wanted["first"])[0]})
    if wanted.get("last"):
        rows = rows.filter(**{f"{moment}__lt": day_bounds(wanted["last"])[1]})
    return rows


def waiting_count(seat: Seat) -> int:
    """Return how much waits at this desk to be sent."""
    found = rows_of(seat).filter(status=Status.WAITING)
    return int(found.order_by().aggregate(found=Count("pk"))["found"])


@on_deadlock
@transaction.atomic
def posted_today(
    *, chosen: Mapping[int, int], tracking: Mapping[int, str], desk: Desk, by: User
) -> list[Outcome]:
    """Send what waits here and was chosen: it was taken to the post today, in this order.

    ``chosen`` says of each row which version the page showed. Each is sent by itself, the first to
    wait first, so that its number follows; what was sent or given back meanwhile stays as it is.
    """
    rows = Dispatch.objects.filter(pk__in=chosen, registry=desk.pk).select_related("issue__draft")
    # All files at once, in the order in which everybody locks them.
    locked(rows.values_list("issue__draft__file_id", flat=True))
    return [
        _posted(row, chosen[row.pk], tracking.get(row.pk, ""), desk, by)
        for row in rows.order_by("pk")
    ]


def _posted(row: Dispatch, version: int, tracking: str, desk: Desk, by: User) -> Outcome:
    if row.mode != Dispatch.Mode.POST:
        return Outcome(row, dispatching.NOT_BY_POST)
    try:
        done = dispatching.send_waiting(
            dispatch=row, desk=desk, by=by, version=version, tracking=tracking
        )
    except Overtaken:
        return Outcome(row, dispatching.CHANGED)
    except Refused as refused:
        return Outcome(row, refused.message)
    except PermissionDenied:
        # The charge ended between two of them.
        return Outcome(row, dispatching.CHANGED)
    return Outcome(done)


def _with(rows: QuerySet[Dispatch]) -> QuerySet[Dispatch]:
    return rows.select_related("issue__desk__post", "registry__post", "again_of")

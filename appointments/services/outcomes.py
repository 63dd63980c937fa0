"""The steps that several roads share: confirming a time, closing a request, ending an offer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appointments.models import Hold, Offer, Request
from appointments.services import earlier_wishes, holds, links
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import registry
from esachivalaya.common.slots import Span
from esachivalaya.common.states import move

KIND = "appointments.request"


def confirm(
    request: Request,
    *,
    act: str,
    confirmed_by: str,
    at: datetime,
    by: User | None,
    span: Span | None = None,
    data: Mapping[str, Any] | None = None,
) -> Request:
    """Confirm ``request`` for the time it holds, or for ``span`` where that was just taken."""
    times = {"starts_at": span.start, "ends_at": span.end} if span else {}
    move(
        request,
        to=Request.Status.CONFIRMED,
        confirmed_by=confirmed_by,
        answered_at=at,
        next_reminder_at=None,
        **times,
    )
    told = {"starts_at": request.starts_at, **(data or {})}
    record(request, act, at=at, by=by, post_code=request.post.code, data=told)
    links.revoke(request, at=at)
    registry.confirmed(KIND, request.pk)
    return request


def close(
    request: Request,
    *,
    to: str,
    at: datetime,
    by: User | None,
    act: str = "",
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Request:
    """Bring ``request`` to an end: status, freed time, ended offer, audit row."""
    was_confirmed = request.status == Request.Status.CONFIRMED
    if not was_confirmed:
        changes["answered_at"] = at
    held = to in {
        Request.Status.MET,
        Request.Status.MISSED_BY_CITIZEN,
        Request.Status.MISSED_BY_OFFICE,
    }
    move(request, to=to, closed_at=at, next_reminder_at=None, **changes)
    end_offer(request, status=Offer.Status.WITHDRAWN, at=at)
    links.revoke(request, at=at)
    earlier_wishes.end(request, at=at)
    if not held:
        holds.free(request, moment=at)
    record(request, act or to, at=at, by=by, post_code=request.post.code, data=data)
    if not was_confirmed:
        registry.changed_while_waiting(KIND, request.pk)
    elif not held:
        registry.cancelled(KIND, request.pk)
    return request


def end_offer(request: Request, *, status: str, at: datetime) -> bool:
    """End the open offer of ``request``, if there is one, and free the time it held."""
    ended = Offer.objects.filter(request=request, status=Offer.Status.OPEN).update(
        status=status, answered_at=at
    )
    if ended:
        links.revoke(request, at=at)
        holds.free(request, moment=at, purpose=Hold.Purpose.OFFERED)
    return bool(ended)


def accept_offered_time(request: Request, *, at: datetime) -> None:
    """Make the offered hold the one asked for; the time first asked for is free again."""
    holds.free(request, moment=at, purpose=Hold.Purpose.ASKED)
    Hold.objects.filter(
        request=request, purpose=Hold.Purpose.OFFERED, released_at__isnull=True
    ).update(purpose=Hold.Purpose.ASKED)

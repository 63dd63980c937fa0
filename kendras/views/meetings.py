"""The meetings attended at this Kendra today, and the counter's seat in their rooms."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from appointments.models import Request
from appointments.services import running_late
from appointments.services.refusals import Refused
from esachivalaya.common.clock import now
from kendras import meetings_here, opened
from kendras.access import Counter, at_the_counter
from kendras.opened import PinFirst
from kendras.views.opening import pin_first
from meetings import sitting, today
from meetings.page_headers import with_headers
from meetings.views import answers
from meetings.views.addresses import addresses_of
from meetings.views.phases import phase_of


@require_safe
@at_the_counter
def meetings(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Today's meetings at the seats of this Kendra."""
    moment = now()
    found = meetings_here.meetings_of(counter.kendra, moment)
    context = {"counter": counter, "kendra": counter.kendra, "meetings": found, "now": moment}
    return render(request, "kendras/meetings.html", context)


@require_safe
@at_the_counter
def meeting(request: HttpRequest, counter: Counter, reference: str) -> HttpResponse:
    """The meeting on the Kendra's screen: before, in the waiting room, in it, and after it."""
    try:
        row = _request_of(request, counter, reference)
    except PinFirst as first:
        return pin_first(counter, first)
    if reference != row.reference:
        return redirect("kendras:meeting", counter.kendra.code, row.reference)
    moment, room = now(), sitting.live_room(row)
    seat = meetings_here.seat_of(counter.kendra, room) if room else None
    context = {
        "counter": counter,
        "kendra": counter.kendra,
        "side": "guest",
        "row": row,
        "room": room,
        "seat": seat,
        "phase": phase_of(room, moment),
        "now": moment,
        "at": _addresses(counter, row),
        "papers": [],
        "late": running_late.late_for(row, moment=moment),
        "ahead": today.ahead_of(room) if room else 0,
        "after_leaving": reverse("kendras:counter", args=[counter.kendra.code]),
        "help_line": settings.HELP_LINE,
    }
    return with_headers(request, render(request, "kendras/meeting.html", context), room)


@require_POST
@at_the_counter
def enter(request: HttpRequest, counter: Counter, reference: str) -> HttpResponse:
    """Sit down in the counter's seat for the walk-in, from this browser."""
    try:
        row = _request_of(request, counter, reference, to_enter=True)
    except PinFirst as first:
        return pin_first(counter, first)
    back = reverse("kendras:meeting", args=[counter.kendra.code, row.reference])
    room = sitting.live_room(row)
    if room is None:
        raise Http404
    seat = meetings_here.seat_at(counter.kendra, room, by=counter.operator)
    try:
        taken = sitting.sit_down(request, seat, by=counter.operator)
    except Refused as refused:
        return answers.not_done(request, back, refused)
    told = {"seat": taken.seat.pk, "page": taken.page, "room": taken.room.name}
    return answers.done(request, back, **told)


def _request_of(
    request: HttpRequest, counter: Counter, reference: str, *, to_enter: bool = False
) -> Request:
    """Return the request whose meeting may be opened at this counter; a 404 for others.

    A seat is held for it here, or the person at the counter brought its PIN. What is private opens
    with its PIN alone (:class:`PinFirst`).
    """
    moment = now()
    hold = meetings_here.seat_held(counter.kendra, reference, moment)
    good = hold is not None and not (to_enter and hold.released_at)
    if hold is not None and good and not hold.request.private:
        return hold.request
    found = opened.open_at(request, counter, reference, moment=moment)
    if not isinstance(found.row, Request) or not (good or found.by_pin):
        raise Http404
    return found.row


def _addresses(counter: Counter, row: Request) -> dict[str, Any]:
    at = addresses_of(row.reference, side=sitting.GUEST)
    args = [counter.kendra.code, row.reference]
    return {**at, "enter": reverse("kendras:meeting-enter", args=args)}

"""The pages of a meeting: the guest's, the office's, and the office's day of rooms."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from appointments import access
from appointments.admin import papers
from appointments.admin.choices import ANSWERS, open_answers
from appointments.permissions import posts_of
from appointments.services import running_late
from appointments.views.after_meeting import after_meeting_of
from esachivalaya.accounts.staff_door import verified_staff
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.references import normalise
from meetings import sitting, today
from meetings.models import Seat
from meetings.page_headers import with_headers
from meetings.views.addresses import addresses_of
from meetings.views.phases import phase_of

View = TypeVar("View", bound=Callable[..., HttpResponse])


def for_staff(view: View) -> View:
    """Send the signed-out to the staff's sign-in instead of the citizens'."""
    view.login_url = reverse_lazy("admin:login")  # type: ignore[attr-defined]
    return view


@login_not_required
@never_cache
@require_safe
def guest(request: HttpRequest, reference: str) -> HttpResponse:
    """The citizen's page: before, in the waiting room, in the meeting, and after it."""
    known = normalise(reference)
    if known is None:
        raise Http404
    if known != reference:
        return redirect("meetings:guest", known)
    try:
        reached = sitting.guest_request(request, known)
    except access.SignInFirst:
        return access.sign_in_first(request)
    row, moment = reached.row, now()
    room = sitting.live_room(row)
    seat = room.seats.filter(kind=Seat.Kind.CITIZEN).first() if room else None
    context = {
        "side": "guest",
        "row": row,
        "room": room,
        "seat": seat,
        "phase": phase_of(room, moment),
        "now": moment,
        "at": addresses_of(row.reference, side=sitting.GUEST),
        "own": reached.own,
        "papers": [],
        "late": running_late.late_for(row, moment=moment),
        "ahead": today.ahead_of(room) if room else 0,
        "after": after_meeting_of(reached, moment),
        "back": reached.url,
    }
    return with_headers(request, render(request, "meetings/guest.html", context), room)


@for_staff
@never_cache
@require_safe
def office(request: HttpRequest, reference: str) -> HttpResponse:
    """The office's page: the meeting, who waits, the request beside it, and its outcome."""
    row = sitting.office_request(request, reference)
    if reference != row.reference:
        return redirect("meetings:office", row.reference)
    moment, room = now(), sitting.live_room(row)
    if room is None:
        return redirect("admin:appointments_request_change", row.reference)
    following = today.next_room(room, moment=moment)
    context = {
        **admin.site.each_context(request),
        "title": row.reference,
        "side": "office",
        "row": row,
        "room": room,
        "phase": phase_of(room, moment),
        "now": moment,
        "at": addresses_of(row.reference, side=sitting.OFFICE),
        "guests": today.guests_of(room, moment=moment),
        "key": new_key(),
        "papers": list(row.attachments.select_related("stored")),
        "shown_papers": papers.shown(row),
        "companions": list(row.companions.all()),
        "following": following,
        **_outcome(row, moment),
    }
    return with_headers(request, render(request, "meetings/office.html", context), room)


@for_staff
@never_cache
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """Today's rooms of one's posts, with who waits since when; works without a script."""
    user = verified_staff(request)
    posts = posts_of(user)
    if not posts:
        raise Http404
    moment = now()
    context = {
        **admin.site.each_context(request),
        "title": "",
        "rooms": today.rooms_of_day(user, moment=moment, post=request.GET.get("post", "")[:16]),
        "several": len(posts) > 1,
        "posts": posts,
        "chosen": request.GET.get("post", ""),
        "today": day_of(moment),
        "now": moment,
        "key": new_key(),
        "back": request.get_full_path(),
    }
    return render(request, "meetings/day.html", context)


def _outcome(row: Any, moment: Any) -> dict[str, Any]:
    """The form of the outcome, as the request's own page has it, as soon as the meeting began."""
    answer = next((one for one in open_answers(row, moment) if one.slug == "outcome"), None)
    if answer is None:
        return {"form": None, "chosen": None}
    return {"form": ANSWERS["outcome"].form(row=row), "chosen": answer}

"""Today's agenda of a post: who comes when, what they need, who is there already."""

from datetime import date, timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from appointments.admin.answers import find
from appointments.admin.diary import day_typed
from appointments.admin.meeting_forms import PresenceForm
from appointments.models import AgendaFeed, Request, RunningLate
from appointments.permissions import posts_of
from appointments.services import presence
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import clock, registry
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.states import Overtaken
from officials.models import Post

SHOWN = {
    Request.Status.CONFIRMED,
    Request.Status.MET,
    Request.Status.MISSED_BY_CITIZEN,
    Request.Status.MISSED_BY_OFFICE,
}


def post_of(request: HttpRequest, code: str) -> Post:
    """Return the post of that code which the reader acts for, the first one without a code."""
    posts = posts_of(request.user)
    post = next((one for one in posts if one.code == code or not code), None)
    if post is None:
        raise Http404
    return post


@require_safe
def agenda(request: HttpRequest) -> HttpResponse:
    """The meetings of one day of one post, in order; the same queries for one and for fifty."""
    post = post_of(request, request.GET.get("post", ""))
    now = clock.now()
    today = clock.day_of(now)
    day = day_typed(request.GET.get("day", ""), today)
    rows = meetings_of(post, day)
    late = RunningLate.objects.filter(post=post, day=day).order_by("-id").first()
    context = {
        **admin.site.each_context(request),
        "title": _("Agenda"),
        "posts": posts_of(request.user),
        "post": post,
        "day": day,
        "today": today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "now": now,
        "meetings": [_line(row, now) for row in rows],
        "late_minutes": late.minutes if late else 0,
        "feed": AgendaFeed.objects.filter(post=post, user=request.user.pk, revoked_at=None).first(),
        "form": PresenceForm(),
        "buttons": [
            one for found in registry.buttons("appointments.agenda", post.pk) for one in found
        ],
    }
    return render(request, "admin/appointments/agenda.html", context)


def meetings_of(post: Post, day: date) -> list[Request]:
    """Return the meetings of ``post`` on ``day``, in order, with what the agenda says of them."""
    start, end = clock.day_bounds(day)
    return list(
        Request.objects.filter(post=post, status__in=SHOWN, starts_at__gte=start, starts_at__lt=end)
        .select_related("citizen")
        .prefetch_related("companions")
        .annotate(papers=Count("attachments"))
        .order_by("starts_at", "id")
    )


def _line(row: Request, now: Any) -> dict[str, Any]:
    begun = row.starts_at is not None and row.starts_at <= now
    return {
        "row": row,
        "noting": presence.can_be_seen(row, now),
        "to_record": row.status == Request.Status.CONFIRMED and begun,
    }


@require_POST
def note_presence(request: HttpRequest, reference: str) -> HttpResponse:
    """Note that somebody is there, or take it back; then show the page it was said on."""
    row = find(request, reference)
    back = _way_back(request, row)
    form = PresenceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please press the button again."))
        return redirect(back)
    said, by = form.cleaned_data, cast("User", request.user)
    act = presence.take_back if said["undo"] else presence.seen_by_office
    try:
        once(
            request,
            lambda: act(request=row, side=said["side"], by=by),
            form=f"office.presence:{row.pk}",
            key=said["key"],
            asked={"side": said["side"], "undo": said["undo"]},
        )
    except Overtaken:
        messages.warning(request, _("The outcome of this meeting has been recorded already."))
    except KeyMisused:
        messages.error(request, _("Please press the button again."))
    except Refused as refused:
        messages.error(request, str(refused.message))
    except PermissionDenied as problem:
        raise Http404 from problem
    return redirect(back)


def _way_back(request: HttpRequest, row: Request) -> str:
    """The agenda of the meeting's day, or the request's own page where the button stood there."""
    if request.POST.get("from") == "page" or row.starts_at is None:
        return reverse("admin:appointments_request_change", args=[row.reference])
    query = urlencode({"post": row.post.code, "day": str(clock.day_of(row.starts_at))})
    return f"{reverse('admin:appointments_agenda')}?{query}#{row.reference}"

"""The agenda of a post as a calendar, at a secret address; for officers' own calendars."""

import hashlib
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from appointments.calendars import Entry, calendar_of
from appointments.diary import horizon_of
from appointments.models import AgendaFeed, Request
from appointments.services import feeds, letters
from esachivalaya.accounts.tries import allowed
from esachivalaya.common import clock
from esachivalaya.common.references import grouped

BACK = timedelta(days=7)
# A meeting that was confirmed once: it takes place, took place, or its entry is taken back.
IN_FEED = {
    Request.Status.CONFIRMED,
    Request.Status.MET,
    Request.Status.MISSED_BY_CITIZEN,
    Request.Status.MISSED_BY_OFFICE,
    Request.Status.CANCELLED_BY_CITIZEN,
    Request.Status.CANCELLED_BY_OFFICE,
}


@login_not_required
@require_safe
@sensitive_variables()
def agenda_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Confirmed meetings from a week back to the horizon, without names or subjects.

    An address that is unknown, ended, or whose officer has no live charge of the post is a 404.
    """
    if not allowed(request, "agenda"):
        return _kept_out_of_logs(HttpResponse(status=429))
    feed = feeds.find(token)
    if feed is None:
        return _kept_out_of_logs(render(request, "404.html", status=404))
    feeds.note_reading(feed)
    with translation.override(feed.user.language):
        content = _calendar(feed, clock.now())
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Referrer-Policy"] = "no-referrer"
    answer = get_conditional_response(request, etag=etag, response=response) or response
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


def _calendar(feed: AgendaFeed, moment: datetime) -> bytes:
    post = feed.post
    first = clock.day_bounds(clock.day_of(moment - BACK))[0]
    last = clock.day_bounds(horizon_of(post, moment))[1]
    rows = Request.objects.filter(
        post=post, status__in=IN_FEED, starts_at__gte=first, starts_at__lt=last
    ).order_by("starts_at", "id")
    entries = [
        Entry(
            row=row,
            title=_("Virtual meeting %(reference)s") % {"reference": grouped(row.reference)},
            description=letters.desk_link(row),
            url=letters.desk_link(row),
            # The same bytes as long as nothing has changed.
            stamp=row.closed_at or row.answered_at or row.created_at,
            whose="-office",
        )
        for row in rows
    ]
    name = post.title_en if feed.user.language == "en" else post.title_hi
    return calendar_of(entries, name=name).to_ical()  # type: ignore[no-any-return]


def _kept_out_of_logs(response: HttpResponse) -> HttpResponse:
    """Return ``response``, of which no line is logged: the line would say the secret address."""
    # The mark by which Django itself knows that it has logged an answer.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response

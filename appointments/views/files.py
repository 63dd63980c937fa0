"""What one can take away from a request: its papers, a calendar entry, its QR code."""

import io
from datetime import UTC, timedelta
from urllib.parse import urlencode, urlsplit

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from icalendar import Alarm, Calendar, Event

from appointments.models import Request
from appointments.standing import office
from appointments.views.changes import reached_or_answer
from esachivalaya.common.clock import IST, now
from esachivalaya.common.references import grouped
from esachivalaya.common.uploads import clean_name

REMIND_BEFORE = timedelta(hours=1)


@login_not_required
@never_cache
@require_safe
def paper(request: HttpRequest, reference: str, position: int) -> HttpResponse | FileResponse:
    """One paper of the request, to be saved; never shown inside the portal's own pages."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    if not reached.own:
        raise Http404
    attachment = get_object_or_404(reached.row.attachments, position=position)
    try:
        content = attachment.file.open("rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    response = FileResponse(
        content,
        as_attachment=True,
        filename=clean_name(attachment.name, attachment.content_type),
        content_type=attachment.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@login_not_required
@never_cache
@require_safe
def calendar(request: HttpRequest, reference: str) -> HttpResponse:
    """The meeting as a calendar file; sent again after a change, it replaces the earlier entry."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    if reached.row.starts_at is None:
        raise Http404
    response = HttpResponse(
        _calendar_of(reached.row, settings.PUBLIC_URL + reached.url).to_ical(),
        content_type="text/calendar; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="{reached.row.reference}.ics"'
    return response


def _calendar_of(row: Request, url: str) -> Calendar:
    """Return the calendar with one event; a private request's event says nothing of its matter."""
    event = Event()
    event.add("uid", f"{row.reference}@{urlsplit(settings.PUBLIC_URL).hostname}")
    event.add("sequence", row.version)
    event.add("dtstamp", now().astimezone(UTC))
    assert row.starts_at is not None
    assert row.ends_at is not None
    event.add("dtstart", row.starts_at.astimezone(IST))
    event.add("dtend", row.ends_at.astimezone(IST))
    title = (
        _("Virtual meeting")
        if row.private
        else _("Virtual meeting: %(post)s") % {"post": office(row.post)}
    )
    event.add("summary", title)
    event.add("description", f"{grouped(row.reference)}\n{url}")
    event.add("url", url)
    event.add("class", "PRIVATE")
    event.add("status", _STATUS.get(row.status, "CANCELLED"))
    if row.is_open:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", -REMIND_BEFORE)
        event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//e-Sachivalaya//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar


_STATUS = {
    Request.Status.REQUESTED: "TENTATIVE",
    Request.Status.CONFIRMED: "CONFIRMED",
    Request.Status.MET: "CONFIRMED",
}


@login_not_required
@never_cache
@require_safe
def qr_code(request: HttpRequest, reference: str) -> HttpResponse:
    """The way to the tracking page as a QR code; it carries the reference, never the PIN."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    address = f"{settings.PUBLIC_URL}{reverse('appointments:track')}?" + urlencode(
        {"reference": reached.row.reference}
    )
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="svg", scale=4, light="#fff")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")

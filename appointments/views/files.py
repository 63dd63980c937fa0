"""What one can take away from a request: its papers, a calendar entry, its QR code."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from appointments.calendars import Entry, calendar_of
from appointments.models import Request
from appointments.qr_codes import tracking_qr
from appointments.standing import office
from appointments.views.changes import reached_or_answer
from esachivalaya.common import paper_answers
from esachivalaya.common.clock import now
from esachivalaya.common.qr_codes import drawn
from esachivalaya.common.references import grouped


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
    papers = reached.row.attachments.select_related("stored")
    attachment = get_object_or_404(papers, position=position)
    return paper_answers.download(attachment.stored, attachment.name)


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
        calendar_of([_entry_of(reached.row, settings.PUBLIC_URL + reached.url)]).to_ical(),
        content_type="text/calendar; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="{reached.row.reference}.ics"'
    return response


def _entry_of(row: Request, url: str) -> Entry:
    """Return the citizen's entry; a private request's says nothing of its matter."""
    title = (
        _("Virtual meeting")
        if row.private
        else _("Virtual meeting: %(post)s") % {"post": office(row.post)}
    )
    return Entry(
        row=row,
        title=title,
        description=f"{grouped(row.reference)}\n{url}",
        url=url,
        stamp=now(),
        alarm=row.is_open,
    )


@login_not_required
@never_cache
@require_safe
def qr_code(request: HttpRequest, reference: str) -> HttpResponse:
    """The way to the tracking page as a QR code; it carries the reference, never the PIN."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    return drawn(tracking_qr(reached.row.reference))

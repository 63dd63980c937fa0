"""From a meeting's outcome to a receipt: one look, one button."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from appointments.models import Request
from eoffice.door import at_the_desk
from eoffice.models import Receipt
from eoffice.permissions import Seat
from eoffice.services import from_meetings
from eoffice.services.refusals import Refused
from esachivalaya.common.idempotency import KeyField, KeyMisused, once


class OnceForm(forms.Form):
    """A button that acts once."""

    key = KeyField()


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def from_meeting(request: HttpRequest, seat: Seat, reference: str) -> HttpResponse:
    """Show what is diarised of the outcome, then diarise it; there already, lead to it."""
    rows = Request.objects.visible_to(seat.charge.user).filter(post=seat.desk.pk)
    rows = rows.filter(outcome__isnull=False).select_related("outcome", "citizen", "post")
    row = rows.filter(reference=reference).first()
    if row is None:
        raise Http404
    form = OnceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _diarise(request, seat, row, form.cleaned_data["key"])
    made = Receipt.objects.filter(request=row).first()
    if made is not None:
        return redirect("eoffice:receipt", seat.desk.post.code, made.pk)
    context = {"seat": seat, "row": row, "form": OnceForm()}
    return render(request, "eoffice/receipts/from-meeting.html", context)


def _diarise(request: HttpRequest, seat: Seat, row: Request, key: str) -> None:
    by = seat.charge.user
    name = f"eoffice.from-meeting:{row.pk}"
    try:
        once(
            request,
            lambda: from_meetings.diarise_outcome(request=row, desk=seat.desk, by=by),
            form=name,
            key=key,
            asked={"request": row.pk},
        )
    except PermissionDenied as problem:
        raise Http404 from problem
    except Refused as refused:
        messages.error(request, str(refused.message))
    except KeyMisused:
        messages.error(request, _("This page was sent before with other words. Please look again."))
    else:
        messages.success(request, _("Diarised. The citizen reads of it in their time line."))

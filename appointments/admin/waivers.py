"""The office lets a person ask again before the pause after a meeting ends."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from appointments.admin.answers import find
from appointments.admin.page import show_page
from appointments.admin.pause import WaiverForm
from appointments.services import fairness
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.language import switching_language, typed


@require_POST
def give(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the waiver. Whatever is not done leaves the typed reason on the page."""
    row = find(request, reference)
    if switching_language(request):
        return show_page(request, row, waiver_form=WaiverForm(initial=typed(WaiverForm, request)))
    form = WaiverForm(request.POST)
    if not form.is_valid():
        return show_page(request, row, waiver_form=form)
    reason, by = form.cleaned_data["reason"], cast("User", request.user)
    try:
        once(
            request,
            lambda: fairness.give_waiver(request=row, by=by, reason=reason),
            form="office.waiver",
            key=form.cleaned_data["key"],
            asked={"request": row.pk, "reason": reason},
        )
    except PermissionDenied as problem:
        raise Http404 from problem
    except KeyMisused:
        form.add_error(None, _("This form was sent before with other data."))
        return show_page(request, row, waiver_form=form, status=409)
    except Refused as refused:
        messages.warning(request, str(refused.message))
    else:
        messages.success(request, _("This person may ask again. They are told."))
    return redirect("admin:appointments_request_change", reference)

"""Earlier times, on the citizen's own page: asking to be told of them, and taking one."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from appointments import access
from appointments.forms.changes import EarlierForm, TakeForm
from appointments.models import FreedTime, Request
from appointments.services import earlier, earlier_wishes
from appointments.services.running_late import late_for
from appointments.views.changes import answer, reached_or_answer
from esachivalaya.common.formats import datetime_long


def context_of(row: Request, *, moment: Any) -> dict[str, Any]:
    """Return what the page of an open request says about earlier times and a late office."""
    begun = row.starts_at is None or row.starts_at <= moment
    if begun or not row.is_open:
        return {
            "can_wish_earlier": False,
            "wishes_earlier": False,
            "earlier_times": [],
            "late": late_for(row, moment=moment),
        }
    wished = earlier_wishes.wishes(row)
    return {
        "can_wish_earlier": row.post.active,
        "wishes_earlier": wished,
        "earlier_times": earlier.times_for(row, moment=moment) if wished else [],
        "late": late_for(row, moment=moment),
    }


@login_not_required
@require_POST
def wish(request: HttpRequest, reference: str) -> HttpResponse:
    """Note that the citizen wants to hear of earlier times, or does not any more."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    form = EarlierForm(request.POST)
    if not form.is_valid():
        return redirect(reached.url)
    actor, data = access.household_user(request), form.cleaned_data
    wanted = data["wanted"] == "yes"
    words = (
        _("You are told by SMS when an earlier time becomes free.")
        if wanted
        else _("You are not told of earlier times any more.")
    )
    return answer(
        request,
        reached,
        "appointments.earlier",
        form,
        lambda: earlier_wishes.set_wish(
            request=reached.row, wanted=wanted, by=actor, version=data["version"]
        ),
        words,
    )


@login_not_required
@require_POST
def take(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the earlier time that became free, if nobody was quicker."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    form = TakeForm(request.POST)
    if not form.is_valid():
        return redirect(reached.url)
    actor, data = access.household_user(request), form.cleaned_data
    told = FreedTime.objects.select_related("post").filter(told__request=reached.row)
    freed = get_object_or_404(told, pk=data["freed"])
    return answer(
        request,
        reached,
        "appointments.take-earlier",
        form,
        lambda: earlier.take(request=reached.row, freed=freed, by=actor, version=data["version"]),
        _("The earlier time is yours: %(when)s.") % {"when": datetime_long(freed.starts_at)},
    )

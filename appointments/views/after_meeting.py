"""What the citizen says after a meeting: whether something was done, and how the meeting was."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from appointments import access
from appointments.forms.after_meeting import DoneForm, RatingForm
from appointments.models import Action, Outcome, Rating, Request
from appointments.services import actions, rating
from appointments.services.refusals import Refused
from appointments.views.booking import GET_POST
from appointments.views.changes import reached_or_answer
from esachivalaya.common.clock import day_of
from esachivalaya.common.idempotency import AlreadySent, KeyMisused, claim, digest_of
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken

MISSED = Request.Status.MISSED_BY_OFFICE


def after_meeting_of(reached: access.Reached, moment: datetime) -> dict[str, Any]:
    """Return what a request's page shows of the time after its meeting; nothing costs nothing."""
    row = reached.row
    found: dict[str, Any] = {"outcome": None, "follows": _other(row.follows, reached)}
    if row.status == MISSED:
        found["followed_by"] = _other(Request.objects.filter(follows=row).first(), reached)
    if row.status != Request.Status.MET:
        return found
    found["outcome"] = Outcome.objects.filter(request=row).prefetch_related("actions__post").first()
    today = day_of(moment)
    if found["outcome"]:
        found["actions"] = [
            {
                "action": action,
                "done": action.can_be_called_done(today),
                "not_done": action.can_be_called_not_done(today),
                "form": DoneForm(initial={"version": action.version, "action": action.pk}),
            }
            for action in found["outcome"].actions.all()
        ]
    found["may_rate"] = not Rating.objects.filter(request=row).exists()
    return found


def _other(row: Request | None, reached: access.Reached) -> dict[str, Any] | None:
    """Return the meeting before or after this one, with its address for the way one came."""
    if row is None:
        return None
    name = "appointments:track-detail" if reached.tracked else "appointments:detail"
    return {"row": row, "url": reverse(name, args=[row.reference])}


@login_not_required
@require_POST
def say_done(request: HttpRequest, reference: str) -> HttpResponse:
    """Say of one action that it was done, or that it was not."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    form = DoneForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please press one of the two buttons."))
        return redirect(reached.url)
    said = form.cleaned_data
    action = get_object_or_404(Action, pk=said["action"], outcome__request=reached.row)
    done, by = said["said"] == "done", access.household_user(request)
    words = (
        _("Thank you. It counts as done.")
        if done
        else _("Thank you. The office and the office above it are told.")
    )
    _act(
        request,
        reached,
        "appointments.action",
        said,
        lambda: actions.say(action=action, done=done, by=by, version=said["version"]),
        words,
    )
    return redirect(reached.url)


@login_not_required
@never_cache
@require_http_methods(GET_POST)
def rate(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask how the meeting was, and keep the answer."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    row = reached.row
    if row.status != Request.Status.MET:
        return redirect(reached.url)
    if request.method != "POST" or switching_language(request):
        return _rating_page(request, reached, RatingForm(initial=typed(RatingForm, request)))
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _rating_page(request, reached, form, 422)
    said, by = form.cleaned_data, access.household_user(request)
    _act(
        request,
        reached,
        "appointments.rating",
        said,
        lambda: rating.rate(request=row, by=by, stars=said["stars"], words=said["words"]),
        _("Thank you for your answer."),
    )
    return redirect(reached.url)


def _rating_page(
    request: HttpRequest, reached: access.Reached, form: RatingForm, status: int = 200
) -> HttpResponse:
    context = {"row": reached.row, "form": form, "back": reached.url}
    return render(request, "appointments/rate.html", context, status=status)


def _act(
    request: HttpRequest,
    reached: access.Reached,
    name: str,
    said: Mapping[str, Any],
    act: Callable[[], object],
    done: str,
) -> None:
    """Act once for this form and say so; a lost race or a rule is told in words."""
    data = {**said, "reference": reached.row.reference}
    principal = access.principal(request, reached.row.reference)
    try:
        _once(principal, name, data.pop("key"), data, act)
    except AlreadySent:
        return
    except Overtaken:
        messages.warning(request, _("This has changed since you opened the page. Look at it."))
    except KeyMisused:
        messages.error(request, _("This page was sent before with other words. Please look again."))
    except Refused as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(request, done)


@on_deadlock
@transaction.atomic
def _once(
    principal: str, name: str, key: str, data: Mapping[str, Any], act: Callable[[], object]
) -> None:
    claim(principal=principal, form=name, key=key, digest=digest_of(data))
    act()

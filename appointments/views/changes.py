"""What a citizen does with a request that was sent: withdraw, move, answer an offer, ask again."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from appointments import access, drafts
from appointments.forms.booking import MOST_COMPANIONS
from appointments.forms.changes import OfferForm, OtherTimeForm, VersionForm
from appointments.models import Offer, Request
from appointments.services import wishes
from appointments.services.refusals import Refused, SlotTaken
from appointments.standing import standing_of
from appointments.views.booking import GET_POST
from appointments.views.citizens_only import for_households
from appointments.views.steps import url_of
from appointments.views.times import entries, times_of
from esachivalaya.common.clock import now
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.idempotency import AlreadySent, KeyMisused, claim, digest_of
from esachivalaya.common.refusals import refusal as refusal_page
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken


def reached_or_answer(request: HttpRequest, reference: str) -> access.Reached | HttpResponse:
    """Return the request, or the way to sign in; what one may not see raises Http404."""
    try:
        return access.reach(request, reference, moment=now())
    except access.SignInFirst:
        return access.sign_in_first(request)


@login_not_required
@never_cache
@require_http_methods(GET_POST)
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask once more, then take the request back or cancel the meeting."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    row, form = reached.row, VersionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor, version = access.household_user(request), form.cleaned_data["version"]
        return answer(
            request,
            reached,
            "appointments.withdraw",
            form,
            lambda: wishes.withdraw(request=row, by=actor, version=version),
            _("Your request is withdrawn."),
        )
    form = VersionForm(initial={"version": row.version})
    return render(request, "appointments/withdraw.html", _page(reached, form))


@login_not_required
@never_cache
@require_http_methods(GET_POST)
def other_time(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose another of the office's free times."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    row, form = reached.row, OtherTimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor, data = access.household_user(request), form.cleaned_data
        try:
            return answer(
                request,
                reached,
                "appointments.other-time",
                form,
                lambda: wishes.ask_other_time(
                    request=row, slot=data["slot"], by=actor, version=data["version"]
                ),
                _("The time is changed to %(when)s.") % {"when": datetime_long(data["slot"].start)},
            )
        except SlotTaken as taken:
            form.add_error("slot", str(taken.message))
            return _times_page(request, reached, form, 409, taken)
    return _times_page(request, reached, form, 422 if form.errors else 200)


def _times_page(
    request: HttpRequest,
    reached: access.Reached,
    form: OtherTimeForm,
    status: int,
    taken: SlotTaken | None = None,
) -> HttpResponse:
    if not form.is_bound:
        form = OtherTimeForm(initial={"version": reached.row.version})
    context = {
        **_page(reached, form),
        "times": times_of(reached.row.post, start=request.GET.get("from", "")[:10]),
        "slot_error": form.errors["slot"][0] if "slot" in form.errors else "",
        "alternatives": entries(taken.alternatives) if taken else [],
        "open": reached.row.is_open,
    }
    return render(request, "appointments/other-time.html", context, status=status)


@login_not_required
@require_POST
def answer_offer(request: HttpRequest, reference: str) -> HttpResponse:
    """Accept or refuse the time that the office offered."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    form = OfferForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Accept the time or refuse it."))
        return redirect(reached.url)
    offers = Offer.objects.select_related("request").filter(request=reached.row)
    offer = get_object_or_404(offers, pk=form.cleaned_data["offer"])
    actor = access.household_user(request)
    accept = form.cleaned_data["answer"] == "accept"
    act = wishes.accept_offer if accept else wishes.refuse_offer
    words = _("The meeting is confirmed.") if accept else _("The offered time is refused.")
    return answer(
        request, reached, "appointments.offer", form, lambda: act(offer=offer, by=actor), words
    )


@login_not_required
@require_POST
@for_households
def ask_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Begin a new request with the words of one that the office let lapse."""
    reached = reached_or_answer(request, reference)
    if isinstance(reached, HttpResponse):
        return reached
    row = reached.row
    if row.status != Request.Status.RELEASED or not reached.own:
        return redirect(reached.url)
    for step, data in _as_draft(row).items():
        drafts.keep(request.session, row.post, step, data)
    return redirect(url_of(row.post.code, "time"))


def _as_draft(row: Request) -> dict[str, dict[str, Any]]:
    """Return the words of ``row`` as the steps of a draft; the time is chosen anew."""
    meeting: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("language", "needs_interpreter", "needs_accessible_seat", "private")
    }
    companions = list(row.companions.all())
    for number in range(1, MOST_COMPANIONS + 1):
        one = companions[number - 1] if number <= len(companions) else None
        for name in ("name", "relation", "phone"):
            meeting[f"{name}{number}"] = getattr(one, name) if one else ""
    about = {name: getattr(row, name) for name in ("subject", "sought", "description")}
    offered = row.service is not None and row.service.active
    service = row.service_id if offered else None
    return {
        "about": {**about, "category": row.category_id, "service": service},
        "meeting": meeting,
        "person": {"citizen": row.citizen_id},
    }


def _page(reached: access.Reached, form: forms.Form) -> dict[str, Any]:
    return {"row": reached.row, "form": form, "back": reached.url}


def answer(
    request: HttpRequest,
    reached: access.Reached,
    name: str,
    form: forms.Form,
    act: Callable[[], object],
    done: str,
) -> HttpResponse:
    """Act once and lead back to the request; a lost race or a rule is told in words."""
    data = {**form.cleaned_data, "reference": reached.row.reference}
    key = data.pop("key")
    try:
        _once(access.principal(request, reached.row.reference), name, key, data, act)
    except AlreadySent:
        return redirect(reached.url)
    except Overtaken as problem:
        words = overtaken_words(problem)
        return refusal_page(
            request, 409, text=words, url=reached.url, action=_("Open this appointment")
        )
    except KeyMisused:
        messages.error(request, _("This page was sent before with other words. Please look again."))
        return redirect(reached.url)
    except SlotTaken:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal.message))
        return redirect(reached.url)
    messages.success(request, done)
    return redirect(reached.url)


@on_deadlock
@transaction.atomic
def _once(
    principal: str, name: str, key: str, data: Mapping[str, Any], act: Callable[[], object]
) -> None:
    claim(principal=principal, form=name, key=key, digest=digest_of(data))
    act()


def overtaken_words(problem: Overtaken) -> str:
    """Say what happened to the request in the meantime."""
    row = problem.row
    words = _("This request has changed since you opened the page.")
    if isinstance(row, Request):
        full = access.related().get(pk=row.pk)
        return f"{words} " + standing_of(full, offer=None, moment=now()).heading + "."
    return words

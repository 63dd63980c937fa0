"""A bank's desk: the day with its donors, one donor's visit, who came without a time."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments.forms.changes import VersionForm
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.formats import chosen_language
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.language import switching_language
from esachivalaya.common.refusals import refusal
from esachivalaya.common.states import Overtaken
from plasma.bank_door import Desk, at_the_bank, for_officers
from plasma.desk_day import day_at
from plasma.forms.desk import DecisionForm, WalkInForm
from plasma.models import Bank, BankCharge, Pledge, Policy
from plasma.services import donations, looks, pledges, screening, unrecorded
from plasma.services.volunteers import About
from plasma.views.acts import say

GET_POST = ["GET", "HEAD", "POST"]
Status = Pledge.Status
# How far from today a day's page may be.
FARTHEST = timedelta(days=3660)


@for_officers
@require_safe
def banks(request: HttpRequest, officer: User) -> HttpResponseBase:
    """Lead to the one bank; list several; say so when the charge is over."""
    rows = list(Bank.objects.served_by(officer).order_by("code"))
    if len(rows) == 1:
        return redirect("plasma:bank", rows[0].code)
    if not rows and not BankCharge.objects.of(officer).exists():
        raise Http404
    return render(request, "plasma/desk/banks.html", {"banks": rows})


@at_the_bank
@require_safe
def day(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The slots of a day with who comes; nothing but given names, the records open one by one."""
    today = day_of(now())
    chosen = _day(request.GET.get("day", ""), today) or today
    bounds = day_bounds(chosen)
    context = {
        "desk": desk,
        "bank": desk.bank,
        "day": chosen,
        "today": today,
        "before": chosen - timedelta(days=1),
        "after": chosen + timedelta(days=1),
        "sheet": day_at(desk.bank, chosen, bounds),
        "unrecorded": unrecorded.of(desk.bank),
    }
    return render(request, "plasma/desk/day.html", context)


@at_the_bank
@require_safe
def visit(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """One donor's record, for the visit; that it was opened is noted before it is shown."""
    row = _pledge(desk, pk)
    return _visit(request, desk, row, DecisionForm(initial={"version": row.version}))


@at_the_bank
@require_POST
def arrive(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """The donor is there."""
    return _act(request, desk, pk, donations.arrive, _("The donor is there."))


@at_the_bank
@require_POST
def no_show(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """The donor did not come."""
    return _act(request, desk, pk, donations.no_show, _("Noted: the donor did not come."))


@at_the_bank
@require_POST
def decide(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """The medical officer's decision."""
    row = _pledge(desk, pk)
    if not desk.medical:
        raise Http404
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _visit(request, desk, row, form)
    asked = {"pledge": pk, "version": form.cleaned_data["version"]}
    try:
        return _once(
            request,
            desk,
            row,
            lambda: donations.decide(
                pledge=row,
                by=desk.officer,
                version=form.cleaned_data["version"],
                decision=form.decision,
            ),
            key=form.cleaned_data["key"],
            name="plasma:decide",
            asked=asked,
            done=_("The decision is written down."),
        )
    except Refused as refused:
        say(form, refused)
        return _visit(request, desk, row, form)


@at_the_bank
@require_http_methods(GET_POST)
def walk_in(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A donor who came without a time: who they are, the same questions, arrived at once."""
    try:
        asked = screening.questions(screening.held_policy(desk.bank, day_of(now())))
    except Refused as refused:
        messages.error(request, str(refused.message))
        return redirect("plasma:bank", desk.bank.code)
    form = WalkInForm(asked=asked)
    if request.method == "POST" and not switching_language(request):
        form = WalkInForm(request.POST, asked=asked)
        if form.is_valid():
            try:
                return _take_in(request, desk, form)
            except Refused as refused:
                say(form, refused)
    context = {"desk": desk, "bank": desk.bank, "form": form}
    return render(request, "plasma/desk/walk-in.html", context)


def _take_in(request: HttpRequest, desk: Desk, form: WalkInForm) -> HttpResponse:
    data: dict[str, Any] = form.cleaned_data
    about = About(
        name=data["name"],
        year_of_birth=data["year"],
        district=data["district"],
        blood_group=data["blood_group"],
        language=chosen_language(),
    )
    made: list[Pledge] = []

    def take() -> None:
        made.append(
            donations.walk_in(
                bank=desk.bank,
                by=desk.officer,
                phone=data["phone"],
                about=about,
                screened=form.answers,
                may_ask=data["may_ask"],
            )
        )

    try:
        # Nothing of the person or the answers is in what is kept of the form.
        once(request, take, form="plasma:walk-in", key=data["key"], asked={"bank": desk.bank.code})
    except KeyMisused:
        messages.error(request, _("This page was sent before with other words. Please look again."))
    if made:
        return redirect("plasma:visit", desk.bank.code, made[0].pk)
    return redirect("plasma:bank", desk.bank.code)


def _of(desk: Desk) -> QuerySet[Pledge]:
    """The pledges that this desk sees: to this bank, and not taken back."""
    return (
        pledges.related()
        .filter(pk__in=Pledge.objects.visible_to(desk.officer).values("pk"), bank=desk.bank)
        .exclude(status=Status.CANCELLED)
    )


def _pledge(desk: Desk, pk: int) -> Pledge:
    row = _of(desk).select_related("donation").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _visit(request: HttpRequest, desk: Desk, row: Pledge, form: DecisionForm) -> HttpResponse:
    purpose = looks.MEDICAL_OFFICER if desk.medical else looks.BANK_DESK
    looks.note(row.donor, by=desk.officer, purpose=purpose)
    moment = now()
    started = row.starts_at is not None and row.starts_at <= moment
    context = {
        "desk": desk,
        "bank": desk.bank,
        "pledge": row,
        "donor": row.donor,
        "donation": getattr(row, "donation", None),
        "changed": donations.rules_changed(row, day_of(moment))
        if row.status in Pledge.OPEN
        else [],
        "policy": _policy(desk, moment),
        "act": VersionForm(initial={"version": row.version}, auto_id=False),
        "form": form,
        "may_arrive": row.status in {Status.MADE, Status.BOOKED, Status.NO_SHOW},
        "may_miss": row.status == Status.BOOKED and started,
        "may_decide": row.status == Status.ARRIVED and desk.medical,
    }
    return render(request, "plasma/desk/visit.html", context)


def _policy(desk: Desk, moment: datetime) -> Policy | None:
    """A day without rules closes no record: what has been found before is to be read."""
    try:
        return screening.policy_for(desk.bank, day_of(moment))
    except Policy.DoesNotExist:
        return None


def _act(
    request: HttpRequest, desk: Desk, pk: int, service: Callable[..., object], done: str
) -> HttpResponse:
    row = _pledge(desk, pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return redirect("plasma:visit", desk.bank.code, pk)
    version = form.cleaned_data["version"]
    try:
        return _once(
            request,
            desk,
            row,
            lambda: service(pledge=row, by=desk.officer, version=version),
            key=form.cleaned_data["key"],
            name=f"plasma:{service.__name__}",
            asked={"pledge": pk, "version": version},
            done=done,
        )
    except Refused as refused:
        messages.error(request, str(refused.message))
        return redirect("plasma:visit", desk.bank.code, pk)


def _once(
    request: HttpRequest,
    desk: Desk,
    row: Pledge,
    act: Callable[[], object],
    *,
    key: str,
    name: str,
    asked: dict[str, Any],
    done: str,
) -> HttpResponse:
    url = reverse("plasma:visit", args=[desk.bank.code, row.pk])
    try:
        if once(request, act, form=name, key=key, asked=asked):
            messages.success(request, done)
    except Overtaken:
        words = _("Somebody else has changed this visit meanwhile. Please look at it as it is now.")
        return refusal(request, 409, text=words, url=url, action=_("Open the visit"))
    except KeyMisused:
        messages.error(request, _("This page was sent before with other words. Please look again."))
    return redirect(url)


def _day(text: str, today: date) -> date | None:
    """Return the day that the address says, unless it is none that the bank has pages of."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day is not None and abs(day - today) <= FARTHEST else None

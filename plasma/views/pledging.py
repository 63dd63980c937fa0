"""From the wish to give to a booked time: the bank, its questions, a slot; and changing it."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from appointments.forms.changes import VersionForm
from appointments.services.refusals import Refused, SlotTaken
from appointments.views.times import DAYS_SHOWN, entries
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.language import switching_language
from plasma.donor_door import Visitor, behind_the_link
from plasma.forms.donors import QuestionsForm, SlotForm
from plasma.models import Bank, Pledge
from plasma.near import banks_for
from plasma.services import answers, beds, pledges, screening
from plasma.services.answers import NotFit
from plasma.views.acts import act_once, say, status_of

GET_POST = ["GET", "HEAD", "POST"]


@behind_the_link
@require_http_methods(GET_POST)
def pledge(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """Choose a bank, then answer its questions; what fits becomes a pledge."""
    banks = banks_for(visitor.donor)
    code = request.GET.get("bank", "")
    bank = next((one for one in banks if one.code == code), None)
    if bank is None:
        return render(request, "plasma/banks.html", {"visitor": visitor, "banks": banks})
    try:
        policy = screening.held_policy(bank, day_of(now()))
        answers.refuse_if_deferred(visitor.donor, day_of(now()))
    except Refused as refused:
        return _unfit(request, visitor, refused)
    questions = screening.questions(policy)
    if request.method != "POST" or switching_language(request):
        # Switched to the other language, the answers are asked again: nothing keeps them.
        form = QuestionsForm(asked=questions)
        return _questions(request, visitor, bank, form)
    form = QuestionsForm(request.POST, asked=questions)
    if not form.is_valid():
        return _questions(request, visitor, bank, form)
    try:
        return act_once(
            request,
            visitor,
            lambda: answers.pledge(asker=visitor.asker, bank=bank, answers=form.answers),
            name="plasma:pledge",
            key=form.cleaned_data["key"],
            # Not the answers: not even their digest is kept.
            asked={"bank": bank.code},
            done="",
            to="slot",
        )
    except Refused as refused:
        return _unfit(request, visitor, refused)


@behind_the_link
@require_http_methods(GET_POST)
def slot(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """Choose a time, the first one or another; a time taken meanwhile is told with others."""
    row = pledges.current(visitor.donor)
    if row is None or row.status == Pledge.Status.ARRIVED:
        return redirect(visitor.url())
    if request.method != "POST" or switching_language(request):
        return _times(request, visitor, row, SlotForm(initial={"version": row.version}))
    form = SlotForm(request.POST)
    if not form.is_valid():
        return _times(request, visitor, row, form)
    booked = row.status == Pledge.Status.BOOKED
    book = pledges.move_to if booked else pledges.book
    asked = {name: form.cleaned_data[name] for name in ("slot", "version")}
    words = _("Your new time is booked.") if booked else _("Your time is booked. Thank you.")
    try:
        return act_once(
            request,
            visitor,
            lambda: book(pledge=row, span=asked["slot"], version=asked["version"]),
            name="plasma:slot",
            key=form.cleaned_data["key"],
            asked=asked,
            done=words,
        )
    except Refused as refused:
        say(form, refused)
        return _times(request, visitor, row, form, refused)


@behind_the_link
@require_http_methods(GET_POST)
def cancel(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """Ask once more, then take the pledge back."""
    row = pledges.current(visitor.donor)
    if request.method == "POST" and not switching_language(request):
        form = VersionForm(request.POST)
        if form.is_valid():
            # A second sending finds no pledge any more, and is led on by its key.
            found = row or pledges.related().filter(donor=visitor.donor).order_by("-id").first()
            if found is None:
                return redirect(visitor.url())
            version = form.cleaned_data["version"]
            try:
                return act_once(
                    request,
                    visitor,
                    lambda: pledges.cancel(pledge=found, version=version),
                    name="plasma:cancel",
                    key=form.cleaned_data["key"],
                    asked={"version": version},
                    done=_("It is cancelled. Thank you for telling us."),
                )
            except Refused as refused:
                return _unfit(request, visitor, refused)
    if row is None or row.status == Pledge.Status.ARRIVED:
        return redirect(visitor.url())
    form = VersionForm(initial={"version": row.version})
    return render(request, "plasma/cancel.html", {"visitor": visitor, "pledge": row, "form": form})


def _questions(
    request: HttpRequest, visitor: Visitor, bank: Bank, form: QuestionsForm
) -> HttpResponse:
    context = {"visitor": visitor, "bank": bank, "form": form}
    return render(request, "plasma/questions.html", context)


def _unfit(request: HttpRequest, visitor: Visitor, refused: Refused) -> HttpResponse:
    """Say kindly why not, and from when; nothing of the answers is kept."""
    day = refused.not_before if isinstance(refused, NotFit) else None
    ask = f"{reverse('plasma:later', args=[visitor.token])}?day={day}" if day else ""
    context = {"visitor": visitor, "words": refused.message, "day": day, "ask": ask}
    return render(request, "plasma/unfit.html", context)


def _times(
    request: HttpRequest,
    visitor: Visitor,
    row: Pledge,
    form: SlotForm,
    refused: Refused | None = None,
) -> HttpResponse:
    free = beds.free_slots(row.bank)
    days, later = _week(free, request.GET.get("from", ""))
    context: dict[str, Any] = {
        "visitor": visitor,
        "pledge": row,
        "bank": row.bank,
        "form": form,
        "days": days,
        "later": later,
        "slot_error": "; ".join(str(one) for one in form.errors.get("slot", [])),
        "instead": entries(refused.alternatives) if isinstance(refused, SlotTaken) else [],
        "chosen": str(form.data.get("slot", "")),
    }
    return render(
        request, "plasma/slot.html", context, status=status_of(refused) if refused else 200
    )


def _week(free: dict[date, list[beds.FreeBed]], start: str) -> tuple[list[dict[str, Any]], str]:
    """Return a week of days with free times from ``start``, and the day when the next begins."""
    days = sorted(day for day in free if str(day) >= start)
    shown, rest = days[:DAYS_SHOWN], days[DAYS_SHOWN:]
    listed = [{"date": day, "slots": entries([one.span for one in free[day]])} for day in shown]
    return listed, str(rest[0]) if rest else ""

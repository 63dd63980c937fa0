"""Help at any Kendra: reference and PIN open one booking there, and can give it a new number."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from appointments.models import Request
from appointments.services.refusals import Refused as NotOnPaper
from esachivalaya.accounts.models import Citizen
from esachivalaya.accounts.services import leaving
from esachivalaya.accounts.services.households import is_the_name_of
from esachivalaya.accounts.services.new_number import ask_for_number
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.accounts.tries import allowed_to
from esachivalaya.accounts.views import number_codes
from esachivalaya.accounts.views.numbers import sent_to
from esachivalaya.common.clock import now
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.language import switching_language, typed
from esachivalaya.common.refusals import refusal
from kendras.access import Counter, at_the_counter
from kendras.forms.bookings import HelpForm, HelpNumberForm
from kendras.models import Consent
from kendras.opened import Opened, PinFirst, open_at, open_for_half_an_hour
from kendras.services import help as help_services
from kendras.services.consents import ConsentGiven, signed_slip

GET_POST = ["GET", "HEAD", "POST"]
PAGE = "kendras/help.html"
NUMBER, CODE = "kendras/help-number.html", "kendras/help-number-code.html"


@never_cache
@require_http_methods(GET_POST)
@at_the_counter
def help_at_any(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Ask for reference and PIN; right, the booking is open at this counter for half an hour."""
    kendra = counter.kendra
    if request.method != "POST" or switching_language(request):
        initial = typed(HelpForm, request) or {"reference": request.GET.get("reference", "")[:64]}
        return render(request, PAGE, {"form": HelpForm(initial=initial), "kendra": kendra})
    if not _may_try(counter):
        return _too_many(request)
    form = HelpForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        row = help_services.open_by_pin(
            kendra=kendra, by=counter.operator, reference=data["reference"], pin=data["pin"]
        )
        if row is not None:
            reference = row.reference if isinstance(row, Request) else row.code
            open_for_half_an_hour(request, kendra, reference, moment=now())
            return redirect("kendras:booking", kendra.code, reference)
        words = _(
            "This reference and this PIN do not belong together. "
            "After five wrong tries a reference rests for half an hour."
        )
        form.add_error(None, words)
    return render(request, PAGE, {"form": form, "kendra": kendra}, status=422)


@never_cache
@require_http_methods(GET_POST)
@at_the_counter
def help_number(request: HttpRequest, counter: Counter, reference: str) -> HttpResponse:
    """For whoever lost the old number: full name and the new number, to which a code goes."""
    opened = _by_pin(request, counter, reference)
    person = opened.row.citizen
    context = {"kendra": counter.kendra, "opened": opened}
    if request.method != "POST" or switching_language(request):
        form = HelpNumberForm(initial=typed(HelpNumberForm, request))
        return render(request, NUMBER, {"form": form, **context})
    if not _may_try(counter):
        return _too_many(request)
    form = HelpNumberForm(request.POST)
    if form.is_valid():
        if not is_the_name_of(person=person, typed=form.cleaned_data["name"]):
            words = _(
                "This is not the full name of the person of this booking. "
                "After three wrong names it can be tried again tomorrow."
            )
            form.add_error("name", words)
        elif (slip := _slip_of(counter, opened, form)) and sent_to(
            request,
            form,
            subject=_subject(opened),
            operator=counter.operator,
            person=person.pk,
            slip=slip,
        ):
            return redirect("kendras:help-number-code", counter.kendra.code, opened.reference)
    return render(request, NUMBER, {"form": form, **context}, status=422)


@never_cache
@require_http_methods(GET_POST)
@at_the_counter
def help_number_code(request: HttpRequest, counter: Counter, reference: str) -> HttpResponse:
    """Ask for the code that came to the new number; a right one asks for the change."""
    opened = _by_pin(request, counter, reference)
    address = reverse("kendras:help-number", args=[counter.kendra.code, opened.reference])
    found = number_codes.held(request, _subject(opened))
    if found is None or found["person"] != opened.row.citizen_id:
        return redirect(address)
    done: list[str] = []
    form = number_codes.entered(request, found, lambda: _ask(counter, opened, found, done))
    if form is None:
        messages.success(request, done[0])
        return redirect(opened.url)
    context = {"form": form, "phone": found["phone"], "back": address, "kendra": counter.kendra}
    return render(request, CODE, context, status=422 if form.is_bound else 200)


def _slip_of(counter: Counter, opened: Opened, form: HelpNumberForm) -> str:
    """Return the slip that was signed for it, in words; "" with what is wrong in ``form``."""
    data = form.cleaned_data
    kind = Consent.Kind.PAPER
    given = ConsentGiven(kind, serial_number=data["serial_number"], witness=data["witness"])
    try:
        return signed_slip(kendra=counter.kendra, citizen=opened.row.citizen, given=given)
    except NotOnPaper as refused:
        form.add_error(refused.field, str(refused.message))
        return ""


def _ask(counter: Counter, opened: Opened, found: dict[str, Any], done: list[str]) -> str:
    """Ask for the new number; say in ``done`` what happens then, and return why not, or ""."""
    person: Citizen = opened.row.citizen
    phone, reason = found["phone"], found["slip"]
    kendra, by = counter.kendra, counter.operator
    try:
        if person.left_at is not None:
            # Nobody of the former household is asked: what the person took along is theirs.
            leaving.take_to_own_number(person=person, phone=phone, by=by, reason=reason)
            done.append(_("The appointments are with the new number now. Both were told."))
        else:
            change = ask_for_number(
                household=person.household, new_phone=phone, by=by, reason=reason
            )
            words = _(
                "The new number holds from %(when)s, unless the holder of the old one objects. "
                "Both were told by SMS."
            )
            done.append(words % {"when": datetime_long(change.takes_effect_at)})
    except Refused as refused:
        return number_codes.in_words(refused)
    help_services.note(row=opened.row, kendra=kendra, by=by, what="new_number", slip=reason)
    return ""


def _by_pin(request: HttpRequest, counter: Counter, reference: str) -> Opened:
    """Return what the person at the counter opened with their PIN; Http404 for all else."""
    try:
        opened = open_at(request, counter, reference, moment=now())
    except PinFirst as problem:
        raise Http404 from problem
    if not opened.by_pin:
        raise Http404
    return opened


def _subject(opened: Opened) -> str:
    """For what the code on the new number is good."""
    return f"kendra:{opened.reference}"


def _may_try(counter: Counter) -> bool:
    """Count one try of this operator: PINs of many requests are guessed at no faster here."""
    return allowed_to(f"operator-{counter.operator.pk}", "kendra_help")


def _too_many(request: HttpRequest) -> HttpResponse:
    words = _("You have tried very often. Please go on in a quarter of an hour.")
    return refusal(request, 429, text=words)

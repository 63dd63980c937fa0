"""The press that books: answered as a page, or as JSON for the script that keeps unsent ones."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from appointments.access import remember_pin
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import GuardianConsent
from esachivalaya.accounts.services.codes import Checked
from esachivalaya.accounts.services.guardians import Guardian
from esachivalaya.accounts.services.refusals import Refused as AccountRefused
from esachivalaya.common.by_script import takes_json
from esachivalaya.common.idempotency import KeyMisused, new_key
from esachivalaya.common.slots import Span
from kendras import times
from kendras.access import Counter, at_the_counter
from kendras.forms.counter import CounterForm
from kendras.models import Consent
from kendras.services import consents
from kendras.services.booking import Booked, CounterWish
from kendras.services.booking import book as book_for
from kendras.services.consents import ConsentGiven
from kendras.services.people import PersonGiven
from kendras.views.counter import just_booked, page, typed_of
from kendras.views.looking import Found, checked_words, found_for, words_of

COPIED = (
    "subject sought description language needs_interpreter needs_accessible_seat private "
    "other_times_ok hand_down_agreed unsuitable_weekdays unsuitable_parts seat_wanted fee_rs took_s"
).split()


@require_POST
@at_the_counter
def book(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Book; pressed twice, or sent again after the line broke, it books once."""
    form = CounterForm(request.POST)
    if not form.is_valid():
        return _wrong(request, counter, form)
    data = form.cleaned_data
    if data["operator"] not in (None, counter.operator.pk):
        # Nothing is booked in another operator's name: it waits until they are back.
        form.add_error(None, _("Another operator is at this counter now. Nothing was booked."))
        return _wrong(request, counter, form, status=423)
    checked = _checked_code(data)
    try:
        booked = book_for(
            kendra=counter.kendra, by=counter.operator, wanted=_wish(data), key=data["key"]
        )
    except KeyMisused:
        words = _("This booking was sent before with other words. Look at the list of sent ones.")
        return _wrong(request, counter, _with_new_key(request, words), status=409)
    except (Refused, AccountRefused) as refusal:
        if getattr(refusal, "field", "") == "slot":
            return _taken(request, counter, form, refusal)
        field = getattr(refusal, "field", "")
        words = words_of(refusal)
        if checked is not None and refusal.rule == "consent_missing":
            words = checked_words(checked)
        form.add_error(field if field in form.fields else None, words)
        return _wrong(request, counter, form)
    return _done(request, counter, booked)


def _checked_code(data: dict[str, Any]) -> Checked | None:
    """Take the code that was read out, if one is still to be taken; outside any transaction.

    Whether it was right is judged by the booking itself: a booking that was made before, and whose
    code was used up by it, is found again by its key.
    """
    if data["consent"] != Consent.Kind.CODE or not data["code"]:
        return None
    return consents.check_code(phone=data["phone"], key=data["key"], typed=data["code"])


def _guardian(data: dict[str, Any]) -> Guardian | None:
    """Return the parent or guardian of a child, who stands at the counter."""
    if not data["guardian"]:
        return None
    present = GuardianConsent.Proof.KENDRA
    return Guardian(data["guardian"], data["guardian_relation"], present, data["phone"])


def _wish(data: dict[str, Any]) -> CounterWish:
    """Return the wish of a valid form."""
    when = data["slot"]
    post = data["post"]
    category = data["category"] or times.usual_category(post)
    assert category is not None  # the list of fields is part of the portal
    return CounterWish(
        person=PersonGiven(
            citizen_id=data["person"],
            name=data["name"],
            given_name=data["name"].split()[0][:60] if data["name"] else "",
            family_id=data["family_id"],
            phone=data["phone"],
            year_of_birth=data["year_of_birth"],
            guardian=_guardian(data),
        ),
        consent=ConsentGiven(
            kind=data["consent"], serial_number=data["serial_number"], witness=data["witness"]
        ),
        post=post,
        slot=when if isinstance(when, Span) else None,
        draw=when if isinstance(when, int) else None,
        category_id=category.pk,
        service_id=data["service"].pk if data["service"] else None,
        **{name: data[name] for name in COPIED},
    )


def _done(request: HttpRequest, counter: Counter, booked: Booked) -> HttpResponse:
    if booked.pin is not None:
        moment = booked.booking.booked_at
        remember_pin(request, booked.reference, booked.pin, moment=moment)
    if not takes_json(request):
        address = reverse("kendras:counter", args=[counter.kendra.code])
        return HttpResponseRedirect(f"{address}?booked={booked.reference}", status=303)
    shown = {"kendra": counter.kendra, **just_booked(request, counter, booked.reference, sent=True)}
    answer = {"reference": booked.reference}
    for name, template in (("slip", "booked"), ("row", "sent_row")):
        answer[name] = render_to_string(f"kendras/parts/{template}.html", shown, request)
    return JsonResponse(answer)


def _wrong(
    request: HttpRequest, counter: Counter, form: CounterForm, status: int = 422
) -> HttpResponse:
    """Show what is wrong, each line leading to its field; everything typed stays."""
    if takes_json(request):
        summary = render_to_string("components/error_summary.html", {"form": form}, request)
        errors = {name or "__all__": list(words) for name, words in form.errors.items()}
        return JsonResponse({"errors": errors, "summary": summary}, status=status)
    found = found_for(counter, typed_of(request))
    return page(request, counter, form, found, status=status)


def _taken(request: HttpRequest, counter: Counter, form: CounterForm, refusal: Any) -> HttpResponse:
    """The time or the seat is gone: offer the next ones, the first of them ticked."""
    data = form.cleaned_data
    accessible = data["needs_accessible_seat"]
    instead = times.alternatives(counter.kendra, refusal, accessible=accessible)
    typed = typed_of(request)
    typed["slot"] = instead[0].value if instead else ""
    found = found_for(counter, typed) if not takes_json(request) else _times_only(counter, data)
    found.instead, found.instead_words = instead, words_of(refusal)
    if takes_json(request):
        shown = CounterForm(initial={"slot": typed["slot"]})
        context = {"found": found, "form": shown, "kendra": counter.kendra}
        parts = render_to_string("kendras/parts/times.html", context, request)
        return JsonResponse({"words": found.instead_words, "times": parts}, status=409)
    again = CounterForm({**request.POST.dict(), **_lists(request), "slot": typed["slot"]})
    again.is_valid()
    again.add_error("slot", found.instead_words)
    return page(request, counter, again, found, status=409)


def _times_only(counter: Counter, data: dict[str, Any]) -> Found:
    shown = times.times_of(counter.kendra, data["post"], accessible=data["needs_accessible_seat"])
    return Found(times=shown)


def _lists(request: HttpRequest) -> dict[str, list[str]]:
    names = ("unsuitable_weekdays", "unsuitable_parts")
    return {name: request.POST.getlist(name) for name in names}


def _with_new_key(request: HttpRequest, words: str) -> CounterForm:
    form = CounterForm({**request.POST.dict(), **_lists(request), "key": new_key()})
    form.is_valid()
    form.add_error(None, words)
    return form

"""What the counter looks up while a walk-in speaks: people, services, offices, times, the code.

Each part is drawn by the server; the page without JavaScript shows the same parts at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from appointments.models import Category
from appointments.services.refusals import Refused
from esachivalaya.accounts.phones import parse_mobile
from esachivalaya.accounts.services.codes import Checked
from esachivalaya.accounts.services.refusals import Refused as AccountRefused
from esachivalaya.common.formats import datetime_long, masked_phone, time_short
from kendras import offices as office_lists
from kendras.access import Counter, at_the_counter
from kendras.forms.counter import NEW, CounterForm
from kendras.services import consents, fees
from kendras.services import people as people_service
from kendras.services.people import KnownPerson
from kendras.times import SeatTime, Times, times_of, usual_category
from officials.models import Post, Service
from officials.search import services_found


@dataclass
class Found:
    """What was found for what was typed so far. ``people`` None: nobody was asked for yet."""

    people: list[KnownPerson] | None = None
    people_words: str = ""
    # Each with the largest fee that may be taken for it here; and the one without a service.
    services: list[tuple[Service, int]] = field(default_factory=list)
    usual_fee: int = 0
    offices: list[office_lists.Office] = field(default_factory=list)
    times: Times | None = None
    category: Category | None = None
    code_words: str = ""
    may_take_fee: bool = False
    # After a time was taken: what is free next.
    instead: list[SeatTime] = field(default_factory=list)
    instead_words: str = ""


def found_for(counter: Counter, typed: Mapping[str, Any], *, page: str = "") -> Found:
    """Return all lists for what was typed; whatever is not typed yet is not looked up."""
    kendra = counter.kendra
    found = Found(offices=office_lists.found(kendra, str(typed.get("office_q") or "")[:80]))
    found.people, found.people_words = find_people(
        counter, str(typed.get("phone") or ""), str(typed.get("family_id") or "")
    )
    if found.people is None and not found.people_words and typed.get("person") == NEW:
        found.people = []
    found.services = find_services(
        counter, str(typed.get("service_q") or ""), str(typed.get("service") or "")
    )
    found.usual_fee = fees.largest_fee(kendra, None)
    found.may_take_fee = bool(found.usual_fee) or any(fee for _one, fee in found.services)
    chosen = str(typed.get("post") or "")
    if chosen and chosen not in {office.post.code for office in found.offices}:
        office = office_lists.office_of(chosen[:32])
        found.offices = [office, *found.offices] if office else found.offices
    post = next((office.post for office in found.offices if office.post.code == chosen), None)
    if post is not None:
        found.times = times_of(
            kendra,
            post,
            start=page[:10],
            accessible=bool(typed.get("needs_accessible_seat")),
            chosen=str(typed.get("slot") or ""),
        )
        found.category = usual_category(post)
    return found


def find_people(
    counter: Counter, phone: str, family_id: str
) -> tuple[list[KnownPerson] | None, str]:
    """Return the people behind a number or a Family ID, or why they cannot be shown."""
    if not phone.strip() and not family_id.strip():
        return None, ""
    kendra, by = counter.kendra, counter.operator
    try:
        if phone.strip():
            return people_service.people_behind(kendra=kendra, by=by, phone=parse_mobile(phone)), ""
        plain = CounterForm.base_fields["family_id"].clean(family_id)
        return people_service.people_by_family_id(kendra=kendra, by=by, family_id=plain), ""
    except Refused as refusal:
        return None, words_of(refusal)
    except forms.ValidationError as problem:
        return None, " ".join(problem.messages)
    except ValueError as problem:
        return None, str(problem.args[0])


def find_services(counter: Counter, text: str, chosen: str) -> list[tuple[Service, int]]:
    """Return services that the words may mean, with the one chosen before, and their fees here."""
    services = services_found(text[:80])
    if chosen and chosen not in {service.code for service in services}:
        offered = Service.objects.visible_to(None).select_related("department")
        services = [*offered.filter(code=chosen[:32]), *services]
    return [(one, fees.largest_fee(counter.kendra, one)) for one in services]


def words_of(refusal: Refused | AccountRefused) -> str:
    """Return the sentence of a refusal with the moment at which it ends."""
    if refusal.until is None:
        return str(refusal.message)
    when = _("From %(when)s it is possible.") % {"when": datetime_long(refusal.until)}
    return f"{refusal.message} {when}"


@require_POST
@at_the_counter
def people(request: HttpRequest, counter: Counter) -> HttpResponse:
    """The people behind a number or a Family ID; each look is counted."""
    found = Found()
    typed = {name: request.POST.get(name, "")[:64] for name in ("phone", "family_id")}
    found.people, found.people_words = find_people(counter, typed["phone"], typed["family_id"])
    if found.people is None and not found.people_words:
        # Somebody with neither number nor Family ID: a new person.
        found.people = []
    chosen = request.POST.get("person", "")
    if found.people and len(found.people) == 1 and not chosen:
        chosen = str(found.people[0].citizen_id)
    form = CounterForm(initial={"person": chosen})
    status = 422 if found.people_words else 200
    return render(
        request, "kendras/parts/people.html", {"found": found, "form": form}, status=status
    )


@require_safe
@at_the_counter
def offices(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Offices that the words may mean; without words those proposed."""
    found = Found(offices=office_lists.found(counter.kendra, request.GET.get("q", "")[:80]))
    form = CounterForm(initial={"post": request.GET.get("post", "")})
    return render(request, "kendras/parts/offices.html", {"found": found, "form": form})


@require_safe
@at_the_counter
def services(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Services and schemes that the words may mean, each with what it may cost here."""
    chosen = request.GET.get("service", "")
    found = Found(services=find_services(counter, request.GET.get("q", ""), chosen))
    found.usual_fee = fees.largest_fee(counter.kendra, None)
    form = CounterForm(initial={"service": chosen})
    context = {"found": found, "form": form, "kendra": counter.kendra}
    return render(request, "kendras/parts/services.html", context)


@require_safe
@at_the_counter
def times(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Free times of one office, each with whether a seat is free here."""
    posts = Post.objects.visible_to(None).select_related("hand_down_to")
    post = get_object_or_404(posts, code=request.GET.get("post", "")[:32])
    shown = times_of(
        counter.kendra,
        post,
        start=request.GET.get("from", "")[:10],
        accessible=request.GET.get("accessible") == "on",
        chosen=request.GET.get("slot", "")[:80],
    )
    found = Found(times=shown, category=usual_category(post))
    form = CounterForm(initial={"slot": shown.chosen})
    context = {"found": found, "form": form, "kendra": counter.kendra}
    return render(request, "kendras/parts/times.html", context)


@require_POST
@at_the_counter
def code(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Send the code that the person reads out; answers in words for the page."""
    try:
        words = _send(counter, request.POST)
    except (Refused, AccountRefused) as refusal:
        return JsonResponse({"words": words_of(refusal)}, status=422)
    except ValueError as problem:
        return JsonResponse({"words": str(problem.args[0])}, status=422)
    return JsonResponse({"words": words})


@require_POST
@at_the_counter
def code_check(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Say whether the code that was read out is the one sent for this booking."""
    typed = {name: request.POST.get(name, "")[:64] for name in ("phone", "key", "code")}
    try:
        phone = parse_mobile(typed["phone"])
    except ValueError as problem:
        return JsonResponse({"ok": False, "words": str(problem.args[0])}, status=422)
    checked = consents.check_code(phone=phone, key=typed["key"], typed=typed["code"])
    words = _("The code is right.") if checked else checked_words(checked)
    return JsonResponse({"ok": bool(checked), "words": words})


def code_words(counter: Counter, typed: Mapping[str, Any]) -> str:
    """Send the code for the page without JavaScript; return what the page says of it."""
    try:
        return _send(counter, typed)
    except (Refused, AccountRefused) as refusal:
        return words_of(refusal)
    except ValueError as problem:
        return str(problem.args[0])


def checked_words(checked: Checked) -> str:
    """Say what is wrong with a typed code, and what to do."""
    if checked.reason == "over":
        return _("This code is no longer good. Send a new one, or take a signed slip on paper.")
    return _("This is not the code that was sent. Ask for it again (tries left: %(left)s).") % {
        "left": checked.tries_left
    }


def _send(counter: Counter, typed: Mapping[str, Any]) -> str:
    phone = parse_mobile(str(typed.get("phone") or ""))
    key = str(typed.get("key") or "")
    language = "en" if typed.get("language") == "en" else "hi"
    if not 16 <= len(key) <= 64:
        raise ValueError(_("Load this page again: it is too old."))
    until = consents.send_code(
        kendra=counter.kendra, by=counter.operator, phone=phone, key=key, language=language
    )
    return _("A code went to %(phone)s. It is good until %(until)s.") % {
        "phone": masked_phone(phone),
        "until": time_short(until),
    }

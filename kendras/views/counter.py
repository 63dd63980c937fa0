"""The counter: one page with the queue, the form of a walk-in, and what was sent.

Without JavaScript the form's buttons show the page again with what was typed and what was found;
with it the parts are put in one by one (views/looking.py) and the page is never left.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from appointments.access import remembered_pin
from esachivalaya.common.clock import now
from kendras import columns
from kendras.access import Counter, at_the_counter
from kendras.forms.counter import NEW, CounterForm
from kendras.slips import slip_of
from kendras.views.looking import Found, code_words, found_for
from kendras.views.slips import paper_of

LISTS_OF_CHOICES = ("unsuitable_weekdays", "unsuitable_parts")


@require_http_methods(["GET", "HEAD", "POST"])
@at_the_counter
def counter(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Show the counter, empty or with what was typed; a form sent here books nothing."""
    if request.method == "POST":
        return look(request, counter)
    form = CounterForm(initial={"operator": counter.operator.pk})
    found = found_for(counter, {})
    return page(request, counter, form, found, reference=request.GET.get("booked", ""))


@require_safe
@at_the_counter
def today(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Show what stands beside the form, for a page that is left open all day."""
    context = {**columns.today_at(counter.kendra), "counter": counter, "kendra": counter.kendra}
    return render(request, "kendras/parts/today.html", context)


def look(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Show the page again with what was typed, not judged, and what is found for it."""
    typed = typed_of(request)
    if request.POST.get("look") == "people" and not (typed["phone"] or typed["family_id"]):
        typed["person"] = NEW
    found = found_for(counter, typed, page=request.POST.get("from", ""))
    if request.POST.get("look") == "code":
        found.code_words = code_words(counter, typed)
    if found.people and len(found.people) == 1 and not typed.get("person"):
        typed["person"] = str(found.people[0].citizen_id)
    if found.category and not typed.get("category"):
        typed["category"] = found.category.pk
    if found.times and not typed.get("slot"):
        typed["slot"] = found.times.chosen
    return page(request, counter, CounterForm(initial=typed), found)


def typed_of(request: HttpRequest) -> dict[str, Any]:
    """Return what was typed, as initial values of the form."""
    typed: dict[str, Any] = {
        # What is looked up with it stands in no form that would refuse a NUL.
        name: request.POST.getlist(name)
        if name in LISTS_OF_CHOICES
        else request.POST[name].replace("\x00", "")
        for name in CounterForm.base_fields
        if name in request.POST
    }
    # A tick that was taken away is not sent at all.
    return {"seat_wanted": False, "phone": "", "family_id": "", **typed}


def page(
    request: HttpRequest,
    counter: Counter,
    form: CounterForm,
    found: Found,
    *,
    status: int = 200,
    reference: str = "",
) -> HttpResponse:
    """Return the whole page. The number of queries is the same on a full day and an empty one."""
    context = {
        **columns.today_at(counter.kendra),
        "counter": counter,
        "kendra": counter.kendra,
        # Nothing was typed into it yet: the browser may put its draft in.
        "fresh": request.method != "POST",
        "form": form,
        "found": found,
        "sent": columns.sent_lately(counter.kendra),
        **just_booked(request, counter, reference),
    }
    return render(request, "kendras/counter.html", context, status=status)


def just_booked(
    request: HttpRequest, counter: Counter, reference: str, *, sent: bool = False
) -> dict[str, Any]:
    """Return what the right column shows of a booking of this Kendra, with its PIN if just made.

    A private one for whoever booked it a moment ago alone: in this session, or with the very form
    that is ``sent`` again.
    """
    booking = columns.booked_with(counter.kendra, reference) if reference else None
    if booking is None:
        return {"booking": None}
    pin = remembered_pin(request, booking.reference, moment=now())
    if booking.request and booking.request.private and not (pin or sent):
        return {"booking": None}
    return {"booking": booking, "slip": slip_of(booking, pin=pin), "paper": paper_of(request)}

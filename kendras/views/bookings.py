"""What was booked at the counter: the list, one booking, and what its person wants changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments import diary
from appointments.forms.changes import OfferForm, OtherTimeForm, VersionForm
from appointments.models import DrawWish, Offer, Request
from appointments.services import timeline
from appointments.services.refusals import Refused, SlotTaken
from appointments.standing import standing_of
from appointments.status_words import open_offer_of
from appointments.views.changes import overtaken_words
from appointments.views.times import DAYS_SHOWN, Times, entries
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.idempotency import KeyMisused, once
from esachivalaya.common.paging import page_of
from esachivalaya.common.refusals import kept_text, refusal
from esachivalaya.common.states import Overtaken
from kendras.access import Counter, at_the_counter
from kendras.behind import booking_behind
from kendras.forms.bookings import FindForm
from kendras.models import AssistedBooking, SeatHold
from kendras.opened import Opened, PinFirst, bookings, open_at, plain_reference
from kendras.services import help as help_services
from kendras.services.seats import free_seats
from kendras.views.opening import pin_first

GET_POST = ["GET", "HEAD", "POST"]
SHOWN = 25


@never_cache
@require_safe
@at_the_counter
def listed(request: HttpRequest, counter: Counter) -> HttpResponse:
    """The bookings of this Kendra, today's first; of a private one only the reference is told."""
    form = FindForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    rows = bookings().visible_to(counter.operator).filter(kendra=counter.kendra)  # type: ignore[attr-defined]
    page = page_of(
        rows.filter(_matching(words)) if words else rows,
        by=["-booked_at", "-id"],
        token=request.GET.get("after", ""),
        size=SHOWN,
    )
    today = day_bounds(day_of(now()))[0]
    context = {
        "kendra": counter.kendra,
        "form": FindForm(initial={"q": words}),
        "words": words,
        "page": page,
        "today": [row for row in page.rows if row.booked_at >= today],
        "earlier": [row for row in page.rows if row.booked_at < today],
    }
    return render(request, "kendras/bookings.html", context)


def _matching(words: str) -> Q:
    """A reference or code finds its own; a name finds what is not private."""
    reference = plain_reference(words)
    if reference is not None:
        asked = Q(request__reference=reference) | Q(wish__code=reference)
        return asked | Q(pk=booking_behind(reference))
    named = Q()
    for word in words.split()[:4]:
        named &= Q(citizen__name__icontains=word)
    return named & (Q(request__isnull=True) | Q(request__private=False))


def opened_or_answer(
    request: HttpRequest, counter: Counter, reference: str
) -> Opened | HttpResponse:
    """Return what lies open at this counter, or the way to its PIN; Http404 for all else."""
    try:
        return open_at(request, counter, reference, moment=now())
    except PinFirst as first:
        return pin_first(counter, first)


@never_cache
@require_safe
@at_the_counter
def booking(request: HttpRequest, counter: Counter, reference: str) -> HttpResponse:
    """One booking, in words to be read out, with what can be done for its person."""
    opened = opened_or_answer(request, counter, reference)
    if isinstance(opened, HttpResponse):
        return opened
    if opened.reference != reference:
        return redirect(opened.url)
    context = {"kendra": counter.kendra, "opened": opened, "row": opened.row}
    if isinstance(opened.row, DrawWish):
        context["draw"] = opened.row.draw
        context["can_withdraw"] = (
            opened.row.status == DrawWish.Status.WAITING and opened.row.draw.takes_wishes(now())
        )
        return render(request, "kendras/booking-wish.html", context)
    return render(request, "kendras/booking.html", {**context, **_told_of(opened, opened.row)})


def _told_of(opened: Opened, row: Request) -> dict[str, Any]:
    """Return where a request stands and what can be done; six queries at most."""
    moment = now()
    offer = open_offer_of(row, moment)
    begun = row.starts_at is not None and row.starts_at <= moment
    seat = SeatHold.objects.filter(request=row, released_at__isnull=True)
    hold = seat.select_related("desk__kendra").first()
    return {
        "now": moment,
        "offer": offer,
        "standing": standing_of(row, offer=offer, moment=moment),
        "waiting": row.status == Request.Status.REQUESTED,
        "seat": hold.desk if hold else None,
        "attends_today": _attends_today(opened, hold, moment),
        "given_anew": _given_anew(row),
        "can_withdraw": row.is_open and not begun,
        "can_move": row.is_open and not begun and row.post.active,
        "form": VersionForm(initial={"version": row.version}),
        "events": [
            {"at": entry.at, "what": entry.title, "words": entry.words, "kind": entry.tone}
            for entry in timeline.entries(row)
        ],
    }


def _given_anew(row: Request) -> Request | None:
    """Return the meeting that was given in place of one that the office missed."""
    if row.status != Request.Status.MISSED_BY_OFFICE:
        return None
    return Request.objects.filter(follows=row).first()


def _attends_today(opened: Opened, hold: SeatHold | None, moment: datetime) -> bool:
    """Whether the meeting is attended today at this counter, whose screen opens its room."""
    row = opened.row
    if not isinstance(row, Request) or hold is None or row.status != Request.Status.CONFIRMED:
        return False
    here = hold.desk.kendra_id == opened.counter.kendra.pk
    today = row.starts_at is not None and day_of(row.starts_at) == day_of(moment)
    return here and today


@never_cache
@require_http_methods(GET_POST)
@at_the_counter
def withdraw(request: HttpRequest, counter: Counter, reference: str) -> HttpResponse:
    """Ask once more, then take the request back for its person, or cancel the meeting."""
    opened = opened_or_answer(request, counter, reference)
    if isinstance(opened, HttpResponse):
        return opened
    row, form = opened.row, VersionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        kendra, by = counter.kendra, counter.operator
        return answered(
            request,
            opened,
            "kendras.withdraw",
            form,
            lambda: help_services.withdraw(row=row, kendra=kendra, by=by, version=version),
            _("It is withdrawn. The person gets an SMS if they have a phone."),
        )
    version = row.version if isinstance(row, Request) else 1
    context = {
        "kendra": counter.kendra,
        "opened": opened,
        "row": row,
        "form": VersionForm(initial={"version": version}),
        "waiting": row.status != Request.Status.CONFIRMED,
    }
    return render(
        request, "kendras/booking-withdraw.html", context, status=422 if form.errors else 200
    )


@never_cache
@require_http_methods(GET_POST)
@at_the_counter
def move(request: HttpRequest, counter: Counter, reference: str) -> HttpResponse:
    """Choose another time at which office, and seat if one is wanted, are free."""
    opened = opened_or_answer(request, counter, reference)
    if isinstance(opened, HttpResponse):
        return opened
    row = opened.row
    if not isinstance(row, Request):
        raise Http404
    form = OtherTimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data, kendra, by = form.cleaned_data, counter.kendra, counter.operator
        try:
            return answered(
                request,
                opened,
                "kendras.move",
                form,
                lambda: help_services.move(
                    row=row, kendra=kendra, by=by, slot=data["slot"], version=data["version"]
                ),
                _("The time is changed to %(when)s.") % {"when": datetime_long(data["slot"].start)},
            )
        except SlotTaken as taken:
            form.add_error("slot", str(taken.message))
            return _times_page(request, opened, row, form, 409)
    return _times_page(request, opened, row, form, 422 if form.errors else 200)


def _times_page(
    request: HttpRequest, opened: Opened, row: Request, form: OtherTimeForm, status: int
) -> HttpResponse:
    made = opened.booking
    seat_wanted = made is not None and made.seat_wanted
    start = request.GET.get("from", "")[:10]
    context = {
        "kendra": opened.counter.kendra,
        "opened": opened,
        "row": row,
        "form": form if form.is_bound else OtherTimeForm(initial={"version": row.version}),
        "times": _times_of(made if seat_wanted else None, row, start),
        "seat_wanted": seat_wanted,
        "slot_error": form.errors["slot"][0] if form.is_bound and "slot" in form.errors else "",
    }
    return render(request, "kendras/booking-move.html", context, status=status)


def _times_of(seated: AssistedBooking | None, row: Request, start: str) -> Times:
    """Return free times of the office by day; for who sits at a Kendra those with a seat there."""
    free = diary.free_slots(row.post, channel=row.channel)
    spans = [
        slot.span for day in sorted(free) for slot in free[day] if slot.span.start != row.starts_at
    ]
    if seated is not None:
        seats = free_seats(kendra=seated.kendra, spans=spans, accessible=row.needs_accessible_seat)
        spans = [span for span in spans if seats[span]]
    by_day: dict[Any, list[Any]] = {}
    for span in spans:
        by_day.setdefault(day_of(span.start), []).append(span)
    days = sorted(by_day)
    first = next((place for place, day in enumerate(days) if str(day) >= start), 0)
    later = days[first + DAYS_SHOWN : first + DAYS_SHOWN + 1]
    return Times(
        days=[
            {"date": day, "slots": entries(by_day[day])} for day in days[first : first + DAYS_SHOWN]
        ],
        earlier=str(days[max(first - DAYS_SHOWN, 0)]) if first else "",
        later=str(later[0]) if later else "",
    )


@never_cache
@require_POST
@at_the_counter
def offer(request: HttpRequest, counter: Counter, reference: str) -> HttpResponse:
    """Accept or refuse the time that the office offered, as the person says."""
    opened = opened_or_answer(request, counter, reference)
    if isinstance(opened, HttpResponse):
        return opened
    form = OfferForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Accept the time or refuse it."))
        return redirect(opened.url)
    data = form.cleaned_data
    offers = Offer.objects.select_related("request__post").filter(
        request__reference=opened.reference
    )
    found = offers.filter(pk=data["offer"]).first()
    if found is None:
        raise Http404
    kendra, by, accept = counter.kendra, counter.operator, data["answer"] == "accept"
    return answered(
        request,
        opened,
        "kendras.offer",
        form,
        lambda: help_services.answer_offer(offer=found, kendra=kendra, by=by, accept=accept),
        _("The meeting is confirmed.") if accept else _("The offered time is refused."),
    )


def answered(
    request: HttpRequest,
    opened: Opened,
    name: str,
    form: forms.Form,
    act: Callable[[], object],
    done: str,
) -> HttpResponse:
    """Act once and lead back to the booking; a lost race is told with what was typed."""
    asked = {**form.cleaned_data, "reference": opened.reference}
    key = asked.pop("key")
    try:
        if once(request, act, form=name, key=key, asked=asked):
            messages.success(request, done)
    except Overtaken as problem:
        action = _("Open this booking")
        words, kept = overtaken_words(problem), kept_text(request)
        return refusal(request, 409, text=words, kept=kept, url=opened.url, action=action)
    except KeyMisused:
        messages.error(request, _("This page was sent before with other words. Please look again."))
    except SlotTaken:
        raise
    except Refused as refused:
        messages.error(request, str(refused.message))
    return redirect(opened.url)

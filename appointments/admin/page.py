"""One request's page: everything needed to answer it, on one screen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin import papers, pause
from appointments.admin.choices import Answer, binds_citizen, open_answers
from appointments.admin.forms import AnswerForm
from appointments.admin.meeting_forms import PresenceForm
from appointments.admin.pause import WaiverForm
from appointments.diary import free_slots, slot_value
from appointments.models import Offer, Outcome, Request
from appointments.permissions import posts_of
from appointments.same_matter import elsewhere
from appointments.services import presence
from appointments.services.holds import OFFICE_NOTICE
from appointments.services.timeline import entries
from esachivalaya.common import clock, registry
from esachivalaya.common.formats import chosen_language, phone_number
from officials.models import District, Hours

# Other requests of the person that are shown; the list has the rest.
EARLIER = 10


def show_page(
    request: HttpRequest,
    row: Request,
    *,
    answer: Answer | None = None,
    form: AnswerForm | None = None,
    lost: str = "",
    kept: Sequence[str] = (),
    waiver_form: WaiverForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page of ``row`` with ``answer`` opened, or with the likeliest one.

    ``form`` is what was typed so far; ``lost`` says who acted first, and ``kept`` is the text that
    no form on the page holds any more.
    """
    now = clock.now()
    able = open_answers(row, now)
    if answer in able:
        # What was typed stands in its form.
        kept = ()
    else:
        answer, form = (able[0] if able else None), None
    if answer is not None and form is None:
        form = answer.form(row=row, initial=_proposed(request))
    context = {
        **admin.site.each_context(request),
        "title": row.reference,
        "row": row,
        "now": now,
        "able": able,
        "big": [one for one in able if one.big],
        "chosen": answer,
        "form": form,
        "binds": binds_citizen(row),
        "days": days_to_offer(row, now) if answer and answer.slug == "another-time" else [],
        "ticked": _ticked(form),
        "slot_error": form.errors["slot"][0] if form and "slot" in form.errors else "",
        "offer": row.offers.filter(status=Offer.Status.OPEN).first(),
        "person": _person(row),
        "wishes": _wishes(row),
        "companions": list(row.companions.all()),
        "papers": papers.shown(row),
        "earlier": _earlier(request, row),
        "events": _events(row),
        "elsewhere": elsewhere(row, posts={post.pk for post in posts_of(request.user)}, moment=now),
        "may_decline": any(one.slug == "decline" for one in able),
        **pause.panel(row, moment=now, form=waiver_form),
        "meeting": _meeting(row, now),
        "lost": lost,
        "kept": [text for text in kept if text],
    }
    return render(request, "admin/appointments/request/page.html", context, status=status)


def _meeting(row: Request, now: datetime) -> dict[str, Any]:
    """What the day of the meeting and the time after it add to the page."""
    found: dict[str, Any] = {
        "noting": presence.can_be_seen(row, now),
        "form": PresenceForm(),
        "outcome": None,
        "follows": row.follows,
        "followed_by": None,
        "buttons": [],
        "next": [],
    }
    if row.status == Request.Status.CONFIRMED:
        asked = registry.buttons("appointments.request.office", row.pk)
        found["buttons"] = [button for buttons in asked for button in buttons]
    elif row.status == Request.Status.MET:
        outcomes = Outcome.objects.filter(request=row).prefetch_related("actions__post")
        found["outcome"] = outcomes.first()
        asked = registry.buttons("appointments.request.outcome", row.pk)
        found["next"] = [button for buttons in asked for button in buttons]
    elif row.status == Request.Status.MISSED_BY_OFFICE:
        found["followed_by"] = Request.objects.filter(follows=row).first()
    return found


def days_to_offer(row: Request, now: datetime) -> list[dict[str, Any]]:
    """Return the free times of the post for the slot picker, without what cannot suit."""
    by_day = free_slots(row.post, channel=Request.Channel.KENDRA, moment=now, notice=OFFICE_NOTICE)
    suiting = {
        day: suits
        for day, slots in by_day.items()
        if (suits := [slot for slot in slots if row.suits(slot.span.start)])
    }
    return [
        {
            "date": day,
            "slots": [
                {
                    "value": slot_value(slot.span),
                    "starts_at": slot.span.start,
                    "ends_at": slot.span.end,
                    "free": slot.places_left,
                }
                for slot in slots
            ],
        }
        for day, slots in (suiting or by_day).items()
    ]


def _proposed(request: HttpRequest) -> dict[str, str]:
    """What a link to this page puts into the form: the reason of a decline."""
    reason = request.GET.get("reason", "")
    return {"reason": reason} if reason in Request.DeclineReason.values else {}


def _ticked(form: AnswerForm | None) -> str:
    if form is None or "slot" not in form.fields:
        return ""
    return str(form["slot"].value() or "")


def _person(row: Request) -> list[dict[str, Any]]:
    citizen, language = row.citizen, chosen_language()
    phone = row.phone or citizen.household.phone or ""
    district = District.objects.filter(code=citizen.district_code).first()
    return [
        {"label": gettext_lazy("Mobile number"), "value": phone_number(phone) if phone else ""},
        {"label": gettext_lazy("E-mail"), "value": citizen.email},
        {
            "label": gettext_lazy("District"),
            "value": getattr(district, f"name_{language}") if district else "",
        },
        {"label": gettext_lazy("Family ID"), "value": citizen.family_id},
        {"label": gettext_lazy("Asked through"), "value": row.get_channel_display()},
    ]


def _wishes(row: Request) -> list[dict[str, Any]]:
    """What the citizen said about the meeting itself."""
    weekdays = [str(Hours.Weekday(day).label) for day in row.unsuitable_weekdays]
    parts = [str(Request.PartOfDay(part).label) for part in row.unsuitable_parts]
    needs = [
        word
        for wanted, word in (
            (row.needs_interpreter, _("An interpreter")),
            (row.needs_accessible_seat, _("A wheelchair-accessible seat")),
        )
        if wanted
    ]
    other = _("Yes, any other free time suits too") if row.other_times_ok else _("No, ask first")
    return [
        {"label": gettext_lazy("Service or scheme"), "value": _service(row)},
        {"label": gettext_lazy("What is sought"), "value": row.sought},
        {
            "label": gettext_lazy("Other times"),
            "value": other if row.kind == Request.Kind.SLOT else _("Any time, the office decides"),
        },
        {"label": gettext_lazy("Does not suit"), "value": ", ".join(weekdays + parts)},
        {"label": gettext_lazy("Language of the meeting"), "value": row.get_language_display()},
        {"label": gettext_lazy("Needs"), "value": ", ".join(needs)},
    ]


def _service(row: Request) -> str:
    """The service that it is about, with what is notified of it."""
    if row.service is None:
        return ""
    limit = row.service.time_limit or _("not notified here")
    return f"{row.service}\n" + _("Notified time limit: %(limit)s") % {"limit": limit}


def _earlier(request: HttpRequest, row: Request) -> list[Request]:
    """Other requests of the same person that the reader may see, the latest first."""
    return list(
        Request.objects.visible_to(request.user)
        .filter(citizen_id=row.citizen_id)
        .exclude(pk=row.pk)
        .select_related("post")
        .order_by("-created_at", "-id")[:EARLIER]
    )


def _events(row: Request) -> list[dict[str, Any]]:
    return [
        {"at": entry.at, "what": entry.title, "words": entry.words, "kind": entry.tone}
        for entry in entries(row, for_office=True)
    ]

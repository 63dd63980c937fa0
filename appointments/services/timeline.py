"""The time line of a request, told from its audit record in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from appointments.models import Request
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import subject_of
from esachivalaya.common.formats import chosen_language, datetime_long
from officials.models import Post


@dataclass(frozen=True)
class TimelineEntry:
    """One step: when, what in few words, more words, and tone (info, waiting, done, refused)."""

    at: datetime
    title: str
    words: str
    tone: str


TONES = {
    "confirmed": "done",
    "confirmed_at_other_time": "done",
    "offer_accepted": "done",
    "offer_lapsed": "done",
    "allotted": "done",
    "handed_down": "done",
    "met": "done",
    "offered": "waiting",
    "declined": "refused",
    "released": "refused",
    "missed_by_office": "refused",
    "cancelled_by_office": "refused",
}
# What is between the portal and the office, and of no use to the citizen.
FOR_THE_OFFICE = {"reminded", "call_back_done"}


def entries(request: Request, *, for_office: bool = False) -> list[TimelineEntry]:
    """Return the steps of ``request``, oldest first; the office's own ones only ``for_office``.

    Two queries. An entry whose words were erased after their time keeps its title.
    """
    kind, pk = subject_of(request)
    rows = (
        Entry.objects.filter(subject_kind=kind, subject_id=pk)
        .select_related("detail", "actor")
        .order_by("seq")
    )
    told = [row for row in rows if for_office or row.act not in FOR_THE_OFFICE]
    data = [row.detail.data if hasattr(row, "detail") else {} for row in told]
    codes = {one[name] for one in data for name in ("to", "go_to") if one.get(name)}
    hindi = chosen_language() == "hi"
    titles = {
        post.code: post.title_hi if hindi else post.title_en
        for post in Post.objects.filter(code__in=codes)
    }
    return [
        TimelineEntry(
            at=row.at,
            title=_title_of(row.act),
            words=_words_of(row, one, titles, for_office=for_office),
            tone=TONES.get(row.act, "info"),
        )
        for row, one in zip(told, data, strict=True)
    ]


def _title_of(act: str) -> str:
    return {
        "requested": _("Request sent"),
        "reminded": _("The office was reminded"),
        "confirmed": _("Meeting confirmed"),
        "confirmed_at_other_time": _("Meeting confirmed for another time"),
        "offered": _("Another time offered"),
        "offer_accepted": _("Offered time accepted, meeting confirmed"),
        "offer_refused": _("Offered time refused"),
        "offer_lapsed": _("Offer not answered: the meeting is confirmed"),
        "moved": _("Time changed"),
        "late": _("The citizen said that they are late"),
        "call_back_asked": _("The citizen asked to be called back"),
        "call_back_done": _("The office has called back"),
        "declined": _("Request declined"),
        "withdrawn": _("Request withdrawn"),
        "released": _("Not answered in time: the request was released"),
        "handed_over": _("Handed to another office"),
        "handed_down": _("Not answered in time: the portal gave a meeting with another office"),
        "allotted": _("Not answered in time: the portal confirmed the meeting"),
        "met": _("Meeting held"),
        "missed_by_citizen": _("The citizen did not come"),
        "missed_by_office": _("The office did not come"),
        "cancelled_by_citizen": _("Meeting cancelled by the citizen"),
        "cancelled_by_office": _("Meeting cancelled by the office"),
    }.get(act, act)


def _words_of(
    row: Entry, data: Mapping[str, Any], titles: Mapping[str, str], *, for_office: bool
) -> str:
    parts = []
    if not data:
        return ""
    if row.act == "requested":
        parts.append(_("An answer is due by %(when)s.") % {"when": _when(data["due_at"])})
    elif row.act == "moved":
        parts.append(_("New time: %(when)s.") % {"when": _when(data["starts_at"])})
    elif row.act == "offered":
        told = {"when": _when(data["starts_at"]), "until": _when(data["until"])}
        parts.append(_("%(when)s. Please answer by %(until)s.") % told)
    elif data.get("starts_at"):
        parts.append(_("Time of the meeting: %(when)s.") % {"when": _when(data["starts_at"])})
    if row.act in {"handed_over", "handed_down"} and data.get("to") in titles:
        parts.append(_("Now with: %(post)s.") % {"post": titles[data["to"]]})
    if data.get("go_to") in titles:
        parts.append(_("Please turn to: %(post)s.") % {"post": titles[data["go_to"]]})
    if data.get("words"):
        parts.append(str(data["words"]))
    if for_office and row.actor is not None and row.actor.is_staff:
        parts.append(str(row.actor))
    return " ".join(parts)


def _when(value: str) -> str:
    return datetime_long(datetime.fromisoformat(value))

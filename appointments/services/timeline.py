"""The time line of a request, told from its audit record in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from appointments.models import Request
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import subject_of
from esachivalaya.common import registry
from esachivalaya.common.formats import chosen_language, date_long, datetime_long
from esachivalaya.common.references import grouped
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
    "drawn": "done",
    "offer_lapsed": "done",
    "allotted": "done",
    "handed_down": "done",
    "met": "done",
    "meeting_given_anew": "done",
    "asked_anew": "waiting",
    "action_asked": "waiting",
    "action_reported": "waiting",
    "action_done": "done",
    "action_closed": "done",
    "action_not_done": "refused",
    "action_escalated": "refused",
    "offered": "waiting",
    "declined": "refused",
    "released": "refused",
    "missed_by_office": "refused",
    "cancelled_by_office": "refused",
}
# What is between the portal and the office, and of no use to the citizen.
FOR_THE_OFFICE = {
    "reminded",
    "call_back_done",
    "outcome_reminded",
    "outcome_escalated",
    "action_reminded",
}
KIND = "appointments.request"
# Of what was never confirmed no other app has anything to tell.
UNANSWERED = {Request.Status.REQUESTED, Request.Status.DECLINED, Request.Status.RELEASED}


def entries(request: Request, *, for_office: bool = False) -> list[TimelineEntry]:
    """Return the steps of ``request``, oldest first; the office's own ones only ``for_office``.

    Two queries, and those of the apps above that add steps once a request was answered. An entry
    whose words were erased after their time keeps its title.
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
    steps = [
        TimelineEntry(
            at=row.at,
            title=_title_of(row.act),
            words=_words_of(row, one, titles, for_office=for_office),
            tone=TONES.get(row.act, "info"),
        )
        for row, one in zip(told, data, strict=True)
    ]
    if request.status in UNANSWERED:
        return steps
    added = [step for found in registry.timeline_entries(KIND, request.pk) for step in found]
    return sorted([*steps, *added], key=lambda step: step.at) if added else steps


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
        "shifted": _("The office moved the time"),
        "offer_shifted": _("The office moved the offered time"),
        "earlier_wished": _("Wishes to hear of earlier times"),
        "earlier_not_wished": _("Wishes to hear of earlier times no longer"),
        "moved_by_office": _("Time changed by the office"),
        "offer_withdrawn": _("Offered time taken back by the office"),
        "drawn": _("Drawn: the meeting is fixed"),
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
        "given_anew": _("A new meeting is given for it"),
        "meeting_given_anew": _("A new meeting, confirmed in the State's name"),
        "asked_anew": _("Asked again by the portal, with priority"),
        "citizen_came": _("The citizen is there"),
        "office_came": _("The office is there"),
        "citizen_presence_undone": _("The citizen is not there after all"),
        "office_presence_undone": _("The office is not there after all"),
        "outcome_reminded": _("The office was reminded to record the outcome"),
        "outcome_escalated": _("The office above was told that the outcome is missing"),
        "action_given": _("To be done"),
        "action_reminded": _("The acting office was reminded"),
        "action_escalated": _("Not done by its day: the office above was told"),
        "action_asked": _("The citizen was asked whether it was done"),
        "action_reported": _("Done, says the office"),
        "action_done": _("Done, says the citizen"),
        "action_not_done": _("Not done, says the citizen: the office above was told"),
        "action_closed": _("Closed: the citizen did not object within 14 days"),
        "rated": _("The meeting was rated"),
        "helped_at_kendra": _("Help at the counter of a Kendra"),
        "cancelled_by_citizen": _("Meeting cancelled by the citizen"),
        "cancelled_by_office": _("Meeting cancelled by the office"),
        "waiver_given": _("The office lets this person ask again before the pause ends"),
    }.get(act, act)


def _words_of(
    row: Entry, data: Mapping[str, Any], titles: Mapping[str, str], *, for_office: bool
) -> str:
    parts = []
    if not data:
        return ""
    if row.act == "requested":
        parts.append(_("An answer is due by %(when)s.") % {"when": _when(data["due_at"])})
    elif row.act in {"moved", "shifted", "offer_shifted"}:
        parts.append(_("New time: %(when)s.") % {"when": _when(data["starts_at"])})
    elif row.act == "offered":
        told = {"when": _when(data["starts_at"]), "until": _when(data["until"])}
        parts.append(_("%(when)s. Please answer by %(until)s.") % told)
    elif row.act == "offer_withdrawn":
        parts.append(_("It was offered for %(when)s.") % {"when": _when(data["starts_at"])})
    elif data.get("starts_at"):
        parts.append(_("Time of the meeting: %(when)s.") % {"when": _when(data["starts_at"])})
    if row.act == "helped_at_kendra":
        parts += _at_kendra(data)
    else:
        parts += _where(row.act, data, titles) + _after_meeting(row.act, data, titles)
    if data.get("words"):
        parts.append(str(data["words"]))
    if for_office and row.actor is not None and row.actor.is_staff:
        parts.append(str(row.actor))
    return " ".join(parts)


def _where(act: str, data: Mapping[str, Any], titles: Mapping[str, str]) -> list[str]:
    """Which other office an entry leads to."""
    parts = []
    if act in {"handed_over", "handed_down"} and data.get("to") in titles:
        parts.append(_("Now with: %(post)s.") % {"post": titles[data["to"]]})
    if data.get("go_to") in titles:
        parts.append(_("Please turn to: %(post)s.") % {"post": titles[data["go_to"]]})
    return parts


def _at_kendra(data: Mapping[str, Any]) -> list[str]:
    """At which Kendra, and what was done there: the citizen knows whether it was they."""
    done = {
        "opened": _("It was opened with the PIN."),
        "withdrawn": _("It was withdrawn there."),
        "moved": _("The time was changed there."),
        "offer_accepted": _("The offered time was accepted there."),
        "offer_refused": _("The offered time was refused there."),
        "printed": _("The slip was printed again."),
        "new_number": _("A new mobile number was asked for."),
    }.get(str(data.get("what")), "")
    name = data.get(f"kendra_{chosen_language()}") or data.get("kendra", "")
    return [f"{name}:", done]


def _after_meeting(act: str, data: Mapping[str, Any], titles: Mapping[str, str]) -> list[str]:
    """What an entry about an action, or about the meeting in place of a missed one, adds."""
    parts = []
    if act == "asked_anew" and data.get("due_at"):
        parts.append(_("An answer is due by %(when)s.") % {"when": _when(data["due_at"])})
    for name, words in (
        ("follows", _("In place of %(reference)s.")),
        ("followed_by", _("Reference: %(reference)s.")),
    ):
        if data.get(name):
            parts.append(words % {"reference": grouped(data[name])})
    if act.startswith("action_") and data.get("to") in titles:
        parts.append(f"{titles[data['to']]}:")
    if data.get("what") and data.get("by_day"):
        told = {"what": data["what"], "day": date_long(date.fromisoformat(data["by_day"]))}
        parts.append(_("%(what)s (by %(day)s)") % told)
    elif data.get("what"):
        # Its own full stop goes: the sentence ends in the reader's language.
        parts.append(_("%(what)s.") % {"what": str(data["what"]).rstrip(" .।")})
    return parts


def _when(value: str) -> str:
    return datetime_long(datetime.fromisoformat(value))

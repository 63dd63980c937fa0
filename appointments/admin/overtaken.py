"""What the loser of a race is told: who acted first, when, and how."""

from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.models import Request
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import subject_of
from esachivalaya.common.formats import chosen_language, datetime_long
from officials.models import Post

# What the last act on a request was, in words for the office.
_ACTS: dict[str, Any] = {
    "confirmed": gettext_lazy("confirmed it at the time asked for"),
    "confirmed_at_other_time": gettext_lazy("confirmed it at another time"),
    "offered": gettext_lazy("offered the citizen another time"),
    "offer_accepted": gettext_lazy("accepted the offered time"),
    "offer_refused": gettext_lazy("refused the offered time"),
    "offer_lapsed": gettext_lazy("let the offered time lapse"),
    "moved": gettext_lazy("moved it to another time"),
    "shifted": gettext_lazy("moved it with the programme"),
    "declined": gettext_lazy("declined it"),
    "withdrawn": gettext_lazy("withdrew it"),
    "released": gettext_lazy("released it, since no answer had come"),
    "handed_over": gettext_lazy("handed it to another office"),
    "handed_down": gettext_lazy("handed it down, since no answer had come"),
    "allotted": gettext_lazy("allotted a time, since no answer had come"),
    "met": gettext_lazy("recorded that the meeting was held"),
    "missed_by_citizen": gettext_lazy("recorded that the citizen did not come"),
    "missed_by_office": gettext_lazy("recorded that the office could not come"),
    "cancelled_by_citizen": gettext_lazy("cancelled it"),
    "cancelled_by_office": gettext_lazy("cancelled it"),
}
_HANDED_AWAY = {"handed_over", "handed_down"}
_BY_CITIZEN = {"offer_accepted", "offer_refused", "withdrawn", "cancelled_by_citizen"}


def who_won(row: Model) -> str:
    """Return who acted last on ``row``, what they did and when, as one sentence."""
    entry = _acts_on(row).first()
    if entry is None:
        return _("Somebody else has changed this request since you opened it.")
    return _sentence(entry)


def how_it_left(user: Any, reference: str) -> str | None:
    """Return who handed the request of that reference away from a post of ``user``, and when.

    They saw it until then, so they may be told that it went, and nothing of what came after.
    None when it never was with them.
    """
    row = Request.objects.filter(reference=reference).first()
    if row is None:
        return None
    codes = Post.objects.held_by(user).values("code")
    entry = _acts_on(row).filter(act__in=_HANDED_AWAY, post_code__in=codes).first()
    return None if entry is None else _sentence(entry)


def _acts_on(row: Model) -> QuerySet[Entry]:
    """The acts on ``row`` that settle or move it, the last one first."""
    kind, pk = subject_of(row)
    return (
        Entry.objects.filter(subject_kind=kind, subject_id=pk, act__in=_ACTS)
        .select_related("actor")
        .order_by("-seq")
    )


def _sentence(entry: Entry) -> str:
    return _("%(when)s: %(who)s %(act)s.") % {
        "when": datetime_long(entry.at),
        "who": _who(entry),
        "act": _ACTS[entry.act],
    }


def _who(entry: Entry) -> str:
    if entry.act in _BY_CITIZEN:
        return _("the citizen")
    if entry.actor is None:
        return _("the portal, by the 24-hour rule,")
    language = chosen_language()
    return str(getattr(entry.actor, f"name_{language}", "") or entry.actor)

"""What e-Office adds to a request's own pages: the way to a receipt, and how far that has come."""

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from appointments.models import Request
from appointments.services.letters import KIND
from appointments.services.timeline import TimelineEntry
from eoffice.models import Desk, Item, Receipt

OUTCOME = f"{KIND}.outcome"


class Button(NamedTuple):
    """A link in the form of a button."""

    url: str
    text: str | Promise


def buttons(kind: str, pk: int) -> list[Any]:
    """Return the way from a recorded outcome to its receipt, where the office has a desk."""
    if kind != OUTCOME:
        return []
    row = Request.objects.filter(pk=pk).select_related("post").get()
    if not Desk.objects.filter(pk=row.post_id, closed_at__isnull=True).exists():
        return []
    made = Receipt.objects.filter(request=pk).exists()
    words = _("Its receipt in e-Office") if made else _("Diarise it in e-Office")
    return [Button(reverse("eoffice:from-meeting", args=[row.post.code, row.reference]), words)]


def timeline(kind: str, pk: int) -> list[Any]:
    """Return in plain words that the office has taken the matter up in writing, and its end."""
    if kind != KIND:
        return []
    row = Receipt.objects.filter(request=pk).select_related("item").first()
    if row is None or row.item.status == Item.Status.CANCELLED:
        return []
    number = {"number": row.item.number}
    found = [
        TimelineEntry(
            at=row.diarised_at,
            title=_("The office works on it in writing"),
            words=_("Its number there is %(number)s. Name it when you ask about it.") % number,
            tone="waiting",
        )
    ]
    if row.item.status == Item.Status.CLOSED and row.item.closed_at is not None:
        found.append(
            TimelineEntry(
                at=row.item.closed_at,
                title=_("The office has finished its work in writing"),
                words="",
                tone="done",
            )
        )
    return found

"""What the meeting adds to a request's own pages: its button and what happened in its room."""

from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import CharField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.services.letters import KIND
from appointments.services.timeline import TimelineEntry
from esachivalaya.audit.models import Entry
from esachivalaya.common.clock import now
from meetings.models import Room, Seat

# What the office's own pages ask for: of a request, of a post's agenda.
OFFICE, AGENDA = f"{KIND}.office", "appointments.agenda"


class Button(NamedTuple):
    """A link in the form of a button."""

    url: str
    text: str | Promise


def buttons(kind: str, pk: int) -> list[Any]:
    """Return the way into the room of a confirmed appointment, until the room is closed.

    The citizen's, the office's, or from an agenda to the rooms of the day.
    """
    if kind == AGENDA:
        return [Button(reverse("meetings:day"), _("Today's rooms"))]
    if kind not in {KIND, OFFICE}:
        return []
    room = Room.objects.live().filter(request=pk).select_related("request").first()
    if room is None:
        return []
    open_now = room.is_open(now())
    words = _("Join the meeting") if open_now else _("The meeting's page")
    page = "meetings:office" if kind == OFFICE else "meetings:guest"
    return [Button(reverse(page, args=[room.request.reference]), words)]


def test_page() -> str:
    """Return the address of the page on which one tries one's device."""
    return settings.PUBLIC_URL + reverse("meetings:test")


# What of a room's record is worth a line; that somebody came is noted on the request itself.
TOLD: dict[str, tuple[str | Promise, str]] = {
    "seat_waits": (gettext_lazy("In the waiting room"), "waiting"),
    "seat_admitted": (gettext_lazy("Let into the meeting"), "done"),
    "seat_refused": (gettext_lazy("Not let into the meeting"), "refused"),
    "seat_removed": (gettext_lazy("Removed from the meeting"), "refused"),
    "seat_left": (gettext_lazy("Left the meeting"), "info"),
    "seat_back": (gettext_lazy("Came back into the meeting"), "info"),
    "paper_shown": (gettext_lazy("A paper was shown to everybody"), "info"),
    "room_began": (gettext_lazy("The meeting began"), "done"),
    "room_ended": (gettext_lazy("The office ended the meeting"), "info"),
}


def timeline(kind: str, pk: int) -> list[Any]:
    """Return the steps of the rooms of a request; says who by what they are, never by a name."""
    if kind != KIND:
        return []
    label = Room._meta.label_lower
    rooms = Room.objects.filter(request=pk).annotate(key=Cast("pk", CharField())).values("key")
    rows = (
        Entry.objects.filter(subject_kind=label, subject_id__in=rooms)
        .select_related("detail")
        .order_by("at", "seq")
    )
    found = []
    for row in rows:
        data = row.detail.data if hasattr(row, "detail") else {}
        ended = row.act == "room_closed" and data.get("reason") == Room.ClosedFor.ENDED
        act = "room_ended" if ended else row.act
        if act not in TOLD:
            continue
        title, tone = TOLD[act]
        who = data.get("kind")
        words = str(Seat.Kind(who).label) if who in Seat.Kind.values else ""
        found.append(TimelineEntry(at=row.at, title=str(title), words=words, tone=tone))
    return found

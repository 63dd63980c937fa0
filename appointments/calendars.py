"""Meetings as calendar entries (RFC 5545): the citizen's file and the office's feed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Alarm, Calendar, Event

from appointments.models import Request
from esachivalaya.common.clock import IST

REMIND_BEFORE = timedelta(hours=1)
_STATUS = {
    Request.Status.REQUESTED: "TENTATIVE",
    Request.Status.CONFIRMED: "CONFIRMED",
    Request.Status.MET: "CONFIRMED",
}


@dataclass(frozen=True)
class Entry:
    """A meeting as its reader's calendar shows it.

    ``whose`` tells the citizen's entry from the office's; ``stamp`` is when it was last changed.
    """

    row: Request
    title: str
    description: str
    url: str
    stamp: datetime
    whose: str = ""
    alarm: bool = False


def calendar_of(entries: Iterable[Entry], *, name: str = "") -> Calendar:
    """Return a calendar of ``entries``; sent again, each replaces its earlier one."""
    calendar = Calendar()
    calendar.add("prodid", "-//e-Sachivalaya//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("x-wr-calname", name)
    for entry in entries:
        calendar.add_component(_event(entry))
    calendar.add_missing_timezones()
    return calendar


def _event(entry: Entry) -> Event:
    row = entry.row
    assert row.starts_at is not None
    assert row.ends_at is not None
    event = Event()
    host = urlsplit(settings.PUBLIC_URL).hostname
    event.add("uid", f"{row.reference}{entry.whose}@{host}")
    event.add("sequence", row.version)
    event.add("dtstamp", entry.stamp.astimezone(UTC))
    event.add("dtstart", row.starts_at.astimezone(IST))
    event.add("dtend", row.ends_at.astimezone(IST))
    event.add("summary", entry.title)
    event.add("description", entry.description)
    event.add("url", entry.url)
    event.add("class", "PRIVATE")
    event.add("status", _STATUS.get(Request.Status(row.status), "CANCELLED"))
    if entry.alarm:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.title)
        alarm.add("trigger", -REMIND_BEFORE)
        event.add_component(alarm)
    return event

"""When appeals may go out: people are not woken for them."""

from datetime import datetime, timedelta

from django.conf import settings

from esachivalaya.common import clock


def appeals_open_at(now: datetime) -> datetime | None:
    """Return when appeals may go out again, or None when they may now (09:00 to 21:00)."""
    first, last = settings.APPEAL_HOURS
    day = clock.day_of(now)
    if now < clock.at(day, first):
        return clock.at(day, first)
    if now < clock.at(day, last):
        return None
    return clock.at(day + timedelta(days=1), first)

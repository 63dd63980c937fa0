"""Words and signs of a request on the office's pages."""

import datetime as dt

from django import template

from appointments.models import Request
from esachivalaya.common import formats

register = template.Library()

_KINDS: dict[str, str] = {
    Request.Status.REQUESTED: "waiting",
    Request.Status.CONFIRMED: "done",
    Request.Status.MET: "done",
    Request.Status.DECLINED: "refused",
    Request.Status.MISSED_BY_OFFICE: "refused",
    Request.Status.CANCELLED_BY_OFFICE: "refused",
}


@register.filter
def badge_kind(status: str) -> str:
    """`{{ row.status|badge_kind }}`: the kind of components/state_badge.html for a status."""
    return _KINDS.get(status, "over")


@register.filter
def hours(start: dt.datetime, end: dt.datetime) -> str:
    """`{{ row.starts_at|hours:row.ends_at }}`: 10:00 am – 10:15 am."""
    return f"{formats.time_short(start)} – {formats.time_short(end)}"

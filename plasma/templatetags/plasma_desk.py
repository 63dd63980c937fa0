"""How the desk of a bank shows what stands in rows."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from plasma.models import Pledge

register = template.Library()

_BADGES = {
    Pledge.Status.MADE: "info",
    Pledge.Status.BOOKED: "info",
    Pledge.Status.ARRIVED: "waiting",
    Pledge.Status.DONATED: "done",
    Pledge.Status.DEFERRED: "over",
    Pledge.Status.NO_SHOW: "refused",
}


@register.filter
def pledge_badge(status: str) -> str:
    """`{{ pledge.status|pledge_badge }}`: the kind of badge for components/state_badge.html."""
    return _BADGES.get(Pledge.Status(status), "over")


@register.filter
def rule_value(value: Any) -> str:
    """`{{ change.now|rule_value }}`: a number as it is, yes or no in words."""
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)


@register.filter
def tenths(value: int) -> str:
    """`{{ policy.least_haemoglobin|tenths }}`: 125 as 12.5."""
    return f"{value / 10:.1f}"

"""Turning all campaigns off at once, and allowing them again."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from plasma.models import Campaign, OutreachSwitch
from plasma.permissions import may_run
from plasma.services import campaigns, switch

LEAST_WORDS = 10


@on_deadlock
@transaction.atomic
def turn(*, on: bool, by: User, reason: str) -> OutreachSwitch:
    """Turn all campaigns off, or allow them again; nothing starts by itself when it is on again.

    Off: every campaign that runs, or is paused, is stopped; what is not at the provider yet does
    not go. Anybody who may run campaigns may turn it, and says why. Source: domain rules of
    plasma, 6.
    """
    if not may_run(by):
        raise PermissionDenied
    words = reason.strip()[:200]
    if len(words) < LEAST_WORDS:
        raise Refused("reason", _("Say why, in at least 10 characters."), field="reason")
    row = switch.locked()
    if row.on == on:
        return row
    moment = now()
    row.on, row.reason, row.changed_by, row.changed_at = on, words, by, moment
    row.save(update_fields=["on", "reason", "changed_by", "changed_at"])
    record(row, "outreach_on" if on else "outreach_off", at=moment, by=by, data={"reason": words})
    if not on:
        alive = [Campaign.Status.RUNNING, Campaign.Status.PAUSED]
        for campaign in Campaign.objects.filter(status__in=alive).order_by("pk"):
            campaigns.stop_as_it_stands(campaign=campaign, by=by, words=words)
    return row

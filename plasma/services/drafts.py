"""Writing a campaign, until it is proposed."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken
from plasma.models import Campaign
from plasma.permissions import may_run

FIELDS = (
    "name",
    "cohort",
    "districts",
    "blood_groups",
    "not_asked_for_days",
    "template",
    "pace",
    "first_hour",
    "last_hour",
    "ends_at",
)


@on_deadlock
@transaction.atomic
def make(*, by: User, **values: Any) -> Campaign:
    """Write a new campaign down as a draft; ``values`` are the fields of :data:`FIELDS`."""
    if not may_run(by):
        raise PermissionDenied
    row = Campaign(made_by=by, **{name: values[name] for name in FIELDS})
    moment = now()
    _check(row)
    row.save(force_insert=True)
    record(row, "campaign_made", at=moment, by=by, data=told(row), new=True)
    return row


@on_deadlock
@transaction.atomic
def change(*, campaign: Campaign, by: User, version: int, **values: Any) -> Campaign:
    """Change a draft. What the dry run found is void by that: it was of another campaign."""
    if not may_run(by):
        raise PermissionDenied
    row = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if row.version != version or row.status != Campaign.Status.DRAFT:
        raise Overtaken(row)
    before = told(row)
    for name in FIELDS:
        setattr(row, name, values[name])
    _check(row)
    row.dry_run, row.dry_run_at = {}, None
    row.version += 1
    row.save(update_fields=[*FIELDS, "dry_run", "dry_run_at", "version"])
    record(row, "campaign_changed", at=now(), by=by, data={"before": before, "after": told(row)})
    return row


def told(row: Campaign) -> dict[str, Any]:
    """Return what the campaign is, as the record keeps it."""
    values = {name: getattr(row, name) for name in FIELDS if name != "cohort"}
    plain = {k: v if isinstance(v, str | int | list) else str(v) for k, v in values.items()}
    return {**plain, "cohort": row.cohort_id}


def _check(row: Campaign) -> None:
    first, last = settings.APPEAL_HOURS
    if row.first_hour < first or row.last_hour > last:
        raise Refused(
            "hours",
            _("Nobody is asked before %(first)s or after %(last)s.")
            % {"first": f"{first:%H:%M}", "last": f"{last:%H:%M}"},
            field="last_hour" if row.first_hour >= first else "first_hour",
        )
    if row.ends_at <= now():
        raise Refused("ends_at", _("The campaign's end has passed."), field="ends_at")
    try:
        row.full_clean(exclude=["made_by", "proposed_by", "approved_by"])
    except ValidationError as problem:
        field, words = next(iter(problem.message_dict.items()))
        name = field if field in FIELDS else ""
        raise Refused("invalid", words[0], field=name) from problem

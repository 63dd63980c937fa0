"""A campaign from its first draft to its end. A second officer approves; anyone may stop it.

Source: domain rules of plasma, 1 and 6.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from esachivalaya.notifications import services as outbox
from plasma.models import Campaign, CohortImport, Invitation
from plasma.permissions import may_run
from plasma.services import planning, switch
from plasma.services.appeals import KIND, TEMPLATES
from plasma.services.handing_over import on_their_way

Status = Campaign.Status
BATCH = 2000


@on_deadlock
@transaction.atomic
def dry_run(*, campaign: Campaign, by: User, version: int) -> Campaign:
    """Look at whom the campaign would ask, and keep the figures for the approving officer.

    An approved one keeps the figures that were approved.
    """
    row = _locked(campaign, by, version, {Status.DRAFT, Status.PROPOSED})
    moment = now()
    row.dry_run, row.dry_run_at = planning.told_of(row, planning.plan(row), moment), moment
    row.version += 1
    row.save(update_fields=["dry_run", "dry_run_at", "version"])
    record(row, "campaign_dry_run", at=moment, by=by, data=row.dry_run)
    return row


@on_deadlock
@transaction.atomic
def propose(*, campaign: Campaign, by: User, version: int) -> Campaign:
    """Put the campaign up for approval; it cannot be changed from here on, only taken back."""
    row = _locked(campaign, by, version, {Status.DRAFT})
    moment = now()
    if not row.dry_run:
        raise Refused("dry_run", _("Look at the dry run first."))
    if not row.dry_run["people"]:
        raise Refused("nobody", _("The dry run found nobody who would be asked."))
    if row.ends_at <= moment:
        raise Refused("ends_at", _("The campaign's end has passed."), field="ends_at")
    move(row, to=Status.PROPOSED, proposed_by=by)
    record(row, "campaign_proposed", at=moment, by=by)
    return row


@on_deadlock
@transaction.atomic
def take_back(*, campaign: Campaign, by: User, version: int) -> Campaign:
    """Make a proposed or approved campaign a draft again; an approval is void by that."""
    row = _locked(campaign, by, version, {Status.PROPOSED, Status.APPROVED})
    move(
        row,
        to=Status.DRAFT,
        proposed_by=None,
        approved_by=None,
        approved_at=None,
        dry_run={},
        dry_run_at=None,
    )
    record(row, "campaign_taken_back", at=now(), by=by)
    return row


@on_deadlock
@transaction.atomic
def approve(*, campaign: Campaign, by: User, version: int) -> Campaign:
    """Approve what another officer proposed, as the dry run showed it."""
    row = _locked(campaign, by, version, {Status.PROPOSED})
    if row.proposed_by is None or one_person(row.proposed_by, by):
        raise Refused("second_officer", _("Another officer than the one who proposed it approves."))
    moment = now()
    move(row, to=Status.APPROVED, approved_by=by, approved_at=moment)
    record(row, "campaign_approved", at=moment, by=by, data=row.dry_run)
    return row


@on_deadlock
@transaction.atomic
def start(*, campaign: Campaign, by: User, version: int) -> Campaign:
    """Write the invitations and begin to hand them over. Refused while the switch is off.

    Whom the second officer approved is who is asked, but for what became of them meanwhile: never
    more people or segments than the approved dry run showed, and nobody who was loaded after it.
    """
    _refuse_if_off()
    row = _locked(campaign, by, version, {Status.APPROVED})
    moment = now()
    if row.ends_at <= moment:
        raise Refused("ends_at", _("The campaign's end has passed."), field="ends_at")
    planned = planning.plan(row)
    # One list that was exchanged for another of the same length is another campaign.
    loaded = CohortImport.objects.filter(cohort=row.cohort, status=CohortImport.Status.LOADED)
    if (
        len(planned.reached) > row.dry_run["people"]
        or planned.segments > row.dry_run["segments"]
        or loaded.filter(ended_at__gt=row.dry_run_at).exists()
    ):
        raise Refused(
            "more_people",
            _(
                "It would ask other people now, or send more, than was approved: the cohort was "
                "loaded again, or has grown. Take it back, and look at the dry run again."
            ),
        )
    move(row, to=Status.RUNNING, started_at=moment, allowance=0, allowance_at=moment)
    written = planning.write_down(row, planned)
    record(row, "campaign_started", at=moment, by=by, data={"invitations": written})
    return row


@on_deadlock
@transaction.atomic
def pause(*, campaign: Campaign, by: User, version: int, words: str) -> Campaign:
    """Hand nothing over until it goes on; what waits in the outbox comes back and goes later."""
    row = _locked(campaign, by, version, {Status.RUNNING})
    moment = now()
    back = _take_back(row, to=Invitation.Status.PLANNED)
    move(row, to=Status.PAUSED, words=_said(words))
    record(row, "campaign_paused", at=moment, by=by, data={"words": words, "back": back})
    return row


@on_deadlock
@transaction.atomic
def resume(*, campaign: Campaign, by: User, version: int) -> Campaign:
    """Go on where it was paused."""
    _refuse_if_off()
    row = _locked(campaign, by, version, {Status.PAUSED})
    moment = now()
    move(row, to=Status.RUNNING, words="", allowance=0, allowance_at=moment)
    record(row, "campaign_resumed", at=moment, by=by)
    return row


@on_deadlock
@transaction.atomic
def stop(*, campaign: Campaign, by: User, version: int, words: str) -> Campaign:
    """End the campaign at once: a message that is not yet at the provider does not go.

    Links that were sent stay good until the campaign's end, so that whoever was asked can answer.
    """
    alive = {*Status.values} - {Status.STOPPED, Status.DONE}
    return _stop(_locked(campaign, by, version, alive), by, words)


@transaction.atomic
def stop_as_it_stands(*, campaign: Campaign, by: User, words: str) -> Campaign:
    """Stop the campaign however it was changed meanwhile; for the central switch."""
    row = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if row.status in {Status.RUNNING, Status.PAUSED}:
        return _stop(row, by, words)
    return row


@transaction.atomic
def stop_for_need(*, campaign: Campaign, by: User | None, words: str) -> None:
    """Ask nobody more for a hospital's need that is over: what is not at the provider stays here.

    ``by``: who closed it; None when it was met, or its time ran out.
    """
    row = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if row.status in {Status.RUNNING, Status.PAUSED}:
        _stop(row, by, words)


def one_person(first: User, second: User) -> bool:
    """Whether two accounts are one officer's: the same one, or with the same number or e-mail."""
    return (
        first.pk == second.pk
        or (first.phone != "" and first.phone == second.phone)
        or (first.email != "" and first.email.casefold() == second.email.casefold())
    )


def _stop(row: Campaign, by: User | None, words: str) -> Campaign:
    moment = now()
    back = _take_back(row, to=Invitation.Status.CANCELLED)
    move(row, to=Status.STOPPED, words=_said(words), ended_at=moment)
    record(row, "campaign_stopped", at=moment, by=by, data={"words": words, "not_sent": back})
    return row


def _take_back(row: Campaign, *, to: str) -> int:
    """Take what is not at the provider yet out of the outbox; return how many that was.

    The message decides: who loses the race with a worker's call is on the way, and stays sent.
    """
    taken = 0
    if to == Invitation.Status.CANCELLED:
        planned = Invitation.objects.filter(campaign=row, status=Invitation.Status.PLANNED)
        taken += planned.update(status=to, version=F("version") + 1)
    queued = on_their_way(row).select_for_update(of=("self",)).order_by("pk")
    pks = list(queued.values_list("pk", flat=True))
    for start_ in range(0, len(pks), BATCH):
        batch = pks[start_ : start_ + BATCH]
        cancelled = outbox.cancelled_of(
            subject_kind=KIND, subject_ids=[str(pk) for pk in batch], templates=TEMPLATES
        )
        taken += Invitation.objects.filter(pk__in=[int(pk) for pk in cancelled]).update(
            status=to, queued_at=None, version=F("version") + 1
        )
    return taken


def _said(words: str) -> str:
    """Return why it is paused or stopped, as it is kept; whoever does it says why."""
    said = words.strip()[:300]
    if not said:
        raise Refused("words", _("Say why: the record keeps the reason."), field="words")
    return said


def _refuse_if_off() -> None:
    if not switch.locked().on:
        raise Refused("switch", _("All campaigns are switched off at present."))


def _locked(campaign: Campaign, by: User, version: int, statuses: set[Any]) -> Campaign:
    """Return the campaign, locked, as the page showed it; else PermissionDenied or Overtaken."""
    if not may_run(by):
        raise PermissionDenied
    row = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if row.version != version or row.status not in statuses:
        raise Overtaken(row)
    return row

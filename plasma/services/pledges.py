"""A pledge from its slot to its end: booked, moved, cancelled, taken back by the bank's closing.

Source: domain rules of plasma, "Answer" and "States". Whoever changes a pledge holds the lock of
its donor first, then that of the pledge, and that of the bank's day last.
"""

import logging
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import ClockTimestamp, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from esachivalaya.common.states import Overtaken, move
from esachivalaya.common.sweeps import NOT_ITS_FAULT, log_failure
from plasma.models import Bank, Donor, FunnelCount, Pledge
from plasma.services import beds, funnel, letters

logger = logging.getLogger(__name__)
Status, Step = Pledge.Status, FunnelCount.Step
# A pledge for which no time was chosen is nobody's to wait for after so long.
WITHOUT_SLOT = timedelta(days=14)
# After its time the bank writes down what came of it; then the donor may choose another.
BANK_WRITES = timedelta(hours=12)
ALTERNATIVES = 3


def related() -> QuerySet[Pledge]:
    """Pledges with all that their pages and messages say."""
    return Pledge.objects.select_related(
        "donor__district", "bank__district", "invitation__campaign", "policy"
    )


def current(donor: Donor) -> Pledge | None:
    """Return the donor's pledge that is still to be kept, or one they missed a time of."""
    open_ = [*Pledge.OPEN, Status.NO_SHOW]
    return related().filter(donor=donor, status__in=open_).order_by("-id").first()


@on_deadlock
@transaction.atomic
def book(*, pledge: Pledge, span: Span, version: int) -> Pledge:
    """Book a slot for a pledge that has none; the donor is told, and reminded of it.

    Raises :class:`SlotTaken` with other times when somebody was quicker, :class:`Refused` for what
    cannot be booked, :class:`Overtaken` when the pledge is not as it was shown. Nothing of a
    refused booking stays.
    """
    row = locked(pledge, version, {Status.MADE, Status.NO_SHOW})
    missed = row.status == Status.NO_SHOW
    moment = _take(row, span)
    move(row, to=Status.BOOKED, starts_at=span.start, ends_at=span.end, closed_at=None)
    if missed:
        count(row, Step.NO_SHOW, -1)
    else:
        count(row, Step.BOOKED)
    _tell(row, "plasma_booked", moment)
    return row


@on_deadlock
@transaction.atomic
def move_to(*, pledge: Pledge, span: Span, version: int) -> Pledge:
    """Take another slot for a booked pledge; the old one stays when the new one cannot be had."""
    row = locked(pledge, version, {Status.BOOKED})
    _refuse_while_the_bank_writes(row)
    if row.starts_at == span.start:
        raise Refused("same_time", _("This is the time you have already."), field="slot")
    beds.free(row, moment=now())
    moment = _take(row, span)
    # From booked to booked: no move of the table, but the version counts it all the same.
    Pledge.objects.filter(pk=row.pk).update(
        starts_at=span.start, ends_at=span.end, version=F("version") + 1
    )
    row.starts_at, row.ends_at, row.version = span.start, span.end, row.version + 1
    _tell(row, "plasma_moved", moment)
    return row


@on_deadlock
@transaction.atomic
def cancel(*, pledge: Pledge, version: int) -> Pledge:
    """Take a pledge back; its bed is free at once, and the donor told if there was a time."""
    row = locked(pledge, version, {Status.MADE, Status.BOOKED, Status.NO_SHOW})
    _refuse_while_the_bank_writes(row)
    give_up(row, moment=now())
    return row


def give_up(row: Pledge, *, moment: datetime, tell: bool = True) -> None:
    """Cancel ``row``, which the caller has locked with its donor; takes its counts back."""
    was = row.status
    beds.free(row, moment=moment)
    letters.forget_reminders(row)
    move(row, to=Status.CANCELLED, closed_at=moment)
    count(row, Step.PLEDGED, -1)
    if was in {Status.BOOKED, Status.NO_SHOW}:
        count(row, Step.BOOKED, -1)
    if was == Status.NO_SHOW:
        count(row, Step.NO_SHOW, -1)
    record(row, "pledge_cancelled", at=moment)
    if tell and was == Status.BOOKED and row.starts_at is not None and row.starts_at > moment:
        letters.send(row, "plasma_cancelled")


def lose_slot(row: Pledge, *, moment: datetime, by: User) -> None:
    """Take the slot from a booked pledge, since its bank closes then; the donor chooses anew.

    The caller has locked the pledge. The pledge itself stands.
    """
    beds.free(row, moment=moment)
    letters.forget_reminders(row)
    # The message says which time it was.
    move(row, to=Status.MADE)
    letters.send(row, "plasma_cancelled")
    Pledge.objects.filter(pk=row.pk).update(starts_at=None, ends_at=None, made_at=moment)
    row.starts_at = row.ends_at = None
    count(row, Step.BOOKED, -1)
    record(row, "pledge_lost_its_slot", at=moment, by=by)


def expire() -> int:
    """Cancel the pledges for which no time was chosen in two weeks; return how many.

    Safe to run twice at once. One that fails holds up no other.
    """
    old = Pledge.objects.filter(status=Status.MADE, made_at__lt=ClockTimestamp() - WITHOUT_SLOT)
    done = 0
    for pk in old.order_by("pk").values_list("pk", flat=True):
        try:
            done += _expire(pk)
        except NOT_ITS_FAULT:
            raise
        except Exception as problem:
            log_failure(logger, f"Pledge {pk} does not expire", problem)
    return done


@on_deadlock
@transaction.atomic
def _expire(pk: int) -> int:
    row = (
        related()
        .select_for_update(of=("self",), skip_locked=True)
        .filter(pk=pk, status=Status.MADE, made_at__lt=ClockTimestamp() - WITHOUT_SLOT)
        .first()
    )
    if row is None:
        return 0
    give_up(row, moment=now(), tell=False)
    return 1


def count(row: Pledge, step: str, n: int = 1, *, reason: str = "") -> None:
    """Count ``row`` at ``step`` of its campaign's funnel; a volunteer's has none."""
    if row.invitation is not None:
        funnel.add(row.invitation.campaign_id, step, bank=row.bank_id, reason=reason, n=n)


def next_free(bank: Bank, *, after: date | None = None) -> list[Span]:
    """Return the next free times of ``bank``."""
    free = beds.free_slots(bank, first=after)
    spans = [slot.span for day in sorted(free) for slot in free[day]]
    return spans[:ALTERNATIVES]


def locked(pledge: Pledge, version: int, statuses: Collection[str]) -> Pledge:
    """Return the pledge, locked, as the page showed it; else :class:`Overtaken`."""
    Donor.objects.select_for_update(no_key=True).get(pk=pledge.donor_id)
    row = related().select_for_update(of=("self",)).get(pk=pledge.pk)
    if row.version != version or row.status not in statuses:
        raise Overtaken(row)
    return row


def _take(row: Pledge, span: Span) -> datetime:
    try:
        _hold, moment = beds.take(pledge=row, bank=row.bank, span=span)
    except SlotTaken as taken:
        raise SlotTaken(next_free(row.bank, after=day_of(span.start))) from taken
    return moment


def _tell(row: Pledge, template: str, moment: datetime) -> None:
    record(row, template.replace("plasma_", "pledge_"), at=moment)
    letters.send(row, template)
    letters.remind(row)


def _refuse_while_the_bank_writes(row: Pledge) -> None:
    begun = row.status == Status.BOOKED and row.starts_at is not None and row.starts_at <= now()
    if begun and row.starts_at is not None and now() < row.starts_at + BANK_WRITES:
        raise Refused(
            "begun",
            _("This time has begun. The bank writes down what comes of it."),
            until=row.starts_at + BANK_WRITES,
        )

"""Setting up banks with their hours, hospitals, policies and cohorts; each change is recorded."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.diary import span_of
from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.audit.services import record
from esachivalaya.common.clock import at, day_of, now
from esachivalaya.common.constraints import Refusal, friendly_constraints
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from officials.services.records import difference, values_of
from plasma.models import Bank, BankHours, BedHold, Cohort, Hospital, Policy
from plasma.permissions import may_run, sets_up
from plasma.services import beds

_SCARCER = {"beds", "active"}
ONE_DAY = timedelta(days=1)


@on_deadlock
@transaction.atomic
def save_bank(*, bank: Bank, by: User) -> Bank:
    """Save a new or changed bank; the values before and after stand in its record.

    Only who sets the portal up does this. Refused when donors are booked in a bed, or at a bank,
    that would no longer be there: the bank closes those times first, on its own page, which tells
    the donors.
    """
    _only_set_up(by)
    stored = lock_bank(bank.pk) if bank.pk else None
    changes = _saved(bank, stored, by, "bank")
    if stored is not None and _SCARCER & changes.keys():
        _refuse_lost_slots(bank)
    return bank


@on_deadlock
@transaction.atomic
def save_hours(
    *, bank: Bank, rows: Sequence[BankHours], removed: Sequence[BankHours], by: User
) -> None:
    """Save and remove hours of ``bank``, as one change that stands in its record.

    Two openings of one weekday must not overlap, and hours in which donors are booked stay.
    """
    _only_set_up(by)
    lock_bank(bank.pk)
    before = _hours_of(bank)
    for row in removed:
        row.delete()
    for row in rows:
        row.bank = bank
        with friendly_constraints():
            row.save()
    after = _hours_of(bank)
    if before == after:
        return
    _refuse_overlaps(bank)
    _refuse_lost_slots(bank)
    data = {"changes": {"hours": {"before": before, "after": after}}}
    record(bank, "bank_changed", at=now(), by=by, data=data)


@on_deadlock
@transaction.atomic
def save_hospital(*, hospital: Hospital, by: User) -> Hospital:
    """Save a new or changed hospital; only who sets the portal up does this."""
    _only_set_up(by)
    stored = None
    if hospital.pk:
        stored = Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
    _saved(hospital, stored, by, "hospital")
    return hospital


@on_deadlock
@transaction.atomic
def follow_policy(*, policy: Policy, by: User) -> Policy:
    """Enter a new policy of the State or of a bank; the one before ends on the day before it.

    A policy is never changed: pledges stand on the one under which their questions were answered.
    It begins today at the earliest. Refused with the database's sentence when another one holds on
    some of its days all the same.
    """
    _only_set_up(by)
    wait_for_turn(f"plasma-policy:{policy.bank_id or 0}")
    moment = now()
    if policy.first_day < day_of(moment):
        raise Refusal(_("A policy begins today at the earliest."), field="first_day")
    of_the_same = Policy.objects.filter(bank=policy.bank, first_day__lt=policy.first_day)
    for last in of_the_same.filter(last_day__isnull=True) | of_the_same.filter(
        last_day__gte=policy.first_day
    ):
        last.last_day = policy.first_day - ONE_DAY
        last.save(update_fields=["last_day"])
        ended = {"last_day": last.last_day, "followed_by": str(policy.first_day)}
        record(last, "policy_ended", at=moment, by=by, data=ended)
    policy.made_by = by
    with friendly_constraints():
        policy.save(force_insert=True)
    facts = {"changes": difference({}, values_of(policy))}
    record(policy, "policy_made", at=moment, by=by, data=facts, new=True)
    return policy


@on_deadlock
@transaction.atomic
def save_cohort(*, cohort: Cohort, by: User) -> Cohort:
    """Save a new or changed cohort; only who runs campaigns does this.

    The day on which data leave may be brought forward and not put off: people were told of it.
    """
    if not may_run(by):
        raise PermissionDenied("Only who runs campaigns makes cohorts.")
    stored = None
    if cohort.pk:
        stored = Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
        if cohort.data_leave_on > stored.data_leave_on:
            raise Refusal(
                _("The data cannot be kept for longer than was said: an earlier day is possible."),
                field="data_leave_on",
            )
    else:
        if cohort.data_leave_on <= day_of(now()):
            raise Refusal(_("This day is over. Choose a later one."), field="data_leave_on")
        cohort.made_by = by
    _saved(cohort, stored, by, "cohort")
    return cohort


def lock_bank(pk: int) -> Bank:
    """Lock the bank whose record is about to grow; rows that refer to it stay free."""
    return Bank.objects.select_for_update(no_key=True).get(pk=pk)


def _saved(row: models.Model, stored: models.Model | None, by: User, name: str) -> dict[str, Any]:
    with friendly_constraints():
        row.save()
    changes = difference(values_of(stored) if stored else {}, values_of(row))
    if stored is None or changes:
        act = f"{name}_changed" if stored else f"{name}_added"
        record(row, act, at=now(), by=by, data={"changes": changes}, new=stored is None)
    return changes


def _hours_of(bank: Bank) -> list[str]:
    return [
        f"{row.weekday} {row.opens:%H:%M}-{row.closes:%H:%M}"
        for row in BankHours.objects.filter(bank=bank).order_by("weekday", "opens")
    ]


def _refuse_overlaps(bank: Bank) -> None:
    last: BankHours | None = None
    for row in BankHours.objects.filter(bank=bank).order_by("weekday", "opens"):
        if last is not None and last.weekday == row.weekday and row.opens < last.closes:
            raise Refusal(_("Two openings of one weekday overlap."))
        last = row


def _refuse_lost_slots(bank: Bank) -> None:
    """Whoever takes a bed holds the lock of its day: after this nobody adds one unseen."""
    moment = now()
    first = day_of(moment)
    beds.lock_days(bank, [first + ONE_DAY * ahead for ahead in range(bank.horizon_days + 1)])
    hours = list(BankHours.objects.filter(bank=bank))
    lost = 0
    holds = BedHold.objects.filter(bank=bank, released_at__isnull=True, during__endswith__gt=moment)
    for during, place in holds.values_list("during", "place"):
        span = span_of(during)
        if not (bank.active and place <= bank.beds and _open(hours, span)):
            lost += 1
    if lost:
        words = ngettext(
            "%(count)s donor is booked at a time that would fall away. The bank closes such times "
            "on its own page first: then the donor is told.",
            "%(count)s donors are booked at times that would fall away. The bank closes such "
            "times on its own page first: then the donors are told.",
            lost,
        )
        raise Refusal(words % {"count": lost})


def _open(hours: Sequence[BankHours], span: Span) -> bool:
    day = day_of(span.start)
    return any(
        at(day, row.opens) <= span.start and span.end <= at(day, row.closes)
        for row in hours
        if row.weekday == day.weekday()
    )


def _only_set_up(by: User) -> None:
    if not sets_up(by):
        raise PermissionDenied("Only who sets the portal up does this.")

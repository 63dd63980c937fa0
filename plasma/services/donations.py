"""At the bank: who came, what the medical officer decided, who did not come.

Source: domain rules of plasma, "Policy" and "Bank". The answers before a visit are a pre-screening;
only the bank's medical officer decides, by the policy that holds on that day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.references import new_reference
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import move
from plasma.models import Bank, ConsentEntry, Donation, Donor, FunnelCount, Pledge, Policy
from plasma.permissions import is_medical_officer, serves_at
from plasma.services import answers, beds, letters, pledges, screening, volunteers
from plasma.services.volunteers import About

Status, Step = Pledge.Status, FunnelCount.Step
LONGEST_DEFERRAL = timedelta(days=730)


@dataclass(frozen=True)
class Decision:
    """What the medical officer found; haemoglobin in tenths of g/dl is judged and not kept."""

    outcome: str
    haemoglobin: int | None = None
    reason: str = ""
    until: date | None = None
    for_good: bool = False


@dataclass(frozen=True)
class Changed:
    """A rule that is another one than when the donor answered: in words, then and now."""

    words: Any
    then: Any
    now: Any


@on_deadlock
@transaction.atomic
def arrive(*, pledge: Pledge, by: User, version: int) -> Pledge:
    """Note that the donor is there: at their time, at another one, or without one."""
    row = _served(pledge, by, version, {Status.MADE, Status.BOOKED, Status.NO_SHOW})
    moment = now()
    if row.status == Status.NO_SHOW:
        # Who came after all had not stayed away.
        pledges.count(row, Step.NO_SHOW, -1)
        move(row, to=Status.BOOKED, closed_at=None)
    if row.starts_at is not None and day_of(row.starts_at) != day_of(moment):
        # The bed of another day is free for others.
        beds.free(row, moment=moment)
    letters.forget_reminders(row)
    move(row, to=Status.ARRIVED, arrived_at=moment)
    pledges.count(row, Step.ARRIVED)
    record(row, "pledge_arrived", at=moment, by=by)
    return row


@on_deadlock
@transaction.atomic
def decide(*, pledge: Pledge, by: User, version: int, decision: Decision) -> Donation:
    """Write down the medical officer's decision: a donation, or a deferral with its reason.

    Guarantees: only a medical officer of that bank at this moment (PermissionDenied); no donation
    below the haemoglobin of the policy that holds today; the donor is not asked before the policy's
    days are over, or the deferral is. After a donation there is a certificate, and thanks go out.
    """
    if not is_medical_officer(by, pledge.bank):
        raise PermissionDenied
    row = _served(pledge, by, version, {Status.ARRIVED})
    moment = now()
    today = day_of(moment)
    beds.free(row, moment=moment)
    if decision.outcome == Donation.Outcome.DONATED:
        policy = screening.held_policy(row.bank, today)
        _refuse_low_haemoglobin(decision, policy)
        donation = Donation(outcome=decision.outcome, certificate=new_reference("PL"))
        free_from = today + timedelta(days=policy.days_between)
    else:
        free_from = _deferred_until(decision, today)
        donation = Donation(
            outcome=Donation.Outcome.DEFERRED,
            reason=decision.reason,
            deferred_until=None if decision.for_good else decision.until,
            for_good=decision.for_good,
        )
    donation.pledge, donation.decided_by, donation.at = row, by, moment
    donation.save(force_insert=True)
    donor = row.donor
    if donor.not_before is None or donor.not_before < free_from:
        Donor.objects.filter(pk=donor.pk).update(not_before=free_from)
    move(row, to=decision.outcome, closed_at=moment)
    pledges.count(row, decision.outcome, reason=donation.reason)
    # Of what was found the record holds no word: it is health.
    record(row, "donation_decided", at=moment, by=by)
    if donation.outcome == Donation.Outcome.DONATED:
        letters.send(row, "plasma_thanks")
    return donation


@on_deadlock
@transaction.atomic
def no_show(*, pledge: Pledge, by: User, version: int) -> Pledge:
    """Note that the donor did not come at their time, once it has begun; they may take another."""
    row = _served(pledge, by, version, {Status.BOOKED})
    moment = now()
    if row.starts_at is None or row.starts_at > moment:
        raise Refused("too_soon", _("This can be noted once the time has begun."))
    beds.free(row, moment=moment)
    letters.forget_reminders(row)
    move(row, to=Status.NO_SHOW, closed_at=moment)
    pledges.count(row, Step.NO_SHOW)
    record(row, "pledge_no_show", at=moment, by=by)
    return row


@on_deadlock
@transaction.atomic
def walk_in(
    *, bank: Bank, by: User, phone: str, about: About, screened: dict[str, Any], may_ask: bool
) -> Pledge:
    """Take a donor who came without a time: the same questions, the same ledger, arrived at once.

    Who is known under that number, name and year is the same donor; a pledge they had made to this
    or another bank is what they keep here. Raises as :func:`plasma.services.answers.pledge`.
    """
    if not serves_at(by, bank):
        raise PermissionDenied
    how = ConsentEntry.How.BANK
    donor = volunteers.come(phone=phone, about=about, may_ask=may_ask, how=how, by=by, proved=False)
    made = answers.pledge(asker=answers.Asker(donor, None), bank=bank, answers=screened)
    if made.status == Status.ARRIVED:
        return made
    return arrive(pledge=made, by=by, version=made.version)


def rules_changed(pledge: Pledge, today: date) -> list[Changed]:
    """Return what of the policy is different today from what the donor's answers were held against.

    A pledge is never cancelled by a new policy: it is marked, and the medical officer decides.
    """
    try:
        policy = screening.policy_for(pledge.bank, today)
    except Policy.DoesNotExist:
        return []
    if policy.pk == pledge.policy_id:
        return []
    names = [
        "days_since_recovery",
        "least_age",
        "greatest_age",
        "least_weight_kg",
        "days_between",
        "never_pregnant",
        "no_insulin",
        "blood_pressure_in_range",
        "no_long_illness",
    ]
    found = [
        Changed(Policy._meta.get_field(name).verbose_name, then, is_now)  # type: ignore[union-attr]
        for name in names
        if (then := getattr(pledge.policy, name)) != (is_now := getattr(policy, name))
    ]
    then, is_now = pledge.policy.least_haemoglobin, policy.least_haemoglobin
    if then != is_now:
        found.append(Changed(_("Haemoglobin, g/dl"), then / 10, is_now / 10))
    return found


def _served(pledge: Pledge, by: User, version: int, statuses: set[Any]) -> Pledge:
    """Return the pledge, locked, for who serves at its bank at this moment."""
    if not serves_at(by, pledge.bank):
        raise PermissionDenied
    return pledges.locked(pledge, version, statuses)


def _refuse_low_haemoglobin(decision: Decision, policy: Policy) -> None:
    if decision.haemoglobin is None:
        raise Refused(
            "haemoglobin", _("Write the haemoglobin that was measured."), field="haemoglobin"
        )
    if decision.haemoglobin < policy.least_haemoglobin:
        words = _("Below %(least)s g/dl nothing is taken. Please defer the donor.")
        least = f"{policy.least_haemoglobin / 10:.1f}"
        raise Refused("haemoglobin", words % {"least": least}, field="haemoglobin")


def _deferred_until(decision: Decision, today: date) -> date:
    if not decision.reason:
        raise Refused("reason", _("Choose the reason of the deferral."), field="reason")
    if decision.for_good:
        return date.max
    if decision.until is None or not today < decision.until <= today + LONGEST_DEFERRAL:
        raise Refused(
            "until", _("Say until when, within two years, or that it is for good."), field="until"
        )
    return decision.until

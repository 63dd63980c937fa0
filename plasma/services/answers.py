"""What a donor answers: a pledge, a later day, no more appeals, another person's number.

Source: domain rules of plasma, "Answer", 2 to 4. Each is counted in its campaign's funnel in the
same transaction, and taken back there when another answer follows. A page speaks for one person:
STOP in an SMS is for the number, since nobody knows who wrote it; here the year of birth says who
answers, so it is for that person, unless they say that it is for everybody on this phone.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.audit.services import record
from esachivalaya.common.clock import ClockTimestamp, day_of, now
from esachivalaya.common.formats import date_long
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import move
from esachivalaya.notifications import numbers
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.models import Channel, OptOut
from plasma.models import (
    Bank,
    ConsentEntry,
    Donation,
    Donor,
    DonorPhone,
    FunnelCount,
    Invitation,
    Pledge,
)
from plasma.services import consents, funnel, pledges, screening, stopping
from plasma.services.appeals import KIND, TEMPLATES

Status, Step = Invitation.Status, FunnelCount.Step
Purpose, How = ConsentEntry.Purpose, ConsentEntry.How
# How far away "later" may be.
LATEST = timedelta(days=180)
# Answers that are counted at a step of their own, and taken back from it when another follows.
_COUNTED: dict[str, str] = {Status.LATER: Step.LATER, Status.STOPPED: Step.STOPPED}


@dataclass(frozen=True)
class Asker:
    """Who answers: a donor, by an invitation to them, or by themselves with a code (None)."""

    donor: Donor
    invitation: Invitation | None = None
    # How the ledger of consents calls it, where it is neither the link nor a code on the phone.
    way: str = ""

    @property
    def how(self) -> str:
        """How the ledger of consents calls it."""
        return self.way or (How.LINK if self.invitation is not None else How.VOLUNTEER)


class NotFit(Refused):
    """What was answered does not fit the policy; ``not_before`` is the day from which it may."""

    def __init__(self, judged: screening.Judged) -> None:
        super().__init__("screening", judged.words)
        self.not_before = judged.not_before


@on_deadlock
@transaction.atomic
def pledge(*, asker: Asker, bank: Bank, answers: dict[str, Any]) -> Pledge:
    """Pledge to ``bank``, if the answers fit its policy; they are judged and forgotten.

    Guarantees one open pledge for each donor: one to another bank is taken back in the same
    transaction, one to the same bank stands as it is. The bank sees the donor from here on, on the
    donor's consent. Raises :class:`NotFit`, or :class:`Refused` while a medical officer's deferral
    holds or the donor is at a bank.
    """
    invitation, donor = _locked(asker)
    moment = now()
    today = day_of(moment)
    if not bank.active:
        raise Refused("bank", _("This bank takes nobody at present. Please choose another."))
    refuse_if_deferred(donor, today)
    policy = screening.held_policy(bank, today)
    judged = screening.judge(policy, donor, answers, today)
    if not judged.fits:
        raise NotFit(judged)
    former = _open_pledge(donor)
    if former is not None:
        if former.bank_id == bank.pk:
            return former
        if former.status == Pledge.Status.ARRIVED:
            raise Refused("arrived", _("You are at a bank at this moment. It will tell you more."))
        pledges.give_up(former, moment=moment)
    consents.give(donor, Purpose.DONATION, asker.how)
    _hold_back(donor, invitation)
    _answer(invitation, Status.PLEDGED, moment)
    made = Pledge.objects.create(
        donor=donor, bank=bank, invitation=invitation, policy=policy, made_at=moment
    )
    pledges.count(made, Step.PLEDGED)
    record(made, "pledge_made", at=moment, data={"bank": bank.code}, new=True)
    return made


@on_deadlock
@transaction.atomic
def later(*, asker: Asker, day: date) -> None:
    """Ask this donor again from ``day`` on, and not before; an open pledge is taken back."""
    invitation, donor = _locked(asker)
    moment = now()
    today = day_of(moment)
    if not today < day <= today + LATEST:
        raise Refused("day", _("Choose a day within the next 180 days."), field="day")
    if donor.stopped_at is not None:
        raise Refused("stopped", _("You asked not to be asked again. This still stands."))
    _give_up_pledge(donor, moment)
    _hold_back(donor, invitation)
    until = deferred_until(donor)
    Donor.objects.filter(pk=donor.pk).update(not_before=max(day, until) if until else day)
    _answer(invitation, Status.LATER, moment)
    record(donor, "donor_later", at=moment)


@on_deadlock
@transaction.atomic
def stop(*, asker: Asker, whole_number: bool = False) -> None:
    """Ask this person no more, in any campaign, until they come back by themselves.

    Never refused, whatever was answered before. Holds at the moment of the commit: what waits in
    the outbox for this person is taken back, and what a worker has claimed is not sent. Others on
    the same phone are asked as before, unless ``whole_number`` says that nobody there is to be
    asked. A time that is booked stays booked.
    """
    invitation, donor = _locked(asker)
    moment = now()
    if _may_become(invitation, Status.STOPPED):
        _answer(invitation, Status.STOPPED, moment)
    stopping.stop(donors=[donor.pk], how=asker.how, at=moment)
    if whole_number:
        for phone in _phones(asker, donor):
            numbers.opt_out(channel=Channel.SMS, address=phone, source=OptOut.Source.LINK)


@on_deadlock
@transaction.atomic
def wrong_person(*, invitation: Invitation) -> None:
    """Somebody else has this number: nobody is asked there for this donor again.

    Said by whoever has the link, since another person cannot know the year of birth; so it ends no
    booked time, which the right year was needed for. It shows nothing, and takes back what waits
    for that number about this donor.
    """
    asker = Asker(invitation.donor, invitation)
    row, donor = _locked(asker)
    assert row is not None
    moment = now()
    theirs = DonorPhone.objects.filter(donor=donor, phone=row.phone, wrong_at__isnull=True)
    if theirs.update(wrong_at=moment) == 0 and row.status == Status.WRONG_PERSON:
        return
    if _open_pledge(donor) is None and _may_become(row, Status.WRONG_PERSON):
        _answer(row, Status.WRONG_PERSON, moment)
        funnel.add(row.campaign_id, Step.WRONG_PERSON)
    record(donor, "number_of_another_person", at=moment)


def refuse_if_deferred(donor: Donor, today: date) -> None:
    """Raise :class:`Refused` while a medical officer's deferral of ``donor`` holds."""
    until = deferred_until(donor)
    if until is None or until <= today:
        return
    if until == date.max:
        words = _("The bank's medical officer found that you should not give plasma. Thank you.")
        raise Refused("deferred_for_good", words)
    words = _("The bank's medical officer asked you to wait until %(day)s.")
    raise Refused("deferred", words % {"day": date_long(until)})


def deferred_until(donor: Donor) -> date | None:
    """Return until when a medical officer deferred ``donor``; ``date.max`` is for good."""
    found = Donation.objects.filter(pledge__donor=donor, outcome=Donation.Outcome.DEFERRED)
    days = [
        date.max if for_good else until
        for for_good, until in found.values_list("for_good", "deferred_until")
    ]
    return max((day for day in days if day is not None), default=None)


def _locked(asker: Asker) -> tuple[Invitation | None, Donor]:
    """Lock the donor's invitations, then the donor; return the one that is answered.

    Who comes by themselves answers the invitation of a campaign that lasts, if there is one: else
    it would go on asking. Raises :class:`Refused` for who was erased meanwhile.
    """
    theirs = (
        Invitation.objects.select_for_update(of=("self",))
        .filter(donor=asker.donor, campaign__ends_at__gt=ClockTimestamp())
        .exclude(status__in=[Status.CANCELLED, Status.WRONG_PERSON, Status.EXPIRED])
        .order_by("pk")
    )
    rows = list(theirs)
    donor = Donor.objects.select_for_update(no_key=True).get(pk=asker.donor.pk)
    if donor.erased_at is not None:
        raise Refused("erased", _("The data of this person have been erased."))
    if asker.invitation is None:
        return (rows[-1] if rows else None), donor
    own = next((row for row in rows if row.pk == asker.invitation.pk), None)
    return own or Invitation.objects.get(pk=asker.invitation.pk), donor


def _may_become(invitation: Invitation | None, to: str) -> bool:
    return invitation is not None and to in Invitation.TRANSITIONS[invitation.status]


def _answer(invitation: Invitation | None, to: str, moment: datetime) -> None:
    """Move the invitation to an answer, and its counts with it; the same answer again is none."""
    if invitation is None or invitation.status == to:
        return
    was = invitation.status
    if to not in Invitation.TRANSITIONS[was]:
        raise Refused("answered", _("This was answered before, and cannot be changed here."))
    if was in {Status.PLANNED, Status.QUEUED}:
        # Answered before it was sent, by coming without it: it does not go any more.
        _take_back([invitation])
    move(invitation, to=to, answered_at=moment)
    if was in _COUNTED:
        funnel.add(invitation.campaign_id, _COUNTED[was], n=-1)
    if to in _COUNTED:
        funnel.add(invitation.campaign_id, _COUNTED[to])


def _hold_back(donor: Donor, answered: Invitation | None) -> None:
    """End what another campaign is about to ask this donor, who has answered just now."""
    about_to = Invitation.objects.select_for_update(of=("self",)).filter(
        donor=donor, status__in=[Status.PLANNED, Status.QUEUED]
    )
    rows = [row for row in about_to if answered is None or row.pk != answered.pk]
    taken_back = _take_back(rows)
    for row in rows:
        if row.status == Status.PLANNED or row.pk in taken_back:
            move(row, to=Status.CANCELLED)


def _take_back(rows: list[Invitation]) -> set[int]:
    ids = [str(row.pk) for row in rows]
    taken = outbox.cancelled_of(subject_kind=KIND, subject_ids=ids, templates=TEMPLATES)
    return {int(pk) for pk in taken}


def _open_pledge(donor: Donor) -> Pledge | None:
    rows = pledges.related().select_for_update(of=("self",))
    open_ = [*Pledge.OPEN, Pledge.Status.NO_SHOW]
    return rows.filter(donor=donor, status__in=open_).order_by("-id").first()


def _give_up_pledge(donor: Donor, moment: datetime) -> None:
    row = _open_pledge(donor)
    if row is None:
        return
    if row.status == Pledge.Status.ARRIVED:
        raise Refused("arrived", _("You are at a bank at this moment. It will tell you more."))
    pledges.give_up(row, moment=moment)


def _phones(asker: Asker, donor: Donor) -> list[str]:
    if asker.invitation is not None:
        return [asker.invitation.phone]
    return [row.phone for row in donor.phones.all() if row.proved_at is not None]

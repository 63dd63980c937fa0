"""Whoever wants no appeals gets none, from this moment on, in every campaign.

An SMS with STOP speaks for a number, and so for every donor who has it: who of several wrote it
nobody knows. Source: domain rules of plasma, 3 and 4.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F

from esachivalaya.common.clock import now
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.models import Channel
from plasma.models import ConsentEntry, Donor, FunnelCount, Invitation
from plasma.services import consents, funnel
from plasma.services.appeals import KIND, TEMPLATES, last_words

APPEALS = ConsentEntry.Purpose.APPEALS
SMS = ConsentEntry.How.SMS


@transaction.atomic
def stop(*, donors: Collection[int], how: str, at: datetime) -> None:
    """Ask these donors no more: their consent is withdrawn, and what waits for them does not go.

    Every invitation that is still open ends as stopped, whichever campaign it is of. A donor who
    had said so before is not written into the ledger twice, nor counted twice.
    """
    # Invitations before donors, as everybody here locks them.
    _end_invitations(donors, at)
    for donor in Donor.objects.living().filter(pk__in=donors).order_by("pk"):
        consents.withdraw(donor, APPEALS, how)


@transaction.atomic
def take_back(pks: Collection[int]) -> None:
    """Take the messages of these invitations out of the outbox, or out of a worker's hands."""
    outbox.cancelled_of(subject_kind=KIND, subject_ids=[str(pk) for pk in pks], templates=TEMPLATES)


@transaction.atomic
def on_word_of_a_number(channel: str, address: str, refuses: bool) -> None:
    """Follow STOP and START of a number, for the hook ``appeals_refused``.

    START takes back what STOP did, and nothing that was said on a page.
    """
    if channel != Channel.SMS:
        return
    having = Donor.objects.living().filter(phones__phone=address, phones__wrong_at__isnull=True)
    theirs = sorted(set(having.values_list("pk", flat=True)))
    if refuses:
        stop(donors=theirs, how=SMS, at=now())
        return
    by_sms = last_words().filter(act=ConsentEntry.Act.WITHDRAWN, how=SMS)
    back = by_sms.filter(donor__in=theirs).values("donor_id")
    for donor in Donor.objects.filter(pk__in=back).order_by("pk"):
        consents.give(donor, APPEALS, SMS)


def _end_invitations(donors: Collection[int], at: datetime) -> None:
    rows = list(
        Invitation.objects.select_for_update(of=("self",))
        .filter(donor_id__in=donors, status__in=Invitation.OPEN)
        .order_by("pk")
        .values_list("pk", "campaign_id")
    )
    pks = [pk for pk, _campaign in rows]
    Invitation.objects.filter(pk__in=pks).update(
        status=Invitation.Status.STOPPED, answered_at=at, version=F("version") + 1
    )
    for campaign, count in sorted(Counter(campaign for _pk, campaign in rows).items()):
        funnel.add(campaign, FunnelCount.Step.STOPPED, n=count)
    take_back(pks)

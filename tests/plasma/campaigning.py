"""What the tests of campaigns share: the way to a running one, workers, and the provider's word."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.notifications import delivery
from esachivalaya.notifications.models import Message
from plasma.models import Campaign, Donor, Invitation
from plasma.services import campaigns, funnel, handing_over, receipts
from tests.donors import DonorCast, make_campaign
from tests.notifications.fake_twilio import FORM, FakeTwilio


def ready(cast: DonorCast, **fields: Any) -> Campaign:
    """A campaign over the cast's cohort that Priya proposed and Harish approved."""
    return approved(make_campaign(cast.cohort, by=cast.priya, **fields), cast.priya, cast.harish)


def approved(row: Campaign, first: User, second: User) -> Campaign:
    """Take a draft to its approval, as the two officers do."""
    row = campaigns.dry_run(campaign=row, by=first, version=row.version)
    row = campaigns.propose(campaign=row, by=first, version=row.version)
    return campaigns.approve(campaign=row, by=second, version=row.version)


def running(cast: DonorCast, **fields: Any) -> Campaign:
    """A campaign over the cast's cohort that was started a while ago."""
    row = ready(cast, **fields)
    row = campaigns.start(campaign=row, by=cast.priya, version=row.version)
    return later(row)


def later(row: Campaign, seconds: float = 20) -> Campaign:
    """Let so much time pass for the campaign's pace."""
    Campaign.objects.filter(pk=row.pk).update(allowance_at=clock.now() - timedelta(seconds=seconds))
    return Campaign.objects.get(pk=row.pk)


def asked(row: Campaign) -> dict[str, str]:
    """The status of each invitation of the campaign, by given name."""
    rows = Invitation.objects.filter(campaign=row).values_list("donor__given_name", "status")
    return dict(rows)


def counts(row: Campaign) -> dict[str, int]:
    """The steps of the funnel that somebody came to."""
    return {step: n for step, n in funnel.totals(funnel.of(row)).items() if n}


def send() -> None:
    """Be the beat and a worker, once: hand over, send, read what became of it."""
    handing_over.tick()
    delivery.send_due()
    receipts.sweep()


def message_of(row: Campaign, donor: Donor) -> Message:
    """The newest message of the campaign to this donor."""
    invitation = Invitation.objects.get(campaign=row, donor=donor)
    return Message.objects.filter(
        subject_kind="plasma.invitation", subject_id=str(invitation.pk)
    ).latest("pk")


def told(client: Client, twilio: FakeTwilio, word: str, error_code: str = "") -> None:
    """Let the provider send this receipt for every message that it has."""
    for taken in list(twilio.taken):
        receipt = twilio.receipt(taken, word, error_code)
        answer = client.post(
            receipt.path,
            urlencode(receipt.fields),
            content_type=FORM,
            headers={"X-Twilio-Signature": receipt.signature},
        )
        assert answer.status_code < 300, answer.status_code

"""What became of the messages: read in sets, counted once, whatever the donor did meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from esachivalaya.common import clock
from esachivalaya.common.models import Sweep
from esachivalaya.notifications import delivery, inbound, numbers
from esachivalaya.notifications.models import Message, NumberMark
from plasma.models import Campaign, ConsentEntry, Donor, Invitation
from plasma.services import campaigns, consents, handing_over, planning, receipts
from tests.donors import FAMILY_PHONE, DonorCast, make_campaign, make_cohort, make_donor
from tests.notifications.fake_twilio import FakeTwilio, refusal
from tests.plasma.campaigning import (
    approved,
    asked,
    counts,
    later,
    message_of,
    running,
    send,
    told,
)
from tests.races import Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PUBLIC_URL = "https://portal.example.in"
    settings.SECURE_SSL_REDIRECT = False


def says(word: str, phone: str = FAMILY_PHONE) -> None:
    """An SMS comes in."""
    inbound.take(provider_id=f"SM{clock.now()}", sender=phone, to="+918000000000", body=word)


def test_every_final_state_of_a_message_is_known_here() -> None:
    assert set(Message.FINAL) == {
        "delivered",
        "dead",
        *receipts.FAILED,
        *receipts.NEVER_WENT,
    }


def test_receipts_move_invitations_and_are_counted_once(
    donor_cast: DonorCast, twilio: FakeTwilio, client: Client
) -> None:
    row = running(donor_cast)
    send()
    assert set(asked(row).values()) == {"sent"}
    assert Donor.objects.filter(last_asked_at__isnull=True).count() == 0
    for _time in range(2):
        told(client, twilio, "sent")
        told(client, twilio, "delivered")
        receipts.sweep()
        receipts.sweep()
    assert set(asked(row).values()) == {"delivered"}
    assert counts(row) == {"invited": 3, "sent": 3, "delivered": 3}


def test_a_receipt_that_overtakes_the_first_look_counts_both_steps(
    donor_cast: DonorCast, twilio: FakeTwilio, client: Client
) -> None:
    row = running(donor_cast)
    handing_over.tick()
    delivery.send_due()
    told(client, twilio, "delivered")
    receipts.sweep()
    assert counts(row) == {"invited": 3, "sent": 3, "delivered": 3}


def test_an_answer_that_is_quicker_than_its_receipt_stands(
    donor_cast: DonorCast, twilio: FakeTwilio, client: Client
) -> None:
    row = running(donor_cast)
    send()
    Invitation.objects.filter(donor=donor_cast.imran).update(status="later")
    told(client, twilio, "delivered")
    receipts.sweep()
    assert asked(row) == {"Suman": "delivered", "Rakesh": "delivered", "Imran": "later"}
    assert counts(row) == {"invited": 3, "sent": 3, "delivered": 3}


def test_a_number_that_takes_nothing_is_undeliverable(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    NumberMark.objects.create(
        channel="sms",
        address=FAMILY_PHONE,
        kind="invalid",
        until=clock.now() + timedelta(days=30),
    )
    NumberMark.objects.update(until=clock.now())
    row = running(donor_cast)
    NumberMark.objects.update(until=clock.now() + timedelta(days=30))
    send()
    assert asked(row) == {"Suman": "undeliverable", "Rakesh": "undeliverable", "Imran": "sent"}
    assert counts(row) == {"invited": 3, "sent": 1, "undeliverable": 2}
    assert not Donor.objects.get(pk=donor_cast.suman.pk).last_asked_at


def test_what_the_network_loses_was_asked_all_the_same(
    donor_cast: DonorCast, twilio: FakeTwilio, client: Client
) -> None:
    row = running(donor_cast)
    send()
    told(client, twilio, "undelivered", "30005")
    receipts.sweep()
    assert counts(row) == {"invited": 3, "sent": 3, "undeliverable": 3}


def test_stop_during_a_running_campaign(donor_cast: DonorCast, twilio: FakeTwilio) -> None:
    row = running(donor_cast)
    handing_over.tick()
    says("STOP")
    delivery.send_due()
    receipts.sweep()
    # One road only: the two on the family's phone are not asked, and everybody else is.
    assert [one["To"] for one in twilio.accepted if "STOP" not in one["Body"]].count(
        FAMILY_PHONE
    ) == 1, "only the answer to STOP itself"
    assert asked(row) == {"Suman": "stopped", "Rakesh": "stopped", "Imran": "sent"}
    assert counts(row) == {"invited": 3, "sent": 1, "stopped": 2}
    ledger = ConsentEntry.objects.filter(act="withdrawn", how="sms")
    assert set(ledger.values_list("donor", flat=True)) == {
        donor_cast.suman.pk,
        donor_cast.rakesh.pk,
    }
    again = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    assert planning.plan(again).left_out["stopped"] == 2


def test_stop_after_it_was_sent_is_the_answer(donor_cast: DonorCast, twilio: FakeTwilio) -> None:
    row = running(donor_cast)
    send()
    says("बंद")
    receipts.sweep()
    assert asked(row) == {"Suman": "stopped", "Rakesh": "stopped", "Imran": "sent"}
    assert counts(row) == {"invited": 3, "sent": 3, "stopped": 2}


def test_stop_before_its_turn_is_planned_for_nobody(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    row = running(donor_cast)
    says("STOP")
    send()
    assert counts(row) == {"invited": 3, "sent": 1, "stopped": 2}


def test_start_takes_back_what_stop_did_and_nothing_else(donor_cast: DonorCast) -> None:
    consents.withdraw(donor_cast.rakesh, "appeals", "link")
    says("STOP")
    says("START")
    assert Donor.objects.get(pk=donor_cast.suman.pk).stopped_at is None
    assert Donor.objects.get(pk=donor_cast.rakesh.pk).stopped_at is not None
    assert consents.stands(donor_cast.suman, "appeals")
    assert not consents.stands(donor_cast.rakesh, "appeals")


def test_an_opt_out_at_the_provider_is_a_stop(donor_cast: DonorCast, twilio: FakeTwilio) -> None:
    donor_cast.imran.cohorts.clear()
    row = running(donor_cast)
    twilio.moods = [refusal(400, 21610)]
    send()
    # The second one is not even called.
    assert twilio.calls == 1
    assert asked(row) == {"Suman": "stopped", "Rakesh": "stopped"}
    assert counts(row) == {"invited": 2, "stopped": 2}


def test_what_was_not_called_in_its_hours_goes_on_another_day(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    row = running(donor_cast)
    handing_over.tick()
    # The last hour came before a worker did.
    Message.objects.update(expires_at=clock.now())
    delivery.send_due()
    receipts.sweep()
    assert twilio.calls == 0
    assert set(asked(row).values()) == {"planned"}
    later(row)
    send()
    assert set(asked(row).values()) == {"sent"}
    assert len(twilio.accepted) == 3


def test_a_provider_that_is_down_and_back_loses_and_doubles_nothing(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    row = running(donor_cast)
    twilio.moods = [refusal(503, 20503)] * 3
    send()
    assert not twilio.accepted
    assert set(asked(row).values()) == {"queued"}
    Message.objects.filter(status="retry").update(due_at=clock.now())
    send()
    send()
    assert len(twilio.accepted) == 3
    assert set(asked(row).values()) == {"sent"}
    assert counts(row) == {"invited": 3, "sent": 3}


def test_a_lost_outcome_is_not_sent_again(donor_cast: DonorCast, twilio: FakeTwilio) -> None:
    row = running(donor_cast)
    handing_over.tick()
    Message.objects.update(status="dead")
    send()
    assert set(asked(row).values()) == {"queued"}
    # It may have gone: nobody tries again, and at the campaign's end it is over.
    Campaign.objects.filter(pk=row.pk).update(ends_at=clock.now())
    handing_over.end_due()
    assert set(asked(row).values()) == {"expired"}
    assert twilio.calls == 0


def test_a_reader_that_was_away_finds_what_came_meanwhile(
    donor_cast: DonorCast, twilio: FakeTwilio, client: Client
) -> None:
    row = running(donor_cast)
    send()
    told(client, twilio, "delivered")
    # An hour without it, and the receipts came in the meantime.
    Sweep.objects.filter(name=receipts.SWEEP).update(ended_at=clock.now() - timedelta(hours=1))
    receipts.sweep()
    assert counts(row)["delivered"] == 3


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_once_count_once(
    donor_cast: DonorCast, twilio: FakeTwilio, race: Callable[..., list[Outcome]]
) -> None:
    for number in range(30):
        make_donor(f"Donor{number} Singh", cohort=donor_cast.cohort)
    row = running(donor_cast, pace=60_000)
    handing_over.tick()
    Message.objects.update(status="delivered", accepted_at=clock.now())
    outcomes = race(receipts.sweep, receipts.sweep, receipts.sweep)
    assert all(one.ok for one in outcomes), [one.error for one in outcomes]
    receipts.sweep()
    assert counts(row) == {"invited": 33, "sent": 33, "delivered": 33}


def test_reading_takes_the_same_statements_for_many(
    donor_cast: DonorCast, twilio: FakeTwilio
) -> None:
    def statements(name: str, many: int) -> int:
        cohort = make_cohort(name)
        for number in range(many):
            make_donor(f"Donor{number} Singh", cohort=cohort)
        row = make_campaign(cohort, by=donor_cast.priya, pace=60_000)
        row = approved(row, donor_cast.priya, donor_cast.harish)
        row = campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
        later(row)
        handing_over.tick()
        Message.objects.update(status="accepted", accepted_at=clock.now())
        with CaptureQueriesContext(connection) as caught:
            assert receipts.sweep() == many
        return len(caught.captured_queries)

    receipts.sweep()
    assert statements("Few", 2) == statements("Many", 40)


def test_numbers_of_others_are_not_touched(donor_cast: DonorCast, twilio: FakeTwilio) -> None:
    row = running(donor_cast)
    numbers.opt_out(channel="email", address="suman@example.com", source="inbound")
    numbers.opt_out(channel="sms", address="+919800099999", source="inbound")
    send()
    assert set(asked(row).values()) == {"sent"}
    assert message_of(row, donor_cast.suman).status == "accepted"

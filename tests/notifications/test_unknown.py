"""Outcomes that nobody told us: a receipt, then the provider's list, then the rule of the class."""

from collections import Counter
from datetime import time, timedelta
from typing import Any

import pytest

from esachivalaya.common import clock
from esachivalaya.notifications import delivery, outcomes
from esachivalaya.notifications.claims import Call
from esachivalaya.notifications.gateways import Accepted, gateway_for
from esachivalaya.notifications.models import Message
from tests.notifications.fake_twilio import FakeTwilio, hang_up, refusal, reply, taken_but
from tests.notifications.letters import confirmed_letter, email, sms

pytestmark = pytest.mark.django_db


def transactional() -> Message:
    row = sms(confirmed_letter())
    Message.objects.filter(channel="email").delete()
    return row


def appeal() -> Message:
    row = transactional()
    Message.objects.filter(pk=row.pk).update(klass="appeal", basis="consent 7")
    return row


def time_goes_by(seconds: int = 120) -> None:
    moved = timedelta(seconds=seconds)
    for row in Message.objects.filter(status="unknown"):
        Message.objects.filter(pk=row.pk).update(
            began_at=row.began_at and row.began_at - moved,
            ask_at=row.ask_at and row.ask_at - moved,
        )


def status_of(row: Message) -> str:
    row.refresh_from_db()
    return row.status


@pytest.fixture
def _always_open(settings: Any) -> None:
    settings.APPEAL_HOURS = (time.min, time.max)


@pytest.mark.parametrize("make", [sms, transactional])
@pytest.mark.parametrize("on_its_way", [False, True])
def test_what_the_list_has_was_sent(twilio: FakeTwilio, make: Any, on_its_way: bool) -> None:
    twilio.moods = [taken_but(hang_up)]
    row = make()
    delivery.send_due()
    assert status_of(row) == "unknown"
    if on_its_way:
        twilio.receipt(twilio.taken[0], "sent")
    time_goes_by(30)
    delivery.send_due()
    assert status_of(row) == ("sent" if on_its_way else "accepted")
    assert row.provider_id == twilio.taken[0].sid
    assert row.accepted_at is not None
    assert len(twilio.taken) == 1
    assert row.receipts.count() == 1


def test_the_receipt_is_waited_for_before_the_provider_is_asked(twilio: FakeTwilio) -> None:
    twilio.moods = [taken_but(hang_up)]
    row = sms()
    delivery.send_due()
    assert twilio.lists == 0
    assert status_of(row) == "unknown"


def test_a_lists_no_counts_only_after_a_while(twilio: FakeTwilio) -> None:
    twilio.moods = [hang_up]
    row = transactional()
    delivery.send_due()
    time_goes_by(30)
    delivery.send_due()
    assert twilio.lists
    assert status_of(row) == "unknown"


def test_a_code_is_never_sent_again_by_itself(twilio: FakeTwilio) -> None:
    twilio.moods = [hang_up]
    row = sms()
    delivery.send_due()
    time_goes_by()
    assert delivery.send_due() == Counter({"failed": 1})
    assert status_of(row) == "failed"
    assert (row.body, row.error_class) == ("", "unknown")
    assert not twilio.taken


def test_a_message_about_ones_own_matter_goes_once_more_and_says_so(twilio: FakeTwilio) -> None:
    twilio.moods = [hang_up]
    row = transactional()
    delivery.send_due()
    time_goes_by()
    delivery.send_due()
    assert status_of(row) == "accepted"
    assert row.resent is True
    assert len(twilio.taken) == 1


def test_the_second_time_it_is_a_dead_letter(twilio: FakeTwilio) -> None:
    twilio.moods = [hang_up]
    row = transactional()
    delivery.send_due()
    time_goes_by()
    # Two lists are asked before the message goes again.
    twilio.moods = [reply(200, {"messages": []})] * 2 + [hang_up]
    delivery.send_due()
    assert status_of(row) == "unknown"
    time_goes_by()
    delivery.send_due()
    assert status_of(row) == "dead"
    assert not twilio.taken


@pytest.mark.usefixtures("_always_open")
def test_an_appeal_is_left_to_an_operator(twilio: FakeTwilio) -> None:
    twilio.moods = [hang_up]
    row = appeal()
    delivery.send_due()
    time_goes_by()
    delivery.send_due()
    assert status_of(row) == "dead"
    assert not twilio.taken


@pytest.mark.parametrize(
    "mood", [refusal(503, 20500), refusal(401, 20003), reply(200, "<html></html>"), hang_up]
)
def test_a_provider_that_cannot_be_asked_is_asked_again(twilio: FakeTwilio, mood: Any) -> None:
    twilio.moods = [taken_but(hang_up)]
    row = transactional()
    delivery.send_due()
    time_goes_by()
    twilio.moods = [mood]
    delivery.send_due()
    assert status_of(row) == "unknown"
    time_goes_by()
    delivery.send_due()
    assert status_of(row) == "accepted"
    assert len(twilio.taken) == 1


def test_two_with_the_same_words_to_one_number_are_told_apart(twilio: FakeTwilio) -> None:
    twilio.moods = [taken_but(hang_up), hang_up]
    rows = [transactional(), transactional()]
    delivery.send_due()
    time_goes_by()
    delivery.send_due()
    assert {status_of(row) for row in rows} == {"accepted", "unknown"}
    time_goes_by()
    delivery.send_due()
    assert {status_of(row) for row in rows} == {"accepted"}
    assert len({row.provider_id for row in rows}) == len(twilio.taken) == 2


def test_what_went_out_long_before_is_not_mistaken_for_it(twilio: FakeTwilio) -> None:
    first = transactional()
    delivery.send_due()
    # Our row of it is gone, as after years.
    Message.objects.filter(pk=first.pk).update(provider_id="")
    twilio.taken[0].made_at -= timedelta(hours=1)
    twilio.moods = [hang_up]
    row = transactional()
    delivery.send_due()
    time_goes_by()
    delivery.send_due()
    assert status_of(row) == "accepted"
    assert row.provider_id == twilio.taken[1].sid


def test_a_late_answer_settles_what_was_unknown(twilio: FakeTwilio) -> None:
    row = transactional()
    # The worker is slow, not dead: what another made of it does not stand against its answer.
    Message.objects.filter(pk=row.pk).update(
        status="unknown", attempts=1, began_at=clock.now(), ask_at=clock.now()
    )
    row.refresh_from_db()
    landed = (Call(row, "twilio"), Accepted("SM9"), gateway_for("sms"))
    assert outcomes.remember([landed]) == ["accepted"]
    assert (status_of(row), row.provider_id) == ("accepted", "SM9")


@pytest.mark.parametrize("status", ["retry", "claimed", "queued"])
def test_a_late_answer_keeps_a_message_from_going_again(twilio: FakeTwilio, status: str) -> None:
    row = transactional()
    row.attempts = 1
    Message.objects.filter(pk=row.pk).update(status=status, attempts=1, resent=True)
    landed = (Call(row, "twilio"), Accepted("SM9"), gateway_for("sms"))
    assert outcomes.remember([landed]) == ["overtaken"]
    assert status_of(row) == "accepted"
    assert not delivery.send_due()
    assert not twilio.calls


def test_an_email_without_a_list_goes_by_its_class(settings: Any) -> None:
    settings.EMAIL_GATEWAY = "smtp"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    row = email()
    Message.objects.filter(pk=row.pk).update(
        status="unknown",
        attempts=1,
        gateway="smtp",
        began_at=clock.now() - timedelta(minutes=5),
        ask_at=clock.now(),
    )
    delivery.send_due()
    assert status_of(row) == "retry"
    assert row.resent is True


@pytest.mark.django_db(transaction=True)
def test_many_sweeps_at_once_send_again_once(twilio: FakeTwilio, race: Any) -> None:
    for _number in range(6):
        row = transactional()
        Message.objects.filter(pk=row.pk).update(
            status="sending",
            attempts=1,
            gateway="twilio",
            began_at=clock.now() - timedelta(minutes=5),
            lease_until=clock.now() - timedelta(minutes=3),
        )
    assert all(outcome.ok for outcome in race(*[delivery.send_due] * 4))
    # One that looked like its neighbour, sent again a moment before, is asked for once more.
    Message.objects.filter(status="unknown").update(ask_at=clock.now())
    delivery.send_due()
    assert set(Message.objects.values_list("status", "resent")) == {("accepted", True)}
    assert len(twilio.taken) == 6

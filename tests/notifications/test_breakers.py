"""Wrong settings stop the road, fail nothing, and are told to whoever watches the messages."""

from datetime import timedelta
from typing import Any

import pytest

from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal
from esachivalaya.notifications import breakers, delivery
from esachivalaya.notifications.models import Breaker, Message
from tests.notifications.fake_twilio import FakeTwilio, refusal
from tests.notifications.letters import code_letter, email, sms
from tests.people import make_staff

pytestmark = pytest.mark.django_db

WRONG = refusal(401, 20003)


@pytest.fixture
def operator() -> Any:
    user = make_staff("watcher")
    user.roles.create(name="messages")
    type(user).objects.filter(pk=user.pk).update(
        email="watcher@example.com", phone="+919800000077", language="en"
    )
    return user


def later() -> None:
    """A minute goes by for the stopped road."""
    Breaker.objects.update(probe_at=clock.now() - timedelta(seconds=1))


def statuses() -> list[str]:
    return list(
        Message.objects.filter(channel="sms").order_by("id").values_list("status", flat=True)
    )


def test_a_stopped_road_keeps_its_whole_queue_and_fails_nothing(twilio: FakeTwilio) -> None:
    twilio.moods = [WRONG]
    for _number in range(20):
        sms()
    delivery.send_due()
    delivery.send_due()
    assert twilio.calls == 1
    assert set(statuses()) == {"queued", "retry"}
    assert breakers.readiness() == ("gateways", "twilio: Twilio: HTTP 401, error 20003.")


def test_one_message_a_minute_tries_the_road(twilio: FakeTwilio) -> None:
    twilio.moods = [WRONG] * 3
    for _number in range(5):
        sms()
    delivery.send_due()
    for calls in (2, 3):
        later()
        delivery.send_due()
        delivery.send_due()
        assert twilio.calls == calls
    assert Breaker.objects.get().probes == 2


def test_success_opens_the_road_for_all(twilio: FakeTwilio) -> None:
    twilio.moods = [WRONG]
    for _number in range(5):
        sms()
    delivery.send_due()
    later()
    delivery.send_due()
    assert set(statuses()) == {"accepted"}
    assert breakers.readiness() == ("gateways", "")
    assert Breaker.objects.get().closed_at is not None


def test_a_refusal_for_the_numbers_own_sake_shows_that_the_road_works(twilio: FakeTwilio) -> None:
    twilio.moods = [WRONG, refusal(400, 21211)]
    sms()
    delivery.send_due()
    later()
    delivery.send_due()
    assert breakers.open_ones() == []
    assert statuses() == ["failed"]


def test_passing_trouble_does_not_open_the_road(twilio: FakeTwilio) -> None:
    twilio.moods = [WRONG, refusal(503, 20500)]
    sms()
    delivery.send_due()
    later()
    delivery.send_due()
    assert [row.gateway for row in breakers.open_ones()] == ["twilio"]


def test_a_number_abroad_stops_nobody_else(twilio: FakeTwilio) -> None:
    twilio.moods = [refusal(400, 21408)]
    sms(code_letter(to=code_letter().to.__class__(phone="+4915100000000", language="en")))
    sms()
    delivery.send_due()
    assert statuses() == ["failed", "accepted"]
    assert breakers.open_ones() == []


def test_the_operators_are_told_once_and_by_the_other_road(
    twilio: FakeTwilio, operator: Any, settings: Any
) -> None:
    settings.DEMO = True
    twilio.moods = [WRONG] * 2
    sms()
    delivery.send_due()
    later()
    delivery.send_due()
    told = Message.objects.filter(template__key="gateway_stopped")
    assert [(row.channel, row.to, row.language) for row in told] == [
        ("email", "watcher@example.com", "en")
    ]
    assert "20003" in told.get().body
    later()
    delivery.send_due()
    assert Message.objects.filter(template__key="gateway_works", channel="email").count() == 1


def test_when_mail_stops_the_operators_get_an_sms(operator: Any, settings: Any) -> None:
    settings.EMAIL_GATEWAY = "smtp"
    breakers.trip(gateway="smtp", channel="email", problem="The mail server refuses our sign-in.")
    assert list(Message.objects.values_list("channel", "to")) == [("sms", operator_phone())]


def operator_phone() -> str:
    return "+919800000077"


def test_a_stopped_road_of_sms_lets_emails_pass(twilio: FakeTwilio, settings: Any) -> None:
    settings.DEMO = True
    twilio.moods = [WRONG]
    sms()
    delivery.send_due()
    mail = email()
    delivery.send_due()
    mail.refresh_from_db()
    assert mail.status == "accepted"


def test_a_gateway_that_is_no_longer_used_worries_nobody(twilio: FakeTwilio, settings: Any) -> None:
    breakers.trip(gateway="outbox-page", channel="sms", problem="No SMS gateway.")
    assert breakers.readiness() == ("gateways", "")
    row = sms()
    delivery.send_due()
    row.refresh_from_db()
    assert row.status == "accepted"


def test_an_operator_may_try_at_once_and_says_why(twilio: FakeTwilio, operator: Any) -> None:
    twilio.moods = [WRONG]
    sms()
    delivery.send_due()
    row = Breaker.objects.get()
    with pytest.raises(Refusal):
        breakers.try_now(breaker=row, by=operator, reason="  ")
    breakers.try_now(breaker=row, by=operator, reason="New token set.")
    delivery.send_due()
    assert statuses() == ["accepted"]
    assert Entry.objects.get(act="breaker_tried").actor_id == operator.pk
    with pytest.raises(Refusal):
        breakers.try_now(breaker=row, by=operator, reason="Again.")


@pytest.mark.django_db(transaction=True)
def test_many_workers_that_find_out_at_once_tell_once(race: Any, operator: Any) -> None:
    def trip() -> bool:
        return breakers.trip(gateway="twilio", channel="sms", problem="Wrong token.")

    assert sorted(outcome.value for outcome in race(*[trip] * 6)) == [False] * 5 + [True]
    assert Message.objects.filter(template__key="gateway_stopped").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_tries(twilio: FakeTwilio, race: Any) -> None:
    for _number in range(10):
        sms()
    breakers.trip(gateway="twilio", channel="sms", problem="Wrong token.")
    later()
    twilio.moods = [WRONG] * 10
    assert all(outcome.ok for outcome in race(*[delivery.send_due] * 4))
    assert twilio.calls == 1

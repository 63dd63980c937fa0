"""The last look before the call: hours, opt-outs, marked numbers, cancelled meetings."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal
from esachivalaya.notifications import claims, delivery, numbers, services
from esachivalaya.notifications.models import Message, MessageTemplate, NumberMark, OptOut
from esachivalaya.notifications.services import post
from tests.notifications.fake_twilio import FakeTwilio, refusal
from tests.notifications.letters import PHONE, confirmed_letter, email, sms
from tests.people import make_staff

pytestmark = pytest.mark.django_db


def appeal(basis: str = "consent 7") -> Message:
    row = sms(confirmed_letter())
    Message.objects.filter(channel="email").delete()
    Message.objects.filter(pk=row.pk).update(klass="appeal", basis=basis)
    return row


def status_of(row: Message) -> str:
    row.refresh_from_db()
    return row.status


@pytest.fixture
def _open(settings: Any) -> None:
    settings.APPEAL_HOURS = (time.min, time.max)


def test_outside_its_hours_an_appeal_is_held_and_nobody_is_called(
    twilio: FakeTwilio, settings: Any
) -> None:
    # Hours that ended in the first second of this day.
    settings.APPEAL_HOURS = (time(0, 0), time(0, 0, 1))
    rows = [appeal() for _number in range(5)]
    delivery.send_due()
    assert {status_of(row) for row in rows} == {"held"}
    assert {row.due_at for row in rows} == {clock.day_bounds(clock.day_of(clock.now()))[1]}
    assert not twilio.calls


def test_an_appeal_that_was_held_goes_in_its_hours(twilio: FakeTwilio, settings: Any) -> None:
    settings.APPEAL_HOURS = (time(0, 0), time(0, 0, 1))
    row = appeal()
    delivery.send_due()
    settings.APPEAL_HOURS = (time.min, time.max)
    Message.objects.filter(pk=row.pk).update(due_at=clock.now())
    delivery.send_due()
    assert status_of(row) == "accepted"


@pytest.mark.usefixtures("_open")
def test_whoever_said_stop_gets_no_appeal_but_their_own_matters(twilio: FakeTwilio) -> None:
    asked, own = appeal(), sms(confirmed_letter())
    assert numbers.opt_out(channel="sms", address=PHONE, source="inbound")
    assert not numbers.opt_out(channel="sms", address=PHONE, source="link")
    delivery.send_due()
    assert status_of(asked) == "suppressed"
    assert status_of(own) == "accepted"
    assert numbers.opt_in(channel="sms", address=PHONE)
    again = appeal()
    delivery.send_due()
    assert status_of(again) == "accepted"


@pytest.mark.usefixtures("_open")
def test_a_stop_between_claim_and_call_counts(twilio: FakeTwilio) -> None:
    appeal()
    (claimed,) = claims.claim(claims.MessageClass.APPEAL, ["sms"], 5)
    numbers.opt_out(channel="sms", address=PHONE, source="inbound")
    assert claims.begin([claims.Call(claimed, "twilio")]) == []
    assert claims.set_aside(claimed) == "suppressed"


@pytest.mark.usefixtures("_open")
def test_an_appeal_stands_on_a_basis(twilio: FakeTwilio) -> None:
    row = appeal(basis="")
    delivery.send_due()
    assert status_of(row) == "suppressed"
    MessageTemplate.objects.create(
        key="plea", channel="sms", version=1, klass="appeal", body_en="Please.", body_hi="कृपया।"
    )
    with pytest.raises(ValueError, match="basis"):
        post([confirmed_letter(template="plea")])
    (row,) = post([confirmed_letter(template="plea", basis="cohort 3")])
    assert row.basis == "cohort 3"


@pytest.mark.parametrize(
    ("code", "kind"),
    [(21211, "invalid"), (21614, "landline"), (21610, "opted_out"), (21408, "foreign")],
)
def test_a_number_that_takes_nothing_is_asked_once(
    twilio: FakeTwilio, code: int, kind: str
) -> None:
    twilio.moods = [refusal(400, code)]
    first = sms()
    delivery.send_due()
    assert (status_of(first), first.error_class, first.body) == ("failed", "permanent", "")
    assert NumberMark.objects.get(channel="sms", address=PHONE).kind == kind
    second = sms()
    delivery.send_due()
    assert status_of(second) == "suppressed"
    assert kind in second.problem
    assert twilio.calls == 1


def test_a_mark_ends_since_numbers_change_hands(twilio: FakeTwilio) -> None:
    numbers.mark(channel="sms", address=PHONE, error_code="21614")
    NumberMark.objects.update(until=clock.now() - timedelta(seconds=1))
    row = sms()
    delivery.send_due()
    assert status_of(row) == "accepted"


def test_an_operator_lifts_a_mark_and_says_why(twilio: FakeTwilio) -> None:
    mark = numbers.mark(channel="sms", address=PHONE, error_code="21614")
    assert mark is not None
    by = make_staff("watcher")
    with pytest.raises(Refusal):
        numbers.lift_mark(mark=mark, by=by, reason=" ")
    numbers.lift_mark(mark=mark, by=by, reason="The citizen called: it is a mobile.")
    assert not NumberMark.objects.exists()
    assert Entry.objects.get(act="mark_lifted").actor_id == by.pk


def test_a_message_too_long_is_no_fault_of_its_number(twilio: FakeTwilio) -> None:
    row = sms()
    Message.objects.filter(pk=row.pk).update(body="x" * 2000)
    delivery.send_due()
    assert (status_of(row), row.error_code) == ("failed", "21617")
    assert not NumberMark.objects.exists()
    assert not twilio.calls


# --- cancelled and moved meetings ---


def about(subject: str, **changes: Any) -> Message:
    row = sms(confirmed_letter(subject_kind="appointments.request", subject_id=subject))
    Message.objects.filter(channel="email").delete()
    Message.objects.filter(pk=row.pk).update(**changes)
    return row


def cancel(subject: str, *templates: str) -> int:
    return services.cancel(
        subject_kind="appointments.request", subject_id=subject, templates=templates
    )


@pytest.mark.parametrize("status", ["queued", "held", "retry", "claimed"])
def test_what_waits_can_be_taken_back(twilio: FakeTwilio, status: str) -> None:
    row = about("1", status=status)
    other, another = about("2"), about("1")
    Message.objects.filter(pk=another.pk).update(
        template=MessageTemplate.objects.get(key="request_received", channel="sms")
    )
    assert cancel("1", "request_confirmed") == 1
    delivery.send_due()
    assert status_of(row) == "cancelled"
    assert {status_of(other), status_of(another)} == {"accepted"}


def test_what_was_claimed_and_cancelled_is_not_sent(twilio: FakeTwilio) -> None:
    row = about("1")
    (claimed,) = claims.claim(claims.MessageClass.TRANSACTIONAL, ["sms"], 5)
    assert cancel("1", "request_confirmed") == 1
    assert claims.begin([claims.Call(claimed, "twilio")]) == []
    assert claims.set_aside(claimed) == "overtaken"
    assert status_of(row) == "cancelled"


def test_what_may_have_gone_out_is_not_taken_back_but_not_repeated(twilio: FakeTwilio) -> None:
    row = about("1", status="unknown", attempts=1, gateway="twilio")
    Message.objects.filter(pk=row.pk).update(
        began_at=clock.now() - timedelta(minutes=5), ask_at=clock.now()
    )
    assert cancel("1", "request_confirmed") == 0
    delivery.send_due()
    assert status_of(row) == "expired"
    assert not twilio.taken


# --- the page that ends appeals ---


def test_looking_ends_nothing_and_the_button_does() -> None:
    row = email()
    path = reverse("notifications:stop-appeals", args=[row.pk, row.callback_token])
    client = Client(enforce_csrf_checks=True)
    assert client.get(path).status_code == 200
    assert not OptOut.objects.exists()
    # As a mail program does it: without a cookie.
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert client.post(path).status_code == 200
    assert OptOut.objects.get().address == "asha@example.com"


@pytest.mark.parametrize("token", ["x", "é"])
def test_a_wrong_link_ends_nothing(token: str) -> None:
    row = email()
    path = reverse("notifications:stop-appeals", args=[row.pk, token])
    assert Client().post(path).status_code == 404
    assert not OptOut.objects.exists()

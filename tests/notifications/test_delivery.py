"""The workers: each message once, codes first, and nothing lost when one dies."""

import logging
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from esachivalaya.common import clock, sweeps
from esachivalaya.notifications import claims, delivery, outcomes
from esachivalaya.notifications.claims import Call
from esachivalaya.notifications.gateways import Permanent, gateway_for
from esachivalaya.notifications.hours import appeals_open_at
from esachivalaya.notifications.models import Breaker, Message, MessageClass
from tests.notifications.fake_twilio import FakeTwilio, hang_up, refusal, reply, taken_but
from tests.notifications.letters import PHONE, code_letter, confirmed_letter, email, sms

pytestmark = pytest.mark.django_db


def shift(row: Message, **changes: Any) -> None:
    Message.objects.filter(pk=row.pk).update(**changes)


def state_of(row: Message) -> str:
    row.refresh_from_db()
    return row.status


def test_in_the_demo_a_message_is_accepted_at_once_and_stays_readable(settings: Any) -> None:
    settings.DEMO = True
    row = sms()
    assert delivery.send_due() == Counter({"accepted": 1})
    assert state_of(row) == "accepted"
    assert row.accepted_at is not None
    assert "123456" in row.body
    assert delivery.send_due() == Counter()


def test_outside_the_demo_no_sms_is_pretended_to_be_sent(settings: Any) -> None:
    settings.DEMO = False
    row = sms()
    delivery.send_due()
    assert state_of(row) == "retry"
    assert "TWILIO_ACCOUNT_SID" in row.problem
    assert row.attempts == 0


def test_outside_the_demo_a_portal_without_mail_server_suppresses_emails(settings: Any) -> None:
    settings.DEMO = False
    row = email()
    delivery.send_due()
    assert state_of(row) == "suppressed"


def test_a_code_is_forgotten_once_the_provider_has_it(twilio: FakeTwilio) -> None:
    row = sms()
    delivery.send_due()
    assert state_of(row) == "accepted"
    assert row.body == ""
    assert row.provider_id == "SM" + f"{1:032}"
    assert "123456" in twilio.accepted[0]["Body"]
    assert twilio.accepted[0]["To"] == PHONE


def test_other_messages_keep_their_words(twilio: FakeTwilio) -> None:
    row = sms(confirmed_letter())
    shift_all_to_sms()
    delivery.send_due()
    assert state_of(row) == "accepted"
    assert row.body == twilio.accepted[0]["Body"]


def shift_all_to_sms() -> None:
    Message.objects.filter(channel="email").update(status="cancelled")


def test_codes_go_before_everything_else(twilio: FakeTwilio) -> None:
    for _number in range(15):
        sms(confirmed_letter())
    shift_all_to_sms()
    sms()
    delivery.send_due()
    assert "123456" in twilio.accepted[0]["Body"]
    assert len(twilio.accepted) == 16


def test_a_nudge_for_codes_leaves_the_rest_to_its_own_nudge(twilio: FakeTwilio) -> None:
    other = sms(confirmed_letter())
    code = sms()
    delivery.send_due("code")
    assert state_of(code) == "accepted"
    assert state_of(other) == "queued"


def test_a_message_waits_for_its_time(settings: Any) -> None:
    settings.DEMO = True
    row = sms(code_letter(not_before=clock.now() + timedelta(minutes=5)))
    assert delivery.send_due() == Counter()
    shift(row, due_at=clock.now() - timedelta(seconds=1))
    assert delivery.send_due() == Counter({"accepted": 1})


def test_a_code_that_comes_too_late_is_not_sent_and_forgotten(twilio: FakeTwilio) -> None:
    row = sms(code_letter(expires_at=clock.now() - timedelta(seconds=1)))
    assert delivery.send_due()["expired"] == 1
    assert state_of(row) == "expired"
    assert row.body == ""
    assert not twilio.calls


def test_a_code_that_expires_after_the_claim_is_not_sent(twilio: FakeTwilio) -> None:
    row = sms(code_letter(expires_at=clock.now() - timedelta(seconds=1)))
    # A nudge does not expire first: the check stands in the step to *sending* itself.
    assert delivery.send_due("code") == Counter({"expired": 1})
    assert state_of(row) == "expired"
    assert not twilio.calls


def test_what_passes_is_tried_again_later(twilio: FakeTwilio) -> None:
    twilio.moods = [refusal(503, 20500)]
    row = sms()
    delivery.send_due()
    assert state_of(row) == "retry"
    assert row.attempts == 1
    assert row.due_at > clock.now()
    assert "123456" in row.body
    shift(row, due_at=clock.now() - timedelta(seconds=1))
    delivery.send_due()
    assert state_of(row) == "accepted"
    assert row.attempts == 2
    assert len(twilio.accepted) == 1


def test_a_provider_that_says_when_is_believed(twilio: FakeTwilio) -> None:
    twilio.moods = [refusal(429, 20429, Retry_After="600")]
    row = sms()
    delivery.send_due()
    row.refresh_from_db()
    assert row.due_at - clock.now() > timedelta(seconds=590)


def test_pauses_grow_and_differ() -> None:
    assert 5 <= outcomes.pause_after(1) <= 10
    assert 20 <= outcomes.pause_after(3) <= 40
    assert outcomes.pause_after(50) <= 3600
    assert len({outcomes.pause_after(5) for _number in range(10)}) > 1


def test_after_many_tries_a_message_is_given_up(twilio: FakeTwilio) -> None:
    twilio.moods = [refusal(503, 20500)]
    row = sms()
    shift(row, attempts=outcomes.MOST_ATTEMPTS - 1)
    delivery.send_due()
    assert state_of(row) == "dead"


def test_a_number_that_cannot_be_reached_is_not_tried_again(twilio: FakeTwilio) -> None:
    twilio.moods = [refusal(400, 21614)]
    row = sms()
    delivery.send_due()
    assert state_of(row) == "failed"
    assert delivery.send_due() == Counter()
    assert twilio.calls == 1


def test_a_wrong_setting_fails_no_message_and_rests_the_road(
    twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.moods = [refusal(401, 20003)]
    rows = [sms() for _number in range(30)]
    with caplog.at_level(logging.ERROR):
        delivery.send_due()
    assert twilio.calls == 1
    assert {state_of(row) for row in rows} == {"queued", "retry"}
    assert {row.attempts for row in rows} == {0}
    assert len(caplog.records) == 1
    # Nothing is tried before its minute is over, then one message, and with it the rest.
    assert delivery.send_due() == Counter()
    assert twilio.calls == 1
    Breaker.objects.update(probe_at=clock.now() - timedelta(seconds=1))
    delivery.send_due()
    assert {state_of(row) for row in rows} == {"accepted"}


def test_an_email_goes_while_the_road_of_sms_rests(twilio: FakeTwilio, settings: Any) -> None:
    settings.DEMO = True
    twilio.moods = [refusal(401, 20003)]
    sms()
    mail = email()
    delivery.send_due()
    assert state_of(mail) == "accepted"


def test_an_answer_that_was_lost_is_unknown_and_a_code_is_not_sent_again(
    twilio: FakeTwilio,
) -> None:
    twilio.moods = [hang_up]
    row = sms()
    delivery.send_due()
    assert state_of(row) == "unknown"
    assert delivery.send_due() == Counter()
    assert twilio.calls == 1


def test_what_a_dead_worker_was_sending_is_unknown(twilio: FakeTwilio) -> None:
    row = sms()
    shift(row, status="sending", attempts=1, lease_until=clock.now() - timedelta(seconds=1))
    assert delivery.send_due() == Counter({"unknown": 1})
    assert state_of(row) == "unknown"
    assert not twilio.calls


def test_what_a_dead_worker_had_only_claimed_goes_out(twilio: FakeTwilio) -> None:
    row = sms()
    shift(row, status="claimed", lease_until=clock.now() - timedelta(seconds=1))
    delivery.send_due()
    assert state_of(row) == "accepted"
    assert len(twilio.accepted) == 1


def test_what_another_worker_holds_is_left_alone(twilio: FakeTwilio) -> None:
    rows = [sms(), sms()]
    shift(rows[0], status="claimed", lease_until=clock.now() + timedelta(seconds=60))
    shift(rows[1], status="sending", lease_until=clock.now() + timedelta(seconds=60))
    assert delivery.send_due() == Counter()
    assert not twilio.calls


def test_a_final_state_is_never_undone_by_a_late_worker(twilio: FakeTwilio) -> None:
    row = sms()
    shift(row, status="delivered", attempts=1)
    row.attempts = 1
    late = (Call(row, "twilio"), Permanent("Late."), gateway_for("sms"))
    assert outcomes.remember([late]) == ["overtaken"]
    assert state_of(row) == "delivered"


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (datetime(2026, 7, 14, 3, 29, tzinfo=UTC), datetime(2026, 7, 14, 3, 30, tzinfo=UTC)),
        (datetime(2026, 7, 14, 3, 30, tzinfo=UTC), None),
        (datetime(2026, 7, 14, 15, 29, tzinfo=UTC), None),
        (datetime(2026, 7, 14, 15, 30, tzinfo=UTC), datetime(2026, 7, 15, 3, 30, tzinfo=UTC)),
        (datetime(2026, 7, 14, 20, 0, tzinfo=UTC), datetime(2026, 7, 15, 3, 30, tzinfo=UTC)),
    ],
)
def test_appeals_go_out_from_nine_to_nine_in_india(now: datetime, opens: datetime | None) -> None:
    assert appeals_open_at(now) == opens


def test_an_appeal_goes_in_its_hours_or_is_held(twilio: FakeTwilio) -> None:
    row = sms(confirmed_letter())
    shift_all_to_sms()
    shift(row, klass="appeal", basis="consent")
    delivery.send_due()
    assert state_of(row) == ("held" if appeals_open_at(clock.now()) else "accepted")


def test_no_log_names_a_number_or_a_code(
    twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.moods = [refusal(503, 20500), refusal(400, 21211), refusal(401, 20003), hang_up]
    for _number in range(4):
        sms()
        with caplog.at_level(logging.DEBUG):
            delivery.send_due()
    said = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    assert PHONE[3:] not in said
    assert "123456" not in said


def test_the_command_says_what_it_did(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DEMO = True
    sms()
    call_command("send_messages")
    assert capsys.readouterr().out == "1 accepted\n"
    call_command("send_messages")
    assert capsys.readouterr().out == "Nothing was due.\n"
    assert sweeps.ages()["send_messages"] < 60


def test_a_sign_of_life_is_asked_of_the_work_and_not_of_the_process() -> None:
    with pytest.raises(CommandError):
        call_command("send_messages", "--alive")
    call_command("send_messages")
    call_command("send_messages", "--alive")


def test_several_calls_are_in_the_air_at_once(twilio: FakeTwilio) -> None:
    for number in range(16):
        sms(code_letter(values={"code": f"{number:06}"}))
    twilio.delay = 0.1
    delivery.send_due(threads=8)
    assert len(twilio.accepted) == 16
    assert twilio.most_at_once > 3


def test_a_code_that_comes_while_others_are_sent_is_next(twilio: FakeTwilio) -> None:
    for _number in range(40):
        sms(confirmed_letter())
    shift_all_to_sms()

    def slow(call: Any) -> None:
        # Longer than a look at the lanes.
        threading.Event().wait(0.3)
        reply(201, twilio.taken[-1].as_data())(call)

    sms(code_letter(not_before=clock.now() + timedelta(milliseconds=200)))
    twilio.moods = [taken_but(slow)]
    delivery.send_due()
    bodies = [taken["Body"] for taken in twilio.accepted]
    assert 0 < next(place for place, body in enumerate(bodies) if "123456" in body) < 5


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_message_once(twilio: FakeTwilio, race: Any) -> None:
    wanted = [sms(code_letter(values={"code": f"{number:06}"})) for number in range(60)]
    twilio.delay = 0.01
    outcomes = race(*[delivery.send_due] * 4)
    assert all(outcome.ok for outcome in outcomes)
    sent = Counter(message["Body"] for message in twilio.accepted)
    assert len(sent) == len(wanted)
    assert set(sent.values()) == {1}
    assert set(Message.objects.values_list("status", flat=True)) == {"accepted"}
    assert sum(outcome.value["accepted"] for outcome in outcomes) == 60


@pytest.mark.django_db(transaction=True)
def test_sending_is_committed_before_the_provider_is_called(
    twilio: FakeTwilio, owner_connection: Any
) -> None:
    row = sms()
    seen: list[str] = []

    def look(call: Any) -> None:
        with owner_connection.cursor() as cursor:
            cursor.execute("SELECT status FROM notifications_message WHERE id = %s", [row.pk])
            seen.append(cursor.fetchone()[0])
        refusal(400, 21211)(call)

    twilio.moods = [look]
    delivery.send_due()
    assert seen == ["sending"]
    assert connection.in_atomic_block is False


def test_a_claim_takes_no_more_than_it_asked_for_whatever_the_planner_does(db: None) -> None:
    rows = [sms() for _number in range(5)]
    with transaction.atomic(), connection.cursor() as cursor:
        for way in ("hashagg", "hashjoin", "mergejoin", "material", "sort", "indexscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        assert len(claims.claim(MessageClass.CODE, ["sms"], 1)) == 1
    assert sorted(state_of(row) for row in rows) == ["claimed", *["queued"] * 4]

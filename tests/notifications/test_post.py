"""Writing into the outbox: once per event and person, with the act or not at all."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from esachivalaya.common import clock
from esachivalaya.notifications import nudge, templates
from esachivalaya.notifications.models import Message
from esachivalaya.notifications.services import Letter, Recipient, post
from tests.notifications.letters import PHONE, code_letter, confirmed_letter, sms

pytestmark = pytest.mark.django_db


def test_a_letter_goes_by_every_road_that_the_person_has() -> None:
    rows = post([confirmed_letter()])
    assert {row.channel: row.to for row in rows} == {"sms": PHONE, "email": "asha@example.com"}
    assert {row.status for row in rows} == {"queued"}
    by_channel = {row.channel: row for row in rows}
    assert by_channel["sms"].segments == 1
    assert by_channel["sms"].subject == ""
    assert by_channel["email"].subject == "Your meeting is confirmed: Tuesday 14 July 2026, 3:20 pm"


def test_a_letter_without_address_or_template_for_a_road_goes_not_by_it() -> None:
    assert [row.channel for row in post([confirmed_letter(to=Recipient(phone=PHONE))])] == ["sms"]
    assert [
        row.channel
        for row in post([code_letter(to=Recipient(phone=PHONE, email="asha@example.com"))])
    ] == ["sms"]
    assert post([confirmed_letter(to=Recipient())]) == []


def test_a_message_is_written_in_its_readers_language() -> None:
    hindi = sms(confirmed_letter(to=Recipient(phone=PHONE, language="hi")))
    assert hindi.body.startswith("हरियाणा: Asha जी, उपायुक्त रेवाड़ी से")
    assert "दोपहर 3:20" in hindi.body
    english = sms(confirmed_letter(to=Recipient(phone=PHONE, language="en")))
    assert english.body.startswith("Haryana: Asha, your meeting with DC Rewari")


def test_an_event_told_twice_makes_one_message() -> None:
    letter = confirmed_letter()
    assert len(post([letter, letter])) == 2
    assert post([letter]) == []
    assert Message.objects.count() == 2


def test_one_event_reaches_each_of_several_people_once() -> None:
    people = [Recipient(phone=f"+91980000000{number}") for number in range(1, 4)]
    rows = post([confirmed_letter(event="same", to=person) for person in people])
    assert len(rows) == 3


def test_many_letters_cost_one_statement(django_assert_num_queries: Any) -> None:
    post([confirmed_letter()])
    letters = [confirmed_letter() for _number in range(20)]
    with django_assert_num_queries(1) as queries:
        assert len(post(letters)) == 40
    assert isinstance(queries, CaptureQueriesContext)


def test_an_unknown_template_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="no_such"):
        post([code_letter(template="no_such")])


def test_a_missing_value_is_a_programming_error_and_nothing_is_written() -> None:
    with pytest.raises(ValueError, match="code"):
        post([confirmed_letter(), code_letter(values={})])
    assert not Message.objects.exists()


def test_a_value_with_braces_is_only_text() -> None:
    letter = confirmed_letter(values={**confirmed_letter().values, "name": "{link}"})
    assert "{link}, your meeting" in sms(letter).body


def test_a_line_break_in_a_value_does_not_break_out_of_an_emails_subject() -> None:
    values = {**confirmed_letter().values, "when": "today\r\nBcc: x@example.com"}
    row = next(row for row in post([confirmed_letter(values=values)]) if row.channel == "email")
    assert "\n" not in row.subject
    assert "\r" not in row.subject


def test_a_message_may_wait_for_its_time_and_lose_its_worth() -> None:
    now = clock.now()
    row = sms(code_letter(not_before=now + timedelta(hours=1), expires_at=now + timedelta(hours=2)))
    row.refresh_from_db()
    assert row.due_at == now + timedelta(hours=1)
    assert row.expires_at == now + timedelta(hours=2)


def test_without_a_time_a_message_is_due_by_the_databases_clock() -> None:
    row = sms()
    assert abs(clock.now() - row.due_at) < timedelta(seconds=5)
    row.refresh_from_db()
    assert row.body
    assert row.attempts == 0


@pytest.mark.django_db(transaction=True)
def test_a_message_about_what_was_rolled_back_does_not_exist() -> None:
    class Undone(Exception):
        pass

    def undone() -> None:
        with transaction.atomic():
            post([confirmed_letter()])
            raise Undone

    with pytest.raises(Undone):
        undone()
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_the_same_event_at_once_write_one_message(race: Any) -> None:
    letter = code_letter()

    def tell() -> int:
        with transaction.atomic():
            return len(post([letter]))

    assert sorted(outcome.value for outcome in race(tell, tell, tell, tell)) == [0, 0, 0, 1]


def test_the_words_are_read_once_for_many_letters(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        post([code_letter()])
    with django_assert_num_queries(1):
        post([code_letter()])
    templates.forget()
    with django_assert_num_queries(2):
        post([code_letter()])


@pytest.mark.parametrize("event", ["", "e" * 130])
def test_an_event_must_fit_the_key(event: str) -> None:
    with pytest.raises(ValueError, match="event"):
        post([Letter(event, "sign_in_code", Recipient(phone=PHONE), {"code": "1"})])


def test_the_nudge_waits_for_the_commit(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        post([code_letter(), code_letter()])
    assert len(callbacks) == 1
    assert callbacks[0].args == ("code",)
    assert callbacks[0].func is nudge.wake

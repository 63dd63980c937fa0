"""The telephone line: what is heard, what the keys do, and what nobody gets by guessing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from twilio.twiml.voice_response import VoiceResponse

from appointments.models import CallBack, PhoneCall, Request
from appointments.phone_codes import phone_code_of
from appointments.services import answers, wishes
from appointments.telephone.spoken import moment_aloud
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock, registry
from esachivalaya.common.registry import Spoken
from tests.appointments.callers import PHONE, Caller, opened
from tests.appointments.citizens import booked, later_span
from tests.people import Cast, make_cast
from tests.signed_calls import TOKEN

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = TOKEN


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def confirmed(cast: Cast) -> Request:
    row = booked(cast)
    pin = row.pin
    row = answers.confirm(request=row, by=cast.meera, version=row.version)
    row.pin = pin
    return row


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 1_000_000:06}"


class TestTheWayIn:
    def test_a_call_begins_in_both_languages(self) -> None:
        call = Caller().call()
        assert call.languages == {"hi-IN", "en-IN"}
        assert call.gather.get("numDigits") == "1"
        assert "For English press 2" in call.said

    def test_language_code_and_pin_lead_to_the_status(self, cast: Cast) -> None:
        row = booked(cast)
        call = Caller().call().press("2")
        assert call.gather.get("numDigits") == "9"
        assert call.press(phone_code_of(row.pk)).gather.get("numDigits") == "6"
        call.press(row.pin)
        assert f"The office will answer by {moment_aloud(row.due_at, 'en')}." in call.said
        assert row.post.title_en in call.said
        assert call.languages == {"en-IN"}

    def test_in_hindi_everything_is_said_in_hindi(self, cast: Cast) -> None:
        row = booked(cast)
        call = opened(row, row.pin, language="1")
        assert call.languages == {"hi-IN"}
        assert moment_aloud(row.due_at, "hi") in call.said
        assert row.post.title_hi in call.said
        assert "press" not in call.said

    def test_what_is_said_names_neither_person_nor_subject(self, cast: Cast) -> None:
        row = booked(cast)
        call = opened(row, row.pin)
        assert row.citizen.name not in call.said
        assert row.subject not in call.said

    def test_the_answer_is_what_the_providers_own_sdk_would_write(self) -> None:
        call = Caller().call()
        same = VoiceResponse()
        gather = same.gather(
            input="dtmf",
            num_digits=1,
            timeout=call.gather.get("timeout"),
            finish_on_key="#",
            action_on_empty_result=True,
            action=call.gather.get("action"),
            method="POST",
        )
        for one in call.heard.iter("Say"):
            gather.say(one.text, language=one.get("language"), voice=one.get("voice"))
        assert str(same) == call.answer.content.decode()

    def test_keys_go_to_the_public_address(self, settings: Any) -> None:
        settings.PUBLIC_URL = "https://esachivalaya.example.in"
        call = Caller(client=Client(headers={"X-Forwarded-Proto": "https"})).call()
        assert (call.gather.get("action") or "").startswith(
            "https://esachivalaya.example.in/voice/"
        )


class TestWrongKeys:
    def test_a_code_nobody_has_and_a_wrong_pin_sound_the_same(self, cast: Cast) -> None:
        row = booked(cast)
        nobody = Caller().call().press("2").press(phone_code_of(row.pk + 4000)).press("123456")
        mistaken = Caller().call().press("2").press(phone_code_of(row.pk)).press(wrong(row.pin))
        assert nobody.said == mistaken.said
        assert "do not belong together" in nobody.said
        assert not nobody.hung_up

    def test_a_mistyped_code_is_noticed_before_the_pin(self, cast: Cast) -> None:
        code = phone_code_of(booked(cast).pk)
        typed = code[:-1] + str((int(code[-1]) + 1) % 10)
        call = Caller().call().press("2").press(typed)
        assert "not a phone code" in call.said
        assert call.gather.get("numDigits") == "9"

    def test_three_wrong_tries_end_the_call(self, cast: Cast) -> None:
        row = booked(cast)
        call = Caller().call().press("2")
        for _try in range(3):
            call.press(phone_code_of(row.pk)).press(wrong(row.pin))
        assert call.hung_up
        # The call is over, whatever keys still come.
        assert call.ask("/voice/?turn=9", row.pin).hung_up

    def test_five_wrong_pins_close_the_code_even_for_the_right_one(self, cast: Cast) -> None:
        row = booked(cast)
        for number in range(5):
            opened(row, wrong(row.pin), caller=f"+91980000100{number}")
        closed = opened(row, row.pin, caller="+919800001009")
        assert "do not belong together" in closed.said
        assert "The office will answer" not in closed.said

    def test_a_number_that_guesses_is_turned_away_for_an_hour(self, cast: Cast) -> None:
        row = booked(cast)
        for _call in range(3):
            call = Caller().call().press("2")
            for _try in range(3):
                call.press("111111111")
        assert Caller().call().hung_up
        assert not Caller("+919800000555").call().hung_up
        PhoneCall.objects.update(began_at=clock.now() - timedelta(minutes=61))
        assert "The office will answer" in opened(row, row.pin).said

    def test_withheld_numbers_are_counted_together(self, cast: Cast) -> None:
        for number in range(20):
            PhoneCall.objects.create(call_id=f"CAx{number}", caller="", wrong=3, answer="x")
        assert Caller("anonymous").call().hung_up

    def test_silence_is_asked_again_and_ends_the_call_at_last(self) -> None:
        call = Caller().call().press("2")
        assert "nine digits" in call.press("").said
        assert "nine digits" in call.press("").said
        assert call.press("").hung_up

    @pytest.mark.parametrize("keys", ["7", "x", "12", "##", "१", "\x00"])
    def test_keys_that_mean_nothing_change_nothing(self, cast: Cast, keys: str) -> None:
        row = confirmed(cast)
        call = opened(row, row.pin)
        call.press(keys)
        assert "confirmed for" in call.said
        row.refresh_from_db()
        assert row.status == "confirmed"


class TestActing:
    def test_one_accepts_the_offered_time(self, cast: Cast) -> None:
        row = booked(cast)
        slot = later_span(cast.rewari, 5)
        answers.offer(request=row, slot=slot, by=cast.meera, version=row.version)
        call = opened(row, row.pin)
        assert f"Another time is offered: {moment_aloud(slot.start, 'en')}" in call.said
        call.press("1")
        assert f"confirmed for {moment_aloud(slot.start, 'en')}" in call.said
        row.refresh_from_db()
        assert (row.status, row.starts_at, row.confirmed_by) == ("confirmed", slot.start, "citizen")

    def test_without_an_offer_one_does_nothing(self, cast: Cast) -> None:
        row = booked(cast)
        call = opened(row, row.pin)
        assert "press 1" not in call.said
        call.press("1")
        row.refresh_from_db()
        assert row.status == "requested"

    def test_two_withdraws_only_when_pressed_once_more(self, cast: Cast) -> None:
        row = confirmed(cast)
        call = opened(row, row.pin).press("2")
        row.refresh_from_db()
        assert row.status == "confirmed"
        assert "press 2 once more" in call.said
        assert "once more" in call.press("9").said
        assert "It is withdrawn" in call.press("2").said
        row.refresh_from_db()
        assert row.status == "cancelled_by_citizen"

    def test_any_other_key_keeps_it(self, cast: Cast) -> None:
        row = confirmed(cast)
        call = opened(row, row.pin).press("2").press("3")
        assert "Nothing was changed" in call.said
        row.refresh_from_db()
        assert row.status == "confirmed"
        assert not CallBack.objects.exists()

    def test_silence_when_asked_once_more_keeps_it(self, cast: Cast) -> None:
        row = confirmed(cast)
        call = opened(row, row.pin).press("2").press("").press("").press("")
        assert call.hung_up
        row.refresh_from_db()
        assert row.status == "confirmed"

    def test_a_repeated_request_of_the_provider_does_nothing_twice(self, cast: Cast) -> None:
        row = confirmed(cast)
        call = opened(row, row.pin).press("2")
        # The same key again for the same turn is no second key.
        for _time in range(3):
            assert "once more" in call.again("2").said
        row.refresh_from_db()
        assert row.status == "confirmed"
        call.press("2")
        call.again("2")
        assert "It is withdrawn" in call.said
        assert Entry.objects.filter(subject_id=str(row.pk), act="cancelled_by_citizen").count() == 1

    def test_what_changed_since_it_was_heard_is_told_and_not_acted_on(self, cast: Cast) -> None:
        row = booked(cast)
        call = opened(row, row.pin)
        answers.confirm(request=row, by=cast.meera, version=row.version)
        call.press("2")
        assert "has changed since you heard it" in call.said
        assert "The meeting is confirmed" in call.said
        row.refresh_from_db()
        assert row.status == "confirmed"

    def test_what_changed_between_the_two_presses_is_not_acted_on(self, cast: Cast) -> None:
        row = booked(cast)
        call = opened(row, row.pin).press("2")
        answers.confirm(request=row, by=cast.meera, version=row.version)
        assert "has changed since you heard it" in call.press("2").said
        row.refresh_from_db()
        assert row.status == "confirmed"

    def test_nine_repeats_and_zero_changes_the_language(self, cast: Cast) -> None:
        row = booked(cast)
        call = opened(row, row.pin)
        before = call.said
        assert call.press("9").said == before
        assert call.press("0").languages == {"hi-IN"}
        assert moment_aloud(row.due_at, "hi") in call.said
        assert call.press("0").said == before

    def test_four_says_that_one_is_late_in_the_last_hour(self, cast: Cast) -> None:
        row = confirmed(cast)
        assert "press 4" not in opened(row, row.pin).said
        soon = clock.now() + timedelta(minutes=20)
        Request.objects.filter(pk=row.pk).update(
            starts_at=soon, ends_at=soon + timedelta(minutes=15)
        )
        call = opened(row, row.pin).press("4")
        assert "knows now that you are late" in call.said
        assert "press 4" not in call.said

    def test_a_meeting_that_has_begun_cannot_be_cancelled(self, cast: Cast) -> None:
        row = confirmed(cast)
        Request.objects.filter(pk=row.pk).update(starts_at=clock.now() - timedelta(minutes=1))
        call = opened(row, row.pin)
        assert "press 2" not in call.said

    def test_a_closed_request_still_tells_how_it_ended(self, cast: Cast) -> None:
        row = booked(cast)
        wishes.withdraw(request=row, by=None, version=row.version)
        assert "Withdrawn" in opened(row, row.pin).said


class TestCallingBack:
    def test_three_puts_the_wish_on_the_offices_desk_once(self, cast: Cast) -> None:
        row = booked(cast)
        call = opened(row, row.pin, language="1", caller="+919800000321").press("3").press("3")
        wish = CallBack.objects.get()
        assert (wish.request_id, wish.phone, wish.language) == (row.pk, "+919800000321", "hi")
        assert "0 3 2 1" in call.said

    def test_a_withheld_number_means_the_phone_of_the_request(self, cast: Cast) -> None:
        row = booked(cast)
        opened(row, row.pin, caller="anonymous").press("3")
        assert CallBack.objects.get().phone == row.phone

    def test_without_any_number_it_is_not_offered(self, cast: Cast) -> None:
        row = booked(cast)
        Request.objects.filter(pk=row.pk).update(phone="")
        call = opened(row, row.pin, caller="").press("3")
        assert "press 3" not in call.said
        assert not CallBack.objects.exists()


class TestWordsOfOtherApps:
    def test_an_app_adds_its_words_and_keys(self, cast: Cast, monkeypatch: Any) -> None:
        row = booked(cast)

        def words(kind: str, pk: int, caller: str) -> list[Spoken]:
            assert (kind, pk, caller) == ("appointments.request", row.pk, PHONE)
            return [
                Spoken("The room is open."),
                Spoken("To join, press 5.", "5", lambda: "You are joined."),
                Spoken("Never said.", "0", lambda: "Never done."),
                Spoken("Never said either.", "2", lambda: "Never done."),
            ]

        monkeypatch.setattr(
            registry.telephone, "_functions", [*registry.telephone._functions, words]
        )
        call = opened(row, row.pin)
        assert "The room is open." in call.said
        assert "Never said" not in call.said
        assert call.press("5").said.startswith("You are joined.")


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (15, 20, "मंगलवार, 14 जुलाई 2026, दोपहर 3 बजकर 20 मिनट"),
        (9, 0, "मंगलवार, 14 जुलाई 2026, सुबह 9 बजे"),
    ],
)
def test_a_moment_is_said_as_people_say_it(hour: int, minute: int, said: str) -> None:
    moment = datetime(2026, 7, 14, hour, minute, tzinfo=clock.IST)
    assert moment_aloud(moment, "hi") == said
    with translation.override("en"):
        assert moment_aloud(moment) in {
            "Tuesday 14 July 2026, 3:20 pm",
            "Tuesday 14 July 2026, 9:00 am",
        }

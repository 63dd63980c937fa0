"""SMS that come in: their words in every spelling, one answer at most, a bill that is bounded."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from esachivalaya.common import clock, registry
from esachivalaya.common.registry import TextAnswer
from esachivalaya.notifications import inbound, numbers
from esachivalaya.notifications.models import (
    AnswerCount,
    InboundMessage,
    InboundWord,
    Message,
    NumberMark,
    OptOut,
    RefusedCall,
)
from tests.signed_calls import TOKEN, signed_post

pytestmark = pytest.mark.django_db
PATH = "/messages/inbound/"
PHONE, OURS = "+919800000001", "+919800009999"
Race = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = TOKEN


def came(body: str, number: int = 1, sender: str = PHONE, **fields: str) -> Any:
    wanted = {"MessageSid": f"SM{number:032}", "From": sender, "To": OURS, "Body": body, **fields}
    answer = signed_post(Client(), PATH, wanted)
    assert answer.status_code == 200
    assert answer.content.decode().endswith("<Response/>")
    assert not answer.cookies
    return answer


def answers(to: str = PHONE) -> list[str]:
    rows = Message.objects.filter(to=to).order_by("id")
    return list(rows.values_list("template__key", flat=True))


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("STATUS ES7K4P92MX", "status"),
        ("status", "status"),
        ("  Status: ES 7K4P 92MX", "status"),
        ("स्थिति ES 7K4P 92MX", "status"),
        ("रद्द ES 7K4P 92MX", "cancel"),
        ("Cancel 7k4p92mx", "cancel"),
        ("मदद", "help"),
        ("HELP!", "help"),
        ("बंद", "stop"),
        ("बन्द।", "stop"),
        ("STOP", "stop"),
        ("stop.", "stop"),
        ("शुरू", "start"),
        ("शुरु", "start"),
        ("शु\u200dरू", "start"),
        ("START", "start"),
        ("", "unknown"),
        ("।।।", "unknown"),
        ("हाँ", "unknown"),
        ("Kab milenge?", "unknown"),
    ],
)
def test_a_word_is_understood_as_people_write_it(body: str, word: str) -> None:
    assert inbound.understood(body)[0].value == word


def test_the_words_of_both_spellings_are_one_word(monkeypatch: Any) -> None:
    meaning = {inbound.fold("हाँ"): InboundWord.START}
    monkeypatch.setattr(inbound, "MEANING", meaning)
    assert inbound.understood("हां")[0] == inbound.understood("हाँ")[0] == InboundWord.START


class TestStopAndStart:
    def test_stop_ends_appeals_and_start_takes_them_again(self) -> None:
        came("बंद")
        assert OptOut.objects.get().address == PHONE
        assert OptOut.objects.get().source == "inbound"
        came("STOP", 2)
        assert OptOut.objects.count() == 1
        came("शुरू", 3)
        assert not OptOut.objects.exists()
        assert answers() == ["reply_stopped", "reply_stopped", "reply_started"]

    def test_stop_works_even_where_nobody_is_answered(self, monkeypatch: Any) -> None:
        monkeypatch.setitem(inbound.MOST, AnswerCount.What.ALL, 0)
        came("STOP")
        assert OptOut.objects.filter(address=PHONE).exists()
        assert answers() == []

    def test_what_the_provider_answered_itself_is_not_answered_again(self) -> None:
        came("ruko", OptOutType="STOP")
        assert OptOut.objects.filter(address=PHONE).exists()
        assert answers() == []


class TestAnswering:
    @pytest.mark.parametrize(
        ("body", "language"),
        [("HELP", "en"), ("मदद", "hi"), ("madad", "hi"), ("kya hai यह", "hi")],
    )
    def test_the_answer_is_in_the_language_of_the_question(self, body: str, language: str) -> None:
        came(body)
        assert Message.objects.get().language == language

    def test_what_is_not_understood_is_answered_once_a_day(self) -> None:
        for number in range(5):
            came("???", number)
        assert answers() == ["reply_unknown"]
        came("???", 10, sender="+919800000002")
        assert answers("+919800000002") == ["reply_unknown"]
        yesterday = AnswerCount.objects.values_list("day", flat=True)[0]
        AnswerCount.objects.update(day=yesterday.replace(year=yesterday.year - 1))
        came("???", 11)
        assert answers() == ["reply_unknown", "reply_unknown"]

    def test_one_number_has_a_bounded_number_of_answers_a_day(self) -> None:
        for number in range(15):
            came("HELP", number)
        assert len(answers()) == inbound.MOST[AnswerCount.What.NUMBER]
        assert InboundMessage.objects.count() == 15
        assert InboundMessage.objects.filter(answered=True).count() == 10

    def test_all_numbers_together_have_a_bounded_number_of_answers(self, monkeypatch: Any) -> None:
        monkeypatch.setitem(inbound.MOST, AnswerCount.What.ALL, 3)
        for number in range(6):
            came("HELP", number, sender=f"+91980000010{number}")
        assert Message.objects.count() == 3

    @pytest.mark.parametrize(
        "sender", ["57273", "HRYGOV", "", "+14155550100", "+911722740000", OURS, "+91980000000१"]
    )
    def test_nobody_but_a_mobile_of_india_is_answered(self, sender: str) -> None:
        came("HELP", sender=sender)
        came("STOP", 2, sender=sender)
        assert not Message.objects.exists()
        assert not OptOut.objects.exists()

    def test_the_same_message_again_does_nothing(self) -> None:
        for _time in range(3):
            came("HELP", 7)
        assert answers() == ["reply_help"]
        came("STOP", 8)
        came("START", 9)
        came("STOP", 8)
        assert not OptOut.objects.exists()

    def test_an_app_may_answer_and_may_keep_silent(self, monkeypatch: Any) -> None:
        def silent(word: str, rest: str, sender: str) -> TextAnswer | None:
            assert (word, rest, sender) == ("status", "es 7k4p", PHONE)
            return TextAnswer()

        monkeypatch.setattr(registry.text_answers, "_functions", [silent])
        came("STATUS ES 7K4P")
        assert answers() == []

    def test_neither_words_nor_number_are_kept(self) -> None:
        came("STATUS secret-words")
        row = InboundMessage.objects.get()
        kept = " ".join(str(value) for value in row.__dict__.values())
        assert "secret" not in kept
        assert "9800000001" not in kept

    def test_counts_of_days_gone_by_are_removed(self) -> None:
        came("HELP")
        assert inbound.remove_old() == 0
        old = clock.day_of(clock.now() - inbound.COUNTS_KEPT * 2)
        AnswerCount.objects.update(day=old)
        assert inbound.remove_old() == 2


class TestTheGate:
    def test_unsigned_is_refused_and_counted(self, client: Client) -> None:
        fields = {"MessageSid": "SM1", "From": PHONE, "Body": "STOP"}
        assert client.post(PATH, fields).status_code == 403
        assert signed_post(client, PATH, fields, token="another").status_code == 403
        assert client.get(PATH).status_code == 405
        assert not OptOut.objects.exists()
        assert RefusedCall.objects.filter(webhook="inbound").exists()

    def test_without_an_id_it_is_refused(self, client: Client) -> None:
        fields = {"From": PHONE, "Body": "STOP"}
        assert signed_post(client, PATH, fields).status_code == 403

    @pytest.mark.parametrize(
        "body", ["\x00", "A" * 5000, "\u202e STATUS", "💐" * 200, "STATUS \x00"]
    )
    def test_strange_words_are_no_error(self, body: str) -> None:
        came(body)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_one_message_delivered_five_times_at_once_is_answered_once(
        self, transactional_db: None, race: Race
    ) -> None:
        told = {"provider_id": "SM1", "sender": PHONE, "to": OURS, "body": "HELP"}
        outcomes = race(*[lambda: inbound.take(**told) for _ in range(5)])
        assert sorted(one.value for one in outcomes) == [False] * 4 + [True]
        assert answers() == ["reply_help"]

    def test_twenty_messages_at_once_keep_the_limit_of_a_number(
        self, transactional_db: None, race: Race
    ) -> None:
        jobs = [
            lambda n=n: inbound.take(provider_id=f"SM{n}", sender=PHONE, to=OURS, body="HELP")
            for n in range(20)
        ]
        outcomes = race(*jobs)
        assert all(one.ok for one in outcomes)
        assert len(answers()) == 10


def test_start_lifts_the_mark_that_the_provider_s_own_opt_out_left() -> None:
    numbers.mark(channel="sms", address=PHONE, error_code="21610")
    assert NumberMark.objects.filter(address=PHONE, kind="opted_out").exists()
    numbers.opt_in(channel="sms", address=PHONE)
    assert not NumberMark.objects.exists()

"""Twilio through its own SDK, against a real server on the loopback that has moods."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from esachivalaya.notifications import twilio_gateway
from esachivalaya.notifications.gateways import (
    Accepted,
    Misconfigured,
    Permanent,
    Temporary,
    Unknown,
)
from esachivalaya.notifications.models import Message
from tests.notifications.fake_twilio import FakeTwilio, hang_up, refusal, reply
from tests.notifications.letters import PHONE

HTML = "<html><body>Bad gateway</body></html>"


@pytest.fixture
def message() -> Message:
    return Message(
        pk=7,
        callback_token="secret",
        to=PHONE,
        body="हरियाणा: नमस्ते",
        channel="sms",
        klass="transactional",
    )


def send(message: Message) -> Any:
    return twilio_gateway.Twilio().send(message)


def test_a_message_goes_through_the_messaging_service(twilio: FakeTwilio, message: Message) -> None:
    assert send(message) == Accepted("SM" + f"{1:032}")
    assert twilio.accepted == [
        {"To": PHONE, "Body": "हरियाणा: नमस्ते", "MessagingServiceSid": "MG" + "0" * 32}
    ]


@pytest.mark.parametrize(
    ("mood", "kind"),
    [
        (refusal(400, 21211), Permanent),  # no such number
        (refusal(400, 21614), Permanent),  # landline
        (refusal(400, 21610), Permanent),  # opted out
        (refusal(429, 20429), Temporary),
        (refusal(500, 20500), Temporary),
        (refusal(503, 20503), Temporary),
        (refusal(401, 20003), Misconfigured),
        (refusal(403, 20005), Misconfigured),
        (refusal(404, 20404), Misconfigured),
        (refusal(400, 21703), Misconfigured),
        (reply(502, HTML), Temporary),
        (reply(403, HTML), Misconfigured),
        (reply(400, HTML), Temporary),
        (reply(200, HTML), Unknown),
        (reply(201, {}), Unknown),
        (reply(302, "", {"Location": "http://127.0.0.1:1/"}), Unknown),
        (hang_up, Unknown),
        (
            reply(
                403,
                {"type": "t", "title": "Suspended", "status": 403, "code": 30002},
                {"Content-Type": "application/problem+json"},
            ),
            Misconfigured,
        ),
    ],
)
def test_every_answer_has_its_class(
    twilio: FakeTwilio, message: Message, mood: Any, kind: type
) -> None:
    twilio.moods = [mood]
    assert isinstance(send(message), kind)
    assert not twilio.accepted


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("999999", 3600.0), ("soon", None), ("-1", 0.0)]
)
def test_retry_after_is_heard(
    twilio: FakeTwilio, message: Message, header: str, seconds: float | None
) -> None:
    twilio.moods = [refusal(429, 20429, Retry_After=header)]
    outcome = send(message)
    assert isinstance(outcome, Temporary)
    assert outcome.retry_after == seconds


def test_a_provider_that_is_not_there_is_tried_later(
    twilio: FakeTwilio, message: Message, settings: Any
) -> None:
    settings.TWILIO_API_URL = "http://127.0.0.1:1"
    assert isinstance(send(message), Temporary)


def test_a_provider_that_does_not_answer_holds_nobody_up(
    twilio: FakeTwilio, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_gateway, "READ_SECONDS", 0.2)
    twilio.delay = 2.0
    start = time.monotonic()
    assert isinstance(send(message), Unknown)
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize(
    "name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_MESSAGING_SERVICE_SID"]
)
def test_a_missing_setting_is_named_and_nobody_is_called(
    twilio: FakeTwilio, message: Message, settings: Any, name: str
) -> None:
    setattr(settings, name, "")
    outcome = send(message)
    assert isinstance(outcome, Misconfigured)
    assert name in outcome.problem
    assert not twilio.calls


def test_no_problem_names_the_number(twilio: FakeTwilio, message: Message) -> None:
    twilio.moods = [
        reply(400, {"code": 21211, "message": f"The number {PHONE} is not valid.", "status": 400})
    ]
    assert PHONE not in send(message).problem


@pytest.mark.parametrize(
    ("klass", "sender"),
    [
        ("code", {"From": "56161"}),
        ("transactional", {"MessagingServiceSid": "MG" + "0" * 32}),
        ("appeal", {"MessagingServiceSid": "MG" + "1" * 32}),
    ],
)
def test_a_class_may_have_a_sender_of_its_own(
    twilio: FakeTwilio, message: Message, settings: Any, klass: str, sender: dict[str, str]
) -> None:
    settings.TWILIO_CODE_SENDER = "56161"
    settings.TWILIO_APPEAL_SENDER = "MG" + "1" * 32
    message.klass = klass
    send(message)
    (taken,) = twilio.accepted
    assert {key: taken[key] for key in taken if key not in {"To", "Body"}} == sender


@pytest.mark.parametrize("body", ["", "x" * 1601])
def test_a_body_that_twilio_would_refuse_is_not_even_sent(
    twilio: FakeTwilio, message: Message, body: str
) -> None:
    message.body = body
    outcome = send(message)
    assert isinstance(outcome, Permanent)
    assert outcome.code == "21617"
    assert not twilio.calls


def test_threads_share_a_gateway_and_hear_their_own_answers(
    twilio: FakeTwilio, message: Message
) -> None:
    gateway = twilio_gateway.Twilio()
    twilio.moods = [refusal(429, 20429, Retry_After=str(number)) for number in range(1, 13)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(gateway.send, [message] * 12))
    assert {outcome.retry_after for outcome in outcomes} == set(range(1, 13))

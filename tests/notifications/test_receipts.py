"""Receipts: only signed ones count, each is kept once, and a message only moves forward."""

import itertools
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from esachivalaya.notifications import delivery
from esachivalaya.notifications.models import (
    Breaker,
    Message,
    NumberMark,
    Receipt,
    RefusedCall,
)
from tests.notifications.fake_twilio import (
    FORM,
    FakeTwilio,
    hang_up,
    refusal,
    reply,
    taken_but,
)
from tests.notifications.fake_twilio import Receipt as Signed
from tests.notifications.letters import PHONE, code_letter, sms

pytestmark = pytest.mark.django_db


def give(client: Client, receipt: Signed, **headers: str) -> int:
    """Bring a receipt as Twilio would, through a proxy that changed host and scheme."""
    answer = client.post(
        receipt.path,
        urlencode(receipt.fields),
        content_type=FORM,
        headers={"X-Twilio-Signature": receipt.signature, **headers},
    )
    return int(answer.status_code)


@pytest.fixture
def client(settings: Any) -> Client:
    # As people and providers see it; the test client calls http://testserver.
    settings.PUBLIC_URL = "https://portal.example.in"
    settings.SECURE_SSL_REDIRECT = False
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
    return Client(raise_request_exception=False)


@pytest.fixture
def sent(client: Client, twilio: FakeTwilio) -> Message:
    row = sms()
    delivery.send_due()
    row.refresh_from_db()
    assert row.status == "accepted"
    return row


def status_of(row: Message) -> str:
    row.refresh_from_db()
    return row.status


def test_the_address_for_receipts_carries_our_id_and_a_secret(
    sent: Message, twilio: FakeTwilio
) -> None:
    address = twilio.taken[0].fields["StatusCallback"]
    path = reverse("notifications:receipt", args=[sent.pk, sent.callback_token])
    assert address == f"https://portal.example.in{path}"
    assert len(sent.callback_token) == 32


def test_a_receipt_moves_its_message_and_is_kept(
    client: Client, sent: Message, twilio: FakeTwilio
) -> None:
    assert give(client, twilio.receipt(twilio.taken[0], "sent")) == 204
    assert status_of(sent) == "sent"
    assert give(client, twilio.receipt(twilio.taken[0], "delivered", MccMnc="40445")) == 204
    assert status_of(sent) == "delivered"
    assert sent.finished_at is not None
    assert sent.network == "40445"
    assert list(sent.receipts.order_by("id").values_list("status", "moved")) == [
        ("sent", True),
        ("delivered", True),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])))
def test_in_whatever_order_receipts_come_the_end_is_the_same(
    client: Client, sent: Message, twilio: FakeTwilio, order: tuple[str, ...]
) -> None:
    for word in order:
        assert give(client, twilio.receipt(twilio.taken[0], word)) == 204
    assert status_of(sent) == "delivered"
    assert sent.receipts.count() == 3


@pytest.mark.parametrize("last", ["delivered", "undelivered", "failed"])
def test_a_late_receipt_never_undoes_a_final_state(
    client: Client, sent: Message, twilio: FakeTwilio, last: str
) -> None:
    give(client, twilio.receipt(twilio.taken[0], last))
    for word in ("queued", "sent", "failed", "delivered", "undelivered"):
        assert give(client, twilio.receipt(twilio.taken[0], word)) == 204
    assert status_of(sent) == last
    assert sent.receipts.filter(moved=True).count() == 1


def test_a_receipt_that_is_played_again_is_kept_once(
    client: Client, sent: Message, twilio: FakeTwilio
) -> None:
    receipt = twilio.receipt(twilio.taken[0], "sent")
    assert [give(client, receipt) for _number in range(3)] == [204, 204, 204]
    assert Receipt.objects.count() == 1


def test_a_receipt_that_overtakes_the_answer_finds_its_row(
    client: Client, twilio: FakeTwilio
) -> None:
    row = sms()
    seen: list[str] = []

    def overtake(call: Any) -> None:
        # The worker still waits for this answer.
        Message.objects.filter(pk=row.pk).update(status="sending")
        seen.append(twilio.taken[0].sid)
        refusal(503, 20500)(call)

    twilio.moods = [taken_but(overtake)]
    delivery.send_due()
    Message.objects.filter(pk=row.pk).update(status="sending", provider_id="", accepted_at=None)
    assert give(client, twilio.receipt(twilio.taken[0], "delivered")) == 204
    assert status_of(row) == "delivered"
    assert row.provider_id == twilio.taken[0].sid
    assert row.accepted_at is not None
    assert row.body == ""


def test_a_message_that_we_thought_refused_is_not_sent_again_once_its_receipt_comes(
    client: Client, twilio: FakeTwilio
) -> None:
    twilio.moods = [taken_but(refusal(503, 20500))]
    row = sms()
    delivery.send_due()
    assert status_of(row) == "retry"
    give(client, twilio.receipt(twilio.taken[0], "sent"))
    assert status_of(row) == "sent"
    assert not delivery.send_due()
    assert len(twilio.taken) == 1


def test_a_receipt_settles_an_unknown_outcome(client: Client, twilio: FakeTwilio) -> None:
    twilio.moods = [taken_but(hang_up)]
    row = sms()
    delivery.send_due()
    assert status_of(row) == "unknown"
    give(client, twilio.receipt(twilio.taken[0], "delivered"))
    assert status_of(row) == "delivered"
    assert row.error_class == ""


def test_a_bad_word_about_an_earlier_call_does_not_end_the_later_one(
    client: Client, sent: Message, twilio: FakeTwilio
) -> None:
    taken = twilio.taken[0]
    receipt = twilio.receipt(taken, "failed")
    Message.objects.filter(pk=sent.pk).update(provider_id="SM-the-second-call")
    assert give(client, receipt) == 204
    assert status_of(sent) == "accepted"
    assert sent.receipts.get().moved is False


@pytest.mark.parametrize(
    ("code", "kind"),
    [("30006", "landline"), ("30005", "invalid"), ("30004", "blocked"), ("21610", "opted_out")],
)
def test_a_receipt_marks_a_number_that_takes_nothing(
    client: Client, sent: Message, twilio: FakeTwilio, code: str, kind: str
) -> None:
    give(client, twilio.receipt(twilio.taken[0], "undelivered", code))
    assert status_of(sent) == "undelivered"
    assert (sent.error_code, sent.error_class) == (code, "permanent")
    assert NumberMark.objects.get(address=PHONE).kind == kind


def test_an_unknown_word_is_kept_and_moves_nothing(
    client: Client, sent: Message, twilio: FakeTwilio
) -> None:
    assert give(client, twilio.receipt(twilio.taken[0], "teleported")) == 204
    assert status_of(sent) == "accepted"
    assert sent.receipts.get().status == "teleported"


# --- who may not ---


def test_an_unsigned_receipt_is_a_403_and_is_counted(
    client: Client, sent: Message, twilio: FakeTwilio
) -> None:
    receipt = twilio.receipt(twilio.taken[0], "delivered")
    assert client.post(receipt.path, receipt.fields).status_code == 403
    assert client.post(receipt.path, receipt.fields).status_code == 403
    assert status_of(sent) == "accepted"
    refused = RefusedCall.objects.get()
    assert (refused.webhook, refused.reason, refused.times) == ("receipt", "no signature", 2)


@pytest.mark.parametrize("signature", ["x", "", "é", "A" * 5000, "===="])
def test_a_forged_signature_is_a_403(
    client: Client, sent: Message, twilio: FakeTwilio, signature: str
) -> None:
    receipt = twilio.receipt(twilio.taken[0], "delivered")
    forged = Signed(receipt.url, receipt.fields, signature)
    assert give(client, forged) == 403
    assert status_of(sent) == "accepted"


def test_a_changed_field_breaks_the_signature(
    client: Client, sent: Message, twilio: FakeTwilio
) -> None:
    receipt = twilio.receipt(twilio.taken[0], "sent")
    changed = Signed(receipt.url, {**receipt.fields, "MessageStatus": "failed"}, receipt.signature)
    assert give(client, changed) == 403
    assert status_of(sent) == "accepted"


def test_another_messages_token_is_a_403(client: Client, sent: Message, twilio: FakeTwilio) -> None:
    other = sms(code_letter())
    fields = twilio.receipt(twilio.taken[0], "failed").fields
    for pk, token in [(other.pk, sent.callback_token), (sent.pk, "x"), (10**30, "x"), (0, "x")]:
        path = reverse("notifications:receipt", args=[pk, token])
        assert give(client, twilio.signed(f"https://portal.example.in{path}", fields)) == 403
    assert {status_of(sent), status_of(other)} == {"accepted", "queued"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe\x00", FORM),
        (b"{}", "application/json"),
        (b"<x/>", "text/xml"),
        (b"a=" + b"b" * 100_000, FORM),
        (b"&".join(b"f%d=1" % number for number in range(500)), FORM),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"MessageStatus=sent", FORM + "; charset=no-such"),
        (b"", FORM),
    ],
)
def test_whatever_the_body_is_the_answer_is_a_403(
    client: Client, sent: Message, body: bytes, kind: str
) -> None:
    path = reverse("notifications:receipt", args=[sent.pk, sent.callback_token])
    answer = client.generic(
        "POST", path, body, content_type=kind, headers={"X-Twilio-Signature": "c2lnbmF0dXJl"}
    )
    assert answer.status_code == 403


def test_signed_nonsense_is_a_403(client: Client, sent: Message, twilio: FakeTwilio) -> None:
    url = twilio.taken[0].fields["StatusCallback"]
    for fields in ({"MessageStatus": "sent"}, {"MessageSid": "SM1"}, {"a": "b"}):
        assert give(client, twilio.signed(url, fields)) == 403
    nul = {"MessageStatus": "sent\x00", "MessageSid": "SM1"}
    assert give(client, twilio.signed(url, nul)) == 403


def test_without_our_account_nothing_is_signed(
    client: Client, sent: Message, twilio: FakeTwilio, settings: Any
) -> None:
    receipt = twilio.receipt(twilio.taken[0], "sent")
    settings.TWILIO_AUTH_TOKEN = ""
    assert give(client, receipt) == 403


def test_looking_is_not_telling(client: Client, sent: Message) -> None:
    path = reverse("notifications:receipt", args=[sent.pk, sent.callback_token])
    assert client.get(path).status_code == 405


def test_the_database_keeps_receipts_as_they_came(
    client: Client, sent: Message, twilio: FakeTwilio
) -> None:
    give(client, twilio.receipt(twilio.taken[0], "sent"))
    for statement in (
        "UPDATE notifications_receipt SET moved = false",
        "DELETE FROM notifications_receipt",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_the_same_receipt_from_many_sides_at_once_is_kept_once(
    client: Client, sent: Message, twilio: FakeTwilio, race: Any
) -> None:
    receipt = twilio.receipt(twilio.taken[0], "delivered")
    outcomes = race(*[lambda: give(Client(), receipt)] * 6)
    assert [outcome.value for outcome in outcomes] == [204] * 6
    assert Receipt.objects.filter(moved=True).count() == Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_receipts_come_by_real_calls_while_the_workers_send(
    twilio: FakeTwilio, live_server: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    row = sms()

    def first_the_receipt(call: Any) -> None:
        assert twilio.receipt(twilio.taken[-1], "delivered").send() == 204
        reply(201, twilio.taken[-1].as_data())(call)

    twilio.moods = [taken_but(first_the_receipt)]
    delivery.send_due()
    assert status_of(row) == "delivered"
    assert row.accepted_at is not None
    assert row.provider_id == twilio.taken[0].sid


def test_a_receipt_that_says_the_account_is_suspended_stops_the_queue(
    client: Client, sent: Message, twilio: FakeTwilio
) -> None:
    waiting = sms(code_letter(event="sign_in_code:later"))
    told = twilio.receipt(twilio.taken[0], "undelivered", ErrorCode="30002")
    assert give(client, told) == 204
    assert Breaker.objects.filter(state="open").count() == 1
    assert status_of(waiting) == "queued"

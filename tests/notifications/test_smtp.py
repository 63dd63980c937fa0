"""E-mail through Django's SMTP backend to a real server on the loopback."""

import email
import socket
from collections.abc import Iterator
from email.message import Message as Mail
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from esachivalaya.notifications import delivery
from esachivalaya.notifications.gateways import Accepted, Misconfigured, Permanent, Temporary
from esachivalaya.notifications.models import Message, NumberMark
from esachivalaya.notifications.services import Recipient
from esachivalaya.notifications.smtp_gateway import Smtp
from tests.notifications.letters import confirmed_letter
from tests.notifications.letters import email as email_in_outbox


class Postman:
    """Takes mail, or answers what a test wants at that step."""

    def __init__(self) -> None:
        self.taken: list[Mail] = []
        self.to: list[str] = []
        self.answers: dict[str, str] = {}

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(email.message_from_bytes(content, policy=default))
        self.to += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def postman(settings: Any) -> Iterator[Postman]:
    postman = Postman()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(postman, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_GATEWAY = "smtp"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield postman
    controller.stop()


@pytest.fixture
def message() -> Message:
    return Message(
        pk=7,
        to="asha@example.com",
        channel="email",
        klass="transactional",
        language="hi",
        subject="आपकी बैठक तय हुई",
        body="नमस्ते आशा जी",
    )


def test_an_email_arrives_as_it_was_written(postman: Postman, message: Message) -> None:
    outcome = Smtp().send(message)
    assert isinstance(outcome, Accepted)
    (mail,) = postman.taken
    assert postman.to == ["asha@example.com"]
    assert mail["Subject"] == "आपकी बैठक तय हुई"
    plain, page = mail.iter_parts()
    assert plain.get_content().strip() == "नमस्ते आशा जी"
    assert page.get_content_type() == "text/html"
    assert '<html lang="hi">' in page.get_content()
    assert "नमस्ते आशा जी" in page.get_content()
    assert mail["List-Unsubscribe"] is None
    assert mail["Message-ID"] == outcome.provider_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "hi"


@pytest.mark.parametrize(
    ("step", "answer", "kind"),
    [
        ("RCPT", "550 No such mailbox", Permanent),
        ("RCPT", "451 Try later", Temporary),
        ("MAIL", "553 Sender not allowed", Misconfigured),
        ("MAIL", "421 Too busy", Temporary),
        ("DATA", "554 Not wanted", Permanent),
        ("DATA", "452 Mailbox full", Temporary),
    ],
)
def test_every_refusal_has_its_class(
    postman: Postman, message: Message, step: str, answer: str, kind: type
) -> None:
    postman.answers[step] = answer
    assert isinstance(Smtp().send(message), kind)
    assert not postman.taken


def test_a_mail_server_that_is_not_there_is_tried_later(message: Message, settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert isinstance(Smtp().send(message), Temporary)


def test_a_server_that_does_not_do_tls_is_a_wrong_setting(
    postman: Postman, message: Message, settings: Any
) -> None:
    settings.EMAIL_USE_TLS = True
    assert isinstance(Smtp().send(message), Misconfigured)


@pytest.mark.django_db
def test_the_worker_sends_emails(postman: Postman) -> None:
    row = email_in_outbox(confirmed_letter(to=Recipient(email="asha@example.com", language="hi")))
    delivery.send_due()
    row.refresh_from_db()
    assert row.status == "accepted"
    assert "वर्चुअल बैठक" in row.body
    assert str(postman.taken[0]["Subject"]).strip().startswith("आपकी बैठक तय हुई")


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_email_once(postman: Postman, race: Any) -> None:
    for _number in range(20):
        email_in_outbox()
    assert all(outcome.ok for outcome in race(*[delivery.send_due] * 3))
    assert len({mail["Message-ID"] for mail in postman.taken}) == len(postman.taken) == 20


def test_an_appeal_can_be_ended_with_one_click(postman: Postman, message: Message) -> None:
    message.klass, message.callback_token = "appeal", "secret"
    Smtp().send(message)
    (mail,) = postman.taken
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert link.endswith("/messages/stop/7/secret/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    _plain, page = mail.iter_parts()
    assert link in page.get_content()


def test_what_people_typed_is_text_and_not_a_page(postman: Postman, message: Message) -> None:
    message.body = "<script>alert(1)</script> https://portal.example.in/x?a=1&b=2"
    Smtp().send(message)
    _plain, page = postman.taken[0].iter_parts()
    text = page.get_content()
    assert "<script>" not in text
    assert 'href="https://portal.example.in/x?a=1&amp;b=2"' in text


@pytest.mark.parametrize("answer", ["530 Sign in first", "535 Wrong password"])
def test_a_server_that_wants_a_sign_in_is_a_wrong_setting(
    postman: Postman, message: Message, answer: str
) -> None:
    postman.answers["DATA"] = answer
    assert isinstance(Smtp().send(message), Misconfigured)


@pytest.mark.django_db
def test_a_mailbox_that_is_not_there_is_marked_and_a_full_one_is_not(postman: Postman) -> None:
    postman.answers["RCPT"] = "452 Mailbox full"
    email_in_outbox()
    delivery.send_due()
    assert not NumberMark.objects.exists()
    postman.answers["RCPT"] = "550 No such mailbox"
    email_in_outbox()
    delivery.send_due()
    assert NumberMark.objects.get().address == "asha@example.com"

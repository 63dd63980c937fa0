"""E-mail through Django's SMTP backend: plain words and the same as a page, in one language."""

import smtplib
import ssl
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from esachivalaya.notifications.gateways import (
    Accepted,
    Misconfigured,
    NoList,
    Outcome,
    Permanent,
    Temporary,
    Trace,
    Unknown,
)
from esachivalaya.notifications.models import Message, MessageClass

# Said about a mailbox rather than about a message.
NO_MAILBOX = {550, 551, 553}
# Said before anybody looked at the message: our sign-in is missing or wrong.
SIGN_IN = {530, 534, 535, 538}


class Smtp:
    """E-mail through Django's SMTP backend; connecting and sending are told apart."""

    name = "smtp"
    shows_rows = False
    metered = False

    def send(self, message: Message) -> Outcome:
        connection = get_connection("django.core.mail.backends.smtp.EmailBackend")
        try:
            return _connect(connection) or _hand_over(message, connection)
        finally:
            _close(connection)

    def find(self, message: Message, *, taken: frozenset[str]) -> Trace:
        return NoList()


def mail_for(
    message: Message, connection: BaseEmailBackend | None = None
) -> EmailMultiAlternatives:
    """Return ``message`` as an e-mail: plain words, the same as HTML, and its headers."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {
        # The same for every try, so that a reader's mail program shows a repeated one once.
        "Message-ID": f"<message-{message.pk}@{host}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }
    stop_link = ""
    if message.klass == MessageClass.APPEAL:
        path = reverse("notifications:stop-appeals", args=[message.pk, message.callback_token])
        stop_link = f"{settings.PUBLIC_URL}{path}"
        headers["List-Unsubscribe"] = f"<{stop_link}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.body,
        to=[message.to],
        headers=headers,
        connection=connection,
    )
    mail.attach_alternative(_page(message, stop_link), "text/html")
    return mail


def _page(message: Message, stop_link: str) -> str:
    with translation.override(message.language):
        return render_to_string(
            "notifications/email.html",
            {
                "language": message.language,
                "subject": message.subject,
                "body": message.body,
                "state": settings.STATE_NAME_EN
                if message.language == "en"
                else settings.STATE_NAME_HI,
                "stop_link": stop_link,
            },
        )


def _hand_over(message: Message, connection: BaseEmailBackend) -> Outcome:
    try:
        mail = mail_for(message, connection)
        mail.send()
    except smtplib.SMTPRecipientsRefused as problem:
        code = next(iter(problem.recipients.values()))[0]
        return _by_code(code, "The mail server refuses this address", mailbox=True)
    except smtplib.SMTPSenderRefused as problem:
        if problem.smtp_code >= 500:
            return Misconfigured(
                f"The mail server refuses our sender ({problem.smtp_code}).",
                str(problem.smtp_code),
            )
        return Temporary(f"The mail server puts us off ({problem.smtp_code}).")
    except smtplib.SMTPResponseException as problem:
        return _by_code(problem.smtp_code, "The mail server refuses the message")
    except ValueError as problem:
        return Permanent(f"This is no message one can send ({type(problem).__name__}).")
    except (smtplib.SMTPException, OSError) as problem:
        return Unknown(f"The mail server's answer was lost ({type(problem).__name__}).")
    return Accepted(mail.extra_headers["Message-ID"])


def _connect(connection: BaseEmailBackend) -> Outcome | None:
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as problem:
        if problem.smtp_code < 500:
            return Temporary(f"The mail server puts our sign-in off ({problem.smtp_code}).")
        return Misconfigured(
            f"The mail server refuses our sign-in ({problem.smtp_code}).", str(problem.smtp_code)
        )
    except ssl.SSLCertVerificationError:
        return Misconfigured("The mail server's certificate cannot be trusted.")
    except smtplib.SMTPNotSupportedError:
        return Misconfigured("The mail server does not offer what EMAIL_URL asks for.")
    except (smtplib.SMTPException, OSError) as problem:
        return Temporary(f"The mail server cannot be reached ({type(problem).__name__}).")
    return None


def _by_code(code: int, words: str, *, mailbox: bool = False) -> Outcome:
    said = f"{words} ({code})."
    if code in SIGN_IN:
        return Misconfigured(said, str(code))
    if code < 500:
        return Temporary(said, code=str(code))
    # The address is at fault, not the words: numbers.mark knows this code.
    return Permanent(
        said, "550" if mailbox and code in NO_MAILBOX else str(code) if mailbox else ""
    )


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (smtplib.SMTPException, OSError):
        # What the server said to the message counts, not how it said good-bye.
        return

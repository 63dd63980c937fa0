"""Where messages go, behind one interface: what came of one call, in one of six words.

A gateway never raises for what a provider or a network does. The words decide what the worker does
next (domain rule: errors have classes), so each gateway sorts its own errors.
"""

import smtplib
import ssl
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from esachivalaya.notifications.models import Channel, Message


@dataclass(frozen=True)
class Accepted:
    """The provider took it; ``provider_id`` is what it calls the message."""

    provider_id: str = ""


@dataclass(frozen=True)
class Temporary:
    """It did not go out and may be tried again, after ``retry_after`` seconds if it said so."""

    problem: str
    retry_after: float | None = None


@dataclass(frozen=True)
class Permanent:
    """It will never go to this address."""

    problem: str


@dataclass(frozen=True)
class Misconfigured:
    """Nothing will go out until somebody mends the settings or the account."""

    problem: str


@dataclass(frozen=True)
class Unsupported:
    """This portal sends nothing by this road, by choice."""

    problem: str


@dataclass(frozen=True)
class Unknown:
    """It may have gone out or not: the answer was lost."""

    problem: str


Outcome = Accepted | Temporary | Permanent | Misconfigured | Unsupported | Unknown


class Gateway(Protocol):
    """One road out of the portal."""

    # Whether the row itself is what the reader sees, so that its words must stay.
    shows_rows: bool

    def send(self, message: Message) -> Outcome:
        """Hand ``message`` over and say what came of it; takes at most about 15 seconds."""


class OutboxPage:
    """The embedded default: the row is the message, and /demo/phone/ shows it."""

    shows_rows = True

    def send(self, message: Message) -> Outcome:
        if settings.DEMO:
            return Accepted()
        if message.channel == Channel.EMAIL:
            return Unsupported("EMAIL_URL is 'none:': this portal sends no e-mail.")
        return Misconfigured("No SMS gateway: set TWILIO_ACCOUNT_SID and its companions.")


class Smtp:
    """E-mail through Django's SMTP backend; connecting and sending are told apart."""

    shows_rows = False

    def send(self, message: Message) -> Outcome:
        connection = get_connection("django.core.mail.backends.smtp.EmailBackend")
        try:
            return _connect(connection) or self._hand_over(message, connection)
        finally:
            _close(connection)

    def _hand_over(self, message: Message, connection: BaseEmailBackend) -> Outcome:
        host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
        # The same for every try, so that a reader's mail program shows a repeated one once.
        own_id = f"<message-{message.pk}@{host}>"
        mail = EmailMessage(
            subject=message.subject,
            body=message.body,
            to=[message.to],
            headers={
                "Message-ID": own_id,
                "Auto-Submitted": "auto-generated",
                "Content-Language": message.language,
            },
            connection=connection,
        )
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as problem:
            code = next(iter(problem.recipients.values()))[0]
            return _by_code(code, "The mail server refuses this address")
        except smtplib.SMTPSenderRefused as problem:
            if problem.smtp_code >= 500:
                return Misconfigured(f"The mail server refuses our sender ({problem.smtp_code}).")
            return Temporary(f"The mail server puts us off ({problem.smtp_code}).")
        except smtplib.SMTPResponseException as problem:
            return _by_code(problem.smtp_code, "The mail server refuses the message")
        except ValueError as problem:
            return Permanent(f"This is no message one can send ({type(problem).__name__}).")
        except (smtplib.SMTPException, OSError) as problem:
            return Unknown(f"The mail server's answer was lost ({type(problem).__name__}).")
        return Accepted(own_id)


def _connect(connection: BaseEmailBackend) -> Outcome | None:
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as problem:
        return Misconfigured(f"The mail server refuses our sign-in ({problem.smtp_code}).")
    except ssl.SSLCertVerificationError:
        return Misconfigured("The mail server's certificate cannot be trusted.")
    except smtplib.SMTPNotSupportedError:
        return Misconfigured("The mail server does not offer what EMAIL_URL asks for.")
    except (smtplib.SMTPException, OSError) as problem:
        return Temporary(f"The mail server cannot be reached ({type(problem).__name__}).")
    return None


def _by_code(code: int, words: str) -> Outcome:
    return Permanent(f"{words} ({code}).") if code >= 500 else Temporary(f"{words} ({code}).")


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (smtplib.SMTPException, OSError):
        # What the server said to the message counts, not how it said good-bye.
        return


# By the name that the settings use; imported when used, so that a portal without Twilio starts
# without its SDK.
GATEWAYS = {
    "outbox-page": f"{__name__}.OutboxPage",
    "smtp": f"{__name__}.Smtp",
    "twilio": "esachivalaya.notifications.twilio_gateway.Twilio",
}


def gateway_for(channel: str) -> Gateway:
    """Return the gateway that the settings name for ``channel``."""
    name = settings.SMS_GATEWAY if channel == Channel.SMS else settings.EMAIL_GATEWAY
    gateway: type[Gateway] = import_string(GATEWAYS[name])
    return gateway()

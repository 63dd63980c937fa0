"""SMS through Twilio's own SDK, with the time-outs that it lacks.

Traps of the SDK that this module closes: it has no time-out by default; its two exception classes
are unrelated and neither carries Retry-After; a refusal behind a proxy may be HTML.
"""

import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django.urls import reverse
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from esachivalaya.notifications import twilio_errors
from esachivalaya.notifications.gateways import (
    Accepted,
    Found,
    Misconfigured,
    NoAnswer,
    NotFound,
    Outcome,
    Permanent,
    Temporary,
    Trace,
    Unknown,
)
from esachivalaya.notifications.models import Message, MessageClass
from esachivalaya.notifications.models.channels import ErrorClass

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
LONGEST_WAIT = 3600.0
# Twilio refuses more.
LONGEST_BODY = 1600
# Several messages with the same words may have gone to one number on one day.
LISTED = 100
# The provider's clock and ours need not agree to the second.
CLOCKS_DIFFER = timedelta(minutes=5)


class TimedClient(HttpClient):  # type: ignore[misc]
    """Twilio's transport: bounded in time, no redirects, remembers what the last answer said."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.status = 0
        self.retry_after: float | None = None

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        self.status, self.retry_after = 0, None
        answer = self.session.request(
            method.upper(),
            _address(url),
            params=params,  # type: ignore[arg-type]
            data=data,
            headers=headers,
            auth=auth,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
        self.status = answer.status_code
        self.retry_after = _seconds(answer.headers.get("Retry-After", ""))
        return Response(answer.status_code, answer.text, answer.headers)


class Twilio:
    """Sends through the Messaging Service, or the sender of the class, that the settings name."""

    name = "twilio"
    shows_rows = False
    metered = True

    def __init__(self) -> None:
        # The transport remembers its last answer, so each thread has its own.
        self._own = threading.local()

    def send(self, message: Message) -> Outcome:
        if missing := missing_settings():
            return Misconfigured(f"Not set: {', '.join(missing)}.")
        if not message.body or len(message.body) > LONGEST_BODY:
            return Permanent(f"Twilio takes 1 to {LONGEST_BODY} characters.", "21617")
        client, transport = self._client()
        try:
            made: Any = client.messages.create(
                to=message.to,
                body=message.body,
                status_callback=callback_address(message),
                **sender_of(message),
            )
        except (requests.ConnectTimeout, requests.exceptions.ProxyError):
            return Temporary("Twilio cannot be reached.")
        except requests.ConnectionError as problem:
            return _cut_off(problem)
        except requests.RequestException as problem:
            return Unknown(f"Twilio's answer was lost ({type(problem).__name__}).")
        except (TwilioRestException, TwilioServiceException) as problem:
            return _refused(int(problem.status), int(problem.code or 0), transport)
        except (TwilioException, ValueError, KeyError, TypeError) as problem:
            return _unreadable(problem, transport)
        return Accepted(_word(made.sid)) if made.sid else Unknown("Twilio gave no id.")

    def find(self, message: Message, *, taken: frozenset[str]) -> Trace:
        """Ask Twilio's list by number, day and words; the newest that is nobody else's is ours."""
        if missing_settings() or message.began_at is None:
            return NoAnswer("It cannot be asked about.")
        since = message.began_at - CLOCKS_DIFFER
        client, _transport = self._client()
        try:
            listed: list[Any] = [
                *client.messages.list(to=message.to, date_sent_after=since, limit=LISTED),
                # What waits at the provider has no day of sending yet.
                *client.messages.list(to=message.to, limit=LISTED),
            ]
        except (requests.RequestException, TwilioException, ValueError, KeyError, TypeError) as why:
            return NoAnswer(f"Twilio cannot be asked ({type(why).__name__}).")
        for one in listed:
            made_at = one.date_created
            ours = one.body is not None and one.body.endswith(message.body) and message.body
            if ours and (made_at is None or made_at >= since) and one.sid not in taken:
                return Found(_word(one.sid), _word(one.status), _word(one.error_code or ""))
        return NotFound()

    def _client(self) -> tuple[Client, TimedClient]:
        account = (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN)
        if getattr(self._own, "account", None) != account:
            self._own.transport = TimedClient()
            self._own.client = Client(*account, http_client=self._own.transport)
            self._own.account = account
        return self._own.client, self._own.transport


def callback_address(message: Message) -> str:
    """Return where Twilio tells us how it went: our own id and the message's secret in it."""
    path = reverse("notifications:receipt", args=[message.pk, message.callback_token])
    return f"{settings.PUBLIC_URL}{path}"


def sender_of(message: Message) -> dict[str, str]:
    """Return the sender of the message's class: a number or header, else a Messaging Service."""
    own = {
        MessageClass.CODE.value: settings.TWILIO_CODE_SENDER,
        MessageClass.APPEAL.value: settings.TWILIO_APPEAL_SENDER,
    }.get(message.klass, "")
    chosen = own or settings.TWILIO_MESSAGING_SERVICE_SID
    return {"messaging_service_sid" if chosen.startswith("MG") else "from_": chosen}


def missing_settings() -> list[str]:
    """Return the names of the settings without which Twilio sends nothing."""
    names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_MESSAGING_SERVICE_SID")
    return [name for name in names if not getattr(settings, name)]


def _refused(status: int, code: int, transport: TimedClient) -> Outcome:
    words = f"Twilio: HTTP {status}, error {code}."
    known = twilio_errors.class_of(code)
    if status == 429 or status >= 500 or known == ErrorClass.TEMPORARY:
        return Temporary(words, transport.retry_after, str(code))
    if known == ErrorClass.PERMANENT:
        return Permanent(words, str(code))
    if status in {401, 403, 404} or known == ErrorClass.CONFIGURATION:
        return Misconfigured(words, str(code))
    if status < 400:
        return Unknown(words)
    # A refusal without Twilio's own number comes from something in between.
    return (
        Permanent(words, str(code))
        if code > 999
        else Temporary(words, transport.retry_after, str(code))
    )


def _unreadable(problem: Exception, transport: TimedClient) -> Outcome:
    if transport.status >= 400:
        return _refused(transport.status, transport.status, transport)
    return Unknown(f"Twilio's answer cannot be read ({type(problem).__name__}).")


def _cut_off(problem: requests.ConnectionError) -> Outcome:
    # Refused or unresolved: nothing was sent. Anything later may have reached Twilio.
    reason: object = problem.args[0] if problem.args else None
    name = type(getattr(reason, "reason", reason)).__name__
    if name in {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"}:
        return Temporary("Twilio cannot be reached.")
    return Unknown(f"The connection to Twilio broke ({name}).")


def _address(url: str) -> str:
    """Return ``url`` at the address that the settings name instead of Twilio's, if any."""
    if not settings.TWILIO_API_URL:
        return url
    base = urlsplit(settings.TWILIO_API_URL)
    parts = urlsplit(url)
    return urlunsplit(
        (base.scheme, base.netloc, base.path.rstrip("/") + parts.path, parts.query, "")
    )


def _word(value: object) -> str:
    """Return what the provider said as the database can keep it."""
    return str(value).replace("\x00", "")


def _seconds(text: str) -> float | None:
    try:
        return min(max(float(text), 0.0), LONGEST_WAIT)
    except ValueError:
        return None

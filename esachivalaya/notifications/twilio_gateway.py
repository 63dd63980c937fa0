"""SMS through Twilio's own SDK, with the time-outs that it lacks.

Traps of the SDK that this module closes: it has no time-out by default; its two exception classes
are unrelated and neither carries Retry-After; a refusal behind a proxy may be HTML.
"""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from esachivalaya.notifications.gateways import (
    Accepted,
    Misconfigured,
    Outcome,
    Permanent,
    Temporary,
    Unknown,
)
from esachivalaya.notifications.models import Message

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
LONGEST_WAIT = 3600.0

# This account or this service, not this number: nothing goes until somebody mends it.
CONFIGURATION = {
    20003,  # wrong account or token
    20005,  # account not active
    20006,  # access denied
    20404,  # no such account or service at this address
    21212,  # sender not valid
    21408,  # country not permitted for this account
    21603,  # no sender given
    21606,  # sender cannot send SMS
    21608,  # trial account, number not verified
    21701,  # no such messaging service
    21703,  # messaging service without senders
    21704,  # messaging service without senders for this country
    30002,  # account suspended
}
# Said with status 400, though the next try may go through.
PASSING = {20429, 21611, 30001, 30017, 30022}


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
    """Sends through the Messaging Service that the settings name."""

    shows_rows = False

    def __init__(self) -> None:
        self._transport = TimedClient()

    def send(self, message: Message) -> Outcome:
        if missing := missing_settings():
            return Misconfigured(f"Not set: {', '.join(missing)}.")
        client = Client(
            settings.TWILIO_ACCOUNT_SID,
            settings.TWILIO_AUTH_TOKEN,
            http_client=self._transport,
        )
        try:
            made: Any = client.messages.create(
                to=message.to,
                body=message.body,
                messaging_service_sid=settings.TWILIO_MESSAGING_SERVICE_SID,
            )
        except (requests.ConnectTimeout, requests.exceptions.ProxyError):
            return Temporary("Twilio cannot be reached.")
        except requests.ConnectionError as problem:
            return _cut_off(problem)
        except requests.RequestException as problem:
            return Unknown(f"Twilio's answer was lost ({type(problem).__name__}).")
        except (TwilioRestException, TwilioServiceException) as problem:
            return self._refused(int(problem.status), int(problem.code or 0))
        except (TwilioException, ValueError, KeyError) as problem:
            return self._unreadable(problem)
        return Accepted(str(made.sid)) if made.sid else Unknown("Twilio gave no id.")

    def _refused(self, status: int, code: int) -> Outcome:
        words = f"Twilio: HTTP {status}, error {code}."
        if status == 429 or status >= 500 or code in PASSING:
            return Temporary(words, self._transport.retry_after)
        if status in {401, 403, 404} or code in CONFIGURATION:
            return Misconfigured(words)
        if status < 400:
            return Unknown(words)
        # A refusal without Twilio's own number comes from something in between.
        return Permanent(words) if code > 999 else Temporary(words, self._transport.retry_after)

    def _unreadable(self, problem: Exception) -> Outcome:
        if self._transport.status >= 400:
            return self._refused(self._transport.status, self._transport.status)
        return Unknown(f"Twilio's answer cannot be read ({type(problem).__name__}).")


def missing_settings() -> list[str]:
    """Return the names of the settings without which Twilio sends nothing."""
    names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_MESSAGING_SERVICE_SID")
    return [name for name in names if not getattr(settings, name)]


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


def _seconds(text: str) -> float | None:
    try:
        return min(max(float(text), 0.0), LONGEST_WAIT)
    except ValueError:
        return None

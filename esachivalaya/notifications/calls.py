"""Calls to a telephone through Twilio: dialled once, with what is said fetched from us.

A call that is asked for twice rings twice, so nothing is tried again here: a lost answer counts as
a call that may ring.
"""

from dataclasses import dataclass

import phonenumbers
import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from esachivalaya.notifications.twilio_gateway import TimedClient, missing_settings

# Nobody lets a telephone ring longer.
RINGS_SECONDS = 40
LONGEST_SECONDS = 2 * 3600
EVENTS = ["initiated", "ringing", "answered", "completed"]


@dataclass(frozen=True)
class Placed:
    """Twilio dials; ``call_id`` is what it calls the call, "" when its answer was lost."""

    call_id: str


@dataclass(frozen=True)
class NotPlaced:
    """Nobody is called; ``problem`` says why, for the operator."""

    problem: str


def place(*, to: str, says_at: str, told_at: str) -> Placed | NotPlaced:
    """Dial ``to``; Twilio asks ``says_at`` what to say and tells ``told_at`` how it goes.

    Never raises for what a provider or a network does.
    """
    caller = own_number()
    if missing := missing_settings():
        return NotPlaced(f"Not set: {', '.join(missing)}.")
    if not caller:
        return NotPlaced("PHONE_LINE is no number that can be dialled.")
    client = Client(
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=TimedClient()
    )
    try:
        made = client.calls.create(
            to=to,
            from_=caller,
            url=says_at,
            method="POST",
            status_callback=told_at,
            status_callback_method="POST",
            status_callback_event=EVENTS,
            timeout=RINGS_SECONDS,
            time_limit=LONGEST_SECONDS,
        )
    except (requests.ConnectTimeout, requests.exceptions.ProxyError):
        return NotPlaced("Twilio cannot be reached.")
    except requests.RequestException:
        # It may ring or not: who presses again makes a second call knowingly.
        return Placed("")
    except TwilioException as problem:
        return NotPlaced(f"Twilio refused the call (error {getattr(problem, 'code', None)}).")
    except (ValueError, KeyError, TypeError):
        return Placed("")
    return Placed(str(made.sid or "").replace("\x00", "")[:64])


def own_number() -> str:
    """Return the number of the telephone line as networks write it, "" when it is none."""
    try:
        found = phonenumbers.parse(settings.PHONE_LINE, "IN")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(found):
        return ""
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)

"""Where messages go, behind one interface: what came of one call, in one of six words.

A gateway never raises for what a provider or a network does. The words decide what the worker does
next (domain rule: errors have classes), so each gateway sorts its own errors.
"""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
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
    code: str = ""


@dataclass(frozen=True)
class Permanent:
    """It will never go to this address, or never as it is; ``code`` tells which."""

    problem: str
    code: str = ""


@dataclass(frozen=True)
class Misconfigured:
    """Nothing will go out until somebody mends the settings or the account."""

    problem: str
    code: str = ""


@dataclass(frozen=True)
class Unsupported:
    """This portal sends nothing by this road, by choice."""

    problem: str


@dataclass(frozen=True)
class Unknown:
    """It may have gone out or not: the answer was lost."""

    problem: str


Outcome = Accepted | Temporary | Permanent | Misconfigured | Unsupported | Unknown


@dataclass(frozen=True)
class Found:
    """The provider has the message, under this id, with its own word for how far it is."""

    provider_id: str
    word: str
    error_code: str = ""


@dataclass(frozen=True)
class NotFound:
    """The provider's list does not have it."""


@dataclass(frozen=True)
class NoAnswer:
    """The provider cannot be asked at the moment."""

    problem: str


@dataclass(frozen=True)
class NoList:
    """This provider keeps no list that one could ask."""


Trace = Found | NotFound | NoAnswer | NoList


class Gateway(Protocol):
    """One road out of the portal. Threads share it."""

    # As the settings name it; the circuit breaker goes by it.
    name: str
    # Whether the row itself is what the reader sees, so that its words must stay.
    shows_rows: bool
    # Whether what goes this way counts against the account's segments per second.
    metered: bool

    def send(self, message: Message) -> Outcome:
        """Hand ``message`` over and say what came of it; takes at most about 15 seconds."""

    def find(self, message: Message, *, taken: frozenset[str]) -> Trace:
        """Look for a message whose answer was lost; ids in ``taken`` are of other messages."""


class OutboxPage:
    """The embedded default: the row is the message, and /demo/phone/ shows it."""

    name = "outbox-page"
    shows_rows = True
    metered = False

    def send(self, message: Message) -> Outcome:
        if settings.DEMO:
            return Accepted()
        if message.channel == Channel.EMAIL:
            return Unsupported("EMAIL_URL is 'none:': this portal sends no e-mail.")
        return Misconfigured("No SMS gateway: set TWILIO_ACCOUNT_SID and its companions.")

    def find(self, message: Message, *, taken: frozenset[str]) -> Trace:
        return NotFound()


# By the name that the settings use; imported when used, so that a portal without Twilio starts
# without its SDK.
GATEWAYS = {
    "outbox-page": f"{__name__}.OutboxPage",
    "smtp": "esachivalaya.notifications.smtp_gateway.Smtp",
    "twilio": "esachivalaya.notifications.twilio_gateway.Twilio",
}


def gateway_for(channel: str) -> Gateway:
    """Return the gateway that the settings name for ``channel``."""
    name = settings.SMS_GATEWAY if channel == Channel.SMS else settings.EMAIL_GATEWAY
    gateway: type[Gateway] = import_string(GATEWAYS[name])
    return gateway()

"""What came of a call, written down: by compare-and-set, and never against a final state."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.notifications import breakers, numbers, receipts
from esachivalaya.notifications.claims import Call
from esachivalaya.notifications.gateways import (
    Accepted,
    Gateway,
    Misconfigured,
    Outcome,
    Permanent,
    Temporary,
    Unknown,
    Unsupported,
)
from esachivalaya.notifications.models import ErrorClass, Message, MessageClass

logger = logging.getLogger(__name__)
Status = Message.Status
T = TypeVar("T")

MOST_ATTEMPTS = 8
FIRST_PAUSE = 10.0
LONGEST_PAUSE = 3600.0
# How long one message rests after the settings turned out wrong: the next try takes another one.
MISCONFIGURED_PAUSE = 60.0
# A lost answer is waited for before the provider is asked: its receipt may come.
RECEIPT_PAUSE = 20.0
# As long as this a database that is being restarted is waited for; less than a lease.
DATABASE_PATIENCE = 40.0


def remember(landed: Sequence[tuple[Call, Outcome, Gateway]]) -> list[str]:
    """Write down what came of these calls, each if it is still its message's last one."""

    @transaction.atomic
    def write() -> list[str]:
        # One order of locks for all workers.
        ordered = sorted(landed, key=lambda one: one[0].message.pk)
        return [_remember(call, outcome, gateway) for call, outcome, gateway in ordered]

    told = patiently(write)
    for call, outcome, _gateway in landed:
        patiently(lambda call=call, outcome=outcome: _draw_conclusions(call, outcome))  # type: ignore[misc]
    return told


def patiently(act: Callable[[], T]) -> T:
    """Do ``act`` again when the database was restarted under it; each act bears its repetition."""
    ends = time.monotonic() + DATABASE_PATIENCE
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > ends:
                raise
            connection.close()
            time.sleep(0.5)


def pause_after(attempts: int) -> float:
    """Return the seconds to wait after so many attempts: doubling, with jitter, at most an hour."""
    pause = min(FIRST_PAUSE * 2.0 ** max(attempts - 1, 0), LONGEST_PAUSE)
    return pause * random.uniform(0.5, 1.0)  # noqa: S311 (jitter, no secret)


def _remember(call: Call, outcome: Outcome, gateway: Gateway) -> str:
    message = call.message
    changes = _changes(message, outcome, gateway)
    mine = Message.objects.filter(
        pk=message.pk,
        # Unknown: the lease ended while the provider was slow, and now the outcome is known.
        status__in=[Status.SENDING, Status.UNKNOWN],
        attempts=message.attempts,
    )
    if mine.update(lease_until=None, **changes) == 1:
        return str(changes["status"])
    if isinstance(outcome, Accepted):
        # A receipt came first, or the lease ended and the message was about to go again.
        receipts.take(message=message, news=receipts.News(outcome.provider_id, "accepted"))
    return "overtaken"


def _draw_conclusions(call: Call, outcome: Outcome) -> None:
    message = call.message
    match outcome:
        case Misconfigured(problem):
            breakers.trip(gateway=call.gateway, channel=message.channel, problem=problem)
        case Permanent(_problem, code):
            if code:
                numbers.mark(channel=message.channel, address=message.to, error_code=code)
    if call.probe and isinstance(outcome, Accepted | Permanent | Unsupported):
        # The provider knows us and looked at the message: the road works.
        breakers.mend(gateway=call.gateway)


def _changes(message: Message, outcome: Outcome, gateway: Gateway) -> dict[str, object]:
    match outcome:
        case Accepted(provider_id):
            changes = _told(Status.ACCEPTED, "", "", "")
            changes["provider_id"] = provider_id[:64]
            changes["accepted_at"] = ClockTimestamp()
            changes["ask_at"] = None
            if message.klass == MessageClass.CODE and not gateway.shows_rows:
                # It is on the phone now, and a code is nobody else's business.
                changes["body"] = ""
            return changes
        case Temporary(problem, retry_after, code):
            if message.attempts >= MOST_ATTEMPTS:
                return _ended(message, Status.DEAD, problem, ErrorClass.TEMPORARY, code)
            pause = max(pause_after(message.attempts), retry_after or 0.0)
            return _told(Status.RETRY, problem, ErrorClass.TEMPORARY, code, pause)
        case Misconfigured(problem, code):
            # Not this message's fault: the try is not counted.
            return {
                **_told(Status.RETRY, problem, ErrorClass.CONFIGURATION, code, MISCONFIGURED_PAUSE),
                "attempts": F("attempts") - 1,
            }
        case Permanent(problem, code):
            return _ended(message, Status.FAILED, problem, ErrorClass.PERMANENT, code)
        case Unsupported(problem):
            return _ended(message, Status.SUPPRESSED, problem, ErrorClass.UNSUPPORTED, "")
        case Unknown(problem):
            return {
                **_told(Status.UNKNOWN, problem, ErrorClass.UNKNOWN, ""),
                "ask_at": ClockTimestamp() + timedelta(seconds=RECEIPT_PAUSE),
            }


def _told(
    status: str, problem: str, error_class: str, code: str, pause: float | None = None
) -> dict[str, object]:
    changes: dict[str, object] = {
        "status": status,
        "problem": problem[:200],
        "error_class": error_class,
        "error_code": code[:16],
    }
    if pause is not None:
        changes["due_at"] = ClockTimestamp() + timedelta(seconds=pause)
    return changes


def _ended(
    message: Message, status: str, problem: str, error_class: str, code: str
) -> dict[str, object]:
    changes = _told(status, problem, error_class, code)
    changes["finished_at"] = ClockTimestamp()
    if message.klass == MessageClass.CODE:
        # Nobody will send this code again.
        changes["body"] = ""
    return changes

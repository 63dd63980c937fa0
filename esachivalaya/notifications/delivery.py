"""Sending what the outbox holds: claim, call, remember. Any number of workers may run this at once.

The row is the truth. A message moves queued → claimed → sending → accepted, each by an UPDATE that
names the state and the lease it was read with, and *sending* is committed before the provider is
called: whoever dies on the way leaves behind how far it came. What was being sent when a lease
ended is *unknown* and is not sent again from here.
"""

import logging
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock_time

from django.db.models import F

from esachivalaya.common import clock, sweeps
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.notifications.gateways import (
    Accepted,
    Gateway,
    Misconfigured,
    Outcome,
    Permanent,
    Temporary,
    Unknown,
    Unsupported,
    gateway_for,
)
from esachivalaya.notifications.models import Channel, Message, MessageClass

logger = logging.getLogger(__name__)
Status = Message.Status

# Codes are never behind anything else, appeals never before.
LANES = (MessageClass.CODE, MessageClass.TRANSACTIONAL, MessageClass.APPEAL)
BATCH = 10
# Longer than a task may live (CELERY_TASK_TIME_LIMIT), so that a lease ends only after its worker.
LEASE = timedelta(seconds=120)
# A run ends before the task's soft limit; the next one goes on.
RUN_SECONDS = 30.0
MOST_ATTEMPTS = 8
FIRST_PAUSE = 10.0
LONGEST_PAUSE = 3600.0
# How long a road rests after it said that the settings are wrong.
MISCONFIGURED_PAUSE = 60.0
# Appeals go out between these hours of Asia/Kolkata only.
APPEALS_FROM, APPEALS_UNTIL = clock_time(9), clock_time(21)

CLAIM = """
UPDATE notifications_message SET status = 'claimed', lease_until = clock_timestamp() + %s
WHERE id IN (
    SELECT id FROM notifications_message
    WHERE status IN ('queued', 'retry', 'held') AND klass = %s AND channel = ANY(%s)
        AND due_at <= clock_timestamp()
    ORDER BY due_at, id LIMIT %s
    FOR UPDATE SKIP LOCKED
)
RETURNING *
"""


@dataclass
class Run:
    """One worker's pass over the outbox: what it may use, and what it did."""

    gateways: dict[str, Gateway] = field(
        default_factory=lambda: {channel: gateway_for(channel) for channel in Channel.values}
    )
    did: Counter[str] = field(default_factory=Counter)
    ends: float = field(default_factory=lambda: time.monotonic() + RUN_SECONDS)


def send_due(lane: str = "") -> Counter[str]:
    """Send what is due and return how many messages came to which status.

    With ``lane``, only that class and those before it: a nudge for a code is not kept busy by
    appeals. Without, this is the sweep that finds whatever a nudge lost: it ends leases and marks
    what has become worthless as well.
    """
    run = Run()
    lanes = LANES[: LANES.index(MessageClass(lane)) + 1] if lane else LANES
    if not lane:
        run.did.update(end_leases())
        run.did.update(expire())
    while time.monotonic() < run.ends and run.gateways:
        # After each batch the codes are looked at again.
        claimed = next((rows for name in lanes if (rows := _claim(name, run.gateways))), [])
        if not claimed:
            break
        for message in claimed:
            _deliver(message, run)
    if not lane:
        sweeps.done("send_messages")
    return +run.did


def end_leases() -> Counter[str]:
    """Free what a dead worker had only claimed; mark what it was sending as unknown."""
    ended = Message.objects.filter(lease_until__lte=ClockTimestamp())
    freed = ended.filter(status=Status.CLAIMED).update(status=Status.QUEUED, lease_until=None)
    lost = ended.filter(status=Status.SENDING).update(
        status=Status.UNKNOWN, lease_until=None, problem="The worker ended while sending."
    )
    if lost:
        logger.warning("%d messages have an unknown outcome: their worker ended.", lost)
    return Counter({"freed": freed, Status.UNKNOWN: lost})


def expire() -> Counter[str]:
    """Close what would come too late, and forget its words: a code nobody got is still a code."""
    return Counter(
        {Status.EXPIRED: Message.objects.worthless().update(status=Status.EXPIRED, body="")}
    )


def _claim(lane: MessageClass, channels: Sequence[str] | dict[str, Gateway]) -> list[Message]:
    found = Message.objects.raw(CLAIM, [LEASE, lane.value, list(channels), BATCH])
    return sorted(found, key=lambda message: (message.due_at, message.pk))


def _deliver(message: Message, run: Run) -> None:
    gateway = run.gateways.get(message.channel)
    if gateway is None or time.monotonic() >= run.ends:
        run.did.update([_give_back(message)])
        return
    if message.klass == MessageClass.APPEAL and (opens := appeals_open_at(clock.now())):
        run.did.update([_give_back(message, Status.HELD, opens)])
        return
    if not _begin(message):
        run.did.update([_too_late(message)])
        return
    try:
        outcome = gateway.send(message)
    except Exception as problem:
        # A gateway sorts its own errors. One that it does not know may have come after the call.
        logger.exception("Message %d: the gateway failed.", message.pk)
        outcome = Unknown(f"The gateway failed ({type(problem).__name__}).")
    if isinstance(outcome, Misconfigured):
        logger.error("No %s goes out: %s", message.channel, outcome.problem)
        del run.gateways[message.channel]
    run.did.update([_remember(message, outcome, gateway)])


def appeals_open_at(now: datetime) -> datetime | None:
    """Return when appeals may go out again, or None when they may now (09:00 to 21:00)."""
    day = clock.day_of(now)
    if now < clock.at(day, APPEALS_FROM):
        return clock.at(day, APPEALS_FROM)
    if now < clock.at(day, APPEALS_UNTIL):
        return None
    return clock.at(day + timedelta(days=1), APPEALS_FROM)


def _begin(message: Message) -> bool:
    """Commit that the call is about to be made; False when the claim or the message is over."""
    begun = (
        Message.objects.fresh()
        .filter(pk=message.pk, status=Status.CLAIMED, lease_until=message.lease_until)
        .update(
            status=Status.SENDING,
            lease_until=ClockTimestamp() + LEASE,
            attempts=F("attempts") + 1,
        )
    )
    # The number of the attempt is from now on what tells this call from any other.
    message.attempts += 1
    return begun == 1


def _too_late(message: Message) -> str:
    ended = Message.objects.filter(
        pk=message.pk, status=Status.CLAIMED, expires_at__lte=ClockTimestamp()
    ).update(status=Status.EXPIRED, lease_until=None, body="")
    return Status.EXPIRED if ended else "overtaken"


def _give_back(
    message: Message, status: Status = Status.QUEUED, due_at: datetime | None = None
) -> str:
    Message.objects.filter(
        pk=message.pk, status=Status.CLAIMED, lease_until=message.lease_until
    ).update(status=status, lease_until=None, due_at=due_at or message.due_at)
    return status


def _remember(message: Message, outcome: Outcome, gateway: Gateway) -> str:
    """Write down what came of the call, if this worker's call is still the last one."""
    changes = _changes(message, outcome, gateway)
    mine = Message.objects.filter(
        pk=message.pk,
        # Unknown: the lease ended while the provider was slow, and now the outcome is known.
        status__in=[Status.SENDING, Status.UNKNOWN],
        attempts=message.attempts,
    )
    if mine.update(lease_until=None, **changes) != 1:
        return "overtaken"
    return str(changes["status"])


def _changes(message: Message, outcome: Outcome, gateway: Gateway) -> dict[str, object]:
    match outcome:
        case Accepted(provider_id):
            changes: dict[str, object] = {
                "status": Status.ACCEPTED,
                "provider_id": provider_id[:64],
                "accepted_at": ClockTimestamp(),
                "problem": "",
            }
            if message.klass == MessageClass.CODE and not gateway.shows_rows:
                # It is on the phone now, and a code is nobody else's business.
                changes["body"] = ""
            return changes
        case Temporary(problem, retry_after):
            if message.attempts >= MOST_ATTEMPTS:
                return {"status": Status.DEAD, "problem": problem[:200]}
            pause = max(pause_after(message.attempts), retry_after or 0.0)
            return {
                "status": Status.RETRY,
                "due_at": ClockTimestamp() + timedelta(seconds=pause),
                "problem": problem[:200],
            }
        case Misconfigured(problem):
            # Not this message's fault: the try is not counted.
            return {
                "status": Status.RETRY,
                "attempts": F("attempts") - 1,
                "due_at": ClockTimestamp() + timedelta(seconds=MISCONFIGURED_PAUSE),
                "problem": problem[:200],
            }
        case Permanent(problem):
            return {"status": Status.FAILED, "problem": problem[:200]}
        case Unsupported(problem):
            return {"status": Status.SUPPRESSED, "problem": problem[:200]}
        case Unknown(problem):
            return {"status": Status.UNKNOWN, "problem": problem[:200]}


def pause_after(attempts: int) -> float:
    """Return the seconds to wait after so many attempts: doubling, with jitter, at most an hour."""
    pause = min(FIRST_PAUSE * 2.0 ** max(attempts - 1, 0), LONGEST_PAUSE)
    return pause * random.uniform(0.5, 1.0)  # noqa: S311 (jitter, no secret)

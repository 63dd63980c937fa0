"""The steps of a message through a worker's hands, each one UPDATE that names what it was read as.

A message is claimed, and is then *sending*, committed, before the provider is called: whoever dies
on the way leaves behind how far it came.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.notifications import registered
from esachivalaya.notifications.models import ErrorClass, Message, MessageClass, NumberMark, OptOut

logger = logging.getLogger(__name__)
Status = Message.Status

# A claim that is not followed by a call soon is anybody's again.
CLAIM_LEASE = timedelta(seconds=20)
# Longer than a task may live (CELERY_TASK_TIME_LIMIT), so that a lease ends only after its worker;
# shorter than the time after which Redis gives the task to another.
LEASE = timedelta(seconds=75)
HELD_AT_ONCE = 1000

# The rows are chosen once, apart from the UPDATE: as a subquery of it the planner may choose them
# anew for each row it looks at, and more than the limit would be taken.
CLAIM = """
WITH chosen AS MATERIALIZED (
    SELECT id FROM notifications_message
    WHERE status IN ('queued', 'retry', 'held') AND klass = %s AND channel = ANY(%s)
        AND (due_at <= clock_timestamp() OR (%s AND error_class = 'configuration'))
    ORDER BY due_at, id LIMIT %s
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications_message AS m
SET status = 'claimed', lease_until = clock_timestamp() + %s
FROM chosen WHERE m.id = chosen.id
RETURNING m.*
"""
HOLD = """
WITH chosen AS MATERIALIZED (
    SELECT id FROM notifications_message
    WHERE status IN ('queued', 'retry', 'held') AND klass = 'appeal'
        AND due_at <= clock_timestamp()
    ORDER BY due_at, id LIMIT %s
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications_message AS m SET status = 'held', due_at = %s
FROM chosen WHERE m.id = chosen.id
"""
# The last look before the call: still ours, still worth sending, its road open, its number not
# marked; an appeal on a recorded basis and not against the reader's word.
BEGIN = """
UPDATE notifications_message AS m
SET status = 'sending', lease_until = clock_timestamp() + %s, began_at = clock_timestamp(),
    attempts = m.attempts + 1, gateway = v.gateway
FROM (VALUES {rows}) AS v (id, lease_until, gateway, probe)
WHERE m.id = v.id AND m.status = 'claimed' AND m.lease_until = v.lease_until
    AND (m.expires_at IS NULL OR m.expires_at > clock_timestamp())
    AND (v.probe OR NOT EXISTS (
        SELECT FROM notifications_breaker b
        WHERE b.gateway = v.gateway AND b.channel = m.channel AND b.state = 'open'
    ))
    AND NOT EXISTS (
        SELECT FROM notifications_numbermark n
        WHERE n.channel = m.channel AND n.address = m."to" AND n.until > clock_timestamp()
    )
    AND (m.klass <> 'appeal' OR (m.basis <> '' AND NOT EXISTS (
        SELECT FROM notifications_optout o
        WHERE o.channel = m.channel
            AND o.address = CASE m.channel WHEN 'email' THEN lower(m."to") ELSE m."to" END
    )))
RETURNING m.id, m.attempts, m.began_at
"""
BEGIN_ROW = "(%s::bigint, %s::timestamptz, %s, %s::boolean)"


@dataclass(frozen=True)
class Call:
    """One message that a gateway is about to be called for; ``probe`` tries a stopped road."""

    message: Message
    gateway: str
    probe: bool = False


def claim(
    lane: MessageClass, channels: Sequence[str], most: int, *, stopped: bool = False
) -> list[Message]:
    """Take up to ``most`` due messages of ``lane`` that nobody else holds, the oldest first.

    For a ``stopped`` road also those that only wait for it.
    """
    if not channels or most < 1:
        return []
    found = Message.objects.raw(CLAIM, [lane.value, list(channels), stopped, most, CLAIM_LEASE])
    return sorted(found, key=lambda message: (message.due_at, message.pk))


def hold_appeals(until: datetime) -> int:
    """Put the due appeals off until their hours; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [HELD_AT_ONCE, until])
        return int(cursor.rowcount)


def begin(calls: Sequence[Call]) -> list[Call]:
    """Commit that these calls are about to be made; return those that may be, in their order."""
    # What the networks would drop is not paid for.
    calls = [call for call in calls if not registered.problem_of(call.message)]
    if not calls:
        return []
    statement = BEGIN.replace("{rows}", ", ".join([BEGIN_ROW] * len(calls)))
    values: list[Any] = [LEASE]
    for call in calls:
        values += [call.message.pk, call.message.lease_until, call.gateway, call.probe]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        begun = {pk: (attempts, began_at) for pk, attempts, began_at in cursor.fetchall()}
    for call in calls:
        if call.message.pk in begun:
            # The number of the attempt is from now on what tells this call from any other.
            call.message.attempts, call.message.began_at = begun[call.message.pk]
            call.message.gateway = call.gateway
    return [call for call in calls if call.message.pk in begun]


def set_aside(message: Message) -> str:
    """Say why a claimed message may not go, and bring it where it belongs."""
    mine = Message.objects.filter(
        pk=message.pk, status=Status.CLAIMED, lease_until=message.lease_until
    )
    over: dict[str, object] = {"lease_until": None, "finished_at": ClockTimestamp()}
    if mine.filter(expires_at__lte=ClockTimestamp()).update(status=Status.EXPIRED, body="", **over):
        return Status.EXPIRED
    if reason := _suppressed_because(message):
        code = message.klass == MessageClass.CODE
        ended = mine.update(
            status=Status.SUPPRESSED,
            problem=reason,
            body="" if code else F("body"),
            error_class=ErrorClass.PERMANENT,
            **over,
        )
        return Status.SUPPRESSED if ended else "overtaken"
    return give_back([message]) or "overtaken"


def give_back(messages: Iterable[Message]) -> str:
    """Let go of claimed messages; they wait as before."""
    freed = 0
    for message in messages:
        freed += Message.objects.filter(
            pk=message.pk, status=Status.CLAIMED, lease_until=message.lease_until
        ).update(status=Status.QUEUED, lease_until=None)
    return Status.QUEUED if freed else ""


def end_leases() -> Counter[str]:
    """Free what a dead worker had only claimed; mark what it was sending as unknown."""
    ended = Message.objects.filter(lease_until__lte=ClockTimestamp())
    freed = ended.filter(status=Status.CLAIMED).update(status=Status.QUEUED, lease_until=None)
    lost = ended.filter(status=Status.SENDING).update(
        status=Status.UNKNOWN,
        lease_until=None,
        ask_at=ClockTimestamp(),
        error_class=ErrorClass.UNKNOWN,
        problem="The worker ended while sending.",
    )
    if lost:
        logger.warning("%d messages have an unknown outcome: their worker ended.", lost)
    return Counter({"freed": freed, Status.UNKNOWN: lost})


def expire() -> Counter[str]:
    """Close what would come too late, and forget its words: a code nobody got is still a code."""
    ended = Message.objects.worthless().update(
        status=Status.EXPIRED, body="", finished_at=ClockTimestamp()
    )
    return Counter({Status.EXPIRED: ended})


def _suppressed_because(message: Message) -> str:
    mark = NumberMark.objects.filter(
        channel=message.channel, address=message.to, until__gt=ClockTimestamp()
    ).first()
    if mark is not None:
        return f"Marked number: {mark.kind} (error {mark.error_code or 'not said'})."
    if problem := registered.problem_of(message):
        return problem
    if message.klass != MessageClass.APPEAL:
        return ""
    if not message.basis:
        return "An appeal without a consent or a recorded legal basis."
    address = message.to.lower() if message.channel == "email" else message.to
    if OptOut.objects.filter(channel=message.channel, address=address).exists():
        return "The reader wants no appeals."
    return ""

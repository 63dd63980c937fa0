"""What became of messages whose answer was lost: their receipt, then the provider, then rules.

A code is never sent again by itself. A message about one's own matter is sent once more and says so
(``resent``); the second time it becomes a dead letter. An appeal is left to an operator.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection, transaction

from esachivalaya.common import clock
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.notifications import receipts
from esachivalaya.notifications.gateways import Found, Gateway, NoAnswer, NoList, NotFound, Trace
from esachivalaya.notifications.models import ErrorClass, Message, MessageClass
from esachivalaya.notifications.querysets import MessageQuerySet

logger = logging.getLogger(__name__)
Status = Message.Status

# While one worker asks, no other does.
ASKING = timedelta(seconds=60)
ASKED_AT_ONCE = 50
# A provider's list may lag behind its answers: only after this its "no" is a no.
LIST_SETTLES = timedelta(seconds=60)
ASK_AGAIN = timedelta(seconds=20)
# A provider that cannot be asked for so long leaves it to the rules.
NO_ANSWER_FOR = timedelta(hours=1)

# Chosen once, apart from the UPDATE, as claims are: see claims.CLAIM.
ASK = """
WITH chosen AS MATERIALIZED (
    SELECT id FROM notifications_message
    WHERE status = 'unknown' AND (ask_at IS NULL OR ask_at <= clock_timestamp())
    ORDER BY ask_at NULLS FIRST, id LIMIT %s
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications_message AS m SET ask_at = clock_timestamp() + %s
FROM chosen WHERE m.id = chosen.id
RETURNING m.*
"""


def settle(
    roads: Mapping[str, Gateway], pool: ThreadPoolExecutor, *, most: int = ASKED_AT_ONCE
) -> Counter[str]:
    """Ask about the unknown outcomes that are due, and bring each where it belongs."""
    did: Counter[str] = Counter()
    asked = list(Message.objects.raw(ASK, [most, ASKING]))
    # Two messages with the same words to one number are told apart by what the others hold.
    traces = [
        (message, pool.submit(_ask, roads[message.channel], message, _taken(message)))
        for message in asked
    ]
    for message, trace in traces:
        status = _decide(message, trace.result())
        if status != Status.UNKNOWN:
            did[status] += 1
    return did


def _ask(road: Gateway, message: Message, taken: frozenset[str]) -> Trace:
    if message.gateway != road.name:
        # The settings changed since: nobody here knows that provider.
        return NoList()
    try:
        return road.find(message, taken=taken)
    except Exception as problem:
        logger.exception("Message %d: the gateway could not be asked.", message.pk)
        return NoAnswer(type(problem).__name__)


def _taken(message: Message) -> frozenset[str]:
    others = Message.objects.filter(channel=message.channel, to=message.to).exclude(provider_id="")
    return frozenset(others.exclude(pk=message.pk).values_list("provider_id", flat=True))


@transaction.atomic
def _decide(message: Message, trace: Trace) -> str:
    age = clock.now() - (message.began_at or message.created_at)
    match trace:
        case Found(provider_id, word, error_code):
            return _adopt(message, receipts.News(provider_id, word.lower(), error_code))
        case NotFound() | NoList() if age >= LIST_SETTLES:
            return _by_class(message)
        case NoAnswer() if age >= NO_ANSWER_FOR:
            return _by_class(message)
    _mine(message).update(ask_at=ClockTimestamp() + ASK_AGAIN)
    return Status.UNKNOWN


def _adopt(message: Message, news: receipts.News) -> str:
    """Take what the list says as if it were a receipt, unless another message took it meanwhile."""
    with connection.cursor() as cursor:
        # For this transaction only: of two with the same words one gets this id.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [message.to])
    if news.provider_id in _taken(message):
        _mine(message).update(ask_at=ClockTimestamp() + ASK_AGAIN)
        return Status.UNKNOWN
    if not receipts.take(message=message, news=news):
        # A word that moves nothing ("receiving"): but the provider has it, and that is enough.
        known = receipts.News(news.provider_id, "accepted")
        receipts.take(message=message, news=known)
    message.refresh_from_db(fields=["status"])
    return str(message.status)


def _by_class(message: Message) -> str:
    mine = _mine(message)
    if message.klass == MessageClass.CODE:
        changes: dict[str, object] = {
            "status": Status.FAILED,
            "body": "",
            "problem": "Whether it went out was never learnt; a code is not sent again.",
        }
    elif message.klass == MessageClass.TRANSACTIONAL and not message.resent:
        changes = {
            "status": Status.RETRY,
            "due_at": ClockTimestamp(),
            "resent": True,
            "problem": "Sent once more: whether it had gone out was never learnt.",
        }
    else:
        changes = {
            "status": Status.DEAD,
            "problem": "Whether it went out was never learnt; an operator decides.",
        }
    if changes["status"] != Status.RETRY:
        changes["finished_at"] = ClockTimestamp()
    if mine.update(ask_at=None, error_class=ErrorClass.UNKNOWN, **changes) != 1:
        return "overtaken"
    logger.warning("Message %d: outcome unknown, now %s.", message.pk, changes["status"])
    return str(changes["status"])


def _mine(message: Message) -> MessageQuerySet:
    return Message.objects.filter(pk=message.pk, status=Status.UNKNOWN, attempts=message.attempts)

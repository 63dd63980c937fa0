"""What a provider says later about a message that it took.

A receipt may come twice, late, out of order, before the answer to the call it is about, or for a
message that we believed lost. Each is kept as it came; the message itself only moves forward.
"""

import secrets
from dataclasses import dataclass

from django.db import transaction

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.notifications import breakers, numbers, twilio_errors
from esachivalaya.notifications.models import ErrorClass, Message, MessageClass, Receipt

Status = Message.Status

# The provider's words in ours. What is not here is kept as a receipt and moves nothing.
WORDS: dict[str, Message.Status] = {
    "accepted": Status.ACCEPTED,
    "scheduled": Status.ACCEPTED,
    "queued": Status.ACCEPTED,
    "sending": Status.ACCEPTED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
# How far each status is on the road; a receipt moves a message only further.
RANK: dict[str, int] = {Status.ACCEPTED: 1, Status.SENT: 2}
GOOD = frozenset({Status.ACCEPTED, Status.SENT, Status.DELIVERED})
# From these a good receipt takes a message even though we were about to send it (again): the
# provider has it. A database that was put back from a copy learns in this way what had gone out.
TAKEN_BACK = frozenset(
    {
        Status.QUEUED,
        Status.HELD,
        Status.RETRY,
        Status.CLAIMED,
        Status.SENDING,
        Status.UNKNOWN,
        Status.DEAD,
    }
)


@dataclass(frozen=True)
class News:
    """One word of the provider: its id of the message, its word, its error, the network."""

    provider_id: str
    word: str
    error_code: str = ""
    network: str = ""


def message_for(pk: int, token: str) -> Message | None:
    """Return the message of a status-callback address, or None when the token is not its own."""
    row = Message.objects.filter(pk=pk).only("pk", "callback_token").first()
    own = row.callback_token if row else secrets.token_urlsafe(24)
    right = secrets.compare_digest(own.encode(), token.encode())
    return row if row is not None and own and right else None


@transaction.atomic
def take(*, message: Message, news: News) -> bool:
    """Keep one receipt and move the message if it says something new; True when it did.

    The same receipt again changes nothing and is kept once. A final state is never undone. A bad
    word about another call than the last one (a message that was sent again) is only kept.
    """
    row = Message.objects.select_for_update().get(pk=message.pk)
    wanted = WORDS.get(news.word)
    moves = wanted is not None and _moves(row, wanted, news)
    Receipt.objects.bulk_create(
        [
            Receipt(
                message=row,
                provider_id=news.provider_id[:64],
                status=news.word[:32],
                error_code=news.error_code[:16],
                network=news.network[:32],
                moved=moves,
            )
        ],
        ignore_conflicts=True,
    )
    if not moves or wanted is None:
        return False
    Message.objects.filter(pk=row.pk).update(**_changes(row, wanted, news))
    if wanted in {Status.UNDELIVERED, Status.FAILED} and news.error_code:
        numbers.mark(channel=row.channel, address=row.to, error_code=news.error_code)
        if row.gateway and twilio_errors.class_of(news.error_code) == ErrorClass.CONFIGURATION:
            # The account is at fault and not this number: the queue waits instead of failing.
            breakers.trip(
                gateway=row.gateway,
                channel=row.channel,
                problem=f"A receipt says error {news.error_code[:16]}.",
            )
    return True


def _moves(row: Message, wanted: str, news: News) -> bool:
    if row.status in Message.FINAL - {Status.DEAD}:
        return False
    if wanted in GOOD and row.status in TAKEN_BACK:
        return True
    # A bad word counts only for the call that is the last one, or whose answer is still out.
    if wanted not in GOOD and row.provider_id not in {"", news.provider_id}:
        return False
    if wanted not in GOOD and row.resent and not row.provider_id:
        # The second call is still out, and this may be about the first.
        return False
    if row.status in {Status.SENDING, Status.UNKNOWN}:
        return True
    return row.status in RANK and RANK.get(wanted, 3) > RANK[row.status]


def _changes(row: Message, wanted: Message.Status, news: News) -> dict[str, object]:
    changes: dict[str, object] = {
        "status": wanted,
        "lease_until": None,
        "ask_at": None,
        "network": news.network[:32] or row.network,
    }
    if not row.provider_id or wanted in GOOD:
        changes["provider_id"] = news.provider_id[:64]
    if row.accepted_at is None and wanted in GOOD:
        changes["accepted_at"] = ClockTimestamp()
    if wanted in Message.FINAL:
        changes["finished_at"] = ClockTimestamp()
    if wanted in GOOD:
        changes.update(problem="", error_class="", error_code="")
        if row.klass == MessageClass.CODE:
            # It is on the phone now, and a code is nobody else's business.
            changes["body"] = ""
    else:
        changes.update(
            problem=f"The network did not deliver it (error {news.error_code or 'not said'})."[
                :200
            ],
            error_class=twilio_errors.class_of(news.error_code) or ErrorClass.PERMANENT,
            error_code=news.error_code[:16],
        )
    return changes

"""Messages that were given up: an operator may send one again, and says why."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from esachivalaya.audit import services as audit
from esachivalaya.common import clock
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications import nudge
from esachivalaya.notifications.models import Message, MessageClass
from esachivalaya.notifications.querysets import MessageQuerySet

Status = Message.Status
LONGEST_REASON = 500


def letters() -> MessageQuerySet:
    """The messages that wait for an operator, the newest first."""
    return Message.objects.filter(status=Status.DEAD).order_by("-finished_at", "-id")


@transaction.atomic
def replay(*, message: Message, by: Any, reason: str) -> Message:
    """Put a dead letter back into the queue, with the operator's reason in the record.

    Of two operators one wins, the other gets Overtaken. What is worthless by now, whose words are
    gone, or which is a code is refused: whoever wants a code asks for a new one.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Refusal(_("Say why, in at most 500 characters: the record keeps it."), field="reason")
    row: Message = Message.objects.select_for_update().get(pk=message.pk)
    if row.status != Status.DEAD:
        raise Overtaken(row)
    if row.klass == MessageClass.CODE:
        raise Refusal(_("A code is not sent again: a new one is asked for."))
    if not row.body or not row.to:
        raise Refusal(_("The words of this message were removed: it cannot be sent again."))
    if not Message.objects.fresh().filter(pk=row.pk).exists():
        raise Refusal(_("This message would come too late."))
    Message.objects.filter(pk=row.pk, status=Status.DEAD).update(
        status=Status.QUEUED,
        due_at=ClockTimestamp(),
        attempts=0,
        resent=row.resent,
        finished_at=None,
        ask_at=None,
    )
    audit.record(
        row,
        "message_replayed",
        at=clock.now(),
        by=by,
        data={"reason": reason, "problem": row.problem, "attempts": row.attempts},
    )
    transaction.on_commit(lambda: nudge.wake(row.klass), robust=True)
    row.refresh_from_db()
    return row

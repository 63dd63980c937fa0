"""How long the words of messages are kept: those of a code as long as it can be used, others days.

What remains are the figures: class, status, times, segments, template, errors, network.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.notifications.models import Message, MessageClass, NumberMark

# One sweep removes at most so many, so that nobody waits for it; the next goes on.
AT_ONCE = 5000
# A code without a time of its own is useless after this.
CODE_LIVES = timedelta(hours=1)
MOVING = ("queued", "held", "retry", "claimed", "sending", "unknown")


def forget_codes() -> int:
    """Wipe the words of codes that can no longer be used, wherever they stopped."""
    over = Q(expires_at__lte=ClockTimestamp()) | Q(
        expires_at__isnull=True, created_at__lte=ClockTimestamp() - CODE_LIVES
    )
    rows = Message.objects.filter(over, klass=MessageClass.CODE).exclude(body="")
    # One that is just being sent is left to its worker.
    done = rows.exclude(status__in=["claimed", "sending"])
    pks = list(done.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return int(Message.objects.filter(pk__in=pks).update(body=""))


def redact() -> int:
    """Remove words, number and secret of messages that are older than the settings allow."""
    kept = timedelta(days=settings.MESSAGE_RETENTION_DAYS)
    # A reminder is written long before it goes: until it has ended, its own time counts.
    over = Q(due_at__lte=ClockTimestamp() - kept) | Q(status__in=Message.FINAL)
    old = Message.objects.filter(
        over, redacted_at__isnull=True, created_at__lte=ClockTimestamp() - kept
    ).exclude(status__in=MOVING)
    pks = list(old.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
    return int(
        Message.objects.filter(pk__in=pks).update(
            subject="",
            body="",
            to="",
            callback_token="",
            redacted_at=ClockTimestamp(),
        )
    )


def forget_marks() -> int:
    """Remove marks of numbers that no longer hold."""
    removed, _by_model = NumberMark.objects.filter(until__lte=ClockTimestamp()).delete()
    return removed

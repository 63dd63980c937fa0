"""Emptying mailboxes: what is in them are addresses, which are personal data."""

from datetime import timedelta

from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.retry import on_deadlock
from meetings.models import Room, Seat, Signal

KEPT = timedelta(minutes=2)


def empty_mailbox(seat: Seat) -> None:
    """Remove every signal to and from ``seat``."""
    Signal.objects.filter(to=seat).delete()
    Signal.objects.filter(sender=seat).delete()


def empty_room(room: Room) -> None:
    """Remove every signal of ``room``."""
    Signal.objects.filter(room=room).delete()


@on_deadlock
def remove_old() -> int:
    """Remove signals older than two minutes; return how many there were."""
    removed, _by_model = Signal.objects.filter(made_at__lt=ClockTimestamp() - KEPT).delete()
    return removed

"""The workers' entrance. Arguments name a lane, never a person."""

from celery import shared_task

from esachivalaya.notifications import delivery


# It claims by compare-and-set, so that a task that Redis gives out twice sends nothing twice.
@shared_task(name="notifications.send_messages")  # type: ignore[untyped-decorator]
def send_messages(lane: str = "") -> None:
    """Send what is due: one lane when nudged, everything when swept."""
    delivery.send_due(lane)

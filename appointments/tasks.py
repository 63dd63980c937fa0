"""Periodic work of the appointments: keeping the 24-hour promise."""

from celery import shared_task

from appointments.services import deadlines, ladder
from esachivalaya.common import sweeps


@shared_task(name="appointments.enforce_deadlines")  # type: ignore[untyped-decorator]
def enforce_deadlines() -> None:
    """Answer what is due and take the rungs whose time has come. Safe to run twice at once."""
    deadlines.sweep()
    ladder.climb()
    sweeps.done("enforce_deadlines")

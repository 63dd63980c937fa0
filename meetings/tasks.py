"""Periodic work of the meetings."""

from celery import shared_task

from esachivalaya.common import sweeps
from meetings.services import link_checks, rooms


@shared_task(name="meetings.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Close and plan rooms, check those whose meetings are near. Safe to run twice at once."""
    rooms.sweep()
    link_checks.sweep()
    sweeps.done("meetings")

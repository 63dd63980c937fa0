"""Periodic work of the appointments: keeping the 24-hour promise."""

from celery import shared_task

from appointments import board
from appointments.services import deadlines, drawing, earlier, follow_up, ladder
from esachivalaya.common import sweeps


@shared_task(name="appointments.enforce_deadlines")  # type: ignore[untyped-decorator]
def enforce_deadlines() -> None:
    """Answer what is due and take the rungs whose time has come. Safe to run twice at once."""
    deadlines.sweep()
    ladder.climb()
    sweeps.done("enforce_deadlines")


@shared_task(name="appointments.follow_up")  # type: ignore[untyped-decorator]
def follow_up_meetings() -> None:
    """Remind of outcomes and of what was decided to be done. Safe to run twice at once."""
    follow_up.sweep()
    sweeps.done("follow_up")


@shared_task(name="appointments.draw_earlier")  # type: ignore[untyped-decorator]
def draw_earlier() -> None:
    """Tell those who wish of the times that became free. Safe to run twice at once."""
    earlier.draw()
    sweeps.done("draw_earlier")


@shared_task(name="appointments.draw_lots")  # type: ignore[untyped-decorator]
def draw_lots() -> None:
    """Hold the draws whose time has come. Safe to run twice at once."""
    drawing.draw_due()
    sweeps.done("draw_lots")


@shared_task(name="appointments.roll_up")  # type: ignore[untyped-decorator]
def roll_up_promise() -> None:
    """Roll up the days of the promise board that are judged. Safe to run twice at once."""
    board.roll_up()
    sweeps.done("roll_up")

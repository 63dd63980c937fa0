"""Periodic work of e-Office. Each is safe to run twice at once."""

from celery import shared_task

from eoffice.services import asking, charges_passing, counting
from esachivalaya.common import sweeps


@shared_task(name="eoffice.close_questions")  # type: ignore[untyped-decorator]
def close_questions() -> None:
    """Remind the desks that were asked; record the silence of those whose date has passed."""
    asking.remind_due()
    asking.close_due()
    sweeps.done("eoffice_close_questions")


@shared_task(name="eoffice.roll_up")  # type: ignore[untyped-decorator]
def roll_up_days() -> None:
    """Count the days that are over, and those that were missed."""
    counting.roll_up()
    sweeps.done("eoffice_roll_up")


@shared_task(name="eoffice.report_charges")  # type: ignore[untyped-decorator]
def report_charges() -> None:
    """Write the charge reports of charges that ended or began at an hour set before."""
    charges_passing.sweep()
    sweeps.done("eoffice_report_charges")

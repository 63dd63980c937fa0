"""Periodic work of the accounts."""

from celery import shared_task

from esachivalaya.accounts.services import new_number
from esachivalaya.common import sweeps


@shared_task(name="accounts.change_numbers")  # type: ignore[untyped-decorator]
def change_numbers() -> None:
    """Make the changes of numbers whose time to object is over. Safe to run twice at once."""
    new_number.settle_due()
    sweeps.done("change_numbers")

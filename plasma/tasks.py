"""Periodic work of the campaigns. Arguments name nobody; each is safe to run twice at once."""

from celery import shared_task

from esachivalaya.common import sweeps
from plasma.services import handing_over, needs, pledges, receipts, retention, unrecorded


@shared_task(name="plasma.hand_over")  # type: ignore[untyped-decorator]
def hand_over() -> None:
    """Read what became of the messages, then hand over what the pace allows."""
    receipts.sweep()
    handing_over.tick()
    sweeps.done("plasma_hand_over")


@shared_task(name="plasma.end_campaigns")  # type: ignore[untyped-decorator]
def end_campaigns() -> None:
    """End the campaigns whose end has passed; see how far the hospitals' requests are."""
    handing_over.end_due()
    needs.follow()
    sweeps.done("plasma_end_campaigns")


@shared_task(name="plasma.erase_due")  # type: ignore[untyped-decorator]
def erase_due() -> None:
    """Erase the donors whose data leave; what a kill leaves over, the next hour does."""
    retention.sweep()
    sweeps.done("plasma_erase_due")


@shared_task(name="plasma.expire_pledges")  # type: ignore[untyped-decorator]
def expire_pledges() -> None:
    """End the pledges for which no time was chosen in two weeks."""
    pledges.expire()
    sweeps.done("plasma_expire_pledges")


@shared_task(name="plasma.end_unrecorded")  # type: ignore[untyped-decorator]
def end_unrecorded() -> None:
    """Remind the banks of visits that nobody wrote down, and end those of three days ago."""
    unrecorded.sweep()
    sweeps.done("plasma_end_unrecorded")

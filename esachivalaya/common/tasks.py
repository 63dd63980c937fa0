"""Regular work that belongs to no app."""

from celery import shared_task

from esachivalaya.common import old_rows


@shared_task(name="common.sweep_old_rows")  # type: ignore[untyped-decorator]
def sweep_old_rows() -> None:
    """Remove rows that have served their time, hourly."""
    old_rows.sweep()

"""Rows that have served their time, removed by the hourly sweep."""

import logging
from datetime import timedelta

from django.db import DatabaseError, transaction

from esachivalaya.common import registry, sweeps
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.models import SentForm

logger = logging.getLogger(__name__)

# A form that is sent again a week later is a new wish.
FORMS_KEPT = timedelta(days=7)


def forget_sent_forms() -> int:
    """Remove the memory of forms sent more than a week ago."""
    removed, _by_model = SentForm.objects.filter(sent_at__lt=ClockTimestamp() - FORMS_KEPT).delete()
    return removed


def sweep() -> int:
    """Let every app remove its old rows, and return how many went.

    Each does so in a transaction of its own: one that fails is logged and keeps none of the others
    from their work, but then the sweep does not count as done.
    """
    removed, failed = 0, False
    for remove in registry.old_rows:
        try:
            with transaction.atomic():
                removed += remove()
        except DatabaseError:
            failed = True
            logger.exception("Old rows stay: %s failed.", remove.__qualname__)
    if not failed:
        sweeps.done("sweep_old_rows")
    return removed

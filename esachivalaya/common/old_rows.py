"""Rows that have served their time, removed by the hourly sweep."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

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

    Each does so in a transaction of its own, or in one for each step: one that fails, in whatever
    way, is logged and keeps none of the others from their work, but then the sweep does not count
    as done.
    """
    counts = [
        *(_removed_by(remove, transaction.atomic()) for remove in registry.old_rows),
        *(_removed_by(remove, nullcontext()) for remove in registry.old_rows_apart),
    ]
    if None not in counts:
        sweeps.done("sweep_old_rows")
    return sum(count or 0 for count in counts)


def _removed_by(remove: Callable[[], int], inside: AbstractContextManager[object]) -> int | None:
    """Return how many rows went by ``remove``, or None when it failed."""
    try:
        with inside:
            return remove()
    except SoftTimeLimitExceeded:
        # The whole sweep's time is over, not that of this one.
        raise
    except Exception as problem:
        sweeps.log_failure(logger, f"Old rows stay: {remove.__qualname__} failed", problem)
        return None

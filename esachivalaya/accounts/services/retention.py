"""What the accounts keep for a time only, removed by the hourly sweep."""

from datetime import timedelta

from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.sessions.models import Session

from esachivalaya.accounts.models import NumberChange
from esachivalaya.common.clock import ClockTimestamp

# Failed sign-ins with their addresses: logs are kept for 180 days at least (CERT-In's directions
# of 28 April 2022) and for a year (Digital Personal Data Protection Rules 2025, rule 6).
SIGN_IN_LOGS_KEPT = timedelta(days=365)
# A change of numbers can be asked about for a year after it ended.
NUMBER_CHANGES_KEPT = timedelta(days=365)
AT_ONCE = 5000


def forget_sessions() -> int:
    """Remove sessions that are over, and what their own page showed of them."""
    over = Session.objects.filter(expire_date__lt=ClockTimestamp()).values_list("pk", flat=True)
    removed, _by_model = Session.objects.filter(pk__in=list(over[:AT_ONCE])).delete()
    return removed


def forget_failed_sign_ins() -> int:
    """Remove failed sign-ins of staff with their addresses after a year."""
    before = ClockTimestamp() - SIGN_IN_LOGS_KEPT
    removed = 0
    for model in (AccessAttempt, AccessFailureLog):
        removed += model.objects.filter(attempt_time__lt=before).delete()[0]
    return removed


def forget_numbers() -> int:
    """Wipe both numbers and the reason of changes that ended a year ago."""
    before = ClockTimestamp() - NUMBER_CHANGES_KEPT
    old = NumberChange.objects.filter(ended_at__lt=before).exclude(new_phone="")
    return old.update(old_phone="", new_phone="", reason="")

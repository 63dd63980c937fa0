"""Keeping feedback."""

from datetime import timedelta

from django.db import transaction

from esachivalaya.common import clock
from esachivalaya.common.idempotency import AlreadySent, claim, digest_of
from esachivalaya.common.words import tidy
from esachivalaya.pages.models import Feedback

# The form is open to everybody, so one hour takes a bounded number of rows.
MOST_PER_HOUR = 200


# What somebody wrote about the portal is of use for a year.
KEPT = timedelta(days=365)


class TooMuchFeedbackError(Exception):
    """The hour's share of feedback is used up; nothing was stored."""


@transaction.atomic
def give_feedback(*, by: str, key: str, kind: str, words: str, contact: str, language: str) -> None:
    """Store what somebody writes, once per key; numbers like Aadhaar numbers are masked.

    ``by`` names the session or user that the key belongs to, it is not stored with the feedback.
    """
    data = {"kind": kind, "words": words, "contact": contact}
    try:
        claim(principal=by, form="feedback", key=key, digest=digest_of(data), result="thanks")
    except AlreadySent:
        return
    hour = clock.now() - timedelta(hours=1)
    if Feedback.objects.filter(written_at__gt=hour).count() >= MOST_PER_HOUR:
        raise TooMuchFeedbackError
    Feedback.objects.create(
        kind=kind,
        words=tidy(words),
        contact=tidy(contact),
        language=language,
    )


def forget_old() -> int:
    """Remove feedback that was written more than a year ago."""
    removed, _by_model = Feedback.objects.filter(
        written_at__lt=clock.ClockTimestamp() - KEPT
    ).delete()
    return removed

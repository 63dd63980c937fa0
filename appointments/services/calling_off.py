"""Calling off many meetings and requests in one act of an office, as many rows as one statement.

Each comes to the same end as by :func:`outcomes.close`; whoever it befalls has priority next time.
An offer is taken back by itself: its request goes on.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from appointments.models import EarlierWish, Hold, Offer, Request
from appointments.services import letters, links, outcomes
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import Act, record, record_all, subject_of
from esachivalaya.common import registry
from esachivalaya.common.states import Overtaken
from esachivalaya.notifications.services import Letter

Status = Request.Status
BATCH = 500
ENDS = {Status.CONFIRMED: Status.CANCELLED_BY_OFFICE, Status.REQUESTED: Status.DECLINED}
TEMPLATES = {
    Status.CANCELLED_BY_OFFICE: "request_cancelled_by_office",
    Status.DECLINED: "request_declined",
}


def call_off(rows: Sequence[Request], *, by: User, words: str, moment: datetime) -> list[Letter]:
    """End ``rows``, which the caller has locked, with the office's words; return the letters.

    A confirmed meeting is cancelled by the office, a waiting request declined. Both carry the
    reason that the office is closed, which is what gives priority: it was no doing of the
    citizen's. The freed time is not told to who wishes for an earlier one: it is closed.
    """
    told: list[Letter] = []
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        confirmed = [row.pk for row in batch if row.status == Status.CONFIRMED]
        for status in ENDS:
            _end([row for row in batch if row.status == status], status, words, moment)
        _leave_nothing_open(batch, moment)
        record_all((_act(row, by, words) for row in batch), at=moment)
        registry.cancelled.of_all(letters.KIND, confirmed)
        waiting = [row.pk for row in batch if row.pk not in set(confirmed)]
        registry.changed_while_waiting.of_all(letters.KIND, waiting)
        told += [letters.to_citizen(row, TEMPLATES[Status(row.status)]) for row in batch]
    return told


def take_offer_back(
    row: Request, *, starts_at: datetime, by: User, words: str, moment: datetime, tell: bool
) -> list[Letter]:
    """End the open offer of ``row``, which the caller has locked; return the letter of it.

    The time first asked for stays held and the due time stays. Without ``tell`` nobody is written
    to: whoever hears of another change of the same request hears of that one only.
    """
    outcomes.end_offer(row, status=Offer.Status.WITHDRAWN, at=moment)
    row.version += 1
    row.save(update_fields=["version"])
    data = {"starts_at": starts_at, "words": words}
    record(row, "offer_withdrawn", at=moment, by=by, post_code=row.post.code, data=data)
    if not tell:
        return []
    return [
        letters.to_citizen(
            row,
            "offer_withdrawn",
            event=str(row.version),
            when=letters.moment_words(starts_at),
            due=letters.moment_words(row.due_at),
        )
    ]


def _end(rows: Sequence[Request], status: Status, words: str, moment: datetime) -> None:
    """Move ``rows`` from ``status`` to its end, by compare-and-set."""
    changes = {
        "status": ENDS[status],
        "closed_at": moment,
        "next_reminder_at": None,
        "decline_reason": Request.DeclineReason.CLOSED,
        "words": words,
        **({"answered_at": moment} if status == Status.REQUESTED else {}),
    }
    as_read = Request.objects.filter(pk__in=[row.pk for row in rows], status=status)
    if as_read.update(version=F("version") + 1, **changes) != len(rows):
        raise Overtaken(rows[0])
    for row in rows:
        for name, value in changes.items():
            setattr(row, name, value)
        row.version += 1


def _leave_nothing_open(rows: Sequence[Request], moment: datetime) -> None:
    """End offers, links and wishes of ``rows``, and free what they held."""
    Offer.objects.filter(request__in=rows, status=Offer.Status.OPEN).update(
        status=Offer.Status.WITHDRAWN, answered_at=moment
    )
    links.revoke_all(rows, at=moment)
    EarlierWish.objects.filter(request__in=rows, ended_at=None).update(ended_at=moment)
    Hold.objects.filter(request__in=rows, released_at__isnull=True).update(released_at=moment)


def _act(row: Request, by: User, words: str) -> Act:
    kind, pk = subject_of(row)
    data = {"reason": Request.DeclineReason.CLOSED.value, "words": words}
    return Act(kind, pk, row.status, by.pk, row.post.code, data)

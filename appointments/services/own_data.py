"""What appointments hold of a person: handed out to them, and removed when they are erased.

Source: Digital Personal Data Protection Act 2023, sections 11 and 12; docs/privacy.md says what
remains and why.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from appointments.models import (
    Action,
    Attachment,
    CallBack,
    Companion,
    DrawWish,
    PhoneCall,
    Request,
    Waiver,
)
from appointments.services.letters import KIND
from esachivalaya.audit.services import forget_words
from esachivalaya.common import formats, registry, stored_files, sweeps
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.registry import Held
from esachivalaya.common.retry import on_deadlock

logger = logging.getLogger(__name__)
# Where a constraint asks for words, and there are none any more.
NO_WORDS = "–"
# What somebody wrote and attached is kept so long after the matter is over.
WORDS_KEPT = timedelta(days=3 * 365)
AT_ONCE = 200


def of_citizen(pk: int) -> list[Held]:
    """Return the person's requests and their wishes in draws.

    Without the private ones: those open with their PIN alone, and whoever shares the phone does not
    learn that there are any.
    """
    requests = list(
        Request.objects.filter(citizen_id=pk, private=False)
        .select_related("post", "category", "outcome", "rating")
        .prefetch_related("companions", "attachments", "outcome__actions")
        .order_by("pk")
    )
    wishes = list(DrawWish.objects.filter(citizen_id=pk).select_related("draw__post"))
    return [
        Held(
            "requests",
            _("Your requests"),
            [_whole(row) for row in requests],
            [_line(row) for row in requests],
        ),
        Held(
            "draws",
            _("Your wishes in draws"),
            [
                {"office": row.draw.post.code, "status": row.status, "mobile_number": row.phone}
                for row in wishes
            ],
            [(str(row.draw.post), str(row.get_status_display())) for row in wishes],
        ),
    ]


def _line(row: Request) -> tuple[str, str]:
    asked, state = formats.date_short(row.created_at), str(row.get_status_display())
    told = [str(row.post), row.subject, asked, state]
    return formats.grouped_reference(row.reference), ", ".join(told)


def _whole(row: Request) -> dict[str, Any]:
    outcome = getattr(row, "outcome", None)
    rating = getattr(row, "rating", None)
    return {
        "reference": row.reference,
        "office": row.post.code,
        "status": row.status,
        "asked_at": row.created_at,
        "answered_at": row.answered_at,
        "meeting_from": row.starts_at,
        "mobile_number": row.phone,
        "field": row.category.code,
        "subject": row.subject,
        "sought": row.sought,
        "description": row.description,
        "needs_interpreter": row.needs_interpreter,
        "needs_accessible_seat": row.needs_accessible_seat,
        "words_of_the_office": row.words,
        "companions": [
            {"name": one.name, "relation": one.relation, "mobile_number": one.phone}
            for one in row.companions.all()
        ],
        "papers": [one.name for one in row.attachments.all()],
        "decision": outcome.decision if outcome else "",
        "actions": [
            {"what": one.what, "by": one.by_day, "status": one.status, "words": one.words}
            for one in (outcome.actions.all() if outcome else ())
        ],
        "rating": {"stars": rating.stars, "words": rating.words} if rating else None,
    }


def erase_citizen(pk: int) -> None:
    """Remove what the person wrote and attached, whom they brought, and every number of theirs.

    What is private keeps its words until their time is over: whoever shares the phone can take it
    from nobody. Its PIN opens it as before.
    """
    DrawWish.objects.filter(citizen_id=pk).update(phone="")
    Waiver.objects.filter(citizen_id=pk).update(reason=NO_WORDS)
    theirs = Request.objects.filter(citizen_id=pk)
    theirs.update(phone="")
    _forget_numbers(list(theirs.values_list("pk", flat=True)))
    _empty(theirs.filter(private=False))


def forget_old_words() -> int:
    """Remove the same of requests that were over three years ago; called by the hourly sweep.

    The request stays as the office's record: who was asked, when, and what was answered. Each goes
    in a transaction of its own, 200 at most: one that cannot be emptied keeps no other waiting.
    """
    emptied = 0

    def step(without: frozenset[int], tried: list[int]) -> int:
        nonlocal emptied
        if emptied == AT_ONCE:
            return 0
        found = _empty_next(without, tried)
        emptied += found
        return found

    return sweeps.one_by_one(step, logger=logger, failing="The words of request {} stay".format)


@on_deadlock
@transaction.atomic
def _empty_next(without: frozenset[int], tried: list[int]) -> int:
    over = Request.objects.exclude(status__in=[Request.Status.REQUESTED, Request.Status.CONFIRMED])
    owed = Action.objects.exclude(status__in=[Action.Status.DONE, Action.Status.CLOSED])
    old = over.filter(answered_at__lt=ClockTimestamp() - WORDS_KEPT).exclude(subject="")
    due = old.exclude(pk__in=owed.values("outcome__request_id")).order_by("pk")
    pk = due.exclude(pk__in=without).values_list("pk", flat=True).first()
    if pk is None:
        return 0
    tried.append(pk)
    _empty(Request.objects.filter(pk=pk))
    return 1


def _empty(rows: QuerySet[Request]) -> None:
    """Empty these requests, which are over; what is append-only stands (outcome, rating, bump).

    How many came along stays, without a word about them: seats in the meeting's room refer to them.
    """
    pks = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    of_these = Request.objects.filter(pk__in=pks)
    of_these.filter(words="").update(subject="", sought="", description="", phone="")
    of_these.exclude(words="").update(
        subject="", sought="", description="", phone="", words=NO_WORDS
    )
    Companion.objects.filter(request__in=pks).update(name=NO_WORDS, relation="", phone="")
    _forget_numbers(pks)
    papers = Attachment.objects.filter(request__in=pks)
    kept = list(papers.values_list("stored_id", flat=True))
    papers.delete()
    stored_files.forget(*kept)
    forget_words(KIND, [str(pk) for pk in pks])
    registry.words_forgotten.of_all(KIND, pks)


def _forget_numbers(pks: list[int]) -> None:
    """Forget from which number somebody called about these requests, or wanted to be called."""
    wishes = CallBack.objects.filter(request__in=pks)
    # Without its number nobody can fulfil it: the office's desk does not ask for it any more.
    wishes.filter(done_at=None).delete()
    wishes.update(phone="")
    PhoneCall.objects.filter(request__in=pks).delete()

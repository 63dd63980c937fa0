"""Asking other desks without moving the file: one question, or parallel views with a closing date.

The asked desk sees the question and the chosen papers until it has answered, was relieved of it or
stayed silent; its answer stands in the noting as a sealed note. Silence is recorded and told.
Source: domain rules of e-Office, "What none of them has" and invariants 1, 3, 7.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from eoffice.models import (
    Classification,
    Correspondence,
    Desk,
    File,
    Holding,
    Item,
    Movement,
    Note,
    Opening,
    Question,
)
from eoffice.permissions import OFFICERS, Seat, may_see
from eoffice.services import ask_letters, ledger, notes
from eoffice.services.locking import in_hand, locked, seated
from eoffice.services.openings import NotSeen
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import ClockTimestamp, at, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.sweeps import one_by_one
from esachivalaya.common.words import tidy
from officials.models import Charge

logger = logging.getLogger(__name__)
Act = Movement.Act
# So many desks are asked at once; who asks more holds a meeting.
MOST = 12
LONGEST_DAYS = 90
LAST_MINUTE = time(23, 59)
# The asked desk is reminded so long before the closing date.
REMINDED_BEFORE = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """What is asked: the words, until the end of which day, and what of the file may be read."""

    words: str
    until: date
    papers: Sequence[Correspondence] = ()


@on_deadlock
@transaction.atomic
def ask(*, file: File, desk: Desk, by: User, to: Sequence[Desk], wanted: Wanted) -> list[Question]:
    """Ask the desks ``to`` at once, with one closing date; the file stays where it is.

    :class:`Refused` for a closed desk, the own one or none, for a day that has passed, for papers
    that are not in the file, and for a confidential file where no officer is to read it.
    """
    item, _holding, seat = in_hand(file.pk, desk=desk, by=by)
    if item.status != Item.Status.OPEN:
        raise Refused("closed", _("The file is closed. Reopen it first."))
    moment = now()
    _check(item, seat, to, wanted, moment)
    last = Question.objects.filter(item=item).aggregate(found=Max("round"))["found"]
    made = [_asked(item, seat, target, wanted, (last or 0) + 1, moment) for target in to]
    ask_letters.asked(made)
    return made


@on_deadlock
@transaction.atomic
def answer(*, question: Question, desk: Desk, by: User, words: str) -> Note:
    """Write the view of ``desk`` into the noting, wherever the file lies; its access ends with it.

    Two who answer at once: one answer, the other gets :class:`Refused`. So does who comes after the
    closing date, whether the silence was recorded by then or not.
    """
    item, row, seat = _open_question(question, desk, by)
    text = tidy(words).strip()
    if len(text) < 2:
        raise Refused("words", _("Write your view first."), field="words")
    moment = now()
    _still_open(row, moment)
    note, sealed = notes.write_sealed(item, seat, moment, text)
    row.answer, row.answered_by, row.answered_at, row.note = text, by, moment, note
    row.save(update_fields=["answer", "answered_by", "answered_at", "note"])
    ledger.append(
        item,
        Act.ANSWERED,
        seat=seat,
        at=moment,
        to_desk=row.from_desk,
        more={"question": row.pk, "notes": [sealed]},
    )
    return note


@on_deadlock
@transaction.atomic
def withdraw(*, question: Question, desk: Desk, by: User) -> Question:
    """Take a question back, at the desk that asked or the one that has the file now."""
    item = locked([question.item_id])[question.item_id]
    row = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
    seat = seated(by, desk)
    here = Holding.objects.at(desk.pk).filter(item=item).exists()
    may = Item.objects.filter(pk=item.pk)
    if seat is None or not (here or row.from_desk_id == desk.pk):
        raise PermissionDenied
    if not may.filter(may_see(seat)).exists():
        raise PermissionDenied
    moment = now()
    if row.answered_at or row.silent_at or row.withdrawn_at:
        raise Refused("ended", _("This question has ended already."))
    row.withdrawn_at = moment
    row.save(update_fields=["withdrawn_at"])
    more = {"question": row.pk}
    ledger.append(item, Act.ASK_WITHDRAWN, seat=seat, at=moment, to_desk=row.to_desk, more=more)
    return row


def waiting_at(seat: Seat) -> QuerySet[Question]:
    """Return the questions that wait for the desk of ``seat``, as far as this person may read them.

    Nothing else of e-Office opens a question or its papers: what has ended is not found any more.
    """
    rows = Question.objects.open().filter(to_desk=seat.desk, closes_at__gt=ClockTimestamp())
    allowed = rows.filter(item__in=Item.objects.filter(may_see(seat)))
    return allowed.order_by("closes_at", "pk")


@on_deadlock
@transaction.atomic
def opened(*, question: Question, seat: Seat, what: str) -> Opening:
    """Keep that the asked desk opens a question or one of its papers, before it is shown.

    Raises :class:`eoffice.services.openings.NotSeen` when the question ended a moment ago. It is no
    reading of the file: that is the holding desk's.
    """
    row = waiting_at(seat).select_for_update(of=("self",)).filter(pk=question.pk).first()
    if row is None:
        raise NotSeen
    return Opening.objects.create(
        item_id=row.item_id, desk=seat.desk, by=seat.charge.user, what=what[:40]
    )


def close_due() -> int:
    """Record the silence of every desk whose closing date passed, and tell who asked."""
    return one_by_one(_close_next, logger=logger, failing=lambda pk: f"Question {pk} is not closed")


@on_deadlock
@transaction.atomic
def remind_due() -> int:
    """Remind, once, the desks whose closing date is near; return how many questions that were."""
    moment = now()
    near = Question.objects.open().filter(
        closes_at__gt=moment,
        closes_at__lte=moment + REMINDED_BEFORE,
        reminded_at__isnull=True,
        # Who was asked only today has just been told.
        asked_at__lte=moment - timedelta(hours=6),
    )
    rows = list(near.order_by("pk").select_for_update(of=("self",), skip_locked=True))
    ask_letters.reminded(rows)
    Question.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_at=moment)
    return len(rows)


@on_deadlock
@transaction.atomic
def _close_next(without: frozenset[int], tried: list[int]) -> int:
    """Close what is over of one round of views, in one letter to who asked; 0 when nothing is."""
    moment = now()
    over = Question.objects.open().filter(closes_at__lte=moment)
    first = over.exclude(pk__in=without).order_by("pk").first()
    if first is None:
        return 0
    tried.append(first.pk)
    # The file before its questions, in the order in which who answers locks them.
    item = locked([first.item_id])[first.item_id]
    together = over.filter(item=first.item_id, round=first.round)
    # Locked and asked again: what was answered at this moment is not silent.
    rows = list(together.order_by("pk").select_for_update(of=("self",)))
    # The lock may have been waited for: no entry is older than the one before it.
    moment = now()
    for row in rows:
        row.silent_at = moment
        row.save(update_fields=["silent_at"])
        more = {"question": row.pk, "round": row.round, "until": row.closes_at.isoformat()}
        ledger.append_silence(item, at=moment, to_desk=row.to_desk, more=more)
        record(row, "view_not_received", at=moment, data={"desk": row.to_desk_id})
    if rows:
        ask_letters.silent(rows)
    return max(1, len(rows))


def _check(item: Item, seat: Seat, to: Sequence[Desk], wanted: Wanted, moment: datetime) -> None:
    if not to or len({desk.pk for desk in to}) != len(to):
        raise Refused("to", _("Choose each desk once."), field="to")
    if len(to) > MOST:
        raise Refused("to", _("At most 12 desks are asked at once."), field="to")
    rows = Desk.objects.filter(pk__in=[desk.pk for desk in to])
    if rows.filter(pk=seat.desk.pk).exists():
        raise Refused("same_desk", _("It lies at this desk."), field="to")
    if rows.filter(closed_at__isnull=False).exists():
        raise Refused("desk_closed", _("This desk is closed. Choose another."), field="to")
    if item.classification >= Classification.CONFIDENTIAL:
        officers = Charge.objects.live().filter(post__in=rows.values("pk"), kind__in=OFFICERS)
        if officers.values("post").distinct().count() != len(to):
            raise Refused(
                "confidential",
                _("It is confidential: an officer of the asked desk has to be there to read it."),
                field="to",
            )
    today = day_of(moment)
    if not today <= wanted.until <= today + timedelta(days=LONGEST_DAYS):
        raise Refused("until", _("Choose a day within the next 90 days."), field="until")
    if len(tidy(wanted.words).strip()) < 5:
        raise Refused("words", _("Write what you ask."), field="words")
    papers = Correspondence.objects.filter(
        pk__in=[paper.pk for paper in wanted.papers], file=item.pk, removed_at__isnull=True
    )
    if papers.count() != len(wanted.papers):
        raise Refused("papers", _("A paper is not in the file any more."), field="papers")


def _asked(
    item: Item, seat: Seat, target: Desk, wanted: Wanted, number: int, moment: datetime
) -> Question:
    words = tidy(wanted.words).strip()[:2000]
    row = Question.objects.create(
        item=item,
        round=number,
        from_desk=seat.desk,
        to_desk=target,
        asked_by=seat.charge.user,
        asked_at=moment,
        words=words,
        closes_at=at(wanted.until, LAST_MINUTE),
    )
    row.papers.set(wanted.papers)
    told = hashlib.sha256(words.encode()).hexdigest()
    papers = [paper.pk for paper in wanted.papers]
    more = {"question": row.pk, "round": number, "words_sha256": told, "papers": papers}
    more["until"] = wanted.until.isoformat()
    more["closes"] = row.closes_at.astimezone(UTC).isoformat()
    ledger.append(item, Act.ASKED, seat=seat, at=moment, to_desk=target, more=more)
    return row


def _open_question(question: Question, desk: Desk, by: User) -> tuple[Item, Question, Seat]:
    item = locked([question.item_id])[question.item_id]
    row = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
    seat = seated(by, desk)
    if seat is None or row.to_desk_id != desk.pk:
        raise PermissionDenied
    if not Item.objects.filter(may_see(seat), pk=item.pk).exists():
        raise PermissionDenied
    return item, row, seat


def _still_open(row: Question, moment: datetime) -> None:
    if row.answered_at is not None:
        raise Refused("answered", _("This desk has answered already."))
    if row.withdrawn_at is not None:
        raise Refused("withdrawn", _("The question was withdrawn."))
    if row.silent_at is not None or row.closes_at <= moment:
        raise Refused("over", _("The closing date has passed."))

"""Changing when a post can be met: hours, exceptions, leave, and the holidays of all."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock, formats
from esachivalaya.common.constraints import Refusal, sentence_for, violated
from esachivalaya.common.registry import Dealing, Left, diary_changing, diary_notes
from esachivalaya.common.retry import on_deadlock
from officials.models import Holiday, Hours, HoursException, Leave, Post
from officials.permissions import may_change_diary, sets_up
from officials.services.overlaps import HoursOverlap, overlapping
from officials.services.records import difference, lock_post, record_on_post, values_of

AnyRow = Hours | HoursException | Leave
DiaryRow = TypeVar("DiaryRow", Hours, HoursException, Leave)
# Further ahead than any booking: the horizon of a post is at most 120 days.
FAR = timedelta(days=400)
EVERY_POST = 0
# How many of what is left a sentence names.
NAMED = 10


class DiaryRefused(Refusal):
    """Time cannot be closed like this: ``left`` is what stands on it and was not dealt with."""

    def __init__(self, left: Sequence[Left]) -> None:
        super().__init__(
            ngettext(
                "%(count)s meeting or request stands on this time. Say what becomes of it.",
                "%(count)s meetings and requests stand on this time. Say what becomes of them.",
                len(left),
            )
            % {"count": formats.indian_number(len(left))}
        )
        self.left = list(left)

    def in_full(self) -> str:
        """Return the sentence with the first few by name, for who has no page to choose on."""
        named = "; ".join(one.words for one in self.left[:NAMED])
        return f"{self} {named}{' …' if len(self.left) > NAMED else ''}"


class LeaveOverlaps(Refusal):
    """The post is on leave already at that time."""

    def __init__(self, other: Leave) -> None:
        super().__init__(
            _("The post is on leave already from %(start)s to %(end)s.")
            % {
                "start": formats.datetime_short(other.starts_at),
                "end": formats.datetime_short(other.ends_at),
            },
            field="starts_at",
        )
        self.other = other


@on_deadlock
@transaction.atomic
def save_in_diary(*, row: DiaryRow, by: User, dealing: Dealing | None = None) -> DiaryRow:
    """Save new or changed hours, an exception or leave of a post.

    For those who act for the post, and for who sets posts up. Never leaves a booking standing on
    time that is closed by it (domain/appointments.md, "Diary changes"): each is dealt with as
    ``dealing`` says, or nothing is changed and :class:`DiaryRefused` lists them. Recorded on the
    post with the values before.
    """
    _only_who_may(by, row.post)
    post = lock_post(row.post_id)
    model = type(row)
    before: DiaryRow | None = model._default_manager.filter(pk=row.pk).first()
    if before is not None and before.post_id != row.post_id:
        raise Refusal(_("The post of an entry cannot be changed."), field="post")
    _save(row)
    changes = difference(values_of(before) if before else {}, values_of(row))
    if before is not None and not changes:
        return row
    act = f"{model._meta.model_name}_{'changed' if before else 'added'}"
    data = {"row": row.pk, "changes": changes}
    record_on_post(post, act, at=clock.now(), by=by, data=data)
    _deal_with_what_is_left(post.pk, [row, *([before] if before else [])], by, dealing)
    return row


@on_deadlock
@transaction.atomic
def remove_from_diary(*, row: DiaryRow, by: User, dealing: Dealing | None = None) -> None:
    """Remove hours, an exception or leave; the same rules as :func:`save_in_diary`."""
    _only_who_may(by, row.post)
    post = lock_post(row.post_id)
    before = values_of(row)
    act, pk = f"{row._meta.model_name}_removed", row.pk
    row.delete()
    record_on_post(post, act, at=clock.now(), by=by, data={"row": pk, "was": before})
    _deal_with_what_is_left(post.pk, [row], by, dealing)


@on_deadlock
@transaction.atomic
def save_holiday(*, holiday: Holiday, by: User | None, dealing: Dealing | None = None) -> Holiday:
    """Save a holiday. It closes every diary; the rules of :func:`save_in_diary` hold for all."""
    _only_set_up(by)
    stored = (
        Holiday.objects.select_for_update().filter(pk=holiday.pk).first() if holiday.pk else None
    )
    try:
        with transaction.atomic():
            holiday.save()
    except IntegrityError as error:
        raise Refusal(_("There is already a holiday on this day."), field="day") from error
    changes = difference(values_of(stored) if stored else {}, values_of(holiday))
    if stored is not None and not changes:
        return holiday
    record(
        holiday,
        "holiday_changed" if stored else "holiday_added",
        at=clock.now(),
        by=by,
        data={"changes": changes},
        new=stored is None,
    )
    for day in {holiday.day, *({stored.day} if stored else set())}:
        _ask(EVERY_POST, day, day, by, dealing)
    return holiday


@on_deadlock
@transaction.atomic
def remove_holiday(*, holiday: Holiday, by: User | None, dealing: Dealing | None = None) -> None:
    """Remove a holiday: the diaries are open on that day again."""
    _only_set_up(by)
    record(holiday, "holiday_removed", at=clock.now(), by=by, data={"was": values_of(holiday)})
    holiday.delete()
    _ask(EVERY_POST, holiday.day, holiday.day, by, dealing)


def deal_with_bookings_of(post: Post, *, by: User, dealing: Dealing | None) -> None:
    """Deal with what no longer has its place at ``post``; :class:`DiaryRefused` if any is left."""
    today = clock.day_of(clock.now())
    _ask(post.pk, today, today + FAR, by, dealing)


def notes_on(row: AnyRow | Holiday) -> list[str]:
    """Return what the apps above say of the days of ``row``, from today on, in sentences."""
    first, last = (row.day, row.day) if isinstance(row, Holiday) else _days_of(row)
    today = clock.day_of(clock.now())
    first, last = max(first, today), min(last, today + FAR)
    if first > last:
        return []
    post_id = EVERY_POST if isinstance(row, Holiday) else row.post_id
    return [words for told in diary_notes(post_id, first, last) for words in told]


def _only_who_may(by: User, post: Post) -> None:
    if not may_change_diary(by, post):
        raise PermissionDenied("Only who acts for a post changes its diary.")


def _only_set_up(by: User | None) -> None:
    if by is not None and not sets_up(by):
        raise PermissionDenied("Only who sets the portal up changes holidays.")


def _save(row: AnyRow) -> None:
    if isinstance(row, Leave) and row.ends_at <= row.starts_at:
        # The database cannot even make a range of it, so no constraint would be named.
        raise Refusal(_("The leave must end after it starts."), field="ends_at")
    if isinstance(row, Hours) and (others := overlapping(row)):
        raise HoursOverlap(others)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if violated(error) == "leave_no_overlap" and isinstance(row, Leave):
            other = (
                Leave.objects.filter(
                    post_id=row.post_id, starts_at__lt=row.ends_at, ends_at__gt=row.starts_at
                )
                .exclude(pk=row.pk)
                .order_by("starts_at")
                .first()
            )
            if other is not None:
                raise LeaveOverlaps(other) from error
        raise Refusal(sentence_for(error)) from error


def _deal_with_what_is_left(
    post_id: int, rows: Sequence[AnyRow], by: User, dealing: Dealing | None
) -> None:
    ranges = [_days_of(row) for row in rows]
    first, last = min(first for first, _last in ranges), max(last for _first, last in ranges)
    _ask(post_id, first, last, by, dealing)


def _days_of(row: AnyRow) -> tuple[date, date]:
    if isinstance(row, Hours):
        last = row.until_day - timedelta(days=1) if row.until_day else date.max
        return row.from_day, last
    if isinstance(row, HoursException):
        return row.day, row.day
    return clock.day_of(row.starts_at), clock.day_of(_just_before(row.ends_at))


def _just_before(moment: datetime) -> datetime:
    return moment - timedelta(microseconds=1)


def _ask(post_id: int, first: date, last: date, by: User | None, dealing: Dealing | None) -> None:
    """Let the apps above deal with what would be left standing from today on."""
    today = clock.day_of(clock.now())
    first, last = max(first, today), min(last, today + FAR)
    if first > last:
        return
    told = diary_changing(post_id, first, last, dealing or Dealing(by=by))
    left = [one for told_by_app in told for one in told_by_app]
    if left:
        raise DiaryRefused(left)

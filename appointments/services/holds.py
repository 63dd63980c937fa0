"""Taking and freeing a post's time: the one place where slots change hands.

A slot is taken under the lock of its ``DiaryDay``; the exclusion constraint on holds stands behind
it. Freeing needs no lock: it makes nothing scarcer.
"""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from appointments.diary import KENDRA_SHARE_ENDS, horizon_of, own_phone_limit, span_of
from appointments.models import Hold, Request
from appointments.services import earlier_wishes
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common.clock import day_bounds, day_of
from esachivalaya.common.slots import Span, lowest_free_place
from officials.diary import slots_on
from officials.models import Post

# The office and the rule may set a time sooner than the minimum notice, but a person must still be
# able to read the message and sit down.
OFFICE_NOTICE = timedelta(hours=1)


def lock_day(post: Post, day: date, *, draw: bool = False) -> datetime:
    """Lock the diary of ``post`` on ``day`` and return the database's time after the wait.

    Whether the post can be met, and how many at once, is read anew: it may have changed meanwhile.
    A day that waits for a draw is refused to all but the draw itself (``draw``): neither people nor
    the office nor the 24-hour rule take its time before.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO appointments_diaryday (post_id, day) VALUES (%s, %s) "
            "ON CONFLICT (post_id, day) DO UPDATE SET day = EXCLUDED.day",
            [post.pk, day],
        )
        cursor.execute(
            "SELECT clock_timestamp(), active, places, "
            "(SELECT closes_at FROM appointments_draw WHERE post_id = post.id "
            "AND status = 'announced' AND %s BETWEEN first_day AND last_day) "
            "FROM officials_post AS post WHERE id = %s",
            [day, post.pk],
        )
        moment, post.active, post.places, closes_at = cursor.fetchone()
    if closes_at is not None and not draw:
        raise Refused(
            "draw",
            _("The times of this day are given by a draw. Please choose another day."),
            field="slot",
        )
    return moment  # type: ignore[no-any-return]


def check_offered(post: Post, span: Span, slots: list[Span], *, moment: datetime) -> None:
    """Refuse a time that is not a slot of ``post`` any more (or never was)."""
    if not post.active:
        raise Refused("post_closed", _("This office does not take appointments at present."))
    if span not in slots:
        raise Refused(
            "not_a_slot",
            _("The office does not meet people at this time. Please choose one of these times."),
            field="slot",
        )
    if span.start <= moment:
        raise Refused("past", _("This time has passed. Please choose a later one."), field="slot")


def check_notice(post: Post, span: Span, *, moment: datetime) -> None:
    """Refuse what is sooner than the minimum notice or beyond the horizon of ``post``."""
    if span.start < moment + timedelta(hours=post.minimum_notice_hours):
        raise Refused(
            "notice",
            _("This time is too near for the office to answer first. Please choose a later one."),
            field="slot",
        )
    if day_of(span.start) > horizon_of(post, moment):
        raise Refused(
            "horizon",
            _("This day cannot be booked yet. Please choose an earlier one."),
            until=day_bounds(day_of(span.start) - timedelta(days=post.horizon_days))[0],
            field="slot",
        )


def check_office_notice(span: Span, *, moment: datetime) -> None:
    """Refuse a time that is too near even for the office to set."""
    if span.start < moment + OFFICE_NOTICE:
        raise Refused(
            "office_notice",
            _("The citizen needs at least one hour between the message and the meeting."),
            field="slot",
        )


def take(
    request: Request,
    post: Post,
    span: Span,
    *,
    purpose: str,
    own_phone: bool,
    moment: datetime,
    slots: list[Span] | None = None,
    share: bool = False,
) -> Hold:
    """Hold ``span`` of ``post`` for ``request`` at the lowest free place.

    The caller holds the lock of the day and has checked that ``span`` is a slot. With ``share`` the
    Kendras' share of the day is kept (``slots`` are then the day's). Raises :class:`SlotTaken`.
    """
    start, end = day_bounds(day_of(span.start))
    of_day = Hold.objects.filter(
        post=post, released_at__isnull=True, during__overlap=DateTimeTZRange(start, end)
    ).values_list("place", "during", "own_phone", "request_id")
    holds = [(place, span_of(during), own, holder) for place, during, own, holder in of_day]
    occupied = [place for place, held, _own, _holder in holds if held.overlaps(span)]
    place = lowest_free_place(occupied, post.places)
    if place is None:
        raise SlotTaken
    if share and span.start - moment > KENDRA_SHARE_ENDS:
        taken = sum(own for _place, _held, own, holder in holds if holder != request.pk)
        if taken >= own_phone_limit(post, len(slots or [])):
            raise Refused(
                "kendra_share",
                _(
                    "The remaining times of this day are kept for Kendras until a day before. "
                    "Please choose another day, or book at a Kendra."
                ),
                until=span.start - KENDRA_SHARE_ENDS,
                field="slot",
            )
    hold = Hold(
        post=post,
        place=place,
        during=DateTimeTZRange(span.start, span.end),
        request=request,
        purpose=purpose,
        own_phone=own_phone,
        taken_at=moment,
    )
    try:
        with transaction.atomic(savepoint=False):
            hold.save(force_insert=True)
    except IntegrityError as problem:
        if "hold_no_double_booking" in str(problem):
            raise SlotTaken from problem
        raise
    return hold


def free(request: Request, *, moment: datetime, purpose: str | None = None) -> int:
    """Release what ``request`` holds (of one ``purpose`` only, if given); return how many."""
    holds = Hold.objects.filter(request=request, released_at__isnull=True)
    if purpose is not None:
        holds = holds.filter(purpose=purpose)
    released = holds.update(released_at=moment)
    if released:
        earlier_wishes.note_freed(request, moment=moment)
    return released


def seize(request: Request, post: Post, span: Span, *, purpose: str) -> datetime:
    """Take ``span`` for an act of the office or the rule: lock, check, hold; return the time.

    The Kendras' share and the minimum notice do not bind the office; its own hours do.
    """
    moment = lock_day(post, day_of(span.start))
    check_offered(post, span, slots_on(post, day_of(span.start)), moment=moment)
    check_office_notice(span, moment=moment)
    own_phone = request.channel == Request.Channel.OWN_PHONE
    take(request, post, span, purpose=purpose, own_phone=own_phone, moment=moment)
    return moment

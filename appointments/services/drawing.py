"""Holding a draw: ranks from the seed, then meetings in the order of the ranks.

The rank of a wish is its place when the SHA-256 of ``seed:code`` of all wishes are put in order.
Whoever is first gets the earliest free time of the days that suits them, then the next. Two sweeps
may run at once, the workers may have been dead for hours: each wish gets exactly one answer, in the
order of the ranks. A wish that fails keeps none of the others waiting.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from django.db import connection, transaction

from appointments.diary import free_in_draw
from appointments.models import Draw, DrawWish, Hold, Request
from appointments.models.fairness import CODES_STAND
from appointments.services import draw_letters, holds, letters, outcomes
from appointments.services.booking import lock_person, make_drawn
from appointments.services.drafted import wish_of
from appointments.services.draw_wishes import check_person
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen
from esachivalaya.audit.services import Act, record, record_all, subject_of
from esachivalaya.common.clock import ClockTimestamp, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from esachivalaya.common.states import move
from esachivalaya.common.sweeps import NOT_ITS_FAULT, log_failure, one_by_one
from esachivalaya.notifications.services import Letter
from officials.diary import slots_on

logger = logging.getLogger(__name__)

BATCH = 200
# A wish that fails again and again holds up the days of the draw for this long at most.
GIVE_UP_AFTER = timedelta(hours=1)
Lost = DrawWish.LostReason
Status = DrawWish.Status


def rank_key(seed: str, code: str) -> str:
    """Return by what a wish is ranked: anyone can compute it from the seed and the code."""
    return hashlib.sha256(f"{seed}:{code}".encode()).hexdigest()


def draw_due() -> int:
    """Hold every draw whose time has come; return how many wishes were answered."""
    due = Draw.objects.filter(
        status=Draw.Status.ANNOUNCED, closes_at__lte=ClockTimestamp() - CODES_STAND
    )
    answered = 0
    for pk in list(due.order_by("closes_at", "pk").values_list("pk", flat=True)):
        try:
            answered += _hold(pk)
        except NOT_ITS_FAULT:
            raise
        except Exception as problem:
            # The other draws are held all the same; this one is tried again by the next sweep.
            log_failure(logger, f"Draw {pk} is not held yet", problem)
    return answered


def _hold(pk: int) -> int:
    """Hold one draw, a wish a transaction, so that what is done stays done."""
    if not _rank(pk):
        return 0
    answered = one_by_one(
        partial(_answer_next, pk),
        logger=logger,
        failing=lambda wish: f"Wish {wish} of draw {pk} has no answer yet",
    )
    _finish(pk)
    return answered


@on_deadlock
@transaction.atomic
def _rank(pk: int) -> bool:
    """Fix the ranks and publish the seed; False when another sweep is at this draw."""
    draw = _taken(pk)
    if draw is None:
        return False
    if draw.drawn_at is not None:
        return True
    wishes = DrawWish.objects.filter(draw=draw, status=Status.WAITING)
    codes = dict(wishes.values_list("code", "pk"))
    ranked = sorted(codes, key=lambda code: rank_key(draw.seed, code))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE appointments_drawwish AS wish SET rank = ranked.rank "
            "FROM unnest(%s::bigint[]) WITH ORDINALITY AS ranked (id, rank) "
            "WHERE wish.id = ranked.id",
            [[codes[code] for code in ranked]],
        )
    moment = now()
    draw.drawn_at = moment
    draw.save(update_fields=["drawn_at"])
    listed = hashlib.sha256("\n".join(sorted(codes)).encode()).hexdigest()
    told = {"seed": draw.seed, "wishes": len(codes), "codes_digest": listed}
    record(draw, "draw_ranked", at=moment, post_code=draw.post.code, data=told)
    return True


@on_deadlock
@transaction.atomic
def _answer_next(pk: int, without: frozenset[int], tried: list[int]) -> int:
    """Answer the wish whose turn it is; return how many were answered, 0 when none is left.

    The id of the wish is put into ``tried``, for whoever has to go on without it. When no time is
    left at all, many are answered at once.
    """
    tried.clear()
    draw = _taken(pk)
    if draw is None:
        return 0
    waiting = (
        DrawWish.objects.filter(draw=draw, status=Status.WAITING)
        .exclude(pk__in=without)
        .select_related("draw__post", "draft__post", "citizen__household__user", "made_by")
        .order_by("rank", "pk")
    )
    moment = now()
    free = []
    if draw.post.active:
        free = free_in_draw(draw.post, draw.first_day, draw.last_day, moment=moment)
    if not free:
        return _lose_batch(list(waiting[:BATCH]))
    wish = waiting.first()
    if wish is None:
        return 0
    tried.append(wish.pk)
    _answer(draw, wish, [slot.span for slot in free])
    return 1


def _answer(draw: Draw, wish: DrawWish, free: list[Span]) -> None:
    """Give ``wish`` the earliest of the ``free`` times that suits, or say that there is none."""
    try:
        citizen = lock_person(wish.citizen_id, owner=None)
    except Refused:
        return _lose(wish, Lost.GONE)
    try:
        check_person(draw.post, citizen, moment=now())
    except Refused:
        return _lose(wish, Lost.PASSED_OVER)
    for span in free:
        if not _suits(wish, span):
            continue
        try:
            with transaction.atomic():
                return _win(draw, wish, citizen, span)
        except Refused as refusal:
            # The day was closed, or the time is too near by now: the next one is tried.
            logger.info("A time of draw %s cannot be had: %s", draw.pk, refusal.rule)
    return _lose(wish, Lost.NO_TIME)


def _suits(wish: DrawWish, span: Span) -> bool:
    asked = wish.draft.data["time"] if wish.draft else {}
    return Request(
        unsuitable_weekdays=asked.get("unsuitable_weekdays", []),
        unsuitable_parts=asked.get("unsuitable_parts", []),
    ).suits(span.start)


def _win(draw: Draw, wish: DrawWish, citizen: Citizen, span: Span) -> None:
    """Make the request of the wish and confirm it at ``span``, under the lock of the day."""
    post = draw.post
    if wish.draft is None:
        raise ValueError("The draft of a waiting wish is gone.")
    moment = holds.lock_day(post, day_of(span.start), draw=True)
    holds.check_offered(post, span, slots_on(post, day_of(span.start)), moment=moment)
    asked = wish_of(wish.draft, slot=span)
    DrawWish.objects.filter(pk=wish.pk).update(draft=None)
    request = make_drawn(
        asked,
        citizen,
        channel=wish.channel,
        phone=citizen.household.phone or "",
        by=wish.made_by,
        pin_hash=wish.pin_hash,
        moment=moment,
    )
    own_phone = wish.channel == Request.Channel.OWN_PHONE
    asked_for = Hold.Purpose.ASKED
    holds.take(request, post, span, purpose=asked_for, own_phone=own_phone, moment=moment)
    # Before it is confirmed: whoever hears of that finds the wish by its request.
    move(wish, to=Status.WON, request=request, draft=None)
    outcomes.confirm(
        request,
        act="drawn",
        confirmed_by=Request.ConfirmedBy.DRAW,
        at=moment,
        by=None,
        span=span,
        data={"draw": draw.pk, "code": wish.code, "rank": wish.rank},
    )
    told = {"request": request.reference, "rank": wish.rank}
    record(wish, "draw_wish_won", at=moment, post_code=post.code, data=told)
    _tell(lambda: [letters.of_meeting(request, "draw_won")])


def _lose(wish: DrawWish, reason: str) -> None:
    move(wish, to=Status.LOST, lost_reason=reason, draft=None)
    told = {"reason": reason, "rank": wish.rank}
    record(wish, "draw_wish_lost", at=now(), post_code=wish.draw.post.code, data=told)
    _tell(lambda: [draw_letters.lost(wish)])


def _lose_batch(wishes: list[DrawWish]) -> int:
    """Say to many at once that no time is left; what was typed is removed with the sweep."""
    DrawWish.objects.filter(pk__in=[wish.pk for wish in wishes]).update(
        status=Status.LOST, lost_reason=Lost.NO_TIME, draft=None
    )
    told = {"reason": Lost.NO_TIME.value}
    acts = [
        Act(*subject_of(wish), "draw_wish_lost", post_code=wish.draw.post.code, data=told)
        for wish in wishes
    ]
    record_all(acts, at=now())
    _tell(lambda: [draw_letters.lost(wish) for wish in wishes])
    return len(wishes)


@on_deadlock
@transaction.atomic
def _finish(pk: int) -> None:
    """End the draw when every wish has its answer; then its days are open to all again."""
    draw = _taken(pk)
    if draw is None or draw.drawn_at is None:
        return
    moment = now()
    waiting = DrawWish.objects.filter(draw=draw, status=Status.WAITING)
    if moment >= draw.drawn_at + GIVE_UP_AFTER:
        for wish in waiting.select_related("draw__post", "citizen__household__user"):
            _lose(wish, Lost.FAILED)
    if waiting.exists():
        return
    move(draw, to=Draw.Status.DRAWN)
    won = DrawWish.objects.filter(draw=draw, status=Status.WON).count()
    record(draw, "draw_held", at=moment, post_code=draw.post.code, data={"won": won})


def _taken(pk: int) -> Draw | None:
    """Return the draw, locked, or None when another sweep has it or it is over."""
    return (
        Draw.objects.select_related("post")
        .select_for_update(of=("self",), skip_locked=True)
        .filter(pk=pk, status=Draw.Status.ANNOUNCED)
        .first()
    )


def _tell(write: Callable[[], Iterable[Letter]]) -> None:
    """Write the letters that ``write`` returns; what cannot be written does not undo the answer."""
    try:
        with transaction.atomic():
            letters.send(write())
    except NOT_ITS_FAULT:
        raise
    except Exception as problem:
        log_failure(logger, "A message of a draw is not written", problem)

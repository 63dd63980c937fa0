"""An earlier time becomes free: those who wish are told in a fair order, the first to come has it.

The order is drawn with a seed that is kept: whoever has the seed and the references can compute it
again. Nobody is moved without pressing.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from appointments.diary import span_of
from appointments.models import Draw, EarlierTold, FreedTime, Hold, Request
from appointments.services import letters, links, wishes
from appointments.services.locking import locked
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from esachivalaya.common.sweeps import one_by_one
from esachivalaya.notifications.services import Letter
from officials.diary import slots_of_posts
from officials.models import Post

logger = logging.getLogger(__name__)

# So many are told of one time.
TOLD = 10
# Of so many earlier times the page of a request speaks at most.
SHOWN = 20


class TimeGone(Refused):
    """The earlier time was taken by somebody else, or the office closed it."""

    def __init__(self) -> None:
        super().__init__(
            "time_gone",
            _("Somebody else was quicker: the earlier time is taken. You keep the time you have."),
        )


def draw() -> int:
    """Tell of every freed time that nobody was told of yet; return how many times that were.

    Safe to run twice at once: each time is drawn once, in a transaction of its own. One that fails
    keeps none of the others waiting; it is tried again by the next sweep.
    """
    return one_by_one(
        _draw_next,
        logger=logger,
        failing=lambda freed: f"Freed time {freed} is not told of yet",
    )


@on_deadlock
@transaction.atomic
def _draw_next(without: frozenset[int], tried: list[int]) -> bool:
    """Draw the next freed time; its id is put into ``tried``. False when there is none."""
    tried.clear()
    freed = (
        FreedTime.objects.filter(drawn_at=None)
        .exclude(pk__in=without)
        .select_related("post")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("freed_at", "id")
        .first()
    )
    if freed is None:
        return False
    tried.append(freed.pk)
    moment = now()
    seed = secrets.token_hex(16)
    chosen = in_order(_who_wish(freed, moment), seed)[:TOLD] if is_free(freed, moment) else []
    freed.drawn_at, freed.seed = moment, seed
    freed.save(update_fields=["drawn_at", "seed"])
    EarlierTold.objects.bulk_create(
        EarlierTold(freed=freed, request=row, place=place)
        for place, row in enumerate(chosen, start=1)
    )
    letters.send(_letter(row, freed) for row in chosen)
    return True


def in_order(rows: Iterable[Request], seed: str) -> list[Request]:
    """Return ``rows`` in the order that ``seed`` draws: by the digest of seed and reference."""
    return sorted(
        rows, key=lambda row: hashlib.sha256(f"{seed}:{row.reference}".encode()).hexdigest()
    )


def is_free(freed: FreedTime, moment: datetime) -> bool:
    """Whether the time can still be had."""
    return bool(still_free(freed.post, [freed], moment))


def still_free(post: Post, times: Sequence[FreedTime], moment: datetime) -> list[FreedTime]:
    """Return those of ``times`` that can still be had: a slot, with a place, early enough.

    Not on a day that waits for its draw. Three queries, however many times.
    """
    if not times or not post.active:
        return []
    spans = [Span(one.starts_at, one.ends_at) for one in times]
    first, last = min(spans).start, max(span.end for span in spans)
    slots = slots_of_posts([post], day_of(first), day_of(last))[post.pk]
    draws = list(
        Draw.objects.filter(
            post=post,
            status=Draw.Status.ANNOUNCED,
            first_day__lte=day_of(last),
            last_day__gte=day_of(first),
        ).values_list("first_day", "last_day")
    )
    holds = Hold.objects.filter(
        post=post, released_at__isnull=True, during__overlap=DateTimeTZRange(first, last)
    )
    taken = [span_of(during) for during in holds.values_list("during", flat=True)]
    earliest = moment + timedelta(hours=post.minimum_notice_hours)
    return [
        one
        for one, span in zip(times, spans, strict=True)
        if span.start >= earliest
        and span in slots.get(day_of(span.start), [])
        and not any(begins <= day_of(span.start) <= ends for begins, ends in draws)
        and sum(span.overlaps(other) for other in taken) < post.places
    ]


def _who_wish(freed: FreedTime, moment: datetime) -> list[Request]:
    """Return whose meeting is later, whom the time suits, and whose answer is due before it."""
    rows = (
        Request.objects.open()
        .filter(post=freed.post, starts_at__gt=freed.starts_at, earlier_wish__ended_at__isnull=True)
        .filter(earlier_wish__isnull=False)
        .select_related("post", "citizen__household__user")
        .order_by("pk")
    )
    return [row for row in rows if row.suits(freed.starts_at) and _in_time(row, freed, moment)]


def _in_time(row: Request, freed: FreedTime, moment: datetime) -> bool:
    if row.status == Request.Status.CONFIRMED:
        return True
    return moment < row.due_at <= freed.starts_at


def _letter(row: Request, freed: FreedTime) -> Letter:
    """Return the message about an earlier time; worthless once the time is too near."""
    assert row.starts_at is not None
    letter = letters.to_citizen(
        row,
        "earlier_time_free",
        event=str(freed.pk),
        when=letters.moment_words(freed.starts_at),
        before=letters.moment_words(row.starts_at),
        short_link=links.to_take_earlier(row, freed),
    )
    return replace(letter, expires_at=links.last_moment_of(freed))


def times_for(row: Request, *, moment: datetime) -> list[FreedTime]:
    """Return the earlier times that ``row`` was told of and that can still be had."""
    if row.starts_at is None or not row.is_open:
        return []
    told = (
        FreedTime.objects.filter(
            told__request=row, post=row.post_id, starts_at__gt=moment, starts_at__lt=row.starts_at
        )
        .order_by("starts_at", "-id")
        .distinct("starts_at")
    )
    in_time = [freed for freed in told[:SHOWN] if _in_time(row, freed, moment)]
    return still_free(row.post, in_time, moment)


@on_deadlock
@transaction.atomic
def take(*, request: Request, freed: FreedTime, by: User | None, version: int) -> Request:
    """Move ``request`` to the earlier time that it was told of: the first to come has it.

    By the service that moves any request, without the Kendras' share. Everybody else keeps their
    old time and reads :class:`TimeGone`.
    """
    row, _moment = locked(
        request,
        version=version,
        status={str(Request.Status.REQUESTED), str(Request.Status.CONFIRMED)},
    )
    if not EarlierTold.objects.filter(freed=freed, request=row).exists():
        raise TimeGone
    if row.post_id != freed.post_id or row.starts_at is None or row.starts_at <= freed.starts_at:
        raise TimeGone
    slot = Span(freed.starts_at, freed.ends_at)
    try:
        return wishes.ask_other_time(request=row, slot=slot, by=by, version=version, drawn=True)
    except Refused as problem:
        if problem.rule in {"slot_taken", "not_a_slot", "notice", "past", "post_closed", "draw"}:
            raise TimeGone from problem
        raise

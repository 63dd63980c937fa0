"""Draws: some days of a scarce post given by lot instead of first come.

Announced with days, a window for wishes and the digest of a seed; nobody can book these days until
the draw is over. Why the seed itself stays secret until then: docs/adr/0007-draws.md.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg2.extras import DateTimeTZRange

from appointments.diary import free_in_draw
from appointments.models import Draw, DrawWish, Hold
from appointments.models.fairness import CODES_STAND
from appointments.permissions import may_answer
from appointments.services import draw_letters
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.formats import date_long, datetime_long
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from officials.models import Post

# Villages are not to be outrun by fast fingers: a wish can be made for at least a day.
SHORTEST_WINDOW = timedelta(hours=24)
MOST_DAYS = 31
REACH = timedelta(days=180)
Status = Draw.Status


@dataclass(frozen=True)
class Preview:
    """What a draw of these days would give away, and what stands there already and stays."""

    free: int
    bookings: list[Hold]


def digest_of_seed(seed: str) -> str:
    """Return what is published of a seed beforehand."""
    return hashlib.sha256(seed.encode()).hexdigest()


def preview(post: Post, first_day: date, last_day: date, *, moment: datetime) -> Preview:
    """Return how many meetings the days have room for, and the bookings that keep their times."""
    days = DateTimeTZRange(day_bounds(first_day)[0], day_bounds(last_day)[1])
    held = Hold.objects.filter(post=post, released_at__isnull=True, during__overlap=days)
    free = free_in_draw(post, first_day, last_day, moment=moment)
    return Preview(
        free=sum(slot.places_left for slot in free),
        bookings=list(held.select_related("request__citizen").order_by("during", "place")),
    )


@on_deadlock
@transaction.atomic
def announce(
    *,
    post: Post,
    first_day: date,
    last_day: date,
    opens_at: datetime,
    closes_at: datetime,
    by: User,
) -> Draw:
    """Announce a draw for the days from ``first_day`` to ``last_day`` of ``post``.

    Guarantees: from the commit on nobody books these days by first come, and a booking that
    commits at the same moment is either refused or stays, since both lock the days; the seed is
    made here and only its digest leaves the database before the draw. Bookings that stand there
    already keep their times.
    """
    if not may_answer(by, post):
        raise PermissionDenied
    moment = now()
    check_times(post, first_day, last_day, opens_at, closes_at, moment=moment)
    _lock_days(post, first_day, last_day)
    check_no_overlap(post, first_day, last_day)
    check_free(len(free_in_draw(post, first_day, last_day, moment=moment)))
    seed = secrets.token_hex(32)
    draw = Draw.objects.create(
        post=post,
        first_day=first_day,
        last_day=last_day,
        opens_at=opens_at,
        closes_at=closes_at,
        seed=seed,
        seed_digest=digest_of_seed(seed),
        made_by=by,
    )
    told = {
        "first_day": first_day,
        "last_day": last_day,
        "opens_at": opens_at.isoformat(),
        "closes_at": closes_at.isoformat(),
        "seed_digest": draw.seed_digest,
    }
    record(draw, "draw_announced", at=now(), by=by, post_code=post.code, data=told, new=True)
    return draw


def check_times(
    post: Post,
    first_day: date,
    last_day: date,
    opens_at: datetime,
    closes_at: datetime,
    *,
    moment: datetime,
) -> None:
    """Refuse days and a window that do not fit each other."""
    if last_day < first_day:
        words = gettext_lazy("The last day must not come before the first day.")
        raise Refused("draw_days", words, field="last_day")
    if (last_day - first_day).days >= MOST_DAYS:
        words = gettext_lazy("A draw covers at most 31 days.")
        raise Refused("draw_days", words, field="last_day")
    if last_day > day_of(moment + REACH):
        words = gettext_lazy("These days are more than half a year away.")
        raise Refused("draw_reach", words, field="last_day")
    if closes_at < max(opens_at, moment) + SHORTEST_WINDOW:
        words = gettext_lazy("Wishes must be possible for at least 24 hours from now.")
        raise Refused("draw_window", words, field="closes_at")
    earliest = closes_at + CODES_STAND + timedelta(hours=post.minimum_notice_hours)
    if day_bounds(first_day)[0] < earliest:
        first = day_of(earliest + timedelta(days=1))
        raise Refused(
            "draw_notice",
            _("Whoever is drawn needs time to come: with this end of the window, %(day)s or later.")
            % {"day": date_long(first)},
            field="first_day",
        )


def check_free(free: int) -> None:
    """Refuse days on which there is nothing to draw."""
    if not free:
        raise Refused(
            "draw_no_slots",
            gettext_lazy("These days have no free time: there is nothing to draw."),
            field="first_day",
        )


def check_no_overlap(post: Post, first_day: date, last_day: date) -> None:
    """Refuse days that another draw of the post covers, and say which draw it is."""
    other = (
        Draw.objects.filter(post=post, first_day__lte=last_day, last_day__gte=first_day)
        .exclude(status=Status.CANCELLED)
        .order_by("first_day")
        .first()
    )
    if other is not None:
        told = {"first": date_long(other.first_day), "last": date_long(other.last_day)}
        raise Refused(
            "draw_overlap",
            _("There is a draw for %(first)s to %(last)s already: the days overlap.") % told,
            field="first_day",
        )


@on_deadlock
@transaction.atomic
def cancel(*, draw: Draw, by: User, words: str) -> Draw:
    """Call the draw off, with words that everybody who took part reads; its days are free again.

    Not possible once it is drawn (:class:`Overtaken`), nor after the close: a draw whose codes are
    published is held, so that nobody calls it off for what it would bring.
    """
    row = locked(draw.pk)
    if not may_answer(by, row.post):
        raise PermissionDenied
    if row.status != Status.ANNOUNCED:
        raise Overtaken(row)
    moment = now()
    if moment >= row.closes_at:
        raise Refused(
            "draw_closed",
            _("The window closed on %(when)s: the draw is held now.")
            % {"when": datetime_long(row.closes_at)},
        )
    call_off(row, by=by, words=words, moment=moment)
    return row


def call_off(row: Draw, *, by: User, words: str, moment: datetime) -> None:
    """End a draw that the caller has locked, before its close, and tell everybody who took part."""
    move(row, to=Status.CANCELLED, words=words)
    waiting = list(
        DrawWish.objects.filter(draw=row, status=DrawWish.Status.WAITING)
        .select_related("citizen__household__user", "draw__post")
        .order_by("pk")
    )
    DrawWish.objects.filter(pk__in=[wish.pk for wish in waiting]).update(
        status=DrawWish.Status.LOST, lost_reason=DrawWish.LostReason.CANCELLED, draft=None
    )
    told = {"words": words, "wishes": len(waiting)}
    record(row, "draw_cancelled", at=moment, by=by, post_code=row.post.code, data=told)
    draw_letters.send(draw_letters.cancelled(wish) for wish in waiting)


def locked(pk: int) -> Draw:
    """Return the draw, locked against wishes and sweeps."""
    return Draw.objects.select_related("post").select_for_update(of=("self",)).get(pk=pk)


def _lock_days(post: Post, first: date, last: date) -> None:
    """Wait for the bookings under way on these days, and make later ones wait for this draw."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO appointments_diaryday (post_id, day) "
            "SELECT %s, day::date FROM generate_series(%s::timestamp, %s, '1 day') AS day "
            "ORDER BY day ON CONFLICT (post_id, day) DO UPDATE SET day = EXCLUDED.day",
            [post.pk, first, last],
        )

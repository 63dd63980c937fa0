"""What a change of a post's diary leaves of the draws that are announced for its days.

A draw that has no time left to give is a promise that cannot be kept: whoever closes its last time
calls it off with words, or leaves it a time. Of what is left to the others the page tells.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.diary import free_in_draw
from appointments.models import Draw
from appointments.services import draws
from appointments.services.victims import CANCEL, EVERY_POST
from esachivalaya.common.clock import day_bounds, now
from esachivalaya.common.formats import date_long, datetime_long, indian_number
from esachivalaya.common.registry import Dealing, Left

LEAST_WORDS = 10


def left_without_time(post_id: int, first: date, last: date) -> list[Draw]:
    """Return the draws of these days that have no meeting to give any more.

    ``post_id`` 0 stands for every post. A draw whose days have begun is over as it is: nobody
    closes it by a change of today.
    """
    moment = now()
    return [
        draw
        for draw in _announced(post_id, first, last)
        if moment < day_bounds(draw.first_day)[0] and not _to_give(draw, moment)
    ]


def notes(post_id: int, first: date, last: date) -> list[str]:
    """Return a sentence for each draw of these days: how many meetings it has to give now."""
    moment = now()
    told = []
    for draw in _announced(post_id, first, last):
        count = _to_give(draw, moment)
        words = ngettext(
            "For %(days)s a draw of %(post)s is announced. It has %(count)s meeting to give now.",
            "For %(days)s a draw of %(post)s is announced. It has %(count)s meetings to give now.",
            count,
        )
        shown = {"days": _days(draw), "post": draw.post, "count": indian_number(count)}
        told.append(words % shown)
    return told


def key_of(draw: Draw) -> str:
    """Return under which key the page asks what becomes of ``draw``."""
    return f"draw-{draw.pk}"


def lefts(found: Sequence[Draw]) -> list[Left]:
    """Return the draws as whoever changes the diary sees them; nothing in them is personal.

    Of one that is being held nothing can be chosen: its problem says so at once.
    """
    moment = now()
    return [
        Left(
            key=key_of(draw),
            words=_("Draw of %(post)s: no time is left to give") % {"post": draw.post},
            choices=()
            if _held_now(draw, moment)
            else ((CANCEL, _("Cancel the draw, with words")),),
            when=_days(draw),
            state=str(draw.get_status_display()),
            problem=_held_words(draw) if _held_now(draw, moment) else "",
        )
        for draw in found
    ]


def problems_with(found: Sequence[Draw], dealing: Dealing) -> dict[str, str]:
    """Return, by key, why a draw cannot be dealt with as chosen."""
    moment = now()
    told = {key_of(draw): _problem(draw, dealing, moment) for draw in found}
    return {key: words for key, words in told.items() if words}


def call_off(found: Sequence[Draw], dealing: Dealing, *, moment: datetime) -> dict[str, str]:
    """Call the draws off; return, by key, why one cannot be: its window closed meanwhile."""
    for draw in found:
        row = draws.locked(draw.pk)
        if row.status != Draw.Status.ANNOUNCED or _held_now(row, now()):
            return {key_of(draw): _held_words(draw)}
        draws.call_off(row, by=dealing.by, words=dealing.words.strip(), moment=moment)
    return {}


def _problem(draw: Draw, dealing: Dealing, moment: datetime) -> str:
    if _held_now(draw, moment):
        return _held_words(draw)
    if dealing.of(key_of(draw)) != CANCEL:
        return _("No time of this draw would be left. Cancel it with words, or leave it a time.")
    if len(dealing.words.strip()) < LEAST_WORDS:
        return _("Write at least 10 characters to the citizen, to say why.")
    return ""


def _held_now(draw: Draw, moment: datetime) -> bool:
    """Whether the codes are published: from then on nobody ends it for what it would bring."""
    return moment >= draw.closes_at


def _held_words(draw: Draw) -> str:
    return _("The codes of this draw are published, it is held on %(when)s. Wait until then.") % {
        "when": datetime_long(draw.draws_at)
    }


def _announced(post_id: int, first: date, last: date) -> list[Draw]:
    rows = Draw.objects.filter(
        status=Draw.Status.ANNOUNCED, first_day__lte=last, last_day__gte=first
    )
    if post_id != EVERY_POST:
        rows = rows.filter(post=post_id)
    return list(rows.select_related("post").order_by("pk"))


def _to_give(draw: Draw, moment: datetime) -> int:
    if not draw.post.active:
        return 0
    free = free_in_draw(draw.post, draw.first_day, draw.last_day, moment=moment)
    return sum(slot.places_left for slot in free)


def _days(draw: Draw) -> str:
    if draw.first_day == draw.last_day:
        return date_long(draw.first_day)
    told = {"first": date_long(draw.first_day), "last": date_long(draw.last_day)}
    return _("%(first)s to %(last)s") % told

"""Who wants to hear of an earlier time, and the times that are set free while somebody does."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import EarlierWish, Request
from appointments.services.locking import locked
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.retry import on_deadlock

OPEN = {str(Request.Status.REQUESTED), str(Request.Status.CONFIRMED)}

# One statement, beside the release itself: it writes nothing unless somebody wishes for the time.
NOTE_FREED = """
INSERT INTO appointments_freedtime (post_id, starts_at, ends_at, freed_at, seed)
SELECT hold.post_id, lower(hold.during), upper(hold.during), %(moment)s, ''
  FROM appointments_hold AS hold
  JOIN officials_post AS post ON post.id = hold.post_id
 WHERE hold.request_id = %(request)s AND hold.released_at = %(moment)s
   AND lower(hold.during) >= %(moment)s + make_interval(hours => post.minimum_notice_hours)
   AND EXISTS (
       SELECT 1 FROM appointments_earlierwish AS wish
         JOIN appointments_request AS other ON other.id = wish.request_id
        WHERE wish.ended_at IS NULL AND other.post_id = hold.post_id
          AND other.id <> hold.request_id
          AND other.status IN ('requested', 'confirmed')
          AND other.starts_at > lower(hold.during)
   )
   AND NOT EXISTS (
       SELECT 1 FROM appointments_freedtime AS noted
        WHERE noted.drawn_at IS NULL AND noted.freed_at = %(moment)s
          AND noted.post_id = hold.post_id AND noted.starts_at = lower(hold.during)
   )
"""


def note_freed(request: Request, *, moment: datetime) -> None:
    """Remember what ``request`` has just set free, if anybody wishes for an earlier time there."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE_FREED, {"request": request.pk, "moment": moment})


def end(request: Request, *, at: datetime) -> None:
    """End the wish of a request that is closed."""
    EarlierWish.objects.filter(request=request, ended_at=None).update(ended_at=at)


def wishes(request: Request) -> bool:
    """Whether whoever made ``request`` wants to hear of earlier times."""
    return EarlierWish.objects.filter(request=request, ended_at=None).exists()


@on_deadlock
@transaction.atomic
def set_wish(*, request: Request, wanted: bool, by: User | None, version: int) -> bool:
    """Note that the citizen wants to hear of earlier times, or does not any more.

    Return whether anything changed. The request stays as it is: what others see is still true.
    """
    row, moment = locked(request, version=version, status=OPEN)
    if wanted and row.starts_at is None:
        raise Refused("no_time", _("This request has no time yet."))
    if wishes(row) == wanted:
        return False
    if wanted:
        EarlierWish.objects.update_or_create(
            request=row, defaults={"asked_at": moment, "ended_at": None}
        )
    else:
        end(row, at=moment)
    act = "earlier_wished" if wanted else "earlier_not_wished"
    record(row, act, at=moment, by=by, post_code=row.post.code)
    return True

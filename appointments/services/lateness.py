""" "I am late": the citizen tells the office, so that nobody is marked as not having come."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from appointments.services import letters
from appointments.services.links import LATE_FROM
from appointments.services.locking import locked
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.retry import on_deadlock


@on_deadlock
@transaction.atomic
def say_late(*, request: Request, by: User | None, version: int) -> Request:
    """Tell the office once that the citizen comes late.

    Possible from an hour before the meeting until its end; a second time changes nothing and is
    refused. The request's version stays: what the office has on its screen is still true.
    """
    row, moment = locked(request, version=version, status={str(Request.Status.CONFIRMED)})
    if row.starts_at is None or row.ends_at is None or moment >= row.ends_at:
        raise Refused("late_over", _("The meeting is over."))
    if moment < row.starts_at - LATE_FROM:
        raise Refused(
            "late_early",
            _("This can be said in the last hour before the meeting."),
            until=row.starts_at - LATE_FROM,
        )
    if row.late_at is not None:
        raise Refused("late_told", _("The office has been told already."))
    row.late_at = moment
    row.save(update_fields=["late_at"])
    record(row, "late", at=moment, by=by, post_code=row.post.code)
    letters.send(
        letters.to_desk(
            row,
            "office_citizen_late",
            post=row.post,
            event=f"{row.pk}:{row.version}",
            when=letters.moment_words(row.starts_at),
            link=letters.desk_link(row),
        )
    )
    return row

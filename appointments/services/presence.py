"""Who was seen to be there on the day of a meeting: the citizen, the office.

The office says it on its agenda; the virtual room and a Kendra's counter call the same acts. Each
is kept once, with its time. The request's version stays: what others have on their screens is true.
"""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from appointments.permissions import may_answer
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken

# From so long before a meeting until the end of its day one can be seen to be there.
SEEN_FROM = timedelta(minutes=30)
CITIZEN, OFFICE = "citizen", "office"
FIELDS = {CITIZEN: "citizen_came_at", OFFICE: "office_came_at"}


@on_deadlock
@transaction.atomic
def citizen_came(*, request: Request, by: User | None) -> Request:
    """Note that the citizen is there; a second time changes nothing.

    The caller has made sure that ``by`` may say so: it is who opened the door of the room, or
    stands at the counter. None for the portal itself.
    """
    row, moment = _locked(request)
    return _came(row, CITIZEN, by, moment)


@on_deadlock
@transaction.atomic
def office_came(*, request: Request, by: User | None) -> Request:
    """Note that the office is there; see :func:`citizen_came`."""
    row, moment = _locked(request)
    return _came(row, OFFICE, by, moment)


@on_deadlock
@transaction.atomic
def seen_by_office(*, request: Request, side: str, by: User) -> Request:
    """Note for the office, by a live charge of the post, that ``side`` is there."""
    row, moment = _locked(request)
    _check_charge(by, row)
    return _came(row, side, by, moment)


@on_deadlock
@transaction.atomic
def take_back(*, request: Request, side: str, by: User) -> Request:
    """Take back, for the office and on the same day, that ``side`` was there."""
    row, moment = _locked(request)
    _check_charge(by, row)
    _check_time(row, moment)
    name = FIELDS[side]
    if getattr(row, name) is None:
        return row
    setattr(row, name, None)
    row.save(update_fields=[name])
    record(row, f"{side}_presence_undone", at=moment, by=by, post_code=row.post.code)
    return row


def can_be_seen(row: Request, moment: datetime) -> bool:
    """Whether presence at ``row`` can be noted or taken back at ``moment``."""
    if row.status != Request.Status.CONFIRMED or row.starts_at is None:
        return False
    return row.starts_at - SEEN_FROM <= moment < day_bounds(day_of(row.starts_at))[1]


def likely_outcome(row: Request) -> str:
    """Return the outcome that presence speaks for, "" when it speaks for none."""
    if row.office_came_at is None:
        return ""
    met = row.citizen_came_at is not None
    return str(Request.Status.MET if met else Request.Status.MISSED_BY_CITIZEN)


def _locked(request: Request) -> tuple[Request, datetime]:
    rows = Request.objects.select_related("post").select_for_update(of=("self",))
    row = rows.get(pk=request.pk)
    if row.status != Request.Status.CONFIRMED:
        raise Overtaken(row)
    return row, now()


def _came(row: Request, side: str, by: User | None, moment: datetime) -> Request:
    name = FIELDS[side]
    if getattr(row, name) is not None:
        return row
    _check_time(row, moment)
    setattr(row, name, moment)
    row.save(update_fields=[name])
    record(row, f"{side}_came", at=moment, by=by, post_code=row.post.code)
    return row


def _check_charge(by: User, row: Request) -> None:
    """The charge is looked at after the wait for the lock: one that ended grants nothing."""
    if not may_answer(by, row.post):
        raise PermissionDenied


def _check_time(row: Request, moment: datetime) -> None:
    if can_be_seen(row, moment):
        return
    if row.starts_at is not None and moment < row.starts_at - SEEN_FROM:
        raise Refused(
            "too_early",
            _("This can be noted from half an hour before the meeting."),
            until=row.starts_at - SEEN_FROM,
        )
    raise Refused("day_over", _("The day of the meeting is over. Please record its outcome."))

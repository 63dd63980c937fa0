"""Reading a request for an act on it: locked, and as the person saw it."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from appointments.models import Offer, Request
from appointments.permissions import may_answer
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from esachivalaya.common.states import Overtaken


def locked(request: Request, *, version: int, status: set[str]) -> tuple[Request, datetime]:
    """Return ``request`` locked and as it is now, with the database's time after the wait.

    Raises :class:`Overtaken` when it is not at ``version`` or not in one of ``status`` any more:
    somebody else acted since the page was shown.
    """
    # The lock alone first: joined to its post, a row that was handed over while this one waited
    # would match its old post no more and seem to be gone.
    Request.objects.select_for_update().only("pk").get(pk=request.pk)
    row = Request.objects.select_related("post", "citizen__household__user").get(pk=request.pk)
    if row.version != version or row.status not in status:
        raise Overtaken(row)
    return row, now()


def locked_for_office(
    request: Request, *, by: User, version: int, status: set[str]
) -> tuple[Request, datetime]:
    """Like :func:`locked`, for an act of the office: ``by`` has a live charge of the post.

    The charge is looked at after the wait for the lock: one that ended a moment ago grants nothing.
    """
    row, moment = locked(request, version=version, status=status)
    if not may_answer(by, row.post):
        raise PermissionDenied
    return row, moment


def check_in_time(request: Request, moment: datetime) -> None:
    """Refuse an answer at or after the due time: from then on the 24-hour rule answers."""
    if moment >= request.due_at:
        raise Refused(
            "too_late",
            _("The time to answer has ended. The 24-hour rule answers this request now."),
            until=None,
        )


def open_offer(request: Request) -> Offer | None:
    """Return the offer that waits for the citizen, locked, or None."""
    return (
        Offer.objects.select_for_update().filter(request=request, status=Offer.Status.OPEN).first()
    )

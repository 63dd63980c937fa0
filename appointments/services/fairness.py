"""Waivers: the office lets a person ask again before the pause after a meeting ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from appointments.models import Request, Waiver
from appointments.permissions import may_answer
from appointments.services import letters
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.constraints import violated
from esachivalaya.common.retry import on_deadlock


@dataclass(frozen=True)
class Pause:
    """The pause that runs for a person with a post, and the unused waiver of it, if any."""

    until: datetime
    waiver: Waiver | None


def pause_of(request: Request, *, moment: datetime) -> Pause | None:
    """Return the pause of the person of ``request`` with its post; None when none runs.

    One query, or two while a pause runs.
    """
    last = Request.objects.filter(
        citizen_id=request.citizen_id, post_id=request.post_id, status=Request.Status.MET
    ).aggregate(last=Max("starts_at"))["last"]
    if last is None:
        return None
    until = last + timedelta(days=request.post.pause_days)
    if moment >= until:
        return None
    unused = Waiver.objects.filter(
        citizen_id=request.citizen_id, post_id=request.post_id, used_by=None
    )
    return Pause(until, unused.select_related("given_by").first())


@on_deadlock
@transaction.atomic
def give_waiver(*, request: Request, by: User, reason: str) -> Waiver:
    """Let the person of a closed ``request`` ask its post again before the pause ends; once.

    Guarantees: ``by`` has a live charge of the post; a pause runs; there is at most one unused
    waiver of a person and post; audit row and message are written in the same transaction. The
    person's row is locked, so that a booking sees the waiver or is refused, never half of it.
    Source: domain rules of appointments, "staff can waive with a reason".
    """
    Citizen.objects.select_for_update(of=("self",)).get(pk=request.citizen_id)
    row = Request.objects.select_related("post", "citizen__household__user").get(pk=request.pk)
    if not may_answer(by, row.post):
        raise PermissionDenied
    moment = now()
    if row.is_open:
        raise Refused("still_open", _("This request is still open: nothing has to be waived."))
    if pause_of(row, moment=moment) is None:
        raise Refused(
            "no_pause", _("No pause runs any more: this person can ask without a waiver.")
        )
    try:
        with transaction.atomic():
            waiver = Waiver.objects.create(
                citizen_id=row.citizen_id, post=row.post, reason=reason, given_by=by
            )
    except IntegrityError as problem:
        if violated(problem) != "waiver_one_unused":
            raise
        raise Refused(
            "waiver_there", _("This person may ask again already, by a waiver not used yet.")
        ) from problem
    record(row, "waiver_given", at=moment, by=by, post_code=row.post.code, data={"reason": reason})
    letters.send([letters.to_citizen(row, "waiver_given", event=str(waiver.pk))])
    return waiver

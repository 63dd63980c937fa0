"""What hospitals ask for: a group, units, and by when. No patient is named, nobody is paid."""

import logging
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.references import new_reference
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from esachivalaya.common.sweeps import one_by_one
from plasma.models import Donation, Hospital, Invitation, PlasmaRequest, Proposal
from plasma.permissions import asks_for
from plasma.services import campaigns

logger = logging.getLogger(__name__)
Status = PlasmaRequest.Status
LATEST = timedelta(days=14)
# So many requests of one hospital are open at a time.
MOST_OPEN = 20
TRIES = 5
_DECLINED = (
    Invitation.Status.LATER,
    Invitation.Status.STOPPED,
    Invitation.Status.WRONG_PERSON,
    Invitation.Status.UNDELIVERABLE,
    Invitation.Status.EXPIRED,
    Invitation.Status.CANCELLED,
)


@on_deadlock
@transaction.atomic
def ask(
    *, hospital: Hospital, by: User, group: str, units: int, needed_by: datetime
) -> PlasmaRequest:
    """Ask for ``units`` of plasma for a patient of the ABO ``group``.

    By who has a live charge of the hospital; the lock on the hospital keeps its requests within
    their number.
    """
    row = Hospital.objects.select_for_update(of=("self",), no_key=True).get(pk=hospital.pk)
    if not asks_for(by, row):
        raise PermissionDenied
    moment = now()
    if not moment < needed_by <= moment + LATEST:
        raise Refused("needed_by", _("Give a time within the next 14 days."), field="needed_by")
    if row.requests.filter(status=Status.OPEN).count() >= MOST_OPEN:
        raise Refused("too_many", _("Close a request that is over before you make another."))
    made = _made(row, by, group, units, needed_by, moment)
    told = {"group": group, "units": units, "needed_by": needed_by}
    record(made, "need_asked", at=moment, by=by, data=told, new=True)
    return made


@on_deadlock
@transaction.atomic
def close(*, request: PlasmaRequest, by: User, version: int) -> PlasmaRequest:
    """Close a request that is over for the hospital; nobody is asked for it any more."""
    row = PlasmaRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if not asks_for(by, row.hospital):
        raise PermissionDenied
    if row.version != version or row.status != Status.OPEN:
        raise Overtaken(row)
    moment = now()
    move(row, to=Status.CLOSED, closed_at=moment)
    record(row, "need_closed", at=moment, by=by)
    _ask_nobody_more(row, by)
    return row


def with_how_far(rows: QuerySet[PlasmaRequest]) -> QuerySet[PlasmaRequest]:
    """Add to each request how many donors were ``asked``, and how many ``pledged``."""
    return rows.annotate(
        asked=Count("proposals", filter=Q(proposals__asked_at__isnull=False)),
        pledged=Count("proposals", filter=Q(proposals__status=Proposal.Status.PLEDGED)),
    )


def follow() -> int:
    """Bring the proposals and requests to where their donors are; return how many requests moved.

    Answers are given behind the donors' links, and donations at banks; both are read from there, in
    sets, so that neither knows of hospitals.
    """
    asked = Proposal.objects.filter(status=Proposal.Status.ASKED)
    for statuses, to in (
        ((Invitation.Status.PLEDGED,), Proposal.Status.PLEDGED),
        (_DECLINED, Proposal.Status.DECLINED),
    ):
        theirs = asked.filter(invitation__status__in=statuses)
        for pk, at in theirs.values_list("pk", "invitation__answered_at"):
            Proposal.objects.filter(pk=pk, status=Proposal.Status.ASKED).update(
                status=to, answered_at=at, version=F("version") + 1
            )
    return one_by_one(_follow_next, logger=logger, failing=lambda pk: f"Request {pk} stands")


@transaction.atomic
def _follow_next(without: frozenset[int], tried: list[int]) -> int:
    """Count the donations of one request whose count is old, or close one whose time is over."""
    moment = now()
    given = Count(
        "proposals",
        filter=Q(proposals__invitation__pledges__donation__outcome=Donation.Outcome.DONATED),
    )
    open_ = PlasmaRequest.objects.filter(status=Status.OPEN).exclude(pk__in=without)
    due = open_.annotate(given=given).filter(
        Q(given__gt=F("units_met"), units_met__lt=F("units")) | Q(needed_by__lte=moment)
    )
    found = due.order_by("pk").values_list("pk", "given").first()
    if found is None:
        return 0
    tried.append(found[0])
    row = PlasmaRequest.objects.select_for_update(of=("self",)).get(pk=found[0])
    if row.status != Status.OPEN:
        return 1
    units_met = min(found[1], row.units)
    if units_met >= row.units:
        move(row, to=Status.MET, units_met=units_met, closed_at=moment)
        record(row, "need_met", at=moment)
        _ask_nobody_more(row)
    elif row.needed_by <= moment:
        move(row, to=Status.CLOSED, units_met=units_met, closed_at=moment)
        record(row, "need_closed", at=moment)
        _ask_nobody_more(row)
    else:
        PlasmaRequest.objects.filter(pk=row.pk).update(
            units_met=units_met, version=F("version") + 1
        )
    return 1


def _ask_nobody_more(row: PlasmaRequest, by: User | None = None) -> None:
    """Whoever waits for the morning to be asked is not asked for what is over."""
    if row.campaign is not None:
        campaigns.stop_for_need(campaign=row.campaign, by=by, words="The request is over.")


def _made(
    hospital: Hospital, by: User, group: str, units: int, needed_by: datetime, moment: datetime
) -> PlasmaRequest:
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return PlasmaRequest.objects.create(
                    hospital=hospital,
                    reference=new_reference(PlasmaRequest.PREFIX),
                    recipient_group=group,
                    units=units,
                    needed_by=needed_by,
                    made_by=by,
                    made_at=moment,
                )
        except IntegrityError as problem:
            if "reference" not in str(problem) or not left:
                raise
    raise AssertionError("unreachable")

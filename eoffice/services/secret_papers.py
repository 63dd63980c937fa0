"""The register of secret and top secret papers: who handed one to whom, and when. Nothing of it.

Such papers are not held in e-Office; neither subject nor content has a place here. Source: domain
rules of e-Office, "Classification".
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from eoffice.models import Desk, Rank, SecretPaper
from eoffice.permissions import Seat
from eoffice.services.locking import seated
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.counters import next_number
from esachivalaya.common.retry import on_deadlock


def may_keep(seat: Seat) -> bool:
    """Whether ``seat`` keeps the register: an officer of a Section Officer's desk or above."""
    return seat.keeps_secret_register


def visible_at(seat: Seat) -> QuerySet[SecretPaper]:
    """Return what this desk handed over or was handed; nothing for who does not keep it."""
    if not may_keep(seat):
        return SecretPaper.objects.none()
    mine = Q(from_desk=seat.desk.pk) | Q(to_desk=seat.desk.pk)
    return SecretPaper.objects.filter(mine)


@on_deadlock
@transaction.atomic
def hand_over(
    *, desk: Desk, to: Desk, by: User, grade: str = "", follows: int | None = None
) -> SecretPaper:
    """Enter that ``by`` hands a paper from ``desk`` to ``to``; it has the next number.

    ``follows`` is the entry by which it came here: it is handed on once, and keeps its grade.
    """
    seat = _keeper(by, desk)
    if to.pk == desk.pk:
        raise Refused("same_desk", _("It lies at this desk."), field="to")
    target = Desk.objects.select_for_update(of=("self",), no_key=True).get(pk=to.pk)
    if target.closed_at is not None or target.rank < Rank.SECTION_OFFICER:
        raise Refused(
            "low_desk", _("It goes to an open desk of a Section Officer or above."), field="to"
        )
    before = None
    if follows is not None:
        before = visible_at(seat).select_for_update(of=("self",)).filter(pk=follows).first()
        if before is None:
            raise PermissionDenied
        if before.to_desk_id != desk.pk or before.received_at is None:
            raise Refused("not_here", _("It was not received at this desk."))
        if SecretPaper.objects.filter(follows=before).exists():
            raise Refused("handed_on", _("It was handed on already."))
    moment = now()
    year = day_of(moment).year
    department = desk.section.department
    serial = next_number(series=f"eoffice-secret:{department.pk}", year=year)
    return SecretPaper.objects.create(
        number=f"{serial}/{year}/{department.code}-S",
        grade=before.grade if before else grade,
        from_desk=desk,
        to_desk=to,
        handed_at=moment,
        handed_by=by,
        follows=before,
    )


@on_deadlock
@transaction.atomic
def receive(*, paper: SecretPaper, desk: Desk, by: User) -> SecretPaper:
    """Enter that it was received at ``desk``; once, by whoever is first."""
    seat = _keeper(by, desk)
    row = visible_at(seat).select_for_update(of=("self",)).filter(pk=paper.pk).first()
    if row is None or row.to_desk_id != desk.pk:
        raise PermissionDenied
    if row.received_at is None:
        row.received_at, row.received_by = now(), by
        row.save(update_fields=["received_at", "received_by"])
    return row


def _keeper(by: User, desk: Desk) -> Seat:
    seat = seated(by, desk)
    if seat is None or not may_keep(seat):
        raise PermissionDenied
    return seat

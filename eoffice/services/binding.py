"""Binding files together: linked ones move alone, attached and merged ones travel inside another.

Source: domain rules of e-Office, "Movement" and invariant 8.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from eoffice.models import Desk, File, FileLink, Holding, Item, Movement
from eoffice.permissions import Seat, visible_at
from eoffice.services import access, ledger, notes
from eoffice.services.locking import in_hand, locked
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock

Act = Movement.Act
Status = Item.Status


@on_deadlock
@transaction.atomic
def link(*, file: File, other: File, desk: Desk, by: User) -> FileLink:
    """Let two files refer to each other; ``file`` lies at ``desk``, ``other`` may be seen there."""
    rows = locked([file.pk, other.pk])
    _row, _holding, seat = in_hand(file.pk, desk=desk, by=by)
    if file.pk == other.pk or not visible_at(seat).filter(pk=other.pk).exists():
        raise Refused("other", _("There is no such file."), field="other")
    moment = now()
    first, second = sorted([file.pk, other.pk])
    made, fresh = FileLink.objects.get_or_create(
        one_id=first, other_id=second, ended_at=None, defaults={"made_by": by, "made_at": moment}
    )
    if fresh:
        for pk, its_other in ((file.pk, other.pk), (other.pk, file.pk)):
            ledger.append(rows[pk], Act.LINKED, seat=seat, at=moment, more={"file": its_other})
    return made


@on_deadlock
@transaction.atomic
def unlink(*, bond: FileLink, desk: Desk, by: User) -> None:
    """End the link of two files, of which one lies at ``desk``."""
    rows = locked([bond.one_id, bond.other_id])
    here = Holding.objects.at(desk.pk).filter(item__in=rows).values_list("item_id", flat=True)
    pk = here.first() or bond.one_id
    _row, _holding, seat = in_hand(pk, desk=desk, by=by)
    moment = now()
    if FileLink.objects.filter(pk=bond.pk, ended_at__isnull=True).update(ended_at=moment) == 1:
        for mine, its_other in ((bond.one_id, bond.other_id), (bond.other_id, bond.one_id)):
            ledger.append(rows[mine], Act.UNLINKED, seat=seat, at=moment, more={"file": its_other})


@on_deadlock
@transaction.atomic
def attach(*, child: File, parent: File, desk: Desk, by: User) -> None:
    """Put ``child`` inside ``parent`` for a while; it travels with it and can be taken out."""
    _put_inside(child, parent, desk, by, status=Status.ATTACHED, act=Act.ATTACHED)


@on_deadlock
@transaction.atomic
def merge(*, child: File, parent: File, desk: Desk, by: User) -> None:
    """Make ``child`` one with ``parent``; what is in it stays to be read under its number."""
    _put_inside(child, parent, desk, by, status=Status.MERGED, act=Act.MERGED)


@on_deadlock
@transaction.atomic
def take_out(*, child: File, desk: Desk, by: User) -> None:
    """Detach or demerge ``child``: it lies at the desk where its parent lies."""
    inside = File.objects.values_list("inside_id", flat=True).get(pk=child.pk)
    if inside is None:
        raise Refused("not_inside", _("It lies in no other file."))
    rows = locked([child.pk, inside])
    row = rows[child.pk]
    parent, _holding, seat = in_hand(inside, desk=desk, by=by)
    still = File.objects.filter(pk=child.pk, inside=inside)
    if still.update(inside=None) != 1:
        raise Refused("not_inside", _("It lies in no other file."))
    moment = now()
    act = Act.DETACHED if row.status == Status.ATTACHED else Act.DEMERGED
    Item.objects.filter(pk=row.pk).update(status=Status.OPEN, version=F("version") + 1)
    Holding.objects.create(
        item=row,
        desk=desk,
        came=Holding.Came.TAKEN_OUT,
        since=moment,
        read_at=moment,
        received_at=moment,
    )
    access.grant(row, seat.desk)
    _tell(row, parent, act, seat, moment)


def _put_inside(child: File, parent: File, desk: Desk, by: User, *, status: str, act: str) -> None:
    # Also those around the parent: no ring may close while somebody else binds one of them.
    locked([child.pk, parent.pk, *access.files_around(parent.pk)])
    row, holding, seat = in_hand(child.pk, desk=desk, by=by)
    whole, _held, _same = in_hand(parent.pk, desk=desk, by=by)
    if child.pk == parent.pk or child.pk in access.files_around(parent.pk):
        raise Refused("ring", _("A file cannot lie inside itself."), field="parent")
    if row.status != Status.OPEN or whole.status != Status.OPEN:
        raise Refused("closed", _("Only open files are put together."))
    if row.nature != whole.nature:
        raise Refused("nature", _("A paper file cannot travel inside an electronic one."))
    moment = now()
    if row.classification > whole.classification:
        raise Refused(
            "classification", _("Raise the classification of the outer file first."), field="parent"
        )
    Holding.objects.filter(pk=holding.pk).update(ended_at=moment)
    Item.objects.filter(pk=row.pk).update(status=status, version=F("version") + 1)
    File.objects.filter(pk=child.pk).update(inside=parent)
    access.follow_file(row, parent)
    # From now on it travels with the other: what stands on it is read elsewhere, and is sealed.
    sealed = notes.seal(row, seat, moment)
    _tell(row, whole, act, seat, moment, sealed=sealed)


def _tell(
    child: Item,
    parent: Item,
    act: str,
    seat: Seat,
    moment: datetime,
    *,
    sealed: Sequence[Mapping[str, Any]] = (),
) -> None:
    inner: dict[str, Any] = {"parent": parent.pk}
    if sealed:
        inner["notes"] = list(sealed)
    for one, more in ((child, inner), (parent, {"child": child.pk})):
        ledger.append(one, act, seat=seat, at=moment, more=more)

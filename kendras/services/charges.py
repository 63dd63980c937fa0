"""Who serves at a Kendra, and who oversees the Kendras of a district: from when to when."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock, formats
from esachivalaya.common.constraints import Refusal, sentence_for, violated
from esachivalaya.common.retry import on_deadlock
from kendras.models import Kendra, KendraCharge
from kendras.permissions import appoints
from officials.models import District

_OVERLAPS = {"kendra_charge_operator_once", "kendra_charge_supervisor_once"}


class ChargeRefused(Refusal):
    """A charge that cannot be given or ended this way."""


class ChargeOverlaps(ChargeRefused):
    """The person has this charge already at that time: ``charge`` is it."""

    def __init__(self, charge: KendraCharge) -> None:
        super().__init__(_has_it_already(charge), field="starts_at")
        self.charge = charge


@on_deadlock
@transaction.atomic
def give(
    *,
    kind: str,
    user: User,
    by: User,
    kendra: Kendra | None = None,
    district: District | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> KendraCharge:
    """Make ``user`` an operator of ``kendra``, or let them oversee those of ``district``.

    From ``starts_at`` (now, unless said) to ``ends_at``. Only an appointing role does this, for
    active staff. Nobody has the same charge twice at one time: the database decides, and
    :class:`ChargeOverlaps` says since when they have it. Recorded on the Kendra or the district.
    """
    _only_appointing(by)
    now = clock.now()
    starts_at = starts_at or now
    if not (user.is_staff and user.is_active):
        raise ChargeRefused(_("Only active staff can be given a charge."), field="user")
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise ChargeRefused(
            _("The charge must end after it starts, and not before now."), field="ends_at"
        )
    place = _lock_place(_place_of(kind, kendra, district))
    charge = KendraCharge(
        kind=kind,
        kendra=kendra if kind == KendraCharge.Kind.OPERATOR else None,
        district=district if kind == KendraCharge.Kind.SUPERVISOR else None,
        user=user,
        starts_at=starts_at,
        ends_at=ends_at,
        given_by=by,
    )
    _save(charge)
    record(place, "kendracharge_given", at=now, by=by, data=facts(charge))
    return charge


@on_deadlock
@transaction.atomic
def end(*, charge: KendraCharge, by: User, ends_at: datetime | None = None) -> KendraCharge:
    """End ``charge`` at ``ends_at``, or at once: from then on it opens nothing any more.

    Only an appointing role does this. The past is not rewritten: a charge that has ended stays as
    it was, and none ends before now. A charge that has not begun is taken back whole. A later end
    may run into a following charge of the same person: then :class:`ChargeOverlaps`. Recorded on
    the Kendra or the district.
    """
    _only_appointing(by)
    place = _lock_place(charge.kendra or charge.district)
    charge = KendraCharge.objects.select_for_update().get(pk=charge.pk)
    now = clock.now()
    if charge.ends_at is not None and charge.ends_at <= now:
        raise ChargeRefused(
            _("This charge ended on %(day)s already.")
            % {"day": formats.datetime_short(charge.ends_at)}
        )
    if ends_at is not None and ends_at < now:
        raise ChargeRefused(_("A charge cannot end in the past."), field="ends_at")
    ends_at = ends_at or now
    before = charge.ends_at
    if charge.starts_at >= ends_at:
        record(place, "kendracharge_taken_back", at=now, by=by, data=facts(charge))
        charge.delete()
        return charge
    charge.ends_at = ends_at
    _save(charge)
    record(
        place, "kendracharge_ended", at=now, by=by, data={**facts(charge), "ends_at_before": before}
    )
    return charge


def facts(charge: KendraCharge) -> dict[str, object]:
    """Return what the record says of a charge."""
    return {
        "charge": charge.pk,
        "user": charge.user_id,
        "kind": str(charge.kind),
        "starts_at": charge.starts_at,
        "ends_at": charge.ends_at,
    }


def _only_appointing(by: User) -> None:
    if not appoints(by):
        raise PermissionDenied("Only an appointing role gives and ends charges.")


def _place_of(kind: str, kendra: Kendra | None, district: District | None) -> Kendra | District:
    if kind == KendraCharge.Kind.OPERATOR:
        if kendra is None:
            raise ChargeRefused(_("Say at which Kendra the operator serves."), field="kendra")
        return kendra
    if district is None:
        raise ChargeRefused(_("Say the Kendras of which district are overseen."), field="district")
    return district


def _lock_place(place: Kendra | District | None) -> Kendra | District:
    """Lock the row in whose record the act stands; rows that refer to it stay free."""
    if isinstance(place, Kendra):
        return Kendra.objects.select_for_update(no_key=True).get(pk=place.pk)
    if place is None:
        raise ValueError("A charge belongs to a Kendra or a district.")
    return District.objects.select_for_update(no_key=True).get(pk=place.pk)


def _save(charge: KendraCharge) -> None:
    try:
        with transaction.atomic():
            charge.save()
    except IntegrityError as error:
        other = _overlapping(charge) if violated(error) in _OVERLAPS else None
        if other is None:
            raise ChargeRefused(sentence_for(error)) from error
        raise ChargeOverlaps(other) from error


def _overlapping(charge: KendraCharge) -> KendraCharge | None:
    found = KendraCharge.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=charge.starts_at),
        kind=charge.kind,
        user=charge.user,
        kendra=charge.kendra,
        district=charge.district,
    ).exclude(pk=charge.pk)
    if charge.ends_at is not None:
        found = found.filter(starts_at__lt=charge.ends_at)
    return found.select_related("user", "kendra", "district").order_by("starts_at").first()


def _has_it_already(charge: KendraCharge) -> str:
    words = {
        "name": str(charge.user),
        "place": str(charge.kendra or charge.district),
        "start": formats.datetime_short(charge.starts_at),
    }
    if charge.ends_at is None:
        return _("%(name)s has this charge (%(place)s) since %(start)s.") % words
    return _("%(name)s has this charge (%(place)s) from %(start)s to %(end)s.") % {
        **words,
        "end": formats.datetime_short(charge.ends_at),
    }

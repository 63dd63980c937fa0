"""Who serves at a bank and who asks for a hospital: given and ended by an appointing role."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock, formats
from esachivalaya.common.constraints import Refusal, sentence_for
from esachivalaya.common.retry import on_deadlock
from plasma.models import Bank, BankCharge, Hospital, HospitalCharge
from plasma.permissions import appoints

Charge = BankCharge | HospitalCharge
_ACTS = {BankCharge: "bankcharge", HospitalCharge: "hospitalcharge"}


class ChargeRefused(Refusal):
    """A charge that cannot be given or ended this way."""


def give_at_bank(
    *,
    bank: Bank,
    user: User,
    kind: str,
    by: User,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> BankCharge:
    """Let ``user`` serve at the desk of ``bank``, or be its medical officer.

    From ``starts_at`` (now, unless said) to ``ends_at``. Only an appointing role does this, for
    active staff, and nobody has the same charge twice at one time. Recorded on the bank.
    """
    charge = BankCharge(bank=bank, user=user, kind=kind, given_by=by)
    _give(charge, by, starts_at, ends_at)
    return charge


def give_at_hospital(
    *,
    hospital: Hospital,
    user: User,
    by: User,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> HospitalCharge:
    """Let ``user`` ask for plasma for ``hospital``, as :func:`give_at_bank` does for a bank."""
    charge = HospitalCharge(hospital=hospital, user=user, given_by=by)
    _give(charge, by, starts_at, ends_at)
    return charge


@on_deadlock
@transaction.atomic
def end(*, charge: Charge, by: User, ends_at: datetime | None = None) -> Charge:
    """End ``charge`` at ``ends_at``, or at once: from then on it opens nothing any more.

    Only an appointing role does this. The past is not rewritten: a charge that has ended stays as
    it was, and none ends before now. One that has not begun is taken back whole.
    """
    _only_appointing(by)
    place = _lock_place(charge)
    row: Charge = type(charge)._default_manager.select_for_update().get(pk=charge.pk)
    now = clock.now()
    if row.ends_at is not None and row.ends_at <= now:
        raise ChargeRefused(
            _("This charge ended on %(day)s already.")
            % {"day": formats.datetime_short(row.ends_at)}
        )
    if ends_at is not None and ends_at < now:
        raise ChargeRefused(_("A charge cannot end in the past."), field="ends_at")
    ends_at = ends_at or now
    name, before = _ACTS[type(row)], row.ends_at
    if row.starts_at >= ends_at:
        record(place, f"{name}_taken_back", at=now, by=by, data=facts(row))
        row.delete()
        return row
    row.ends_at = ends_at
    _save(row)
    data = {**facts(row), "ends_at_before": before}
    record(place, f"{name}_ended", at=now, by=by, data=data)
    return row


def facts(charge: Charge) -> dict[str, object]:
    """Return what the record says of a charge."""
    found: dict[str, object] = {
        "charge": charge.pk,
        "user": charge.user_id,
        "starts_at": charge.starts_at,
        "ends_at": charge.ends_at,
    }
    if isinstance(charge, BankCharge):
        found["kind"] = str(charge.kind)
    return found


def place_of(charge: Charge) -> Bank | Hospital:
    """Return the bank or hospital in whose record the charge stands."""
    return charge.bank if isinstance(charge, BankCharge) else charge.hospital


@on_deadlock
@transaction.atomic
def _give(charge: Charge, by: User, starts_at: datetime | None, ends_at: datetime | None) -> None:
    _only_appointing(by)
    now = clock.now()
    charge.starts_at, charge.ends_at = starts_at or now, ends_at
    if not (charge.user.is_staff and charge.user.is_active):
        raise ChargeRefused(_("Only active staff can be given a charge."), field="user")
    if ends_at is not None and ends_at <= max(charge.starts_at, now):
        raise ChargeRefused(
            _("The charge must end after it starts, and not before now."), field="ends_at"
        )
    place = _lock_place(charge)
    _save(charge)
    record(place, f"{_ACTS[type(charge)]}_given", at=now, by=by, data=facts(charge))


def _only_appointing(by: User) -> None:
    if not appoints(by):
        raise PermissionDenied("Only an appointing role gives and ends charges.")


def _lock_place(charge: Charge) -> Bank | Hospital:
    """Lock the row in whose record the act stands; rows that refer to it stay free."""
    place = place_of(charge)
    found: Bank | Hospital = (
        type(place)._default_manager.select_for_update(no_key=True).get(pk=place.pk)
    )
    return found


def _save(charge: Charge) -> None:
    try:
        with transaction.atomic():
            charge.save()
    except IntegrityError as error:
        raise ChargeRefused(sentence_for(error), field="starts_at") from error

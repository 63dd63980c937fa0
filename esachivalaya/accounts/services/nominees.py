"""Naming who may act for a person when they have died or cannot, and taking it back.

The right to nominate of the Digital Personal Data Protection Act 2023, section 14. The record says
that somebody was named, and in which relation; name and number stand in the nominee's row alone,
so that they are gone as soon as the person takes them back. The nominee gets no message.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import Citizen, Nominee, User
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.words import fold

NAMED, REPLACED, TAKEN_BACK = "nominee_named", "nominee_replaced", "nominee_taken_back"
SHOWN = "nominee_shown"
NOBODY = 0
LEAST_REASON = 20


@dataclass(frozen=True)
class Named:
    """Who is named; ``phone`` as accounts/phones.py writes it."""

    name: str
    relation: str
    phone: str


def nominee_of(person: Citizen) -> Nominee | None:
    """Return whom ``person`` has named."""
    return Nominee.objects.filter(citizen=person).first()


@on_deadlock
@transaction.atomic
def name(*, person: Citizen, given: Named, instead_of: int, by: User) -> Nominee:
    """Let ``given`` be the one nominee of ``person``, in the place of the one who stood there.

    ``instead_of`` is the number of the nominee whom the form showed, 0 for nobody: if somebody else
    stands there by now it is refused, and nobody is replaced unseen. So is the person themselves:
    the Act speaks of another individual.
    """
    locked, standing = _locked(person, instead_of)
    if fold(given.name) == fold(locked.name) and given.phone == locked.household.phone:
        raise Refused("oneself", _("Name another person: you cannot act for yourself then."))
    if standing is not None:
        standing.delete()
    nominee = Nominee.objects.create(
        citizen=locked,
        name=given.name,
        relation=given.relation,
        phone=given.phone,
        named_by=by,
    )
    act = NAMED if standing is None else REPLACED
    record(locked, act, at=clock.now(), by=by, data={"relation": given.relation})
    return nominee


@on_deadlock
@transaction.atomic
def take_back(*, person: Citizen, nominee: int, by: User) -> None:
    """Remove the nominee of this number; refused when somebody else stands there by now."""
    locked, standing = _locked(person, nominee)
    if standing is None:
        return
    standing.delete()
    record(locked, TAKEN_BACK, at=clock.now(), by=by, data={"relation": str(standing.relation)})


@on_deadlock
@transaction.atomic
def shown(*, person: Citizen, reason: str, by: User) -> None:
    """Write down that a help desk is shown the nominee of ``person``, for a claim, and why.

    The person reads in their own data that it was done.
    """
    if len(reason.strip()) < LEAST_REASON:
        raise Refused("reason", _("Write in at least 20 characters who claims what."))
    locked = Citizen.objects.select_for_update().get(pk=person.pk)
    if locked.erased_at is not None:
        raise Refused("gone", _("Nothing is kept of this person any more."))
    record(locked, SHOWN, at=clock.now(), by=by, data={"reason": reason.strip()})


def _locked(person: Citizen, seen: int) -> tuple[Citizen, Nominee | None]:
    """Lock the person, and refuse where another nominee stands there than was seen."""
    people = Citizen.objects.select_for_update(of=("self",)).select_related("household")
    locked = people.get(pk=person.pk)
    if locked.erased_at is not None or locked.left_at is not None:
        raise Refused("gone", _("This person is no longer in the household."))
    standing = nominee_of(locked)
    if (standing.pk if standing else NOBODY) != seen:
        raise Refused(
            "changed meanwhile",
            _("Somebody of your household has changed this meanwhile. Look at it once more."),
        )
    return locked, standing

"""A person of age leaves the household: with their appointments to their own number, or without."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.accounts.services import matters
from esachivalaya.accounts.services.households import (
    MOST_PEOPLE,
    household_of,
    phone_needs_proof,
    phone_proved,
)
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.words import fold
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter, Recipient


@on_deadlock
@transaction.atomic
def take_to_own_number(*, person: Citizen, phone: str, by: User, reason: str = "") -> Household:
    """Move ``person`` with everything they asked for to the household of ``phone``.

    ``phone`` was proved by a code just now; its household is made if there is none. From the commit
    on the former household sees nothing of the person and gets no message about them; what waits in
    the outbox goes to the new number; a request opens by its PIN as before. Both numbers are told.
    Somebody who was noted to have left comes back to their appointments by this as well.

    A number that was silent for 90 days is refused: who moves in could name themselves and would
    see the appointments of people they may not know.
    """
    target = household_of(phone=phone, language=by.language)
    rows = Household.objects.select_for_update().filter(pk__in=[person.household_id, target.pk])
    homes = {row.pk: row for row in rows.order_by("pk")}
    locked = _locked(person, has_left=person.left_at is not None)
    former, target = homes[person.household_id], homes[target.pk]
    if target.pk == former.pk:
        raise Refused("same number", _("The appointments are with this number already."))
    if phone_needs_proof(target):
        raise Refused(
            "silent number",
            _("This number was not used here for more than 90 days. Sign in with it first."),
        )
    moment = clock.now()
    _make_way(target, locked, by)
    if len(matters.people_of(target)) >= MOST_PEOPLE:
        raise Refused("most people", _("There are 20 people in the household of this number."))
    locked.household, locked.left_at = target, None
    locked.save(update_fields=["household", "left_at"])
    phone_proved(target)
    data = {"from": str(former.pk), "to": str(target.pk), "reason": reason}
    record(locked, "moved_out", at=moment, by=by, data=data)
    record(former, "person_left", at=moment, by=by, data={"person": str(locked.pk)})
    record(target, "person_joined", at=moment, by=by, data={"person": str(locked.pk)})
    matters.reached_anew([locked])
    if former.phone:
        subjects = matters.subjects_of([locked])
        outbox.redirect(old=former.phone, new=phone, subjects=subjects)
    _tell(locked, former, target, moment=f"{moment:%Y%m%dT%H%M%S%f}")
    return target


@on_deadlock
@transaction.atomic
def mark_left(*, person: Citizen, by: User) -> Citizen:
    """Note that ``person`` has left; refused while something that they asked for is under way.

    What they asked for is no longer shown to the household; each request opens by its PIN.
    """
    locked = _locked(person)
    if matters.has_open(locked):
        raise Refused(
            "open matters",
            _(
                "This person has open appointments. They can take them to their own number, or "
                "withdraw them first."
            ),
        )
    locked.left_at = clock.now()
    locked.save(update_fields=["left_at"])
    record(locked, "left_household", at=locked.left_at, by=by)
    return locked


def _locked(person: Citizen, *, has_left: bool = False) -> Citizen:
    """Lock the person as a booking does: nothing is asked for them while they leave."""
    rows = Citizen.objects.select_for_update().filter(household_id=person.household_id)
    locked = rows.filter(pk=person.pk, left_at__isnull=not has_left).first()
    if locked is None:
        raise Refused("person gone", _("This person is no longer in the household."))
    return locked


def _make_way(target: Household, person: Citizen, by: User) -> None:
    """Let the person's own entry at the new number go, where nothing was asked for with it."""
    wanted = fold(person.name)
    for other in matters.people_of(target):
        if fold(other.name) == wanted and not matters.of_person(other):
            other.left_at = clock.now()
            other.save(update_fields=["left_at"])
            record(other, "left_household", at=other.left_at, by=by)


def _tell(person: Citizen, former: Household, target: Household, *, moment: str) -> None:
    told = (("person_moved_here", target), ("person_moved_away", former))
    outbox.post(
        Letter(
            event=f"{template}:{person.pk}:{moment}",
            template=template,
            to=Recipient(
                phone=household.phone or "",
                language=household.user.language if household.user else "hi",
            ),
            values={"name": person.given_name},
        )
        for template, household in told
    )

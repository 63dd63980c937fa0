"""A person under 18 is named only with the consent of a parent or guardian who can be identified.

Source: Digital Personal Data Protection Act 2023, section 9; its Rules 2025, rule 10. The portal
asks no date of birth: whoever is 18 or older says nothing at all, and of a child the year is kept.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import Citizen, GuardianConsent, User
from esachivalaya.accounts.services.refusals import Refused
from esachivalaya.audit.services import record
from esachivalaya.common import clock

OF_AGE = 18


@dataclass(frozen=True)
class Guardian:
    """Who agreed for a child. ``phone`` was proved by a code, unless they stood at a counter."""

    name: str
    relation: str
    proof: str = GuardianConsent.Proof.CODE
    phone: str = ""


def adult_from(year_of_birth: int | None) -> date | None:
    """Return the day from which somebody born in that year is surely of age; None when they are."""
    if year_of_birth is None:
        return None
    day = date(year_of_birth + OF_AGE + 1, 1, 1)
    return day if day > clock.day_of(clock.now()) else None


def refuse_child_alone(of_age: date | None, guardian: Guardian | None) -> None:
    """Raise :class:`Refused` for a child for whom no parent or guardian agreed."""
    if of_age is not None and (guardian is None or not guardian.name):
        raise Refused(
            "no guardian", _("For a person under 18, write the parent or guardian who agrees.")
        )


def agreed(person: Citizen, guardian: Guardian, *, by: User) -> GuardianConsent:
    """Write down the guardian's consent, in the transaction that names the child."""
    consent = GuardianConsent.objects.create(
        citizen=person,
        name=guardian.name,
        relation=guardian.relation,
        proof=guardian.proof,
        phone=guardian.phone,
        given_by=by,
    )
    data = {"relation": guardian.relation, "proof": str(guardian.proof)}
    record(person, "guardian_agreed", at=clock.now(), by=by, data=data)
    return consent

"""Blood groups, and whose plasma whom helps.

Plasma goes the other way round than red cells: what a donor's plasma carries against groups must
not meet them in the recipient. Source: domain rules of plasma, "Request".
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BloodGroup(models.TextChoices):
    """The ABO group with the rhesus factor, as it stands on a donor's card."""

    O_POS = "O+", "O+"
    O_NEG = "O-", "O−"
    A_POS = "A+", "A+"
    A_NEG = "A-", "A−"
    B_POS = "B+", "B+"
    B_NEG = "B-", "B−"
    AB_POS = "AB+", "AB+"
    AB_NEG = "AB-", "AB−"


class Abo(models.TextChoices):
    """The part of the group that decides for plasma; the rhesus factor does not."""

    O = "O", _("O")  # noqa: E741
    A = "A", _("A")
    B = "B", _("B")
    AB = "AB", _("AB")


# Recipient: whose plasma they may be given.
DONORS_FOR: dict[str, frozenset[str]] = {
    Abo.O: frozenset({Abo.O, Abo.A, Abo.B, Abo.AB}),
    Abo.A: frozenset({Abo.A, Abo.AB}),
    Abo.B: frozenset({Abo.B, Abo.AB}),
    Abo.AB: frozenset({Abo.AB}),
}


def abo_of(group: str) -> str:
    """Return the ABO group of a blood group ("AB+" → "AB"); "" for an unknown one."""
    return group.rstrip("+-")


def groups_for(recipient: str) -> list[str]:
    """Return the blood groups of donors whose plasma may be given to the ABO group ``recipient``.

    Raises KeyError for anything that is no ABO group.
    """
    wanted = DONORS_FOR[recipient]
    return [group for group in BloodGroup.values if abo_of(group) in wanted]

"""At which desks a person sits, and what they may do there: by live charges alone.

A superuser of the portal sits nowhere and sees no content. Source: domain rules of e-Office,
invariants 1, 7 and 10.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from eoffice.models import Classification, Desk, Item, Rank
from eoffice.querysets import ItemQuerySet
from officials.models import Charge
from officials.permissions import STRENGTH

# Who signs, approves, closes: the officer or who stands in, not the office's staff.
OFFICERS = (Charge.Kind.HOLDER, Charge.Kind.ADDITIONAL, Charge.Kind.LINK_OFFICER)


@dataclass(frozen=True)
class Seat:
    """A person at one desk, by their strongest live charge of its post."""

    desk: Desk
    charge: Charge

    @property
    def is_officer(self) -> bool:
        """Whether the person may approve, sign and close here."""
        return self.charge.kind in OFFICERS

    @property
    def keeps_secret_register(self) -> bool:
        """Whether it keeps the register of secret papers: an officer from Section Officer on."""
        return self.is_officer and bool(self.desk.rank >= Rank.SECTION_OFFICER)

    @property
    def sets_run_through(self) -> bool:
        """Only the Chief Minister's office sets or clears run-through."""
        return self.desk.rank == Rank.CHIEF_MINISTER or bool(
            self.desk.post.department.code == "CMO"
        )


def seats_of(user: Any) -> list[Seat]:
    """Return the desks at which ``user`` sits now, highest first: one query."""
    charges = (
        Charge.objects.of(user)
        .live()
        .filter(post__desk__isnull=False, post__desk__closed_at__isnull=True)
        .select_related("post__desk__section__department", "post__department", "user")
    )
    strongest: dict[int, Charge] = {}
    for charge in sorted(charges, key=lambda one: (STRENGTH.index(one.kind), one.pk)):
        strongest.setdefault(charge.post_id, charge)
    seats = [Seat(charge.post.desk, charge) for charge in strongest.values()]
    return sorted(seats, key=lambda seat: (-seat.desk.rank, seat.desk.pk))


def seat_at(user: Any, code: str) -> Seat | None:
    """Return the seat of ``user`` at the desk of the post ``code``, or None."""
    return next((seat for seat in seats_of(user) if seat.desk.post.code == code), None)


def sits_at(user: Any, desk: Desk) -> Seat | None:
    """Return the seat of ``user`` at ``desk`` at this moment, or None."""
    return next((seat for seat in seats_of(user) if seat.desk == desk), None)


def may_see(seat: Seat) -> Q:
    """Return the condition for what the person in ``seat`` may see of what its desk may see.

    Confidential papers are for the officer and for who stands in by name; staff do not open them.
    """
    if seat.is_officer:
        return Q()
    return Q(classification__lt=Classification.CONFIDENTIAL)


def visible_at(seat: Seat) -> ItemQuerySet:
    """Return the items that this person may see at this desk: access is asked in the query."""
    found = Item.objects.visible_to_desks([seat.desk.pk], [seat.desk.section_id])
    return found.filter(may_see(seat))

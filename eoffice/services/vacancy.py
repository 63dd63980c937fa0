"""What happens with papers that go to a vacant post: they wait there, and nothing is lost.

A confidential one is opened by nobody but the officer of the post. While it is vacant that is its
link officer by name; where there is none, it waits unseen, by the office's staff as well.
Source: domain rules of e-Office, invariant 10.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from eoffice.models import Classification, Desk
from eoffice.permissions import Seat, visible_at
from officials.models import Charge
from officials.permissions import HEADS

WAITS = "waits"
LINK_OFFICER = "link_officer"


@dataclass(frozen=True)
class Vacancy:
    """A post that nobody holds, with who stands in for it, and whether its staff goes on."""

    link_officers: tuple[str, ...]
    staffed: bool

    def goes_to(self, classification: int) -> str:
        """Return who opens a paper of that classification there now; "" for whoever sits there."""
        if classification < Classification.CONFIDENTIAL:
            return ""
        return LINK_OFFICER if self.link_officers else WAITS


def of(desk: Desk) -> Vacancy | None:
    """Return how the post of ``desk`` is vacant, None when somebody holds it: one query."""
    charges = list(Charge.objects.live().filter(post=desk.pk).select_related("user").order_by("pk"))
    kinds = {charge.kind for charge in charges}
    if kinds & set(HEADS):
        return None
    link = [str(one.user) for one in charges if one.kind == Charge.Kind.LINK_OFFICER]
    return Vacancy(tuple(dict.fromkeys(link)), Charge.Kind.STAFF in kinds)


def warning(desk: Desk, *, item: int | None, seat: Seat) -> str:
    """Return what the sender of ``item`` is told before it goes to ``desk``; "" for nothing."""
    vacancy = of(desk)
    if vacancy is None:
        return ""
    seen = visible_at(seat).filter(pk=item or 0).values_list("classification", flat=True).first()
    goes = vacancy.goes_to(seen or Classification.NORMAL)
    told: dict[str, Any] = {"names": ", ".join(vacancy.link_officers)}
    if goes == LINK_OFFICER:
        words = _(
            "Nobody holds this post now. A confidential paper is opened there by its link officer "
            "alone: %(names)s. Tick here to send it all the same."
        )
        return words % told
    if goes == WAITS:
        return _(
            "Nobody holds this post now, and it has no link officer. A confidential paper waits "
            "there, opened by nobody, until an officer is posted. Tick here to send it all "
            "the same."
        )
    if vacancy.link_officers or vacancy.staffed:
        return ""
    return _("Nobody holds this post now. Tick here to send it all the same.")

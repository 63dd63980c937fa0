"""The year of birth that stands before a donor's page: five tries, then the link rests for a day.

Source: domain rules of plasma, 2. Tries are counted in the database, so that five are five however
many come at once and from wherever they come. Wrong years are counted for each network as well:
whoever got hold of many links tries them from one place.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, ExpressionWrapper, F, Value, When
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.client_address import digest_of_address
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.idempotency import claim, new_key
from esachivalaya.common.models import SentForm
from plasma.models import FunnelCount, Invitation
from plasma.services import funnel

TRIES = 5
RESTS_FOR = timedelta(days=1)
# Of wrong years in an hour from one network; a network of mobile phones stands for very many.
NETWORK_TRIES, HOUR = 50, timedelta(hours=1)
_FORM = "plasma-year"
_MANY_TRIES = _("Many wrong years of birth came from your connection.")


@dataclass(frozen=True)
class Checked:
    """What came of a typed year; true only when it was right. ``until``: the link rests so long."""

    ok: bool
    tries_left: int = 0
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self.ok


def check_year(*, invitation: Invitation, typed: int, network: str = "") -> Checked:
    """Say whether ``typed`` is the donor's year of birth; the right one opens the invitation.

    A try is taken before the comparison, in one conditional UPDATE, and the last one closes the
    link for a day in the same statement. A right year gives the tries back. Not to be called inside
    a transaction that may be rolled back: the try would come back with it. ``network``: from where
    it comes; after 50 wrong years in an hour from there :class:`TooMany`, before anything is tried.
    """
    tried = _take_try_of(network) if network else None
    rows = Invitation.objects.filter(pk=invitation.pk)
    rows.filter(closed_until__lte=ClockTimestamp()).update(tries_left=TRIES, closed_until=None)
    closes_at = ExpressionWrapper(ClockTimestamp() + RESTS_FOR, output_field=DateTimeField())
    taken = rows.filter(tries_left__gt=0, closed_until__isnull=True).update(
        tries_left=F("tries_left") - 1,
        closed_until=Case(
            When(tries_left=1, then=closes_at), default=Value(None, output_field=DateTimeField())
        ),
    )
    year = invitation.donor.year_of_birth or 0
    right = constant_time_compare(f"{year:04}", f"{typed:04}") and year > 0
    if taken == 1 and right:
        if tried is not None:
            SentForm.objects.filter(pk=tried).delete()
        _open(invitation)
        return Checked(ok=True)
    left, until = rows.values_list("tries_left", "closed_until").get()
    return Checked(ok=False, tries_left=left, until=until)


@transaction.atomic
def _take_try_of(network: str) -> int:
    """Use up one of the network's tries of this hour, whatever becomes of it."""
    principal = f"net:{digest_of_address(network)[:40]}"
    wait_for_turn(f"plasma-year:{principal}")
    theirs = SentForm.objects.filter(
        principal=principal, form=_FORM, sent_at__gt=ClockTimestamp() - HOUR
    )
    if theirs.count() >= NETWORK_TRIES:
        first = theirs.order_by("sent_at").values_list("sent_at", flat=True)[0]
        raise TooMany("network", _MANY_TRIES, until=first + HOUR)
    return claim(principal=principal, form=_FORM, key=new_key(), digest="").pk


@transaction.atomic
def _open(invitation: Invitation) -> None:
    """Give the tries back, and count the opening the first time."""
    rows = Invitation.objects.filter(pk=invitation.pk)
    rows.update(tries_left=TRIES, closed_until=None)
    if rows.filter(opened_at__isnull=True).update(opened_at=ClockTimestamp()) == 1:
        funnel.add(invitation.campaign_id, FunnelCount.Step.OPENED)
    waiting = ["queued", "sent", "delivered", "undeliverable"]
    rows.filter(status__in=waiting).update(
        status=Invitation.Status.OPENED, version=F("version") + 1
    )

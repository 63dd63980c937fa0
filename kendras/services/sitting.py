"""Who sits at a shared counter: left alone, locked, unlocked, taken over with a PIN.

What is known of it stands in the session, under one name; which Kendra it is says the address.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from appointments.access import GRANTS
from appointments.services.refusals import Refused
from esachivalaya.accounts import bounds
from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.sessions import hand_over
from esachivalaya.audit.models import Entry
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_bounds, day_of, now
from kendras.models import Kendra, KendraCharge, OperatorPin
from kendras.services import operator_pins

STATE = "counter"
# A counter that nobody touched for so long asks for the PIN, whatever the page's script does.
LEFT_ALONE = timedelta(minutes=15)
# That somebody is there is noted once in a while, not with every page.
NOTED_EACH = timedelta(minutes=1)
# A counter that was taken over stays so until the evening, and no longer than this.
TAKEN_OVER_LASTS = timedelta(hours=12)
# Who takes over has proved the second factor within this time.
PROVED_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Person:
    """Somebody who can go on at a locked counter. ``here``: it is their session."""

    user: User
    here: bool


def taken_over_at(request: HttpRequest) -> str:
    """Return the code of the Kendra whose counter this session took over, "" for other sessions."""
    return str(_state(request).get("taken_over", ""))


def locked_at(request: HttpRequest) -> str:
    """Return the code of the Kendra at which this session was locked, "" when it is open."""
    return str(_state(request).get("locked", ""))


def lock(request: HttpRequest, kendra: Kendra) -> None:
    """Lock the counter: until a PIN opens it, the session shows nothing, there or elsewhere."""
    request.session[STATE] = {**_state(request), "locked": kendra.code}
    # What was opened in this browser with somebody's PIN is closed with it.
    request.session.pop(GRANTS, None)
    bounds.bind(request, reverse("kendras:home"))


def touch(request: HttpRequest, kendra: Kendra, *, moment: datetime) -> bool:
    """Note that somebody is at the counter; return False, and lock it, after too long a pause."""
    since = _pause(request, moment)
    if since is not None and since >= LEFT_ALONE:
        lock(request, kendra)
        return False
    if since is None or since >= NOTED_EACH or last_counter(request) != kendra.code:
        noted = {"touched": moment.isoformat(), "at": kendra.code}
        request.session[STATE] = {**_state(request), **noted}
    return True


def last_counter(request: HttpRequest) -> str:
    """Return the code of the Kendra whose counter this session saw last, "" for none."""
    return str(_state(request).get("at", ""))


def left_too_long(request: HttpRequest, *, moment: datetime) -> bool:
    """Whether nobody has touched the counter for so long that it asks for the PIN."""
    since = _pause(request, moment)
    return since is not None and since >= LEFT_ALONE


def people_for(kendra: Kendra, here: User, *, moment: datetime) -> list[Person]:
    """Return who can go on at the counter of ``kendra``: whose session it is first, then others.

    All have a PIN and a live charge there; the others have also signed in with both factors within
    thirty days, as the record says.
    """
    found = _with_pin(kendra, moment).filter(Q(proved=True) | Q(pk=here.pk))
    people = [Person(user, user.pk == here.pk) for user in found.order_by("name_hi", "pk")]
    return sorted(people, key=lambda person: not person.here)


def take_over(request: HttpRequest, *, kendra: Kendra, user: User, pin: str) -> User:
    """Go on at the counter as ``user``, who typed their ``pin``.

    Guarantees: tries are counted before they are judged; whose session it is opens it as it was;
    any other operator gets a session with a new key that is theirs, holds nothing of the one
    before, opens this counter alone and ends with the day. That is written into the record with
    both names. The caller has made sure that an operator of ``kendra`` sits here. Raises
    :class:`Refused`.
    """
    before = bounds.person_behind(request)
    moment = now()
    if before is None or user.pk not in {
        person.user.pk for person in people_for(kendra, before, moment=moment)
    }:
        raise Refused("nobody", _("This person cannot open the counter here now."), field="user")
    if not operator_pins.check_pin(user=user, typed=pin):
        raise Refused("pin", _("This is not the PIN of the person chosen."), field="pin")
    if user.pk == before.pk:
        _unlock(request, moment)
    else:
        _hand_over(request, kendra, before, user, moment)
    return user


def _unlock(request: HttpRequest, moment: datetime) -> None:
    state = {**_state(request), "touched": moment.isoformat()}
    state.pop("locked", None)
    request.session[STATE] = state
    if not state.get("taken_over"):
        bounds.unbind(request)


@transaction.atomic
def _hand_over(
    request: HttpRequest, kendra: Kendra, before: User, user: User, moment: datetime
) -> None:
    until = min(moment + TAKEN_OVER_LASTS, day_bounds(day_of(moment))[1])
    locked = Kendra.objects.select_for_update(no_key=True).get(pk=kendra.pk)
    hand_over(request, user, bounds=reverse("kendras:home"), until=until)
    request.session[STATE] = {"taken_over": kendra.code, "touched": moment.isoformat()}
    told = {"operator_before": before.name_en, "operator_now": user.name_en, "before": before.pk}
    record(locked, "counter_taken_over", at=moment, by=user, data=told)


def _with_pin(kendra: Kendra, moment: datetime) -> QuerySet[User]:
    charges = KendraCharge.objects.live().filter(kind="operator", kendra=kendra)
    proofs = Entry.objects.filter(
        subject_kind=User._meta.label_lower,
        subject_id=Cast(OuterRef("pk"), CharField()),
        act="signed_in",
        at__gt=moment - PROVED_WITHIN,
    )
    # A reset closes every way in, for a lost phone as for a suspicion: a PIN from before as well.
    resets = Entry.objects.filter(
        subject_kind=User._meta.label_lower,
        subject_id=Cast(OuterRef("pk"), CharField()),
        act__in=["reset", "way_in_set"],
        at__gte=OuterRef("operator_pin__set_at"),
    )
    return User.objects.filter(
        ~Exists(resets),
        kind=User.Kind.STAFF,
        is_active=True,
        pk__in=charges.values("user_id"),
        operator_pin__in=OperatorPin.objects.all(),
    ).annotate(proved=Exists(proofs))


def _pause(request: HttpRequest, moment: datetime) -> timedelta | None:
    """Return for how long nobody has touched the counter, None where nobody ever did."""
    touched = _state(request).get("touched")
    return moment - datetime.fromisoformat(touched) if touched else None


def _state(request: HttpRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.session.get(STATE, {})
    return found

"""Who stands at which counter: the one door to every page of a Kendra.

Which Kendra is in the address, never in the session. What one may not see is a 404, like what does
not exist: a charge that ended a second ago opens nothing. A counter that is locked shows its locked
page and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.accounts.staff_door import staff_door
from esachivalaya.common.by_script import asked_by_script
from esachivalaya.common.clock import now
from esachivalaya.common.written_out import WrittenOut
from kendras.models import Kendra
from kendras.services import sitting
from officials.models import District

P = ParamSpec("P")
CounterView = Callable[Concatenate[HttpRequest, "Counter", P], HttpResponseBase]
StaffView = Callable[Concatenate[HttpRequest, User, P], HttpResponseBase]
# A script says with it that nobody touched anything: the page asks by itself.
UNATTENDED = "X-Unattended"
# What ``Kendra.objects.served_by`` says, for every step of every counter.
_STANDING = WrittenOut(
    """
    SELECT {kendra}, {district}, clock_timestamp(),
           EXISTS (SELECT FROM kendras_operatorpin AS pin WHERE pin.user_id = %(user)s)
      FROM kendras_kendra AS kendra
      JOIN officials_district AS district ON district.id = kendra.district_id
     WHERE kendra.code = %(code)s AND kendra.active
       AND EXISTS (SELECT FROM kendras_kendracharge AS charge
                    WHERE charge.kendra_id = kendra.id AND charge.user_id = %(user)s
                      AND charge.kind = 'operator' AND charge.starts_at <= clock_timestamp()
                      AND (charge.ends_at IS NULL OR charge.ends_at > clock_timestamp()))
    """,
    kendra=Kendra,
    district=District,
)


@dataclass(frozen=True)
class Counter:
    """One Kendra and the operator who stands at its counter now.

    ``verified``: they came in with the second factor; else they took over with their PIN.
    """

    kendra: Kendra
    operator: User
    verified: bool = True
    has_pin: bool = False


class Locked(Exception):
    """The counter is locked: only its locked page opens. ``code`` is that of the Kendra."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def at_the_counter(view: CounterView[P]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the counter of the Kendra ``code`` in the address; a 404 for all others.

    The signed-in person is an operator of it at this moment and came in with the second factor, or
    took over an open session there with the PIN. A locked counter leads to its locked page, and
    tells a script so with a 423. Nothing of it is kept by the browser.
    """

    @wraps(view)
    def asked(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            counter = counter_of(request, code)
        except Locked as locked:
            return locked_answer(request, locked.code)
        return view(request, counter, *args, **kwargs)

    return door(asked)


def for_people_of_kendras(view: StaffView[P]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the signed-in staff, with the second factor; a 404 for all others.

    For what belongs to no one counter. What they may see there is the view's to judge.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            user = person_of(request)
        except Locked as locked:
            return locked_answer(request, locked.code)
        return view(request, user, *args, **kwargs)

    return door(asked)


def counter_of(request: HttpRequest, code: str) -> Counter:
    """Return the counter of the Kendra ``code`` for who is signed in.

    Raises Http404 for others, :class:`Locked` where a PIN is asked for first.
    """
    counter, moment = standing_at(request, code)
    if sitting.locked_at(request):
        raise Locked(code)
    if UNATTENDED in request.headers:
        if sitting.left_too_long(request, moment=moment):
            raise Locked(code)
    elif not sitting.touch(request, counter.kendra, moment=moment):
        raise Locked(code)
    return counter


def standing_at(request: HttpRequest, code: str) -> tuple[Counter, datetime]:
    """Return the counter as :func:`counter_of`, locked or not, and the time; for its lock alone."""
    user = request.user
    if not isinstance(user, User) or not (user.is_active and user.is_staff):
        raise Http404
    verified = _verified(user)
    if not verified and sitting.taken_over_at(request) != code:
        raise Http404
    found = _STANDING.first(code=code, user=user.pk)
    if found is None:
        raise Http404
    kendra, kendra.district, moment, has_pin = found
    return Counter(kendra, user, verified, has_pin), moment


def person_of(request: HttpRequest) -> User:
    """Return the signed-in staff, who came in with the second factor; Http404 for others.

    Raises :class:`Locked` in a session that was locked at a counter.
    """
    user = request.user
    if not isinstance(user, User) or not user.is_staff or not _verified(user):
        raise Http404
    code = sitting.locked_at(request)
    if code:
        raise Locked(code)
    if sitting.left_too_long(request, moment=now()):
        raise Locked(sitting.last_counter(request))
    return user


def locked_answer(request: HttpRequest, code: str) -> HttpResponseBase:
    """Lead to the locked page and back here from it; tell a script that waits for an answer."""
    address = reverse("kendras:locked", args=[code])
    if asked_by_script(request):
        words = _("The counter is locked. Open it with your PIN.")
        return JsonResponse({"rule": "locked", "words": words, "at": address}, status=423)
    if request.method in {"GET", "HEAD"}:
        address = f"{address}?{urlencode({'next': request.get_full_path()})}"
    return redirect(address)


def _verified(user: User) -> bool:
    return bool(user.is_verified())  # type: ignore[attr-defined]


def door(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The staff's door; a counter's scripts are told where nobody is signed in any more."""
    return staff_door(view, for_scripts=True)

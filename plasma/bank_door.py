"""Who stands at which bank's desk: the one door to every page of a bank.

Which bank is in the address, never in the session. What one may not see is a 404, like what does
not exist: a charge that ended a second ago opens nothing, and another bank's desk never opens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache

from esachivalaya.accounts.models import User
from plasma.models import Bank, BankCharge

P = ParamSpec("P")


@dataclass(frozen=True)
class Desk:
    """One bank and the officer who serves there now; ``medical``: they say who may donate."""

    bank: Bank
    officer: User
    medical: bool


DeskView = Callable[Concatenate[HttpRequest, Desk, P], HttpResponseBase]
StaffView = Callable[Concatenate[HttpRequest, User, P], HttpResponseBase]


def at_the_bank(view: DeskView[P]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the desk of the bank ``code`` in the address; a 404 for all others."""

    @wraps(view)
    def asked(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = officer_of(request)
        bank = Bank.objects.served_by(user).filter(code=code).first()
        if bank is None:
            raise Http404
        kinds = set(
            BankCharge.objects.of(user).live().filter(bank=bank).values_list("kind", flat=True)
        )
        desk = Desk(bank, user, BankCharge.Kind.MEDICAL_OFFICER in kinds)
        return view(request, desk, *args, **kwargs)

    return door(asked)


def for_officers(view: StaffView[P]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the signed-in staff, with the second factor; a 404 for all others."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, officer_of(request), *args, **kwargs)

    return door(asked)


def officer_of(request: HttpRequest) -> User:
    """Return the signed-in staff, who came in with the second factor; Http404 for others."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff or not user.is_verified():  # type: ignore[attr-defined]
        raise Http404
    return user


def door(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """What every page behind the door has: the staff's sign-in before it, and no copy kept."""
    behind: Any = never_cache(view)
    behind.login_url = reverse_lazy("accounts:staff-sign-in")
    return behind  # type: ignore[no-any-return]

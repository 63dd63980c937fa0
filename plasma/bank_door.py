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

from esachivalaya.accounts.models import User
from esachivalaya.accounts.staff_door import staff_door, verified_staff
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
        user = verified_staff(request)
        bank = Bank.objects.served_by(user).filter(code=code).first()
        if bank is None:
            raise Http404
        kinds = set(
            BankCharge.objects.of(user).live().filter(bank=bank).values_list("kind", flat=True)
        )
        desk = Desk(bank, user, BankCharge.Kind.MEDICAL_OFFICER in kinds)
        return view(request, desk, *args, **kwargs)

    return staff_door(asked)


def for_officers(view: StaffView[P]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the signed-in staff, with the second factor; a 404 for all others."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, verified_staff(request), *args, **kwargs)

    return staff_door(asked)

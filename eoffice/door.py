"""Who sits at which desk: the one door to every page of e-Office.

Which desk is in the address, never in the session: whoever sits at two has two tabs. What one may
not see is a 404, like what does not exist: a charge that ended a second ago opens nothing.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from eoffice.permissions import Seat, seat_at
from esachivalaya.accounts.models import User
from esachivalaya.accounts.staff_door import staff_door, verified_staff

P = ParamSpec("P")
DeskView = Callable[Concatenate[HttpRequest, Seat, P], HttpResponseBase]
StaffView = Callable[Concatenate[HttpRequest, User, P], HttpResponseBase]


def at_the_desk(view: DeskView[P]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the seat of who is signed in at the desk ``desk`` of the address; else 404."""

    @wraps(view)
    def asked(request: HttpRequest, desk: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        seat = seat_at(verified_staff(request), desk)
        if seat is None:
            raise Http404
        return view(request, seat, *args, **kwargs)

    return staff_door(asked, for_scripts=True)


def for_staff(view: StaffView[P]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the signed-in staff, with the second factor, for what belongs to no desk."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, verified_staff(request), *args, **kwargs)

    return staff_door(asked)

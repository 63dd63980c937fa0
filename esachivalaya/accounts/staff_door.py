"""The door of the desks that stand outside the admin: banks, Kendras, e-Office."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache

from esachivalaya.accounts.models import User


def verified_staff(request: HttpRequest) -> User:
    """Return the signed-in staff, who came in with the second factor; Http404 for others."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff or not user.is_verified():  # type: ignore[attr-defined]
        raise Http404
    return user


def staff_door(
    view: Callable[..., HttpResponseBase], *, for_scripts: bool = False
) -> Callable[..., HttpResponseBase]:
    """What every page behind it has: the staff's sign-in before it, and no copy kept.

    ``for_scripts``: each script is told that nobody is signed in, instead of being led there.
    """
    behind: Any = never_cache(view)
    behind.login_url = reverse_lazy("accounts:staff-sign-in")
    behind.for_scripts = for_scripts
    return behind  # type: ignore[no-any-return]

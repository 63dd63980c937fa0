"""Pages for households: others learn how to go on."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from appointments.access import household_user, sign_in_first

P = ParamSpec("P")


def for_households(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Show ``view`` to a signed-in household; send others to sign in, and tell staff why not."""

    @functools.wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if household_user(request):
            return view(request, *args, **kwargs)
        if request.user.is_authenticated:
            return render(request, "appointments/for-citizens.html", status=403)
        return sign_in_first(request)

    return page


def signed_in(request: HttpRequest) -> Any:
    """Return the user of a page behind :func:`for_households`."""
    return request.user

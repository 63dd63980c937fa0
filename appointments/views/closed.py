"""The page for a new request while the portal is closed. The draft is kept."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from appointments.services import closing
from esachivalaya.common import clock

P = ParamSpec("P")


def closed_page(request: HttpRequest) -> HttpResponse | None:
    """Return the page that says until when nothing new is taken; None when it is taken.

    503 with the time at which to come back, as for any service that pauses.
    """
    told = closing.closed()
    if told is None:
        return None
    page = render(request, "appointments/closed.html", {"told": told}, status=503)
    left = (told.until - clock.now()).total_seconds()
    page["Retry-After"] = str(max(int(left) + 1, 1))
    add_never_cache_headers(page)
    return page


def unless_closed(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Show ``view`` where something new begins, unless the portal is closed."""

    @functools.wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return closed_page(request) or view(request, *args, **kwargs)

    return page

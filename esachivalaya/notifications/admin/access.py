"""Who gets into these pages, and what their frame needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from esachivalaya.notifications.permissions import may_watch


def for_watchers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only the role *messages* in, and let no browser keep the page."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # The superuser sets up and sees no content: the role counts, and nothing else.
        if not may_watch(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(entered)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of the admin's pages needs."""
    return dict(admin.site.each_context(request))

"""Who gets into these pages, and acts that are done once however often their form is sent."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from esachivalaya.common.idempotency import AlreadySent, claim, digest_of
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


def once(
    request: HttpRequest,
    act: Callable[[], object],
    *,
    form: str,
    key: str,
    asked: Mapping[str, Any],
) -> bool:
    """Do ``act`` and remember its key, both or neither; return whether it was done just now.

    The same key with other data raises :class:`~esachivalaya.common.idempotency.KeyMisused`.
    """
    try:
        with transaction.atomic():
            claim(
                principal=f"user:{request.user.pk}",
                form=form[:64],
                key=key,
                digest=digest_of(asked),
                result="done",
            )
            act()
    except AlreadySent:
        return False
    return True

"""What is not yet in order: a page over all posts, and warnings after one was saved."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from officials.in_order import grouped, missing_of
from officials.models import Post
from officials.permissions import appoints, sets_up


class WarnsAfterSaving:
    """For the admin of posts: warns of what is not in order, and has a page with all of it."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "in-order/", self.admin_site.admin_view(in_order), name="officials_post_in_order"
        )
        return [own, *super().get_urls()]  # type: ignore[misc]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)  # type: ignore[misc]
        warn(request, obj)


def warn(request: HttpRequest, post: Post) -> None:
    """Say what is not in order about the post that was saved; it is saved all the same."""
    for one in missing_of([post]):
        messages.warning(request, one.words)


@require_safe
def in_order(request: HttpRequest) -> HttpResponse:
    """Everything that is not in order about the offices that can be met; the same few queries."""
    if not (sets_up(request.user) or appoints(request.user)):
        raise PermissionDenied
    posts = list(Post.objects.filter(active=True))
    context = {
        **admin.site.each_context(request),
        "title": _("What is not yet in order"),
        "posts": grouped(missing_of(posts)),
        "count": len(posts),
        "sets_up": sets_up(request.user),
        "appoints": appoints(request.user),
    }
    return render(request, "admin/officials/in_order.html", context)

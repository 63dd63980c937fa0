"""Whose rows one sees in the admin: one's own posts', unless one sets up or appoints."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest

from esachivalaya.accounts.models import User
from officials.models import Post
from officials.permissions import appoints, sets_up


def actor(request: HttpRequest) -> User:
    """The signed-in person; the admin lets nobody else in."""
    return cast("User", request.user)


def posts_to_manage(user: Any) -> QuerySet[Post]:
    """The posts whose diary ``user`` may change: all for who sets up, else one's own."""
    return Post.objects.all() if sets_up(user) else Post.objects.held_by(user)


def posts_to_see(user: Any) -> QuerySet[Post]:
    """The posts that ``user`` sees in the admin; who appoints staff sees all of them."""
    return Post.objects.all() if appoints(user) else posts_to_manage(user)


def of_own_posts(rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Those of ``rows`` (hours, exceptions, leave) that belong to a post one manages."""
    if sets_up(request.user):
        return rows
    return rows.filter(post__in=posts_to_manage(request.user))

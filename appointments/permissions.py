"""Who may act in appointments: everything comes from live charges, nothing from being staff."""

from typing import Any

from esachivalaya.accounts.models import Role
from esachivalaya.accounts.permissions import roles_of
from officials.models import Post

# What a live charge of any kind lets its holder do with the requests to the post.
OF_A_CHARGE = {"appointments.view_request", "appointments.change_request"}
# The figures of all posts; those of one's own come with the charge.
VIEW_REPORT = "appointments.view_report"
OF_SETTING_UP = {
    "appointments.view_category",
    "appointments.add_category",
    "appointments.change_category",
}


def may_answer(user: Any, post: Post) -> bool:
    """Whether ``user`` may answer for ``post``: by a live charge of it, of whatever kind."""
    return Post.objects.held_by(user).filter(pk=post.pk).exists()


def posts_of(user: Any) -> list[Post]:
    """Return the posts that ``user`` acts for, by title; asked once for each request.

    Enough for what a page shows. An act asks :func:`may_answer` anew, under its lock.
    """
    found: list[Post] | None = getattr(user, "posts_acted_for", None)
    if found is None:
        found = list(Post.objects.held_by(user).order_by("title_en", "id"))
        user.posts_acted_for = found
    return found


def duties(user: Any) -> set[str]:
    """Return the permissions that the charges and roles of ``user`` give in this app.

    Setting the portal up gives the categories and never the requests: who sets up sees no content.
    """
    found: set[str] = set()
    if not (user.is_active and user.is_staff):
        return found
    if posts_of(user):
        found |= OF_A_CHARGE
    if may_set_up(user):
        found |= OF_SETTING_UP
    if reads_reports(user):
        found.add(VIEW_REPORT)
    return found


def may_set_up(user: Any) -> bool:
    """Whether ``user`` sets the portal up, and with it the categories."""
    staff = user.is_active and user.is_staff
    return bool(staff and (user.is_superuser or Role.Name.SETUP in roles_of(user)))


def reads_reports(user: Any) -> bool:
    """Whether ``user`` reads the figures of the whole State; never the content of a request."""
    return bool(user.is_active and user.is_staff and Role.Name.REPORTS in roles_of(user))

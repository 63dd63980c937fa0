"""Who may look at messages: the role *messages*; nobody else, the superuser's set-up included."""

from typing import Any

VIEW = {"notifications.view_message", "notifications.view_messagetemplate"}
# A template is changed by adding a version.
CHANGE = {"notifications.add_messagetemplate", "notifications.change_messagetemplate"}


def duties(user: Any) -> set[str]:
    """Return what the role *messages* allows; message rows are only ever looked at."""
    return VIEW | CHANGE if may_watch(user) else set()


def may_watch(user: Any) -> bool:
    """Say whether ``user`` is staff with the role *messages*."""
    return bool(
        user.is_authenticated
        and user.is_staff
        and any(role.name == "messages" for role in user.roles.all())
    )

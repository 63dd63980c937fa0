"""Who reads the audit record: the role *auditor*; nobody else, the superuser included."""

from typing import Any

VIEW = {"audit.view_entry"}


def duties(user: Any) -> set[str]:
    """Return what the role *auditor* allows: entries are only ever looked at."""
    return set(VIEW) if may_read(user) else set()


def may_read(user: Any) -> bool:
    """Say whether ``user`` is staff with the role *auditor*."""
    return bool(
        user.is_authenticated
        and user.is_active
        and user.is_staff
        and any(role.name == "auditor" for role in user.roles.all())
    )

"""What a duty that belongs to no post allows in the admin."""

from typing import Any

from esachivalaya.accounts.models import Role, User

OF_THE_HELP_DESK = {"accounts.view_numberchange", "accounts.add_numberchange"}
APPOINTING = {
    "accounts.view_user",
    "accounts.add_user",
    "accounts.change_user",
    "accounts.view_role",
    "accounts.add_role",
    "accounts.delete_role",
    "accounts.view_invitation",
}


def roles_of(user: User) -> set[str]:
    """Return the names of the roles that ``user`` has now; asked once for each request."""
    found = getattr(user, "role_names", None)
    if found is None:
        found = {role.name for role in user.roles.all()}
        user.role_names = found  # type: ignore[attr-defined]
    return set(found)


def may_appoint(user: Any) -> bool:
    """Whether ``user`` invites, resets and gives roles: an appointing role, or the superuser."""
    return (
        isinstance(user, User)
        and user.is_active
        and user.is_staff
        and (user.is_superuser or Role.Name.APPOINTING in roles_of(user))
    )


def may_manage(by: Any, user: User) -> bool:
    """Whether ``by`` may change or reset ``user``; only a superuser touches a superuser.

    Otherwise whoever appoints could put their own phone on the superuser's account and take it.
    """
    return may_appoint(by) and (by.is_superuser or not user.is_superuser)


def may_help(user: Any) -> bool:
    """Whether ``user`` helps citizens with their numbers: by that role alone."""
    return (
        isinstance(user, User)
        and user.is_active
        and user.is_staff
        and Role.Name.HELP_DESK in roles_of(user)
    )


def duties_of(user: Any) -> set[str]:
    """Permissions in the admin from roles, for the ``duties`` hook."""
    found = set(APPOINTING) if may_appoint(user) else set()
    if may_help(user):
        found |= OF_THE_HELP_DESK
    return found


def message_operators() -> list[tuple[str, str, str]]:
    """Phone, e-mail and language of everybody with the role *messages*, for the hook so named."""
    watching = User.objects.filter(
        is_active=True, kind=User.Kind.STAFF, roles__name=Role.Name.MESSAGES
    ).order_by("pk")
    return list(watching.values_list("phone", "email", "language"))

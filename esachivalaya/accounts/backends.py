"""How a user proves who they are, and where permissions come from."""

from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.db.models import prefetch_related_objects

from esachivalaya.accounts.models import User
from esachivalaya.common.registry import duties
from esachivalaya.common.written_out import WrittenOut

STAFF = "esachivalaya.accounts.backends.StaffBackend"
HOUSEHOLD = "esachivalaya.accounts.backends.HouseholdBackend"

_USER = WrittenOut(
    """
    SELECT {person} FROM accounts_user person
     WHERE person.id = %(pk)s AND person.kind = %(kind)s AND person.is_active
    """,
    person=User,
)


class StaffBackend(ModelBackend):
    """Staff sign in by user name and password; what they may do derives from live duties.

    An unknown name, a household's name, a closed account and a wrong password cost the same time
    (one password hash) and give the same answer. Permissions are the union of what every app
    says in the ``duties`` hook, read once for each request: when a charge or a role ends, access
    ends with the next request. There are no stored permissions or groups.
    """

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user is not None and user.is_active and user.kind == User.Kind.STAFF)

    def get_user(self, user_id: Any) -> Any:
        return _active(user_id, User.Kind.STAFF)

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return self.get_all_permissions(user_obj, obj)

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not self.user_can_authenticate(user_obj):
            return set()
        found: set[str] | None = getattr(user_obj, "duties_now", None)
        if found is None:
            # The apps look at the roles one after the other: read once for all of them.
            prefetch_related_objects([user_obj], "roles")
            found = set().union(*duties(user_obj))
            user_obj.duties_now = found  # type: ignore[attr-defined]
        return found

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(
            perm.partition(".")[0] == app_label for perm in self.get_all_permissions(user_obj)
        )


class HouseholdBackend(BaseBackend):
    """A household signs in by a code on its phone; it has no password and no permission."""

    def authenticate(self, request: Any, **credentials: Any) -> None:
        """Nobody signs in here by password: the code is checked by services.codes."""
        return

    def get_user(self, user_id: Any) -> Any:
        return _active(user_id, User.Kind.HOUSEHOLD)


def _active(user_id: Any, kind: str) -> Any:
    """Return the person of a session, whose account is open and of that kind; else None."""
    found = _USER.first(pk=user_id, kind=kind)
    return found and found[0]

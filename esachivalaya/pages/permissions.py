"""Who reads what people wrote to the portal, and who puts up notices.

Feedback is read by the role *messages*, which watches all words; notices are put up by those who
set the portal up.
"""

from typing import Any

from esachivalaya.accounts.models import Role
from esachivalaya.accounts.permissions import roles_of

OF_NOTICES = {f"pages.{verb}_notice" for verb in ("view", "add", "change", "delete")}


def may_notice(user: Any) -> bool:
    """Whether ``user`` puts up the State's notices and closes the portal."""
    return bool(
        user.is_active
        and user.is_staff
        and (user.is_superuser or Role.Name.SETUP in roles_of(user))
    )


def duties(user: Any) -> set[str]:
    """Return what the roles allow here: feedback is only ever read."""
    reads = user.is_active and user.is_staff and Role.Name.MESSAGES in roles_of(user)
    return ({"pages.view_feedback"} if reads else set()) | (
        OF_NOTICES if may_notice(user) else set()
    )

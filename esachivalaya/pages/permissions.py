"""Who reads what people wrote to the portal: the role *messages*, which watches all words."""

from typing import Any

from esachivalaya.accounts.models import Role
from esachivalaya.accounts.permissions import roles_of


def duties(user: Any) -> set[str]:
    """Return what the role *messages* allows here: feedback is only ever read."""
    reads = user.is_active and user.is_staff and Role.Name.MESSAGES in roles_of(user)
    return {"pages.view_feedback"} if reads else set()

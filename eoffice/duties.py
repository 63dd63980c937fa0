"""What the role of setting up gives in the admin: desks, heads, onboarding. No content, ever."""

from typing import Any

from officials.permissions import sets_up

SET_UP = ("desk", "head", "onboarding", "lettertemplate")


def duties(user: Any) -> set[str]:
    """Return the permissions on e-Office that the user's roles give, as the admin asks for them."""
    if not sets_up(user):
        return set()
    verbs = ("view", "add", "change")
    return {f"eoffice.{verb}_{model}" for verb in verbs for model in SET_UP}

"""Who acts for a post, who hears of it, and what staff may do with offices in the admin.

Everything here is derived from live charges and roles at the moment of asking, so that the ending
of a charge takes effect at once.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, IntegerField, Value, When

from esachivalaya.accounts.models import Role, User
from officials.models import Charge, Post

# The strongest charge first: who is both holder and staff acts as the holder.
STRENGTH = (
    Charge.Kind.HOLDER,
    Charge.Kind.ADDITIONAL,
    Charge.Kind.LINK_OFFICER,
    Charge.Kind.STAFF,
)
HEADS = (Charge.Kind.HOLDER, Charge.Kind.ADDITIONAL)

_DIARY = ("hours", "hoursexception", "leave")
_SET_UP = ("district", "department", "section", "post", "service", "holiday", *_DIARY)
# What is named in old records is never deleted: a post is closed by "can be met", a service by
# "offered".
_DELETABLE = {"section", "holiday", *_DIARY}


def acts_for(user: Any, post: Post) -> Charge | None:
    """Return the strongest live charge by which ``user`` acts for ``post``, or None."""
    return (
        Charge.objects.of(user)
        .live()
        .filter(post=post)
        .select_related("post", "user")
        .order_by(_by_strength(), "pk")
        .first()
    )


def heads(post: Post) -> list[User]:
    """Return who heads ``post`` now: its holder, or whoever has the additional charge."""
    return people_to_tell(post, HEADS)


def people_to_tell(post: Post, kinds: Iterable[str]) -> list[User]:
    """Return the active users with a live charge of ``kinds`` for ``post``, each once."""
    charges = (
        Charge.objects.live()
        .filter(post=post, kind__in=list(kinds), user__is_active=True, user__kind=User.Kind.STAFF)
        .select_related("user")
    )
    in_order = sorted(charges, key=lambda charge: (STRENGTH.index(charge.kind), charge.pk))
    return list({charge.user_id: charge.user for charge in in_order}.values())


def superior(post: Post) -> Post | None:
    """Return the post to which ``post`` reports, if there is one."""
    return post.reports_to


def sets_up(user: Any) -> bool:
    """Whether ``user`` sets up departments, posts and holidays."""
    return _has_role(user, Role.Name.SETUP)


def appoints(user: Any) -> bool:
    """Whether ``user`` posts and relieves staff."""
    return _has_role(user, Role.Name.APPOINTING)


def may_change_diary(user: Any, post: Post) -> bool:
    """Whether ``user`` may change hours, exceptions and leave of ``post``."""
    return acts_for(user, post) is not None or sets_up(user)


def duties(user: Any) -> set[str]:
    """Return the permissions on offices that the user's charges and roles give.

    With any live charge: to see one's posts and to change their hours, exceptions and leave
    (the admin shows one's own posts only). Setting up: everything but deleting what old records
    name, and charges to look at. Appointing: charges. A superuser has both roles' permissions.
    """
    if not _is_staff(user):
        return set()
    granted: set[str] = set()
    if Charge.objects.of(user).live().exists():
        granted |= {"officials.view_post", "officials.view_charge"}
        granted |= _all_of(_DIARY)
    roles = _roles(user)
    if Role.Name.SETUP in roles:
        granted |= _all_of(_SET_UP) | {"officials.view_charge"}
    if Role.Name.APPOINTING in roles:
        granted |= {f"officials.{verb}_charge" for verb in ("view", "add", "change")}
        granted |= {"officials.view_post"}
    return granted


def _all_of(models: Iterable[str]) -> set[str]:
    verbs = ("view", "add", "change", "delete")
    return {
        f"officials.{verb}_{model}"
        for model in models
        for verb in verbs
        if verb != "delete" or model in _DELETABLE
    }


def _roles(user: Any) -> set[str]:
    if user.is_superuser:
        return {Role.Name.SETUP, Role.Name.APPOINTING}
    # Read beforehand for who asks about several duties (accounts/backends.py).
    return {role.name for role in user.roles.all()}


def _has_role(user: Any, name: str) -> bool:
    return _is_staff(user) and name in _roles(user)


def _is_staff(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and user.is_staff)


def _by_strength() -> Case:
    return Case(
        *(When(kind=kind, then=Value(place)) for place, kind in enumerate(STRENGTH)),
        output_field=IntegerField(),
    )

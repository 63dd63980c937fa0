"""Setting up what citizens choose from when they say what their request is about."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from appointments.models import Category
from appointments.permissions import may_set_up
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common import clock
from esachivalaya.common.constraints import friendly_constraints

FIELDS = ("code", "name_en", "name_hi", "position")


@transaction.atomic
def save_category(*, category: Category, by: User) -> Category:
    """Save a new or renamed category; only who sets the portal up does this.

    Recorded with the values before. Categories are never removed, since requests stand in them.
    """
    if not may_set_up(by):
        raise PermissionDenied("Only who sets the portal up changes categories.")
    stored = (
        Category.objects.select_for_update(no_key=True).filter(pk=category.pk).first()
        if category.pk
        else None
    )
    with friendly_constraints():
        category.save()
    before = _values(stored) if stored else {}
    changes = {
        name: {"before": before.get(name), "after": value}
        for name, value in _values(category).items()
        if before.get(name) != value
    }
    if stored is not None and not changes:
        return category
    act = "category_changed" if stored else "category_added"
    record(category, act, at=clock.now(), by=by, data={"changes": changes}, new=stored is None)
    return category


def _values(category: Category) -> dict[str, Any]:
    return {name: getattr(category, name) for name in FIELDS}

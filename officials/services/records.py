"""What an audit row about an office says: the values before and after, as JSON can hold them."""

from datetime import datetime
from typing import Any

from django.db import models

from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from officials.models import Post


def values_of(row: models.Model) -> dict[str, Any]:
    """Return the editable values of ``row`` by column, as texts, numbers or None."""
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.primary_key or not field.editable:
            continue
        value = getattr(row, field.attname)
        values[field.attname] = value if value is None or isinstance(value, int) else str(value)
    return values


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what changed: column to its value before and after."""
    return {
        name: {"before": before.get(name), "after": value}
        for name, value in after.items()
        if before.get(name) != value
    }


def lock_post(post_id: int) -> Post:
    """Lock the post whose record is about to grow; rows that refer to it stay free."""
    return Post.objects.select_for_update(no_key=True).get(pk=post_id)


def record_on_post(
    post: Post, act: str, *, at: datetime, by: User | None, data: dict[str, Any]
) -> None:
    """Append an act to the record of ``post``, which the caller has locked."""
    record(post, act, at=at, by=by, post_code=post.code, data=data)

"""What must hold for all posts together; asked by ``manage.py check --database default``."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

from officials.chains import circles
from officials.models import Charge, Post
from officials.permissions import HEADS


def check_chains(*, databases: Any = None, **_options: Any) -> list[CheckMessage]:
    """Superiors, hand-downs and successors end somewhere; nobody hands down to a closed post."""
    if not databases or "default" not in databases or not _has_tables():
        return []
    return [
        *(
            Error(
                f"Posts {words} in a circle: {' → '.join(circle)}.",
                hint="Change one of these posts in the admin.",
                id=f"officials.{code}",
            )
            for field, words, code in (
                ("reports_to", "report to each other", "E001"),
                ("hand_down_to", "hand down to each other", "E002"),
                ("succeeded_by", "succeed each other", "E004"),
            )
            for circle in circles(field)
        ),
        *(
            Error(
                f"{code} hands down to {target}, which cannot be met.",
                hint="Let that post be met again, or hand down to another one.",
                id="officials.E003",
            )
            for code, target in Post.objects.filter(
                active=True, hand_down_to__active=False
            ).values_list("code", "hand_down_to__code")
        ),
    ]


def check_somebody_answers(*, databases: Any = None, **_options: Any) -> list[CheckMessage]:
    """A post that can be met and has hours has somebody who answers."""
    if not databases or "default" not in databases or not _has_tables():
        return []
    headed = Charge.objects.live().filter(kind__in=HEADS).values("post_id")
    codes = (
        Post.objects.filter(active=True, hours__isnull=False)
        .exclude(pk__in=headed)
        .order_by("code")
        .values_list("code", flat=True)
        .distinct()
    )
    return [
        checks.Warning(
            f"{code} has hours and nobody holds it.",
            hint="Give somebody the charge of it in the admin.",
            id="officials.W001",
        )
        for code in codes
    ]


def register_all() -> None:
    """Register the checks; they read tables, so Django runs them only when asked to."""
    register(check_chains, Tags.database)
    register(check_somebody_answers, Tags.database)


def _has_tables() -> bool:
    """Before the first migration there is nothing to check."""
    try:
        tables = connections["default"].introspection.table_names()
    except DatabaseError:
        return False
    return {"officials_post", "officials_charge"} <= set(tables)

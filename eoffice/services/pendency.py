"""What lies where, and since when: figures over open holdings, never over movements.

Confidential papers are in no figure of a single desk, section, department or district, but in the
own desk's as far as its reader may open them, and in the State's one total where they are at least
five: so no difference of two figures tells that one of them lies at a certain desk.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, F, Q, Value, When

from eoffice.models import Classification, Desk, Holding, Priority
from eoffice.permissions import Seat, visible_at
from eoffice.querysets import HoldingQuerySet
from eoffice.services.activity import SMALL
from esachivalaya.common import reading
from esachivalaya.common.clock import at

# An age begins with so many days; the last one has no end.
AGES = (0, 4, 8, 16, 31, 61)
# Older than this counts as old: the last two ages.
OLD_DAYS = 30
COLUMNS = ("department", "section", "district", "desk_id", "age", "kind", "priority")


@dataclass(frozen=True)
class Pending:
    """How much lies there, and how."""

    all: int = 0
    unread: int = 0
    overdue: int = 0
    parked: int = 0
    urgent: int = 0
    old: int = 0
    oldest: datetime | None = None


@dataclass
class Pendency:
    """Everything, and by column and value."""

    today: date
    total: Pending = Pending()
    by: dict[str, dict[Any, Pending]] = field(default_factory=dict)

    def of(self, column: str, value: Any) -> Pending:
        """Return the figures of one value; zeros where nothing lies."""
        return self.by[column].get(value, Pending())


def at_own_desk(seat: Seat, today: date) -> Pendency:
    """Count what lies at this desk, as far as its reader may see it: one query."""
    held = Holding.objects.at(seat.desk.pk).filter(item__in=visible_at(seat))
    return _counted(held, today, with_confidential=1)


def at_desks(desks: list[int], today: date) -> Pendency:
    """Count what lies at these desks, without confidential papers: one query."""
    held = Holding.objects.open().filter(desk__in=desks)
    held = held.filter(item__classification__lt=Classification.CONFIDENTIAL)
    return _counted(held, today)


def of_the_state(today: date, *, department: int | None = None) -> Pendency:
    """Count what lies anywhere, or in one department: one query over what is open.

    Confidential papers: see this module.
    """
    held = Holding.objects.open()
    if department is not None:
        held = held.filter(
            desk__section__department=department,
            item__classification__lt=Classification.CONFIDENTIAL,
        )
    return _counted(held, today, with_confidential=SMALL, in_groups=False)


def desks_below(desk: Desk) -> list[int]:
    """Return the open desks below this one: of posts that report to its post, by whatever steps.

    Who stands highest in a section has the other desks of the section below.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, {"desk": desk.pk, "section": desk.section_id, "rank": desk.rank})
        return [pk for (pk,) in cursor.fetchall()]


_BELOW = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM officials_post WHERE reports_to_id = %(desk)s
    UNION
    SELECT post.id FROM officials_post post JOIN below ON post.reports_to_id = below.id
)
SELECT desk.post_id FROM eoffice_desk desk
 WHERE desk.closed_at IS NULL AND desk.post_id <> %(desk)s
   AND (desk.post_id IN (SELECT id FROM below)
        OR (desk.section_id = %(section)s AND desk.rank < %(rank)s AND NOT EXISTS (
               SELECT FROM eoffice_desk peer
                WHERE peer.section_id = %(section)s AND peer.closed_at IS NULL
                  AND peer.rank > %(rank)s)))
 ORDER BY desk.section_id, desk.rank DESC, desk.post_id
"""


def _counted(
    held: HoldingQuerySet, today: date, *, with_confidential: int = 0, in_groups: bool = True
) -> Pendency:
    rows = held.order_by().annotate(
        department=F("desk__section__department"),
        section=F("desk__section"),
        district=F("desk__post__district"),
        age=_age(today),
        kind=F("item__kind"),
        priority=F("item__priority"),
        confidential=Q(item__classification__gte=Classification.CONFIDENTIAL),
        unread=Q(read_at__isnull=True),
        overdue=Q(due_on__lt=today) | Q(item__due_on__lt=today),
        parked=Q(parked_until__gt=today, parked_until__isnull=False),
        urgent=Q(item__priority__gt=Priority.ORDINARY),
        old=Q(since__lt=_older_than(OLD_DAYS, today)),
    )
    flags = ("unread", "overdue", "parked", "urgent", "old")
    sql, values = rows.values(*COLUMNS, "confidential", "since", *flags).query.sql_with_params()
    names = ", ".join(COLUMNS)
    sets = ", ".join(["(confidential)", *(f"(confidential, {name})" for name in COLUMNS)])
    counts = ", ".join(f"count(*) FILTER (WHERE {flag})" for flag in flags)
    with reading.link().cursor() as cursor:
        # Only names of this module and SQL that Django composed, with its values apart.
        cursor.execute(
            f"SELECT confidential, GROUPING({names}), {names}, count(*), {counts}, min(since) "  # noqa: S608
            f"FROM ({sql}) AS held GROUP BY GROUPING SETS ({sets})",
            values,
        )
        found = cursor.fetchall()
    return _read(found, today, with_confidential, in_groups)


def _read(
    rows: list[tuple[Any, ...]], today: date, with_confidential: int, in_groups: bool
) -> Pendency:
    found = Pendency(today, by={name: {} for name in COLUMNS})
    parts: dict[bool, Pending] = {False: Pending(), True: Pending()}
    for confidential, which, *rest in rows:
        values, figures = rest[: len(COLUMNS)], Pending(*rest[len(COLUMNS) :])
        place = next(
            (one for one in range(len(COLUMNS)) if not which & (1 << (len(COLUMNS) - 1 - one))),
            None,
        )
        if place is None:
            parts[confidential] = figures
        elif in_groups or not confidential:
            groups = found.by[COLUMNS[place]]
            groups[values[place]] = _sum(groups.get(values[place], Pending()), figures)
    found.total = parts[False]
    if with_confidential and parts[True].all >= with_confidential:
        found.total = _sum(*parts.values())
    return found


def _sum(one: Pending, other: Pending) -> Pending:
    moments = [moment for moment in (one.oldest, other.oldest) if moment is not None]
    return Pending(
        all=one.all + other.all,
        unread=one.unread + other.unread,
        overdue=one.overdue + other.overdue,
        parked=one.parked + other.parked,
        urgent=one.urgent + other.urgent,
        old=one.old + other.old,
        oldest=min(moments, default=None),
    )


def _older_than(days: int, today: date) -> datetime:
    """Return before which moment something came that has been here for more than ``days``."""
    return at(today - timedelta(days=days), time.min)


def _age(today: date) -> Case:
    """Return in which of :data:`AGES` something stands, by the days since it came."""
    older = (
        When(since__lt=_older_than(first - 1, today), then=Value(str(first)))
        for first in reversed(AGES[1:])
    )
    return Case(*older, default=Value(str(AGES[0])), output_field=CharField())

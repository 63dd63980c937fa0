"""What lies at a desk, what it sent, made, laid aside and closed: lists that ask what is open now.

Each list is one query by key whatever its length, with access in it. Source: domain rules of
e-Office, "Scale to design for" and "What clerks complain about elsewhere".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, DateField, F, FilteredRelation, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, Least, TruncDate

from eoffice.models import Desk, Holding, Item, Movement, Priority, SavedView
from eoffice.permissions import Seat, visible_at
from eoffice.services import asking
from esachivalaya.common.clock import IST, ClockTimestamp, day_of, now
from esachivalaya.common.paging import Page, page_of

BOXES = ("inbox", "sent", "created", "parked", "closed")
SENDINGS = (Movement.Act.MARKED, Movement.Act.RETURNED)
OPEN = (Item.Status.OPEN, Item.Status.CLOSE_PROPOSED)
SHOWN = 50
# What has no due date stands behind everything that has one.
NEVER = date(9999, 12, 31)
# Views that one person keeps.
MOST_VIEWS = 20
_TODAY = TruncDate(ClockTimestamp(), tzinfo=IST)


@dataclass(frozen=True)
class Line:
    """One row of a list: an item as it stands for the desk that looks."""

    item: Item
    at: datetime
    who: Any
    due: date | None
    unread: bool = False
    overdue: bool = False
    # What the sender asks for, or why it was laid aside.
    words: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Box:
    """A page of a list."""

    name: str
    page: Page[Any]
    lines: Sequence[Line]


@dataclass(frozen=True)
class Head:
    """What stands above every list: today, what lies here in numbers, the views one keeps."""

    today: date
    counts: dict[str, int]
    views: Sequence[dict[str, Any]]


def head(seat: Seat) -> Head:
    """Return today by the database's clock, the counts of this desk and the own views: one query.

    Counted is how much lies here, how much of it is unread, urgent and overdue, what is
    parked, and how many questions of other desks wait here.
    """
    here, aside = _in_inbox(_TODAY), Q(parked_until__gt=_TODAY)
    counted = {
        "inbox": Count("pk", filter=here),
        "unread": Count("pk", filter=here & Q(read_at__isnull=True)),
        "urgent": Count("pk", filter=here & Q(item__priority__gt=Priority.ORDINARY)),
        "overdue": Count("pk", filter=here & _overdue(_TODAY)),
        "parked": Count("pk", filter=aside),
    }
    held = Holding.objects.at(seat.desk.pk).filter(item__in=visible_at(seat))
    told = held.values("desk_id").annotate(told=JSONObject(**counted)).values("told")
    waiting = asking.waiting_at(seat).order_by().values("to_desk_id")
    asked = waiting.annotate(number=Count("pk")).values("number")
    own = SavedView.objects.filter(by=seat.charge.user_id)
    views = own.values(told=JSONObject(pk="pk", name="name", box="box", query="query"))
    row = (
        Desk.objects.filter(pk=seat.desk.pk)
        .values_list(_TODAY, Subquery(told), ArraySubquery(views[:MOST_VIEWS]), Subquery(asked))
        .order_by()
        .get()
    )
    counts = row[1] or dict.fromkeys(counted, 0)
    return Head(row[0], counts | {"questions": row[3] or 0}, row[2])


def counts_of_all(seats: Sequence[Seat]) -> dict[int, dict[str, int]]:
    """Return for each desk how much lies there and how much of it is unread: one query."""
    if not seats:
        return {}
    today = day_of(now())
    theirs = Q()
    for seat in seats:
        theirs |= Q(desk=seat.desk.pk, item__in=visible_at(seat))
    rows = (
        Holding.objects.open()
        .filter(theirs, _in_inbox(today))
        .values("desk_id")
        .annotate(inbox=Count("pk"), unread=Count("pk", filter=Q(read_at__isnull=True)))
    )
    return {row["desk_id"]: {"inbox": row["inbox"], "unread": row["unread"]} for row in rows}


def box(seat: Seat, name: str, *, today: date, wanted: Mapping[str, Any], token: str = "") -> Box:
    """Return a page of the list ``name`` of this desk, as ``wanted`` filters and orders it.

    ``wanted``: unread, overdue (true), priority (at least), classification, kind, sort.
    """
    asked = {"inbox": _held, "parked": _held, "sent": _sent, "created": _items, "closed": _items}
    rows, prefix, moment = asked[name](seat, name, today, wanted)
    # The words that a search asks are as long as all the rest.
    heavy = [f"{prefix}search", f"{prefix}search_words"]
    rows = rows.filter(_narrowed(prefix, wanted)).defer(*heavy)
    page = page_of(rows, by=_order(name, prefix, moment, wanted), token=token, size=SHOWN)
    line = _line_held if asked[name] is _held else _line_gone
    return Box(name, page, [line(row, today) for row in page.rows])


def _in_inbox(today: Any) -> Q:
    """A parked item comes back into the inbox by itself on its day."""
    return Q(parked_until__isnull=True) | Q(parked_until__lte=today)


def _overdue(today: Any) -> Q:
    return Q(due_on__lt=today) | Q(item__due_on__lt=today)


def _narrowed(prefix: str, wanted: Mapping[str, Any]) -> Q:
    found = Q()
    for name, lookup in (("priority", "gte"), ("classification", "exact"), ("kind", "exact")):
        if wanted.get(name):
            found &= Q(**{f"{prefix}{name}__{lookup}": wanted[name]})
    return found


def _order(name: str, prefix: str, moment: str, wanted: Mapping[str, Any]) -> list[str]:
    newest = [f"-{moment}", "-id"] if moment != "id" else ["-id"]
    orders = {
        "": ["parked_until", "id"] if name == "parked" else newest,
        "newest": newest,
        "oldest": [part.lstrip("-") for part in newest],
        "priority": [f"-{prefix}priority", *newest],
        "due": ["due_by", "id"],
    }
    return orders.get(str(wanted.get("sort") or ""), newest)


def _held(
    seat: Seat, name: str, today: date, wanted: Mapping[str, Any]
) -> tuple[QuerySet[Any], str, str]:
    rows = Holding.objects.at(seat.desk.pk).filter(item__in=visible_at(seat))
    rows = rows.filter(Q(parked_until__gt=today) if name == "parked" else _in_inbox(today))
    if wanted.get("unread"):
        rows = rows.filter(read_at__isnull=True)
    if wanted.get("overdue"):
        rows = rows.filter(_overdue(today))
    soonest = Coalesce(Least("due_on", "item__due_on"), Value(NEVER), output_field=DateField())
    rows = rows.annotate(due_by=soonest).select_related("item__receipt", "from_desk__post")
    return rows, "item__", "since"


def _sent(
    seat: Seat, name: str, today: date, wanted: Mapping[str, Any]
) -> tuple[QuerySet[Any], str, str]:
    rows = Movement.objects.filter(
        from_desk=seat.desk.pk, act__in=SENDINGS, item__in=visible_at(seat)
    )
    if wanted.get("unread"):
        # Not opened yet by whom it was sent to: it can still be pulled back.
        unread = Holding.objects.open().filter(from_desk=seat.desk.pk, read_at__isnull=True)
        rows = rows.filter(item__in=unread.values("item_id"))
    if wanted.get("overdue"):
        rows = rows.filter(item__due_on__lt=today, item__status__in=OPEN)
    rows = rows.annotate(due_by=_due("item__due_on")).select_related("item__receipt")
    return _with_lies(rows, "item__holdings"), "item__", "id"


def _items(
    seat: Seat, name: str, today: date, wanted: Mapping[str, Any]
) -> tuple[QuerySet[Any], str, str]:
    rows: QuerySet[Item] = visible_at(seat)
    if name == "created":
        rows, moment = rows.filter(made_at_desk=seat.desk.pk), "id"
    else:
        closed = rows.filter(closed_by_desk=seat.desk.pk, status=Item.Status.CLOSED)
        rows, moment = closed, "closed_at"
    if wanted.get("overdue"):
        rows = rows.filter(due_on__lt=today, status__in=OPEN)
    if wanted.get("unread"):
        unread = Holding.objects.open().filter(read_at__isnull=True)
        rows = rows.filter(pk__in=unread.values("item_id"))
    return with_place(rows.annotate(due_by=_due("due_on"))), "", moment


def with_place(rows: QuerySet[Item]) -> QuerySet[Item]:
    """Return items with their receipt, and with ``lies``: the holding that is open, if any."""
    return _with_lies(rows.select_related("receipt"), "holdings")


def _with_lies(rows: QuerySet[Any], holdings: str) -> QuerySet[Any]:
    """Join the one open holding: :func:`place_of` returns it."""
    now_held = FilteredRelation(holdings, condition=Q(**{f"{holdings}__ended_at__isnull": True}))
    joined: QuerySet[Any] = rows.annotate(lies=now_held).select_related("lies__desk__post")
    return joined


def place_of(row: Any) -> Holding | None:
    """Return where a row of :func:`with_place` lies, None where nothing was joined."""
    # Django sets no attribute then.
    held: Holding | None = getattr(row, "lies", None)
    return held


def _due(name: str) -> Coalesce:
    return Coalesce(F(name), Value(NEVER), output_field=DateField())


def _line_held(row: Any, today: date) -> Line:
    due = None if row.due_by == NEVER else row.due_by
    return Line(
        item=row.item,
        at=row.since,
        who=row.from_desk or "",
        due=due,
        unread=row.read_at is None,
        overdue=due is not None and due < today,
        words=row.parked_words or row.action,
        until=row.parked_until,
    )


def _line_gone(row: Any, today: date) -> Line:
    sent = isinstance(row, Movement)
    item = row.item if sent else row
    moment = row.at if sent else row.closed_at or row.made_at
    return _line(item, place_of(row), today, moment)


def line_of(item: Item, today: date) -> Line:
    """Return the row of an item from :func:`with_place`: where it lies, whether it was read."""
    return _line(item, place_of(item), today, item.made_at)


def _line(item: Item, lies: Holding | None, today: date, moment: datetime) -> Line:
    still = item.status in OPEN
    return Line(
        item=item,
        at=moment,
        who=lies.desk if lies else "",
        due=item.due_on,
        unread=lies is not None and lies.read_at is None,
        overdue=still and item.due_on is not None and item.due_on < today,
    )

"""Columns that several reports have: what lies, what was done; names of offices."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from eoffice.forms.reports import ReportDays
from eoffice.models import Item, Priority
from eoffice.reports.tables import (
    NOTHING,
    Cell,
    Chart,
    Figure,
    Head,
    Table,
    bars,
    count,
    days_line,
    since,
    words_of,
)
from eoffice.services.activity import Activity, Sums
from eoffice.services.pendency import Pendency, Pending
from esachivalaya.common.formats import chosen_language, date_short, indian_number, month_long
from officials.models import Department, District

Names = Sequence[tuple[Any, str]]
# More days than this are told by month.
BY_DAY = 62


def departments() -> dict[int, str]:
    """Return the departments that have desks, by name."""
    name = f"name_{chosen_language()}"
    working = Department.objects.filter(sections__desks__isnull=False).distinct().order_by(name)
    return dict(working.values_list("pk", name))


def districts() -> dict[int | None, str]:
    """Return the districts that have desks, by name, and what is in none."""
    name = f"name_{chosen_language()}"
    working = District.objects.filter(posts__desk__isnull=False).distinct().order_by(name)
    return {**dict(working.values_list("pk", name)), None: _("Headquarters of the State")}


def ages() -> dict[str, str]:
    """Return how ages are called, by their first day."""
    return {
        "0": _("0 to 3 days"),
        "4": _("4 to 7 days"),
        "8": _("8 to 15 days"),
        "16": _("16 to 30 days"),
        "31": _("31 to 60 days"),
        "61": _("more than 60 days"),
    }


def pending_heads(what: str) -> list[Head]:
    """Return the heads over :func:`pending_cells`."""
    numbers = [
        _("Pending"),
        _("Unread"),
        _("Overdue"),
        pending_parked(),
        _("Over 30 days"),
    ]
    return [
        Head(what, number=False),
        *(Head(words) for words in numbers),
        Head(_("Oldest since"), number=False),
    ]


def pending_parked() -> str:
    return _("Parked")


def pending_cells(name: str, lies: Pending) -> list[Cell]:
    """Return one row of what lies."""
    return [
        name,
        lies.all,
        lies.unread,
        lies.overdue,
        lies.parked,
        lies.old,
        since(lies.oldest),
    ]


def pending_table(
    code: str, title: str, what: str, column: str, names: Names, lies: Pendency
) -> Table:
    """Return what lies, by the values of one column."""
    rows = [pending_cells(name, lies.of(column, key)) for key, name in names]
    return Table(code, title, pending_heads(what), rows)


def pending_figures(total: Pending, today: date) -> list[Figure]:
    """Return the cards of what lies."""
    oldest = since(total.oldest)
    days = NOTHING
    if oldest is not None:
        age = (today - oldest).days
        days = ngettext("%(number)s day", "%(number)s days", age) % {"number": indian_number(age)}
    return [
        count(_("Pending"), total.all),
        count(_("Unread"), total.unread, "waiting"),
        count(_("Overdue"), total.overdue, "breach"),
        count(_("Over 30 days"), total.old, "breach"),
        count(pending_parked(), total.parked),
        Figure(_("The oldest lies there for"), days),
    ]


def ageing(lies: Pendency) -> Chart:
    """Return how long what lies has been where it lies."""
    rows = [(words, lies.of("age", age).all) for age, words in ages().items()]
    return bars(_("Since when it lies there"), _("Age"), _("Pending"), rows)


def by_kind(lies: Pendency) -> Chart:
    rows = [(str(label), lies.of("kind", kind).all) for kind, label in Item.Kind.choices]
    return bars(_("Receipts and files"), _("Receipt or file"), _("Pending"), rows)


def by_priority(lies: Pendency) -> Chart:
    rows = [(str(label), lies.of("priority", one).all) for one, label in Priority.choices]
    return bars(_("By priority"), _("Priority"), _("Pending"), rows)


def done_heads(what: str) -> list[Head]:
    """Return the heads over :func:`done_cells`."""
    numbers = [
        _("Came"),
        _("Diarised"),
        _("Files made"),
        _("Marked and returned"),
        _("Put in files"),
        _("Closed"),
        _("Letters issued"),
    ]
    return [
        Head(what, number=False),
        *(Head(words) for words in numbers),
        Head(_("Moved on within 7 days"), share=True),
    ]


def done_cells(name: str, done: Sums) -> list[Cell]:
    """Return one row of what was done."""
    return [
        name,
        done["came"],
        done["receipts"],
        done["files"] + done["joined"],
        done.moved,
        done["filed"],
        done["closed"],
        done["issued"],
        done.share_in_time,
    ]


def done_figures(total: Sums) -> list[Figure]:
    """Return the cards of what was done."""
    share = total.share_in_time
    return [
        count(_("Diarised"), total["receipts"]),
        count(_("Files made"), total["files"] + total["joined"]),
        count(_("Marked and returned"), total.moved),
        count(_("Closed"), total["closed"], "done"),
        count(_("Letters issued"), total["issued"], "done"),
        Figure(_("Moved on within 7 days"), words_of(share, Head("", share=True)), "done"),
        count(_("Persons who did something"), total.people),
    ]


def span_of(form: ReportDays) -> str:
    """Return by what the days of ``form`` are told: each, or by month where they are many."""
    return "month" if (form.last - form.first).days >= BY_DAY else "day"


def moved_line(found: Activity, form: ReportDays) -> Chart:
    """Return what was marked and returned over all days of the form, empty ones too."""
    span = span_of(form)
    days = sorted(found.by[span])
    if span == "day":
        length = (form.last - form.first).days + 1
        days = [form.first + timedelta(days=number) for number in range(length)]
    title = _("Marked and returned")
    return days_line(
        title, title, [(short_day(day, span), found.of(span, day).moved) for day in days]
    )


def days_table(found: Activity, form: ReportDays) -> Table:
    """Return what was done on each day or in each month, without empty ones."""
    span = span_of(form)
    what, title = (_("Month"), _("By month")) if span == "month" else (_("Day"), _("By day"))
    words = month_long if span == "month" else date_short
    rows = [done_cells(words(day), done) for day, done in sorted(found.by[span].items())]
    return Table("days", title, done_heads(what), rows)


def month_short(month: date) -> str:
    """Return a month as it fits under a line."""
    return date_format(month, "M y")


def short_day(day: date, span: str = "day") -> str:
    """Return a day or month as it fits under a line."""
    return month_short(day) if span == "month" else f"{day.day}.{day.month}."

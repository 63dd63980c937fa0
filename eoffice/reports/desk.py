"""The figures of one desk and of those below it: what lies, who holds how much, what was done."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from eoffice.forms.reports import ReportDays
from eoffice.models import Desk
from eoffice.permissions import Seat
from eoffice.reports import columns
from eoffice.reports.tables import (
    Cell,
    Head,
    Report,
    Table,
    bars,
    count,
    days_line,
    since,
)
from eoffice.services import activity, pendency
from esachivalaya.accounts.models import User

# The pace of a desk is that of so many days.
PACE_DAYS = 30

DeskReport = Callable[[Seat, Sequence[int], Any, date], Report]


def own(seat: Seat, below: Sequence[int], data: Any, today: date) -> Report:
    """What lies at this desk, as far as its reader may see it, and what went through it."""
    lies = pendency.at_own_desk(seat, today)
    first = today - timedelta(days=PACE_DAYS - 1)
    done = activity.between(first, today, by=["day"], desks=[seat.desk.pk])
    report = Report(
        _("Pendency"),
        _("What lies at this desk at this moment, and since when."),
        rules=[
            _("An item is as old as its stay at the desk where it lies; parked ones are counted."),
            _(
                "What lies here is counted as far as you may open it. Confidential papers are in "
                "no figure of what was done."
            ),
        ],
    )
    report.figures = columns.pending_figures(lies.total, today)
    days = [first + timedelta(days=number) for number in range(PACE_DAYS)]
    report.charts = [
        columns.ageing(lies),
        columns.by_priority(lies),
        columns.by_kind(lies),
        days_line(
            _("Moved on in the last 30 days"),
            _("Moved on"),
            [(columns.short_day(day), done.of("day", day)["stays"]) for day in days],
        ),
    ]
    what = _("Age")
    names = list(columns.ages().items())
    report.tables = [
        columns.pending_table("ages", _("Since when it lies there"), what, "age", names, lies)
    ]
    return report


def load(seat: Seat, below: Sequence[int], data: Any, today: date) -> Report:
    """What each desk below holds, against its pace and an even share: for sharing out fairly."""
    report = Report(
        _("Load of each desk"),
        _("What each desk below yours holds, so that work can be shared out fairly."),
        rules=[
            _(
                "Days of work = pending ÷ (moved on in the last %(number)s days ÷ %(number)s): how "
                "long the desk needs at its own pace for what lies there."
            )
            % {"number": PACE_DAYS},
            _(
                "Against an even share = pending − what lies at all desks of the same section "
                "below you ÷ their number."
            ),
            _("Confidential papers are not counted."),
        ],
    )
    lies = pendency.at_desks([*below], today)
    first = today - timedelta(days=PACE_DAYS - 1)
    done = activity.between(first, today, by=["desk"], desks=below)
    desks = _desks(below)
    report.figures = [count(_("Desks"), len(desks)), *columns.pending_figures(lies.total, today)]
    rows = [(str(desk), lies.of("desk_id", desk.pk).all) for desk in desks]
    title, what = _("Pending by desk"), _("Desk")
    report.charts = [
        bars(title, what, _("Pending"), sorted(rows, key=lambda row: -row[1])),
        columns.ageing(lies),
    ]
    report.tables = [_loads(desks, lies, done)]
    return report


def _loads(desks: Sequence[Desk], lies: pendency.Pendency, done: activity.Activity) -> Table:
    heads = [
        Head(_("Desk"), number=False),
        Head(_("Section"), number=False),
        Head(_("Pending")),
        Head(_("Unread")),
        Head(_("Overdue")),
        Head(_("Over 30 days")),
        Head(_("Oldest since"), number=False),
        Head(_("Came in 30 days")),
        Head(_("Moved on in 30 days")),
        Head(_("Days of work")),
        Head(_("Against an even share")),
    ]
    sections: dict[int, list[int]] = {}
    for desk in desks:
        sections.setdefault(desk.section_id, []).append(lies.of("desk_id", desk.pk).all)
    rows: list[list[Cell]] = []
    for desk in desks:
        here, did = lies.of("desk_id", desk.pk), done.of("desk", desk.pk)
        together = sections[desk.section_id]
        rows.append(
            [
                str(desk),
                str(desk.section),
                here.all,
                here.unread,
                here.overdue,
                here.old,
                since(here.oldest),
                did["came"],
                did["stays"],
                round(here.all * PACE_DAYS / did["stays"], 1) if did["stays"] else None,
                round(here.all - sum(together) / len(together), 1),
            ]
        )
    return Table("desks", _("Load of each desk"), heads, rows)


def done(seat: Seat, below: Sequence[int], data: Any, today: date) -> Report:
    """What was done in some days at this desk and those below, by desk, person and day.

    Persons are named to the officers of the desk; who works there as staff finds themselves alone.
    """
    form = ReportDays(data, today=today)
    report = Report(
        _("Activity"),
        _("What was done at this desk and at those below it, by desk, person and day."),
        rules=[
            _("“Came” is what was marked or returned to a desk."),
            _("Confidential papers are not counted."),
        ],
        form=form,
    )
    if not form.is_valid():
        return report
    desks = [seat.desk.pk, *below]
    by = ["desk", "person", columns.span_of(form)]
    found = activity.between(form.first, form.last, by=by, desks=desks)
    report.figures = columns.done_figures(found.total)
    shown = _desks(desks)
    report.charts = [
        columns.moved_line(found, form),
        bars(
            _("Marked and returned, by desk"),
            _("Desk"),
            _("Marked and returned"),
            [(str(desk), found.of("desk", desk.pk).moved) for desk in shown],
        ),
    ]
    what, who = _("Desk"), _("Person")
    report.tables = [
        Table(
            "desks",
            _("By desk"),
            columns.done_heads(what),
            [columns.done_cells(str(desk), found.of("desk", desk.pk)) for desk in shown],
        ),
        _persons(seat, who, found),
        columns.days_table(found, form),
    ]
    return report


def _persons(seat: Seat, who: str, found: activity.Activity) -> Table:
    people = User.objects.filter(pk__in=[pk for pk in found.by["person"] if pk])
    if not seat.is_officer:
        people = people.filter(pk=seat.charge.user_id)
    rows = [columns.done_cells(str(one), found.of("person", one.pk)) for one in people]
    rows.sort(key=lambda row: str(row[0]))
    # What came to a desk came to nobody in person.
    heads = columns.done_heads(who)
    return Table(
        "persons", _("By person"), [heads[0], *heads[2:]], [[row[0], *row[2:]] for row in rows]
    )


def _desks(pks: Sequence[int]) -> list[Desk]:
    found = Desk.objects.select_related("post", "section__department").in_bulk(list(pks))
    return [found[pk] for pk in pks if pk in found]

"""The State's figures: what lies, what was done, ranking, paper. No subject, no person's name."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from eoffice.forms.reports import ReportDays
from eoffice.reports import columns
from eoffice.reports.tables import Cell, Chart, Head, Report, Table, bars, count
from eoffice.services import activity, counting, paper_saved, pendency, ranking
from eoffice.services.activity import SMALL, Activity
from eoffice.services.ranking import Ranked
from esachivalaya.common.formats import chosen_language, indian_number
from officials.models import Department, Section


def confidential_rule() -> str:
    """Return what is told of confidential papers on pages of the State."""
    words = _(
        "Confidential papers are only in the figures of the whole State, where they are at least "
        "%(number)s; no figure of a department, section or district has them."
    )
    return words % {"number": SMALL}


def pending(data: Any, today: date) -> Report:
    """What lies at the desks of the State now, since when, by department and district."""
    form = _form(data, today, days=False)
    report = Report(
        _("Pendency and ageing"),
        _("What lies at the desks of the State at this moment, and since when."),
        rules=[
            _("An item is as old as its stay at the desk where it lies; parked ones are counted."),
            confidential_rule(),
        ],
        form=form,
    )
    if not form.is_valid():
        return report
    department = _department(form)
    lies = pendency.of_the_state(today, department=department)
    names = _names(department)
    column, what = _column(department)
    report.figures = columns.pending_figures(lies.total, today)
    rows = [(name, lies.of(column, key).all) for key, name in names]
    report.charts = [
        columns.ageing(lies),
        bars(what, what, _("Pending"), sorted(rows, key=lambda row: -row[1])),
        columns.by_priority(lies),
        columns.by_kind(lies),
    ]
    districts = list(columns.districts().items())
    district = _("District")
    report.tables = [
        columns.pending_table(f"{column}s", what, what, column, names, lies),
        columns.pending_table("districts", district, district, "district", districts, lies),
        _ages(lies),
    ]
    return report


def _ages(lies: pendency.Pendency) -> Table:
    told = [(words, lies.of("age", age).all) for age, words in columns.ages().items()]
    whole = sum(number for _words, number in told)
    heads = [Head(_("Age"), number=False), Head(_("Pending")), Head(_("Share"), share=True)]
    rows: list[list[Cell]] = [
        [words, number, number * 100 // whole if whole else None] for words, number in told
    ]
    return Table("ages", _("Since when it lies there"), heads, rows)


def done(data: Any, today: date) -> Report:
    """What was done in some days, by department or by the sections of one."""
    form = _form(data, today)
    report = Report(
        _("Activity"),
        _("What was diarised, made, moved and closed, by department, section and day."),
        rules=[
            _("“Came” is what was marked or returned to a desk. Persons are never named here."),
            confidential_rule(),
        ],
        form=form,
    )
    if not form.is_valid():
        return report
    department = _department(form)
    column, what = _column(department)
    span = columns.span_of(form)
    found = activity.between(form.first, form.last, by=[column, span], department=department)
    names = _names(department)
    report.figures = columns.done_figures(found.total)
    rows = [(name, found.of(column, key).moved) for key, name in names]
    report.charts = [
        columns.moved_line(found, form),
        bars(what, what, _("Marked and returned"), sorted(rows, key=lambda row: -row[1])),
    ]
    heads = [*columns.done_heads(what), Head(_("Persons active"))]
    lines = [
        [*columns.done_cells(name, found.of(column, key)), found.of(column, key).people]
        for key, name in names
    ]
    report.tables = [Table(f"{column}s", what, heads, lines), columns.days_table(found, form)]
    return report


def order(data: Any, today: date) -> Report:
    """Departments and districts by the score of ``ranking``, with its figures and its formula."""
    form = _form(data, today, departments=False)
    report = Report(
        _("Ranking"),
        _("Departments and districts by how soon papers move on and how little lies long."),
        rules=[
            _(
                "Score = 60 × (stays that ended within 7 days ÷ stays that ended) + 40 × (pending "
                "for 30 days or less ÷ pending). Where nothing is pending, the second part is 40."
            ),
            _(
                "A stay ends when what lies at a desk is marked on, returned, put in a file, bound "
                "into another file, or closed. Stays are those that ended in these days; pending "
                "is what lies there now."
            ),
            _("With fewer than %(number)s ended stays there is no place. Equal scores share one.")
            % {"number": ranking.LEAST_STAYS},
            _("Confidential papers are not counted."),
        ],
        form=form,
    )
    if not form.is_valid():
        return report
    done_by = activity.between(form.first, form.last, by=["department", "district"])
    lies = pendency.of_the_state(today)
    report.tables = [
        _ranks("departments", _("Department"), "department", columns.departments(), done_by, lies),
        _ranks("districts", _("District"), "district", columns.districts(), done_by, lies),
    ]
    report.charts = [_scores(table) for table in report.tables]
    return report


def _ranks(
    code: str,
    what: str,
    column: str,
    names: dict[Any, str],
    done_by: Activity,
    lies: pendency.Pendency,
) -> Table:
    heads = [
        Head(what, number=False),
        Head(_("Place")),
        Head(_("Score")),
        Head(_("Stays ended")),
        Head(_("Within 7 days")),
        Head(_("Pending now")),
        Head(_("For 30 days or less")),
        Head(_("Reckoning"), number=False),
    ]
    rows: list[list[Cell]] = [
        [
            names[one.key],
            one.place,
            one.score,
            one.stays,
            one.in_time,
            one.pending,
            one.recent,
            _reckoning(one),
        ]
        for one in ranking.ranked(column, names, done_by, lies)
    ]
    return Table(code, what, heads, rows)


def _reckoning(one: Ranked) -> str:
    if one.score is None:
        return _("too little to rank")
    second = f"40 × {one.recent}/{one.pending}" if one.pending else "40"
    return f"60 × {one.in_time}/{one.stays} + {second}"


def _scores(table: Table) -> Chart:
    rows = [(str(row[0]), row[2]) for row in table.rows if isinstance(row[2], float)]
    return bars(table.title, table.title, _("Score"), rows)


def paper(data: Any, today: date) -> Report:
    """Sheets and copies that were not needed, by the rule of ``paper_saved``."""
    form = _form(data, today)
    report = Report(
        _("Paper saved"),
        _("Sheets of paper and copies that electronic work made needless, by a stated rule."),
        rules=paper_rules(),
        form=form,
    )
    if not form.is_valid():
        return report
    department = _department(form)
    column, what = _column(department)
    found = activity.between(form.first, form.last, by=[column, "month"], department=department)
    whole = paper_saved.saved(found.total)
    report.figures = [
        count(_("Sheets of paper"), whole.sheets, "done"),
        count(_("Copies"), whole.copies, "done"),
        count(_("Reams of 500 sheets"), whole.reams, "done"),
        count(_("Pages"), whole.pages),
    ]
    parts = [
        (_("Noting"), whole.notes),
        (_("Receipts that came electronically"), whole.prints),
        (_("Photocopies of marked receipts"), whole.photocopies),
        (_("Office copies of letters"), whole.office_copies),
        (_("Letters sent by e-mail"), whole.mailed),
    ]
    months = [
        (columns.month_short(month), paper_saved.saved(one).sheets)
        for month, one in sorted(found.by["month"].items())
    ]
    report.charts = [
        bars(_("Pages by what they would have been"), _("What"), _("Pages"), parts),
        Chart(
            _("Sheets by month"),
            _("Month"),
            _("Sheets of paper"),
            bars("", "", "", months[-12:]).rows,
            line=True,
        ),
    ]
    heads = [Head(_("What"), number=False), Head(_("Pages"))]
    report.tables = [
        Table("kinds", _("Pages by what they would have been"), heads, parts),
        _paper_table(column, what, _names(department), found),
    ]
    return report


def _paper_table(
    column: str, what: str, names: Sequence[tuple[Any, str]], found: Activity
) -> Table:
    heads = [
        Head(what, number=False),
        Head(_("Sheets of paper")),
        Head(_("Copies")),
        Head(_("Pages")),
    ]
    rows: list[list[Cell]] = []
    for key, name in names:
        one = paper_saved.saved(found.of(column, key))
        rows.append([name, one.sheets, one.copies, one.pages])
    return Table(f"{column}s", what, heads, rows)


def paper_rules() -> list[str]:
    """Return the rule of what is counted, as ``paper_saved`` has it."""
    return [
        _("Counted is only what would have been on paper, in electronic files and receipts."),
        _("A sealed note: one page of noting for each %(number)s characters that were begun.")
        % {"number": indian_number(counting.PAGE_OF_NOTING)},
        _("A receipt that came by e-mail or through the portal: its pages, once."),
        _(
            "A receipt marked to another desk: one photocopy of its pages, which the sender would "
            "have kept. A file that is marked counts nothing: the file itself would have gone."
        ),
        _("An issued letter: its pages once, for the office copy."),
        _("A letter sent by e-mail: its pages for each addressee; sent again, it counts once."),
        _("A receipt without a scan is one page. Two pages make a sheet, rounded down."),
        confidential_rule(),
    ]


def _form(data: Any, today: date, *, days: bool = True, departments: bool = True) -> ReportDays:
    name = f"name_{chosen_language()}"
    known = Department.objects.filter(sections__desks__isnull=False).distinct().order_by(name)
    choices = list(known.values_list("code", name)) if departments else []
    return ReportDays(data, today=today, departments=choices, days=days)


def _department(form: ReportDays) -> int | None:
    if not form.chosen:
        return None
    return Department.objects.values_list("pk", flat=True).get(code=form.chosen)


def _column(department: int | None) -> tuple[str, str]:
    """Return by what a report goes: departments, or the sections of the one that was chosen."""
    return ("department", _("Department")) if department is None else ("section", _("Section"))


def _names(department: int | None) -> list[tuple[Any, str]]:
    if department is None:
        return list(columns.departments().items())
    name = f"name_{chosen_language()}"
    working = Section.objects.filter(department=department, desks__isnull=False).distinct()
    return list(working.order_by(name).values_list("pk", name))

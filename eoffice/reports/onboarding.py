"""The page of onboarding: departments by wave and date, and their old paper files."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from eoffice.reports import columns
from eoffice.reports.tables import Cell, Chart, Head, Report, Table, bars, count, words_of
from eoffice.services import onboarding
from eoffice.services.onboarding import Joining
from esachivalaya.common.templatetags.portal import bilingual

A_YEAR = timedelta(days=365)


def joining(data: Any, today: date) -> Report:
    """Departments by wave and date; files opened on paper that were joined since."""
    found = onboarding.departments(today)
    begun = [one for one in found if one.starts_on <= today]
    months = onboarding.joined_by_month(today - A_YEAR)
    report = Report(
        _("Onboarding"),
        _("Which departments work in e-Office, since when, and how their old paper files follow."),
        rules=[
            _(
                "A paper file is joined when it was opened here with its old number. Their share "
                "is of those that the department counted."
            ),
            _("Active is who did something in the last %(number)s days.")
            % {"number": onboarding.ACTIVE_DAYS},
            _("Confidential files and what was done with them are not counted."),
        ],
    )
    report.figures = [
        count(_("Departments that work here"), len(begun), "done"),
        count(_("Departments with a day to come"), len(found) - len(begun), "waiting"),
        count(_("Departments without a day"), onboarding.not_yet()),
        count(_("Desks"), sum(one.desks for one in found)),
        count(_("Persons at desks"), sum(one.people for one in found)),
        count(_("Paper files joined"), sum(one.joined for one in found), "done"),
    ]
    joined = [(columns.month_short(month), number) for month, number in months.items()]
    report.charts = [
        _together(begun),
        Chart(
            _("Paper files joined, by month"),
            _("Month"),
            _("Paper files joined"),
            [(words, number, words_of(number)) for words, number in joined],
            line=True,
        ),
        bars(
            _("Paper files joined, by department"),
            _("Department"),
            _("Paper files joined"),
            [(bilingual(one.department, "name"), one.joined) for one in found],
        ),
    ]
    report.tables = [_waves(found, today), _departments(found)]
    return report


def _together(begun: Sequence[Joining]) -> Chart:
    """Return how many departments work here, from month to month in which some began."""
    months: dict[date, int] = {}
    for number, one in enumerate(begun, start=1):
        months[one.starts_on.replace(day=1)] = number
    rows = [
        (columns.month_short(month), number, words_of(number)) for month, number in months.items()
    ]
    title = _("Departments that work here")
    return Chart(title, _("Month"), title, rows, line=True)


def _waves(found: Sequence[Joining], today: date) -> Table:
    heads = [
        Head(_("Wave"), number=False),
        Head(_("First day of work"), number=False),
        Head(_("Latest day of work"), number=False),
        Head(_("Departments")),
        Head(_("of them at work")),
        Head(_("Desks")),
        Head(_("Paper files joined")),
    ]
    waves: dict[str, list[Joining]] = {}
    for one in found:
        waves.setdefault(one.wave, []).append(one)
    rows: list[list[Cell]] = [
        [
            wave or _("without a wave"),
            min(one.starts_on for one in those),
            max(one.starts_on for one in those),
            len(those),
            sum(one.starts_on <= today for one in those),
            sum(one.desks for one in those),
            sum(one.joined for one in those),
        ]
        for wave, those in waves.items()
    ]
    return Table("waves", _("By wave"), heads, rows)


def _departments(found: Sequence[Joining]) -> Table:
    heads = [
        Head(_("Department"), number=False),
        Head(_("Wave"), number=False),
        Head(_("Works here from"), number=False),
        Head(_("Desks")),
        Head(_("Persons at desks")),
        Head(_("Persons active")),
        Head(_("Old paper files")),
        Head(_("Joined")),
        Head(_("Share joined"), share=True),
        Head(_("To be joined by"), number=False),
    ]
    rows: list[list[Cell]] = [
        [
            bilingual(one.department, "name"),
            one.wave,
            one.starts_on,
            one.desks,
            one.people,
            one.active,
            one.old_files,
            one.joined,
            one.share,
            one.joined_by,
        ]
        for one in found
    ]
    return Table("departments", _("By department"), heads, rows)

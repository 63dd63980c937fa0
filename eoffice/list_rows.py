"""The rows of a list, in words: what is alike in every row is looked up once for all of them.

A list has dozens of rows of a dozen words each. Looking every word up in the reader's language,
and every address among all addresses, took several times as long as finding the rows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Choices
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from eoffice.models import Classification, Item, Nature, Priority
from eoffice.permissions import Seat
from eoffice.services.boxes import Line
from esachivalaya.common import formats

# Lists of what lies at the desk itself: they say from whom it came, the others where it is.
HERE = ("inbox", "parked")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is read; an empty word is left out."""

    pk: int
    number: str
    address: str
    unread: bool
    kind: str
    subject: str
    sender: str
    words: str
    who: str
    moment: str
    day: str
    hour: str
    urgency: int
    priority: str
    due: str
    overdue: bool
    closed_to_some: bool
    classification: str


@dataclass(frozen=True, slots=True)
class Table:
    """A list: what its columns of places and of moments are called, and its rows."""

    who: str
    at: str
    rows: list[Row]


def table(name: str, lines: Iterable[Line], seat: Seat) -> Table:
    """Return the ``lines`` of the list ``name`` as the person in ``seat`` reads them."""
    row = _row_of(name, seat)
    return Table(
        who=_("From whom") if name in HERE else _("Lies at"),
        at=_heading_of_moment(name),
        rows=[row(line) for line in lines],
    )


def _heading_of_moment(name: str) -> str:
    if name == "sent":
        return pgettext("when", "Sent")
    if name == "closed":
        return pgettext("when", "Closed")
    return _("Since") if name in HERE else pgettext("when", "Made")


def _row_of(name: str, seat: Seat) -> Callable[[Line], Row]:
    """Return what makes a row, with everything looked up that all rows share."""
    language = formats.chosen_language()
    priorities, classifications = _labels(Priority), _labels(Classification)
    kinds, statuses = _labels(Item.Kind), _labels(Item.Status)
    addresses = {kind: _address(kind, seat.desk.post.code) for kind in Item.Kind.values}
    on_paper, made_here, until = _("on paper"), _("made here"), _("Until %(day)s")

    def kind_of(item: Item) -> str:
        physical = item.nature == Nature.PHYSICAL
        return f"{kinds[item.kind]} · {on_paper}" if physical else kinds[item.kind]

    def words_of(line: Line) -> str:
        if not (line.words and line.until):
            return line.words
        return f"{until % {'day': formats.date_short(line.until, language)}}: {line.words}"

    def who_of(line: Line) -> str:
        if line.who:
            return str(line.who)
        return made_here if name in HERE else statuses[line.item.status]

    def row(line: Line) -> Row:
        item, at = line.item, formats.in_india(line.at)
        return Row(
            pk=item.pk,
            number=item.number,
            address=addresses[item.kind](item.pk),
            unread=line.unread,
            kind=kind_of(item),
            subject=item.subject,
            sender=item.receipt.sender if item.kind == Item.Kind.RECEIPT else "",
            words=words_of(line),
            who=who_of(line),
            moment=at.isoformat(),
            day=formats.date_short(at, language),
            hour=formats.time_short(at, language),
            urgency=item.priority,
            priority=priorities[item.priority],
            due=formats.date_short(line.due, language) if line.due else "",
            overdue=line.overdue,
            closed_to_some=item.classification > Classification.NORMAL,
            classification=classifications[item.classification],
        )

    return row


def _labels(choices: type[Choices]) -> dict[Any, str]:
    return {value: str(label) for value, label in choices.choices}


def _address(kind: str, desk: str) -> Callable[[int], str]:
    """Return what writes the address of an item of this kind; one is looked up for all."""
    # The number is the last thing in it.
    before, _number, after = reverse(f"eoffice:{kind}", args=[desk, 0]).rpartition("0")
    return lambda pk: f"{before}{pk}{after}"

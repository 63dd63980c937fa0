"""Registers of a section as they stand on paper: diary, files, movements, dispatch.

What one may not see stands in none. The columns are the same on the page, in print and in a file;
a file is read by key in pieces, each asked anew: when the charge ends, so do the rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from eoffice.models import Item, Movement
from eoffice.permissions import Seat, sits_at, visible_at
from eoffice.services import boxes, dispatch_register
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import IST, day_bounds, now

PIECE = 1000
DOWNLOADED = "eoffice_register_downloaded"

Cell = str | date | datetime | None
Words = str | Promise


@dataclass(frozen=True)
class Column:
    """One column: its head, and what of a row stands in it. ``wide``: it is the matter itself.

    ``only_in_files``: a page is narrower than a sheet.
    """

    words: Words
    cell: Callable[[Any], Cell]
    wide: bool = False
    only_in_files: bool = False


@dataclass(frozen=True)
class Days:
    """From one day to another, both included."""

    first: date
    last: date

    @property
    def starts(self) -> datetime:
        return day_bounds(self.first)[0]

    @property
    def ends(self) -> datetime:
        return day_bounds(self.last)[1]


@dataclass(frozen=True)
class Register:
    """A register: its name in addresses, its title, its rows at a seat, its columns."""

    name: str
    title: Words
    rows: Callable[[Seat, Days], QuerySet[Any]]
    columns: tuple[Column, ...]

    def shown(self) -> list[Column]:
        """Return the columns of a page."""
        return [column for column in self.columns if not column.only_in_files]


def cells_of(register: Register, seat: Seat, days: Days, *, last: int) -> Iterator[list[Cell]]:
    """Yield the rows of ``days`` up to the id ``last``, piece by piece, as a file has them."""
    after = 0
    # By the charge in force at that moment: who was its officer may be its staff by now.
    while (current := sits_at(seat.charge.user, seat.desk)) is not None:
        rows = register.rows(current, days).filter(pk__gt=after, pk__lte=last).order_by("pk")
        piece = list(rows[:PIECE])
        for row in piece:
            yield [_plain(column.cell(row)) for column in register.columns]
        if len(piece) < PIECE:
            return
        after = piece[-1].pk


@transaction.atomic
def note_download(register: Register, seat: Seat, days: Days, *, kind: str) -> int:
    """Record that a register is taken out as a file, before the first row is handed out.

    Returns the id of the last row that was counted: the file ends with it.
    """
    rows = register.rows(seat, days)
    last = rows.order_by().aggregate(last=Max("pk"))["last"] or 0
    by = User.objects.select_for_update(no_key=True).get(pk=seat.charge.user_id)
    data = {
        "register": register.name,
        "first": days.first.isoformat(),
        "last": days.last.isoformat(),
        "rows": rows.filter(pk__lte=last).order_by().count(),
        "format": kind,
    }
    record(by, DOWNLOADED, at=now(), by=by, post_code=seat.desk.post.code, data=data)
    return int(last)


def _plain(cell: Cell) -> Cell:
    """Moments as text on the clock of Asia/Kolkata: spreadsheets know no zones."""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(IST):%Y-%m-%d %H:%M}"
    return cell


def _items(seat: Seat, kind: str, days: Days) -> QuerySet[Item]:
    of_section = visible_at(seat).filter(kind=kind, made_at_desk__section=seat.desk.section_id)
    made = of_section.filter(made_at__gte=days.starts, made_at__lt=days.ends)
    return boxes.with_place(made)


def _diary(seat: Seat, days: Days) -> QuerySet[Any]:
    return _items(seat, Item.Kind.RECEIPT, days)


def _files(seat: Seat, days: Days) -> QuerySet[Any]:
    return _items(seat, Item.Kind.FILE, days).select_related("file")


def _movements(seat: Seat, days: Days) -> QuerySet[Any]:
    """What came to this desk and what went from it."""
    here = Q(from_desk=seat.desk.pk) | Q(to_desk=seat.desk.pk)
    rows = Movement.objects.filter(
        here,
        act__in=boxes.SENDINGS,
        at__gte=days.starts,
        at__lt=days.ends,
        item__in=visible_at(seat),
    )
    return rows.select_related("item", "from_desk__post", "to_desk__post", "by")


def _dispatch(seat: Seat, days: Days) -> QuerySet[Any]:
    """What was sent from this desk. A registry reads the cover of a letter, never its matter."""
    wanted = {"first": days.first, "last": days.last}
    return dispatch_register.listed(seat, dispatch_register.REGISTER, wanted)


def _place(row: Any) -> str:
    held = boxes.place_of(row)
    return str(held.desk) if held else str(row.get_status_display())


def _subject(row: Any) -> str:
    cancelled = row.status == Item.Status.CANCELLED
    return f"{row.subject} ({row.get_status_display()}: {row.words})" if cancelled else row.subject


_NUMBER = Column(_("Diary or file number"), lambda row: row.number)
_GRADES = (
    Column(_("Priority"), lambda row: row.get_priority_display(), only_in_files=True),
    Column(_("Classification"), lambda row: row.get_classification_display(), only_in_files=True),
    Column(_("Due on"), lambda row: row.due_on, only_in_files=True),
)
_MATTER = (
    Column(_("Subject"), _subject, wide=True),
    *_GRADES,
    Column(_("Lies at"), _place),
)
REGISTERS = {
    register.name: register
    for register in (
        Register(
            "diary",
            _("Diary register"),
            _diary,
            (
                _NUMBER,
                Column(_("Diarised"), lambda row: row.made_at),
                Column(_("Received on"), lambda row: row.receipt.received_on),
                Column(_("How it came"), lambda row: row.receipt.get_delivery_mode_display()),
                Column(_("Letter"), lambda row: row.receipt.letter_number or None),
                Column(_("Date of the letter"), lambda row: row.receipt.letter_date),
                Column(_("Sender"), lambda row: row.receipt.sender),
                *_MATTER,
            ),
        ),
        Register(
            "files",
            _("File register"),
            _files,
            (
                _NUMBER,
                Column(_("Old number"), lambda row: row.file.old_number or None),
                Column(_("Opened"), lambda row: row.made_at),
                *_MATTER,
            ),
        ),
        Register(
            "movements",
            _("Movement register"),
            _movements,
            (
                Column(_("Diary or file number"), lambda row: row.item.number),
                Column(_("Moved"), lambda row: row.at),
                Column(_("Subject"), lambda row: row.item.subject, wide=True),
                Column(_("Act"), lambda row: row.get_act_display()),
                Column(_("From whom"), lambda row: str(row.from_desk)),
                Column(_("To whom"), lambda row: str(row.to_desk)),
                Column(_("Words"), lambda row: row.words, only_in_files=True),
            ),
        ),
        Register(
            "dispatch",
            _("Dispatch register"),
            _dispatch,
            (
                Column(_("Dispatch number"), lambda row: row.number or None),
                Column(pgettext_lazy("dispatch", "Sent"), lambda row: row.sent_at),
                Column(_("Number of the letter"), lambda row: row.issue.number),
                Column(_("Address"), lambda row: row.to_address, wide=True),
                Column(_("How it goes"), lambda row: row.get_mode_display()),
                Column(_("State"), lambda row: row.get_status_display()),
                Column(_("Number of the consignment"), lambda row: row.tracking or None),
                Column(_("Proof of delivery"), lambda row: row.proof or None, only_in_files=True),
            ),
        ),
    )
}

"""Files: made from heads or with a free number, as part or volume, or joined from old paper.

Source: domain rules of e-Office, "File" and invariants 6, 7.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from eoffice.models import (
    Classification,
    Correspondence,
    Desk,
    Enclosure,
    File,
    Head,
    Holding,
    Item,
    Movement,
    Nature,
    Priority,
    Receipt,
)
from eoffice.permissions import Seat, visible_at
from eoffice.services import access, counting, ledger, numbers, searching, urgency
from eoffice.services.locking import in_hand, locked, seated
from eoffice.services.refusals import Elsewhere, Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.constraints import violated
from esachivalaya.common.retry import on_deadlock

Act = Movement.Act


@dataclass(frozen=True)
class NewFile:
    """What a clerk enters of a file; either ``head`` or ``free_number`` says its number."""

    subject: str
    description: str = ""
    head: Head | None = None
    free_number: str = ""
    nature: str = Nature.ELECTRONIC
    classification: int = Classification.NORMAL
    priority: int = Priority.ORDINARY
    due_on: date | None = None
    # An old paper file that is joined.
    old_number: str = ""
    location: str = ""
    opened_on: date | None = None
    pages_scanned: int = 0


@on_deadlock
def make(*, desk: Desk, by: User, new: NewFile) -> File:
    """Make a file at ``desk``: its number has no gap, its section and year are fixed from now on.

    :class:`Refused` for a free number that is taken, also by who took it at this very moment.
    """
    try:
        with transaction.atomic():
            return _made(desk, by, new)
    except IntegrityError as problem:
        if violated(problem) != "eoffice_item_number_key":
            raise
        raise Refused(
            "number", _("There is a file of this number already."), field="free_number"
        ) from problem


def _made(desk: Desk, by: User, new: NewFile) -> File:
    seat = _seat(by, desk)
    urgency.refuse_run_through(seat, new.priority)
    moment = now()
    section = seat.desk.section
    if new.head is not None:
        if new.head.department_id != section.department_id or not new.head.active:
            raise Refused("head", _("This head is not in use here."), field="head")
        number, serial, year = numbers.file_number(new.head, section, moment)
    else:
        number, serial = numbers.free_number(new.free_number), None
        year = day_of(moment).year
    item = _item(number, new, seat, moment)
    file = File(
        item=item,
        section=section,
        head=new.head,
        year=year,
        serial=serial,
        description=new.description,
        old_number=new.old_number,
        location=new.location,
        opened_on=new.opened_on or day_of(moment),
        pages_scanned=new.pages_scanned,
    )
    return _begin(file, seat, moment)


@on_deadlock
@transaction.atomic
def divide(*, main: File, kind: str, desk: Desk, by: User, subject: str = "") -> File:
    """Open a part (while the main file is elsewhere) or the next volume of ``main``.

    A volume is opened by who has the file; a part by anybody who may see it.
    """
    seat = _seat(by, desk)
    row = locked([main.pk])[main.pk]
    whole = File.objects.select_related("item", "section", "head").get(pk=row.pk)
    if not visible_at(seat).filter(pk=row.pk).exists():
        raise PermissionDenied
    if whole.kind != File.Kind.MAIN:
        raise Refused("not_main", _("Parts and volumes belong to the main file."))
    if row.status not in {Item.Status.OPEN, Item.Status.CLOSE_PROPOSED}:
        raise Refused("closed", _("The file is closed. Reopen it first."))
    held = Holding.objects.open().filter(item=row).first()
    if kind == File.Kind.VOLUME and (held is None or held.desk_id != desk.pk):
        raise Elsewhere(held)
    moment = now()
    last = File.objects.filter(of=whole, kind=kind).aggregate(found=Max("ordinal"))["found"]
    first = 2 if kind == File.Kind.VOLUME else 1
    ordinal = (last or first - 1) + 1
    new = NewFile(
        subject=subject or row.subject, nature=row.nature, classification=row.classification
    )
    item = _item(numbers.division_number(whole, kind, ordinal), new, seat, moment)
    division = File(
        item=item,
        kind=kind,
        of=whole,
        ordinal=ordinal,
        section=whole.section,
        head=whole.head,
        year=whole.year,
        serial=whole.serial,
        opened_on=day_of(moment),
    )
    return _begin(division, seat, moment)


@on_deadlock
@transaction.atomic
def put_in(*, receipt: Receipt, file: File, desk: Desk, by: User) -> Correspondence:
    """Put a receipt that lies at ``desk`` on the right side of a file that lies there too.

    The file's classification rises to the receipt's; whoever sees the file sees the receipt.
    """
    locked([receipt.pk, file.pk])
    row, holding, seat = in_hand(receipt.pk, desk=desk, by=by)
    whole, _held, _same = in_hand(file.pk, desk=desk, by=by)
    if whole.status != Item.Status.OPEN or row.status != Item.Status.OPEN:
        raise Refused("closed", _("Only an open receipt goes into an open file."))
    moment = now()
    if row.classification > whole.classification:
        _classify(whole, row.classification, seat, moment)
    pages = max(1, sum(one.stored.pages or 1 for one in _enclosures(receipt)))
    paper = _add_pages(file, pages, seat, moment, receipt=receipt)
    Holding.objects.filter(pk=holding.pk).update(ended_at=moment)
    Item.objects.filter(pk=row.pk).update(status=Item.Status.IN_FILE, version=F("version") + 1)
    access.follow_file(row, File.objects.get(pk=file.pk))
    ledger.append(row, Act.PUT_IN_FILE, seat=seat, at=moment, more={"file": file.pk})
    ledger.append(
        whole,
        Act.PUT_IN_FILE,
        seat=seat,
        at=moment,
        more={"receipt": row.pk, "pages": [paper.first_page, paper.last_page]},
    )
    return paper


@on_deadlock
@transaction.atomic
def take_out(*, paper: Correspondence, desk: Desk, by: User, words: str) -> Receipt:
    """Take a receipt that was put in wrongly out again, with the reason; it lies at ``desk``."""
    if paper.receipt_id is None:
        raise Refused("not_a_receipt", _("What was issued stays in its file."))
    if not words.strip():
        raise Refused("words", _("Write why it is taken out."), field="words")
    rows = locked([paper.receipt_id, paper.file_id])
    whole, _held, seat = in_hand(paper.file_id, desk=desk, by=by)
    moment = now()
    here = Correspondence.objects.filter(pk=paper.pk, removed_at__isnull=True)
    if here.update(removed_at=moment) != 1:
        raise Refused("not_in_file", _("It was taken out already."))
    row = rows[paper.receipt_id]
    Item.objects.filter(pk=row.pk).update(status=Item.Status.OPEN, version=F("version") + 1)
    Holding.objects.create(
        item=row,
        desk=desk,
        came=Holding.Came.TAKEN_OUT,
        since=moment,
        read_at=moment,
        received_at=moment,
    )
    access.grant(row, desk)
    for one, more in ((row, {"file": whole.pk}), (whole, {"receipt": row.pk})):
        ledger.append(one, Act.TAKEN_OUT, seat=seat, at=moment, words=words[:500], more=more)
    return Receipt.objects.get(pk=row.pk)


@on_deadlock
@transaction.atomic
def classify(*, item: Item, desk: Desk, by: User, classification: int, words: str) -> Item:
    """Raise or lower the classification: never below that of what is in it, by officers only."""
    row, _holding, seat = in_hand(item.pk, desk=desk, by=by)
    if not seat.is_officer:
        raise PermissionDenied
    if classification < access.least_classification(row):
        raise Refused(
            "classification",
            _("What is in the file is classified higher."),
            field="classification",
        )
    _classify(row, classification, seat, now(), words=words)
    return row


def _classify(
    row: Item, classification: int, seat: Seat, moment: datetime, *, words: str = ""
) -> None:
    more = {"from": row.classification, "to": classification}
    row.classification = classification
    Item.objects.filter(pk=row.pk).update(classification=classification, version=F("version") + 1)
    access.rewrite(row)
    counting.recount(row.pk)
    ledger.append(row, Act.CLASSIFICATION, seat=seat, at=moment, words=words[:500], more=more)


def _add_pages(
    file: File, pages: int, seat: Seat, moment: datetime, *, receipt: Receipt
) -> Correspondence:
    File.objects.filter(pk=file.pk).update(last_page=F("last_page") + pages)
    last = File.objects.values_list("last_page", flat=True).get(pk=file.pk)
    return Correspondence.objects.create(
        file=file,
        receipt=receipt,
        first_page=last - pages + 1,
        last_page=last,
        added_at=moment,
        added_at_desk=seat.desk,
        added_by=seat.charge.user,
    )


def _enclosures(receipt: Receipt) -> list[Enclosure]:
    return list(receipt.enclosures.select_related("stored"))


def _seat(by: User, desk: Desk) -> Seat:
    seat = seated(by, desk)
    if seat is None:
        raise PermissionDenied
    return seat


def _item(number: str, new: NewFile, seat: Seat, moment: datetime) -> Item:
    return Item.objects.create(
        kind=Item.Kind.FILE,
        number=number,
        number_key=numbers.key_of(number, new.old_number),
        subject=new.subject,
        nature=new.nature,
        classification=new.classification,
        priority=new.priority,
        due_on=new.due_on,
        made_at=moment,
        made_at_desk=seat.desk,
        made_by=seat.charge.user,
    )


def _begin(file: File, seat: Seat, moment: datetime) -> File:
    file.save(force_insert=True)
    Holding.objects.create(
        item=file.item,
        desk=seat.desk,
        came=Holding.Came.MADE,
        since=moment,
        read_at=moment,
        received_at=moment,
    )
    access.grant(file.item, seat.desk)
    searching.write_words(file.item, [file.item.subject, file.description, file.old_number])
    more = {"number": file.item.number, "old_number": file.old_number, "of": file.of_id}
    ledger.append(file.item, Act.MADE, seat=seat, at=moment, to_desk=seat.desk, more=more)
    return file

"""Diarising: a letter, application or e-mail gets its number and lies on the desk.

Source: domain rules of e-Office, "Receipt" and invariants 3, 6.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Request
from eoffice.models import (
    Classification,
    Correspondent,
    Desk,
    Enclosure,
    Holding,
    Item,
    Movement,
    Nature,
    Priority,
    Receipt,
)
from eoffice.permissions import Seat, visible_at
from eoffice.services import access, ledger, numbers, searching, urgency
from eoffice.services.locking import seated
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import stored_files
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.models import StoredFile
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.uploads import Paper
from esachivalaya.common.words import fold


@dataclass(frozen=True)
class Letter:
    """What a clerk enters of a letter; moments and numbers come from the portal."""

    correspondent: Correspondent
    subject: str
    received_on: date
    delivery_mode: str
    letter_number: str = ""
    letter_date: date | None = None
    nature: str = Nature.ELECTRONIC
    category: str = Receipt.Category.LETTER
    vip: bool = False
    classification: int = Classification.NORMAL
    priority: int = Priority.ORDINARY
    due_on: date | None = None
    location: str = ""
    # Each with its name; what is kept already is taken up as it is.
    papers: Sequence[tuple[str, Paper | StoredFile]] = ()
    # The appointment whose outcome it is.
    request: Request | None = None


@on_deadlock
@transaction.atomic
def diarise(*, desk: Desk, by: User, letter: Letter, copied_from: Receipt | None = None) -> Receipt:
    """Give ``letter`` the next diary number of the department; it lies at ``desk`` from then on.

    How and when it came is never changed afterwards. :class:`Refused` for a day to come, for
    run-through from anybody but the Chief Minister's office.
    """
    seat = seated(by, desk)
    if seat is None:
        raise PermissionDenied
    urgency.refuse_run_through(seat, letter.priority)
    moment = now()
    if letter.received_on > day_of(moment):
        raise Refused("received_on", _("This day is still to come."), field="received_on")
    number = numbers.diary_number(seat.desk.section, moment)
    item = Item.objects.create(
        kind=Item.Kind.RECEIPT,
        number=number,
        number_key=numbers.key_of(number, letter.letter_number),
        subject=letter.subject,
        nature=letter.nature,
        classification=letter.classification,
        priority=letter.priority,
        due_on=letter.due_on,
        made_at=moment,
        made_at_desk=desk,
        made_by=by,
    )
    receipt = Receipt(
        item=item,
        correspondent=letter.correspondent,
        sender=str(letter.correspondent)[:400],
        category=letter.category,
        vip=letter.vip,
        letter_number=letter.letter_number,
        letter_date=letter.letter_date,
        received_on=letter.received_on,
        delivery_mode=letter.delivery_mode,
        diarised_at=moment,
        location=letter.location,
        copied_from=copied_from,
        request=letter.request,
        sameness=sameness_of(letter),
    )
    receipt.save(force_insert=True)
    for position, (name, paper) in enumerate(letter.papers, start=1):
        stored = paper if isinstance(paper, StoredFile) else stored_files.keep(paper)
        Enclosure.objects.create(receipt=receipt, position=position, name=name[:120], stored=stored)
    Correspondent.objects.filter(pk=letter.correspondent.pk).update(used_at=moment)
    Holding.objects.create(
        item=item,
        desk=desk,
        came=Holding.Came.MADE,
        since=moment,
        read_at=moment,
        received_at=moment,
    )
    access.grant(item, desk)
    searching.write_words(item, [item.subject, receipt.sender, letter.letter_number])
    more: dict[str, Any] = {
        "number": number,
        "received_on": letter.received_on.isoformat(),
        "letter_number": letter.letter_number,
        "letter_date": letter.letter_date.isoformat() if letter.letter_date else None,
        "mode": letter.delivery_mode,
        "classification": int(letter.classification),
        "scans": [one.stored.sha256 for one in receipt.enclosures.select_related("stored")],
    }
    if copied_from is not None:
        more["copied_from"] = copied_from.pk
    ledger.append(item, Movement.Act.MADE, seat=seat, at=moment, to_desk=desk, more=more)
    return receipt


def sameness_of(letter: Letter) -> str:
    """Return by what the same letter is noticed: sender, number and date.

    "" for a letter with neither number nor date: many a sender writes twice.
    """
    if not letter.letter_number and letter.letter_date is None:
        return ""
    parts = [
        fold(letter.correspondent.name),
        numbers.key_of(letter.letter_number),
        letter.letter_date.isoformat() if letter.letter_date else "",
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def same_as(letter: Letter, *, seat: Seat) -> list[Receipt]:
    """Return receipts that look the same, newest first, at most five: those seen at ``seat``.

    Of what one may not see there is no warning either.
    """
    same = sameness_of(letter)
    if not same:
        return []
    found = Receipt.objects.filter(sameness=same, item__in=visible_at(seat))
    department = seat.desk.section.department_id
    found = found.filter(item__made_at_desk__section__department=department)
    found = found.exclude(item__status=Item.Status.CANCELLED)
    return list(found.select_related("item").order_by("-item_id")[:5])

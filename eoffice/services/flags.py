"""Flags of a yellow note: to a page of correspondence, another note, or a file.

They are sealed with their note. Source: domain rules of e-Office, "Flags".
"""

import re

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from eoffice.models import Correspondence, File, Flag, Item, Note
from eoffice.permissions import Seat, visible_at
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.words import ascii_digits

_PAGE = re.compile(r"(\d{1,6})\s*/?\s*c", re.IGNORECASE)
_NOTE = re.compile(r"(\d{1,6})\s*/?\s*n", re.IGNORECASE)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# How many of a kind are told apart by letters.
MOST = len(LETTERS)


@transaction.atomic
def add(*, note: Note, by: User, seat: Seat, kind: str, to: str) -> Flag:
    """Set the next flag of ``note``; :class:`Refused` for what is not there or not seen."""
    row = _own_yellow(note, by)
    letters = set(row.flags.values_list("letter", flat=True))
    letter = next((one for one in LETTERS if one not in letters), None)
    if letter is None:
        raise Refused("too_many", _("A note has at most 26 flags."), field="to")
    made = Flag(note=row, kind=kind, letter=letter)
    typed = ascii_digits(to.strip())
    if page := _PAGE.fullmatch(typed):
        made.page = int(page[1])
        made.correspondence = Correspondence.objects.filter(
            file=row.file_id,
            removed_at__isnull=True,
            first_page__lte=made.page,
            last_page__gte=made.page,
        ).first()
    elif number := _NOTE.fullmatch(typed):
        made.other_note = Note.objects.filter(file=row.file_id, number=int(number[1])).first()
    else:
        item = visible_at(seat).filter(kind=Item.Kind.FILE, number=to.strip()).first()
        made.other_file = File.objects.get(pk=item.pk) if item is not None else None
    if not (made.correspondence or made.other_note or made.other_file):
        raise Refused("flag", _("There is no such page, note or file."), field="to")
    made.save(force_insert=True)
    return made


@transaction.atomic
def remove(*, flag: Flag, by: User) -> None:
    """Take a flag off a yellow note."""
    _own_yellow(flag.note, by)
    Flag.objects.filter(pk=flag.pk, sealed_at__isnull=True).delete()


def _own_yellow(note: Note, by: User) -> Note:
    row = Note.objects.select_for_update().get(pk=note.pk)
    if row.by_id != by.pk or row.status != Note.Status.YELLOW:
        raise Refused("not_yellow", _("Flags are set on your own yellow note."))
    return row

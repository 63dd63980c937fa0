"""The outage pack: an inbox to be read while the portal cannot be reached, locked by a passphrase.

A PDF with AES-256, which every reader of PDF opens; the passphrase is kept nowhere. Confidential
papers are not in it, since it leaves the portal. Scans are attached as far as they find room, and
the pack says which did not. Source: domain rules of e-Office, "outage pack".
"""

import hashlib
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from pypdf import PdfWriter

from eoffice.models import Classification, Correspondence, Desk, Enclosure, Holding, Item, Note
from eoffice.permissions import Seat, visible_at
from eoffice.services import openings
from eoffice.services.locking import seated
from eoffice.typefaces import HINDI, Paper
from esachivalaya.accounts.models import User
from esachivalaya.common import formats
from esachivalaya.common.clock import now
from esachivalaya.common.models import StoredFile
from officials.services.records import lock_post, record_on_post

# The newest ones, when more lie there.
MOST = 200
# All scans together: what still goes on a stick and is opened by an old machine.
LARGEST = 40 * 1024 * 1024
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


@dataclass
class Packed:
    """One item of the pack: its heading, its subject, and the sealed notes on it."""

    heading: str
    subject: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    # The name under which a scan is attached ("" where there was no room), and what it is.
    papers: list[tuple[str, str]] = field(default_factory=list)
    attached: list[tuple[str, StoredFile]] = field(default_factory=list)


@transaction.atomic
def make_pack(*, desk: Desk, by: User, passphrase: str) -> bytes:
    """Return the inbox of ``desk`` as a locked PDF; every item in it counts as opened.

    Only an officer of the desk. That it was made stands in the record of the post.
    """
    post = lock_post(desk.pk)
    seat = seated(by, desk)
    if seat is None or not seat.is_officer:
        raise PermissionDenied
    found = visible_at(seat).filter(classification__lt=Classification.CONFIDENTIAL)
    held = Holding.objects.at(desk.pk).filter(item__in=found, received_at__isnull=False)
    stays = list(held.select_related("item").order_by("-since", "-pk")[:MOST])
    for stay in stays:
        openings.opened(item=stay.item, seat=seat, what=openings.PACK)
    moment = now()
    title = _("Inbox of %(desk)s, %(when)s") % {
        "desk": desk,
        "when": formats.datetime_long(moment),
    }
    rows = _packed([stay.item for stay in stays])
    left_out = _attach(rows, seat)
    made = _written(title, list(rows.values()), passphrase)
    data = {
        "items": len(stays),
        "scans_left_out": left_out,
        "sha256": hashlib.sha256(made).hexdigest(),
    }
    record_on_post(post, "outage_pack_made", at=moment, by=by, data=data)
    return made


def _packed(items: list[Item]) -> dict[int, Packed]:
    rows = {item.pk: Packed(f"{item.number} · {_label(item)}", item.subject) for item in items}
    sealed = Note.objects.filter(file__in=rows, status=Note.Status.SEALED)
    words = _("Note %(number)s, %(name)s, %(post)s")
    for note in sealed.order_by("file", "number"):
        signed = {"number": note.number, "name": note.signed_name, "post": note.signed_post}
        rows[note.file_id].notes.append((words % signed, note.text))
    return rows


def _attach(rows: dict[int, Packed], seat: Seat) -> int:
    """Give each item its scans while they find room; return how many found none."""
    inside = Correspondence.objects.filter(
        file__in=rows, removed_at__isnull=True, receipt__isnull=False
    )
    holds = {pk: pk for pk in rows} | dict(inside.values_list("receipt_id", "file_id"))
    seen = visible_at(seat).filter(classification__lt=Classification.CONFIDENTIAL)
    scans = (
        Enclosure.objects.filter(receipt__in=holds, receipt__item__in=seen)
        .select_related("stored", "receipt__item")
        .order_by("receipt_id", "position")
    )
    room, count, left_out = LARGEST, 0, 0
    opened = set(rows)
    for scan in scans:
        row = rows[holds[scan.receipt_id]]
        told = f"{scan.receipt.item.number}: {scan.name}"
        if scan.stored.size > room:
            row.papers.append(("", told))
            left_out += 1
            continue
        room, count = room - scan.stored.size, count + 1
        name = f"{count:03}.{ENDINGS[scan.stored.content_type]}"
        row.papers.append((name, told))
        row.attached.append((name, scan.stored))
        if scan.receipt_id not in opened:
            openings.opened(item=scan.receipt.item, seat=seat, what=openings.PACK)
            opened.add(scan.receipt_id)
    return left_out


def _label(item: Item) -> str:
    due = formats.date_short(item.due_on) if item.due_on else ""
    # The type of the column says no label of its own.
    label = str(item.get_priority_display())
    return f"{label} · {due}" if due else label


def _written(title: str, rows: list[Packed], passphrase: str) -> bytes:
    with closing(_Pack()) as paper:
        paper.add_page()
        paper.words(title, bold=True)
        paper.words(
            _("Scans are attached to this PDF, at most %(size)s together.")
            % {"size": filesizeformat(LARGEST)}
        )
        for row in rows:
            paper.ln(4)
            paper.words(row.heading, bold=True)
            paper.words(row.subject)
            for signed, text in row.notes:
                paper.words(signed, bold=True)
                paper.words(text)
            for name, told in row.papers:
                words = _("Scan %(name)s: %(told)s") if name else _("Scan left out: %(told)s")
                paper.words(words % {"name": name, "told": told})
        pages = bytes(paper.output())
    # Locked by pypdf: names of attachments that fpdf2 encrypts read as empty.
    pack = PdfWriter(clone_from=BytesIO(pages))
    for row in rows:
        for name, stored in row.attached:
            with stored.file.open("rb") as scan:
                pack.add_attachment(name, scan.read())
    pack.encrypt(passphrase, algorithm="AES-256")
    made = BytesIO()
    pack.write(made)
    return made.getvalue()


class _Pack(Paper):
    """Plain pages in both scripts."""

    def __init__(self) -> None:
        super().__init__(HINDI)
        self.set_auto_page_break(True, margin=20)

    def words(self, text: str, *, bold: bool = False) -> None:
        """Write lines from the left margin on."""
        self.set_font(self.first, "B" if bold else "", 11)
        for line in text.split("\n"):
            self.multi_cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")

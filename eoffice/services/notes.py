"""Notes: yellow and private, green and official, sealed when the file is sent.

Source: domain rules of e-Office, "Note" and invariants 2, 3, 8.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from eoffice.models import Desk, File, Flag, Item, Note
from eoffice.permissions import Seat, visible_at
from eoffice.services.locking import in_hand, seated
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move
from esachivalaya.common.words import tidy

LONGEST = 40_000
# What the digest of a note covers, of itself and of each of its flags.
NOTE = ("file_id", "number", "text", "desk_id", "by_id", "signed_name", "signed_post")
FLAG = ("letter", "kind", "correspondence_id", "page", "other_note_id", "other_file_id")


@on_deadlock
@transaction.atomic
def write(*, file: File, desk: Desk, by: User, text: str, version: int | None) -> Note:
    """Keep the yellow note of ``by`` on ``file``, wherever the file lies by now; return it.

    Private to its writer: nobody else reads it, and no movement takes it along. ``version`` is that
    of the note as the page showed it (None for a new one); raises Overtaken when the same person
    began or changed it in another window meanwhile, so that neither text is lost. The same text
    sent twice is kept once.
    """
    seat = seated(by, desk)
    if seat is None or not visible_at(seat).filter(pk=file.pk).exists():
        raise Refused("not_yours", _("You do not sit at this desk any more."))
    if len(text) > LONGEST:
        raise Refused("note_too_long", _("A note has at most 40,000 characters."), field="text")
    yellow = Note.objects.select_for_update().filter(
        file=file, by=by, desk=desk, status=Note.Status.YELLOW
    )
    note = yellow.first()
    kept = tidy(text)
    if note is None and version is not None:
        # It was signed or discarded meanwhile: the same text does not become a second note.
        earlier = Note.objects.filter(file=file, by=by, desk=desk).order_by("-pk").first()
        if earlier is not None:
            raise Overtaken(earlier)
    if note is None:
        # Two windows that begin it at once: the second finds the first one's.
        note, fresh = yellow.get_or_create(
            file=file, by=by, desk=desk, status=Note.Status.YELLOW, defaults={"text": kept}
        )
        if fresh:
            return note
    if note.text == kept:
        return note
    if note.version != version:
        raise Overtaken(note)
    note.text, note.version = kept, note.version + 1
    note.save(update_fields=["text", "version"])
    Note.objects.filter(pk=note.pk).update(changed_at=ClockTimestamp())
    return note


@on_deadlock
@transaction.atomic
def make_green(*, note: Note, by: User, version: int) -> Note:
    """Make a yellow note official: it gets its number, and is sealed when the file is sent."""
    item, _holding, _seat = in_hand(note.file_id, desk=note.desk, by=by)
    row = _own(note, by, version)
    if not row.text.strip():
        raise Refused("note_empty", _("Write the note first."), field="text")
    if item.status not in {Item.Status.OPEN, Item.Status.CLOSE_PROPOSED}:
        raise Refused("closed", _("Nothing is noted on a closed file. Reopen it first."))
    File.objects.filter(pk=item.pk).update(last_note=F("last_note") + 1)
    number = File.objects.values_list("last_note", flat=True).get(pk=item.pk)
    return move(row, to=Note.Status.GREEN, number=number)


@on_deadlock
@transaction.atomic
def make_yellow(*, note: Note, by: User, version: int) -> Note:
    """Take the last green note back before the file is sent: its number is free again."""
    item, _holding, _seat = in_hand(note.file_id, desk=note.desk, by=by)
    row = _own(note, by, version)
    last = File.objects.values_list("last_note", flat=True).get(pk=item.pk)
    if row.status != Note.Status.GREEN or row.number != last:
        raise Refused("not_the_last", _("Only the last note can be taken back."))
    if Note.objects.filter(file=row.file_id, by=by, desk=row.desk_id, status="yellow").exists():
        raise Refused("a_yellow_one", _("You have a yellow note here already. Use or discard it."))
    File.objects.filter(pk=item.pk).update(last_note=F("last_note") - 1)
    return move(row, to=Note.Status.YELLOW, number=None)


@transaction.atomic
def discard(*, note: Note, by: User, version: int) -> Note:
    """Discard a yellow note of one's own."""
    row = _own(note, by, version)
    if row.status != Note.Status.YELLOW:
        raise Refused("not_yellow", _("Only a yellow note can be discarded."))
    return move(row, to=Note.Status.DISCARDED, text="")


def seal(item: Item, seat: Seat, moment: datetime) -> list[dict[str, Any]]:
    """Seal the green notes of ``item`` in the caller's transaction; return number and digest.

    The caller holds the item's lock and writes the digests into the movement that sends it.
    """
    return [_sealed(note, moment) for note in to_seal(item).order_by("number")]


def to_seal(item: Item) -> QuerySet[Note]:
    """Return the green notes of ``item``: those signed where it lies, since it came there."""
    return Note.objects.filter(file=item.pk, status=Note.Status.GREEN)


def write_sealed(item: Item, seat: Seat, moment: datetime, text: str) -> tuple[Note, Any]:
    """Write a note that is sealed at once: the answer of a desk that does not hold the file.

    Returns it with its number and digest, which the caller, who holds the item's lock, writes into
    the movement that tells of it.
    """
    File.objects.filter(pk=item.pk).update(last_note=F("last_note") + 1)
    note = Note.objects.create(
        file_id=item.pk,
        number=File.objects.values_list("last_note", flat=True).get(pk=item.pk),
        status=Note.Status.GREEN,
        text=tidy(text),
        desk=seat.desk,
        by=seat.charge.user,
    )
    return note, _sealed(note, moment)


def _sealed(note: Note, moment: datetime) -> dict[str, Any]:
    with override("en"):
        note.signed_name = str(note.by)[:160]
        note.signed_post = str(note.desk)[:160]
    Flag.objects.filter(note=note).update(sealed_at=moment)
    note.status, note.sealed_at, note.digest = Note.Status.SEALED, moment, digest_of(note)
    note.version += 1
    note.save(
        update_fields=["status", "sealed_at", "digest", "signed_name", "signed_post", "version"]
    )
    return {"note": note.pk, "number": note.number, "sha256": note.digest}


def digest_of(note: Note) -> str:
    """Return the digest of a note with its flags and who signed it, over the text as stored."""
    return digest_from(
        [tuple(getattr(flag, name) for name in FLAG) for flag in note.flags.all()],
        tuple(getattr(note, name) for name in NOTE),
    )


def digest_from(flags: Iterable[Sequence[Any]], row: Sequence[Any]) -> str:
    """Return the digest of a note of which the columns :data:`NOTE` are ``row``."""
    return hashlib.sha256(text_from(flags, row).encode()).hexdigest()


def text_from(flags: Iterable[Sequence[Any]], row: Sequence[Any]) -> str:
    """Return what the digest of a note covers, of which the columns :data:`NOTE` are ``row``.

    ``flags`` are the columns :data:`FLAG` of each flag, in any order: letters have one in Python
    that is the same in every database.
    """
    file, number, text, desk, by, name, post = row
    told = {
        "file": file,
        "number": number,
        "text": text,
        "desk": desk,
        "by": by,
        "name": name,
        "post": post,
        "flags": [list(flag) for flag in sorted(flags, key=lambda one: one[0])],
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _own(note: Note, by: User, version: int) -> Note:
    """Return the note, locked, if it is ``by``'s and as the page showed it."""
    row = Note.objects.select_for_update(of=("self",)).select_related("desk").get(pk=note.pk)
    if row.by_id != by.pk:
        raise Refused("not_yours", _("This note is somebody else's."))
    if row.version != version:
        raise Overtaken(row)
    return row

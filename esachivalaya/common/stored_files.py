"""One copy per content: what several rows refer to is kept once, and goes with the last of them.

Any model may refer to a :class:`StoredFile` by a foreign key. Each row has a file name of its own
that nobody can guess, so that removing one copy can never touch another that was just made of the
same content.
"""

import contextlib
import logging
import re
import secrets
from contextlib import suppress
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import connection, transaction

from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.models import StoredFile
from esachivalaya.common.scans import Scan
from esachivalaya.common.uploads import EXTENSIONS, Paper

logger = logging.getLogger(__name__)
# So many rows, and so many of the 256 folders, at one hourly sweep: every folder within a day.
BATCH = 500
FOLDERS_AT_ONCE = 16
# A file without a row is left alone that long: its transaction may still be under way.
UNCLAIMED = timedelta(days=1)
_PICTURE = re.compile(r"\.\d+\.webp$")


class StoreAway(OSError):
    """The place of the papers does not answer, or does not do what it was asked."""


def keep(paper: Paper | Scan) -> StoredFile:
    """Return the one row of this content, locked against removal until this transaction ends.

    The caller refers to it in the same transaction. :class:`StoreAway` when the disk is full or the
    store is away: then nothing of it is kept. Two that keep the same content at once share
    one file: the second waits for the first, as the unique digest says, and takes its row.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A file is kept in the transaction that refers to it.")
    while True:
        stored = _locked(paper.sha256) or _made(paper) or _locked(paper.sha256)
        # None of the three only when the row went in between: then it is made anew.
        if stored is not None:
            break
    if paper.scanner:
        StoredFile.objects.filter(pk=stored.pk).update(
            checked_at=ClockTimestamp(), checked_by=paper.scanner
        )
    return stored


def forget(*pks: int) -> int:
    """Remove those of these rows to which nothing refers any more, with their files at commit.

    A row that somebody is just taking up is passed over; the sweep looks at it again.
    """
    if not pks:
        return 0
    with transaction.atomic():
        # Once the lock is had, what others referred to meanwhile is seen.
        held = list(
            StoredFile.objects.select_for_update(skip_locked=True).filter(pk__in=pks).order_by("pk")
        )
        gone = list(StoredFile.objects.unreferenced().filter(pk__in=[row.pk for row in held]))
        StoredFile.objects.filter(pk__in=[row.pk for row in gone]).delete()
        names = [name for row in gone for name in (str(row.file.name), *row.picture_names())]
        transaction.on_commit(lambda: _delete(names))
    return len(gone)


def _delete(names: list[str]) -> None:
    """Delete what no row has any more; what cannot be deleted now, the sweep removes later."""
    for name in names:
        try:
            default_storage.delete(name)
        except OSError as problem:
            logger.warning("A file without a row stays (%s).", type(problem).__name__)


def remove_old() -> int:
    """Remove rows that nothing refers to, and files that no row has; return how many rows."""
    unused = StoredFile.objects.unreferenced().order_by("pk").values_list("pk", flat=True)
    removed = forget(*unused[:BATCH])
    hour = int(now().timestamp() // 3600)
    for place in range(FOLDERS_AT_ONCE):
        tidy_folder(f"{(hour * FOLDERS_AT_ONCE + place) % 256:02x}")
    return removed


def _locked(sha256: str) -> StoredFile | None:
    """Return the row of this content under a lock that others may share, but no removal."""
    rows = StoredFile.objects.raw(
        "SELECT * FROM common_storedfile WHERE sha256 = %s FOR KEY SHARE", [sha256]
    )
    return next(iter(rows), None)


def _made(paper: Paper | Scan) -> StoredFile | None:
    """Make row and file; None when the row is there already (waits for whoever is making it)."""
    name = (
        f"{paper.sha256[:2]}/{paper.sha256}-{secrets.token_hex(16)}{EXTENSIONS[paper.content_type]}"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_storedfile (sha256, file, content_type, size, pages, checked_by) "
            "VALUES (%s, %s, %s, %s, %s, '') ON CONFLICT (sha256) DO NOTHING RETURNING id",
            [paper.sha256, name, paper.content_type, paper.size, paper.pages],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    # Should this transaction be undone, the file is one without a row: the sweep removes it.
    try:
        default_storage.save(name, paper.as_file())
    except StoreAway:
        raise
    except OSError as problem:
        # A full disk may have taken a part of it, which is in the way of the next one.
        with contextlib.suppress(OSError):
            default_storage.delete(name)
        raise StoreAway(f"A paper cannot be written ({problem.strerror}).") from problem
    return StoredFile.objects.get(pk=row[0])


def tidy_folder(folder: str) -> None:
    """Remove the files of one folder that have been without a row for a day."""
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    # A picture of a page belongs to its paper: abc.pdf.2.webp to abc.pdf.
    owners = {name: f"{folder}/{_PICTURE.sub('', name)}" for name in names}
    known = set(
        StoredFile.objects.filter(file__in=set(owners.values())).values_list("file", flat=True)
    )
    long_ago = now() - UNCLAIMED
    for name, owner in owners.items():
        path = f"{folder}/{name}"
        # Two nodes may tidy at once: what the other one has removed is gone.
        with suppress(FileNotFoundError):
            if owner not in known and default_storage.get_modified_time(path) < long_ago:
                default_storage.delete(path)

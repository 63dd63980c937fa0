"""Scans of whole letters: as papers are judged, up to 20 MB, with memory that does not grow.

What comes in goes to a file on disk piece by piece and is read from there: by the virus scanner, by
the child that counts the pages, by the digest, by the store. No more than one piece of it is in
this process's memory. The rules are those of :mod:`esachivalaya.common.uploads`, with more pages.
Source: domain rules of e-Office, invariant 12.
"""

import contextlib
import hashlib
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from esachivalaya.common import paper_reader, scanner
from esachivalaya.common.scanner import CHUNK, pieces_of
from esachivalaya.common.uploads import (
    EMPTY,
    PDF,
    WRONG,
    a_turn,
    clean_name,
    not_kept,
    pages_of,
    redraw,
    scanned,
    takes_up_to,
    type_of,
)

View = TypeVar("View", bound=Callable[..., Any])

LARGEST = 20 * 1024 * 1024
MOST = 6
# Six of the largest and the form around them; of a larger one nothing more is read.
LARGEST_FORM = MOST * LARGEST + 1024 * 1024
MOST_PAGES = 500
TOO_LARGE = _("“%(name)s” is larger than 20 MB. Scan it in grey or in parts and add it again.")
TOO_MANY_PAGES = _("“%(name)s” has more than 500 pages. Add it in parts.")
_SENTENCES = {"too_many_pages": TOO_MANY_PAGES}


@dataclass(frozen=True)
class Scan:
    """A scan that passed; ``file`` is on disk and goes when it is closed."""

    name: str
    content_type: str
    file: BinaryIO
    size: int
    sha256: str
    pages: int
    scanner: str = ""

    def as_file(self) -> "File[bytes]":
        """Return the content as it is written into the store: piece by piece."""
        self.file.seek(0)
        return File(self.file)


def takes_scans(view: View) -> View:
    """Mark a view whose form brings scans: six of 20 MB."""
    return takes_up_to(LARGEST, form=LARGEST_FORM)(view)


def too_large(name: str) -> ValidationError:
    """Return the sentence for a scan that was left out by its size."""
    return ValidationError(TOO_LARGE, code="too_large", params={"name": name})


def checked(upload: "UploadedFile[Any]") -> Scan:
    """Return ``upload`` as a scan, or raise ValidationError with what is wrong with it.

    The caller closes its file.
    """
    name = clean_name(upload.name or "")
    # Closed by the caller, or below.
    file: Any = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115
    try:
        try:
            _take(upload, file, name)
        except OSError as problem:
            # No room for it even while it is judged.
            with contextlib.suppress(OSError):
                file.close()
            raise not_kept(name) from problem
        with a_turn(name):
            content_type, kept, pages, by = _judged(file)
        if kept is not file:
            file.close()
            file = kept
        size, sha256 = _measured(file)
    except BaseException:
        file.close()
        raise
    return Scan(clean_name(name, content_type), content_type, file, size, sha256, pages, by)


def _take(upload: "UploadedFile[Any]", file: BinaryIO, name: str) -> None:
    """Write what came in to disk, never more than one piece over the limit."""
    taken = 0
    for piece in upload.chunks(CHUNK):
        taken += len(piece)
        if taken > LARGEST:
            raise too_large(name)
        file.write(piece)
    if not taken:
        raise ValidationError(EMPTY, code="empty", params={"name": name})
    file.flush()


def _judged(file: BinaryIO) -> tuple[str, BinaryIO, int, str]:
    """Return what it is, the file of it that is kept, its pages, and which scanner saw it."""
    file.seek(0)
    content_type = type_of(file.read(16))
    by = scanned(lambda: scanner.look_through(pieces_of(file), seconds=scanner.SECONDS_FOR_SCANS))
    if content_type != PDF:
        file.seek(0)
        drawn: Any = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115
        try:
            redraw(file, drawn, content_type)
        except BaseException:
            drawn.close()
            raise
        return content_type, drawn, 1, by
    _cut(file)
    file.seek(0)
    if zipfile.is_zipfile(file):
        raise ValidationError(WRONG["active"], code="active")
    try:
        pages = pages_of(lambda: paper_reader.look(file, most_pages=MOST_PAGES))
    except ValidationError as problem:
        words = _SENTENCES.get(problem.code or "", problem.message)
        raise ValidationError(words, problem.code) from None
    return content_type, file, pages, by


def _cut(file: BinaryIO) -> None:
    """Cut off whatever was hung on behind the end of the document; it is no part of it."""
    mark = b"%%EOF"
    end = file.seek(0, 2)
    behind = b""
    while end > 0:
        start = max(end - CHUNK, 0)
        file.seek(start)
        # What stands before a piece may end in a part of the mark.
        piece = file.read(end - start) + behind[: len(mark) - 1]
        found = piece.rfind(mark)
        if found >= 0:
            _cut_behind(file, start + found + len(mark))
            return
        behind, end = piece, start


def _cut_behind(file: BinaryIO, end: int) -> None:
    file.seek(end)
    while piece := file.read(CHUNK):
        if piece.strip(b"\0\t\n\f\r "):
            file.seek(end)
            file.truncate()
            file.write(b"\n")
            file.flush()
            return


def _measured(file: BinaryIO) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for piece in pieces_of(file):
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()

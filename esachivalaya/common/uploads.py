"""Papers that people attach: taken by their content, never by their name.

A paper is a PDF, a JPEG or a PNG of at most 5 MB. Its first bytes say what it is and a real parser
must agree; pictures are drawn anew, so that the place where a photo was taken and anything hidden
behind the picture stay out. What is refused is refused in a sentence that says what to do.
"""

import hashlib
import io
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps
from pypdf import PdfReader

LARGEST = 5 * 1024 * 1024
# After so many bytes of one form nothing more is read: nobody sends that by mistake.
LARGEST_FORM = 64 * 1024 * 1024
MOST_PAGES = 50
# A JPEG is decoded at a fraction of its size, a PNG only whole.
MOST_PIXELS = {"JPEG": 60_000_000, "PNG": 25_000_000}
# Long enough an edge for a typed page to stay readable.
LONGEST_EDGE = 3000
LONGEST_NAME = 100

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
_MAGIC = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
_EXTENSIONS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}

TOO_LARGE = _("“%(name)s” is larger than 5 MB. Photograph or scan it smaller and add it again.")
WRONG_KIND = _("“%(name)s” is not a PDF, JPEG or PNG. Send the paper as one of these.")
BROKEN = _("“%(name)s” cannot be opened. Save or photograph it anew and add it again.")
LOCKED = _("“%(name)s” is locked with a password. Save it without one and add it again.")
TOO_MANY_PAGES = _("“%(name)s” has more than 50 pages. Send only the pages that matter.")
TOO_MANY_PIXELS = _("“%(name)s” is too large a picture. Take it with fewer pixels.")
EMPTY = _("“%(name)s” is empty. Choose the paper again.")


@dataclass(frozen=True)
class Paper:
    """A paper that passed: what is kept of it."""

    name: str
    content_type: str
    content: bytes
    sha256: str


class LimitedUpload(FileUploadHandler):
    """Upload handler that stops reading a file into memory or disk once it is over 5 MB.

    The rest of the form is still read, so that nothing typed is lost; the names of the files left
    out stand in ``request.oversized`` for :func:`oversized`. Comes first in FILE_UPLOAD_HANDLERS.
    """

    chunk_size = 64 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.total = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.total += len(raw_data)
        if self.total > LARGEST_FORM:
            self._note()
            raise StopUpload(connection_reset=True)
        if start + len(raw_data) > LARGEST:
            self._note()
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one make the file."""

    def _note(self) -> None:
        request: Any = self.request
        if request is not None:
            request.oversized = [*oversized(request), clean_name(self.file_name or "")]


def oversized(request: HttpRequest) -> list[str]:
    """Return the names of the files of this form that were left out as larger than 5 MB."""
    return list(getattr(request, "oversized", []))


def too_large(name: str) -> ValidationError:
    """Return the sentence for a file that was left out by its size."""
    return ValidationError(TOO_LARGE, code="too_large", params={"name": name})


def clean_name(name: str, content_type: str = "") -> str:
    """Return a file name without folders, control or direction marks, of at most 100 characters.

    With ``content_type`` it ends as that type does, whatever it said before.
    """
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(
        character
        for character in unicodedata.normalize("NFC", bare)
        # Joiners belong to Indian words; every other unseen mark does not.
        if not unicodedata.category(character).startswith("C") or character in "\u200c\u200d"
    )
    shown = " ".join(shown.split()).strip(". ")
    if not content_type:
        return shown[:LONGEST_NAME] or str(_("paper"))
    stem = PurePosixPath(shown).stem.strip(". ")[: LONGEST_NAME - 4]
    return (stem or str(_("paper"))) + _EXTENSIONS[content_type]


def checked(upload: "UploadedFile[Any]") -> Paper:
    """Return ``upload`` as a paper, or raise ValidationError with what is wrong with it."""
    name = clean_name(upload.name or "")
    if (upload.size or 0) > LARGEST:
        raise too_large(name)
    content = b"".join(_chunks(upload))
    if not content:
        raise ValidationError(EMPTY, code="empty", params={"name": name})
    try:
        content_type, content = _judged(content)
    except ValidationError as problem:
        raise ValidationError(problem.message, problem.code, {"name": name}) from None
    except Exception as problem:
        # A parser that is fed hostile bytes may fail in any way; the person is told one thing.
        raise ValidationError(BROKEN, code="broken", params={"name": name}) from problem
    return Paper(
        name=clean_name(name, content_type),
        content_type=content_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def keep(paper: Paper) -> str:
    """Store the paper under a random name and return that name."""
    token = secrets.token_hex(16)
    wanted = f"{token[:2]}/{token}{_EXTENSIONS[paper.content_type]}"
    return default_storage.save(wanted, ContentFile(paper.content))


def _chunks(upload: "UploadedFile[Any]") -> Iterator[bytes]:
    """Yield the content, never more than one chunk over the limit."""
    taken = 0
    for chunk in upload.chunks():
        taken += len(chunk)
        if taken > LARGEST:
            raise too_large(clean_name(upload.name or ""))
        yield chunk


def _judged(content: bytes) -> tuple[str, bytes]:
    """Return what ``content`` is by its first bytes, and what of it is kept."""
    content_type = next((kind for magic, kind in _MAGIC if content.startswith(magic)), "")
    if content_type == PDF:
        _check_pdf(io.BytesIO(content))
        return content_type, content
    if content_type:
        return content_type, _redrawn(io.BytesIO(content), content_type.split("/")[1].upper())
    raise ValidationError(WRONG_KIND, code="wrong_kind")


def _check_pdf(stream: BinaryIO) -> None:
    reader = PdfReader(stream, strict=False)
    if reader.is_encrypted:
        raise ValidationError(LOCKED, code="locked")
    pages = 0
    for page in reader.pages:
        pages += 1
        if pages > MOST_PAGES:
            raise ValidationError(TOO_MANY_PAGES, code="too_many_pages")
        if not page.mediabox:
            raise ValidationError(BROKEN, code="broken")
    if not pages:
        raise ValidationError(BROKEN, code="broken")


def _redrawn(stream: BinaryIO, kind: str) -> bytes:
    """Return the picture drawn anew, upright, without what was written beside it."""
    try:
        with Image.open(stream, formats=(kind,)) as picture:
            if picture.width * picture.height > MOST_PIXELS[kind]:
                raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels")
            picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
            drawn = Image.new("RGB", upright.size, "white")
            layer = upright.convert("RGBA")
            drawn.paste(layer, mask=layer)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels") from None
    out = io.BytesIO()
    drawn.save(out, kind, **({"quality": 85} if kind == "JPEG" else {"optimize": False}))
    return out.getvalue()

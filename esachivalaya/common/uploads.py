"""Papers that people attach: taken by their content, never by their name.

A paper is a PDF, a JPEG or a PNG of at most 5 MB. Its first bytes say what it is and a real parser
must agree; pictures are drawn anew, so that the place where a photo was taken and anything hidden
behind the picture stay out. A PDF stays as it is, since a signature in it would not survive a
change: one that acts by itself (scripts, launching programs) or carries other files is refused.
Where a virus scanner is set up, it sees every paper before any parser does. What is refused is
refused in a sentence that says what to do.
"""

import hashlib
import io
import logging
import threading
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, TypeVar

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from esachivalaya.common import paper_reader, scanner

logger = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])

LARGEST = 5 * 1024 * 1024
# After so many bytes of one form nothing more is read: nobody sends that by mistake.
LARGEST_FORM = 64 * 1024 * 1024
# A JPEG is decoded at a fraction of its size, a PNG only whole.
MOST_PIXELS = {"JPEG": 60_000_000, "PNG": 25_000_000}
# Long enough an edge for a typed page to stay readable.
LONGEST_EDGE = 3000
LONGEST_NAME = 100
# So many papers are judged at once in one web process: their pictures fit into its memory, and a
# scanner that hangs leaves threads for everybody else. Who waits longer is told to try again.
AT_ONCE = 4
WAIT_SECONDS = 5
_turns = threading.BoundedSemaphore(AT_ONCE)

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
_MAGIC = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
EXTENSIONS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}

TOO_LARGE = _("“%(name)s” is larger than 5 MB. Photograph or scan it smaller and add it again.")
WRONG_KIND = _("“%(name)s” is not a PDF, JPEG or PNG. Send the paper as one of these.")
BROKEN = _("“%(name)s” cannot be opened. Save or photograph it anew and add it again.")
LOCKED = _("“%(name)s” is locked with a password. Save it without one and add it again.")
TOO_MANY_PAGES = _("“%(name)s” has more than 50 pages. Send only the pages that matter.")
ACTIVE = _(
    "“%(name)s” carries programs or other files inside. Print it to a new PDF, or photograph it, "
    "and add that."
)
TOO_HARD = _("“%(name)s” is too complicated to be checked. Photograph its pages and add those.")
INFECTED = _(
    "A virus was found in “%(name)s”. It was not kept. Please check the device it is from."
)
UNCHECKED = _(
    "Papers cannot be checked at the moment, so “%(name)s” was not kept. Try again in a few "
    "minutes, or go on without it and show it in the meeting."
)
NOT_KEPT = _(
    "“%(name)s” could not be kept at the moment. Add it again in a few minutes, or go on "
    "without it."
)
TOO_MANY_PIXELS = _("“%(name)s” is too large a picture. Take it with fewer pixels.")
EMPTY = _("“%(name)s” is empty. Choose the paper again.")


@dataclass(frozen=True)
class Paper:
    """A paper that passed: what is kept of it."""

    name: str
    content_type: str
    content: bytes
    sha256: str
    pages: int = 1
    # Which virus scanner found nothing in it; "" where none is set up.
    scanner: str = ""

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return len(self.content)

    def as_file(self) -> "File[bytes]":
        """Return the content as it is written into the store."""
        return ContentFile(self.content)


def takes_up_to(largest: int, *, form: int) -> Callable[[View], View]:
    """Let the form of a view bring files of ``largest`` bytes, and of ``form`` bytes together."""

    def marked(view: View) -> View:
        view.__dict__["upload_limits"] = (largest, form)
        return view

    return marked


def limits_of(request: HttpRequest | None) -> tuple[int, int]:
    """Return how large a file and a form may be at this address.

    Asked while the form comes in, which may be before the request has found its view.
    """
    usual = LARGEST, LARGEST_FORM
    if request is None:
        return usual
    try:
        view = (request.resolver_match or resolve(request.path_info)).func
    except Resolver404:
        return usual
    limits: tuple[int, int] = getattr(view, "upload_limits", usual)
    return limits


class LimitedUpload(FileUploadHandler):
    """Upload handler that stops reading a file into memory or disk once it is over 5 MB.

    A view that takes more says so by :func:`takes_up_to`.

    The rest of the form is still read, so that nothing typed is lost; the names of the files left
    out stand in ``request.oversized`` for :func:`oversized`. Comes first in FILE_UPLOAD_HANDLERS.
    """

    chunk_size = 64 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.total = 0
        self.largest, self.largest_form = limits_of(request)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.total += len(raw_data)
        if self.total > self.largest_form:
            self._note()
            raise StopUpload(connection_reset=True)
        if start + len(raw_data) > self.largest:
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


def not_kept(name: str) -> ValidationError:
    """Return the sentence for a paper that the disk or the store does not take at the moment."""
    return ValidationError(NOT_KEPT, code="unchecked", params={"name": name})


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
    return (stem or str(_("paper"))) + EXTENSIONS[content_type]


def checked(upload: "UploadedFile[Any]") -> Paper:
    """Return ``upload`` as a paper, or raise ValidationError with what is wrong with it."""
    name = clean_name(upload.name or "")
    if (upload.size or 0) > LARGEST:
        raise too_large(name)
    content = b"".join(_chunks(upload))
    if not content:
        raise ValidationError(EMPTY, code="empty", params={"name": name})
    with a_turn(name):
        content_type = type_of(content)
        scanned_by = scanned(lambda: scanner.look(content))
        content, pages = _judged(content, content_type)
    return Paper(
        name=clean_name(name, content_type),
        content_type=content_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        pages=pages,
        scanner=scanned_by,
    )


@contextmanager
def a_turn(name: str) -> Iterator[None]:
    """Judge the paper ``name`` while not too many others are judged; tell what is wrong with it."""
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise ValidationError(UNCHECKED, code="unchecked", params={"name": name})
    try:
        yield
    except ValidationError as problem:
        raise ValidationError(problem.message, problem.code, {"name": name}) from None
    except Exception as problem:
        # A parser that is fed hostile bytes may fail in any way; the person is told one thing.
        raise ValidationError(BROKEN, code="broken", params={"name": name}) from problem
    finally:
        _turns.release()


def _chunks(upload: "UploadedFile[Any]") -> Iterator[bytes]:
    """Yield the content, never more than one chunk over the limit."""
    taken = 0
    for chunk in upload.chunks():
        taken += len(chunk)
        if taken > LARGEST:
            raise too_large(clean_name(upload.name or ""))
        yield chunk


def type_of(content: bytes) -> str:
    """Return what ``content`` is by its first bytes."""
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    raise ValidationError(WRONG_KIND, code="wrong_kind")


def scanned(look: Callable[[], scanner.Looked]) -> str:
    """Let the virus scanner look at what came in; return its name, "" where none is set up.

    What it could not look at is not kept.
    """
    try:
        found = look()
    except scanner.Unavailable as problem:
        logger.warning("A paper was not kept: the virus scanner gave no answer (%s).", problem)
        raise ValidationError(UNCHECKED, code="unchecked") from None
    if found.virus:
        logger.warning("A paper was not kept: the virus scanner found %s.", found.virus)
        raise ValidationError(INFECTED, code="infected")
    return found.scanner


def _judged(content: bytes, content_type: str) -> tuple[bytes, int]:
    """Return what of ``content`` is kept, and its number of pages."""
    if content_type != PDF:
        out = io.BytesIO()
        redraw(io.BytesIO(content), out, content_type)
        return out.getvalue(), 1
    # Whatever was hung on behind the end of the document is no part of it.
    end = content.rfind(b"%%EOF")
    if end > 0 and content[end + 5 :].strip(b"\0\t\n\f\r "):
        content = content[: end + 5] + b"\n"
    if zipfile.is_zipfile(io.BytesIO(content)):
        raise ValidationError(ACTIVE, code="active")
    return content, pages_of(lambda: paper_reader.look(content))


def pages_of(look: Callable[[], dict[str, object]]) -> int:
    """Return how many pages a PDF has, once nothing is wrong with it."""
    try:
        found = look()
    except paper_reader.Busy:
        raise ValidationError(UNCHECKED, code="unchecked") from None
    except paper_reader.Unreadable as problem:
        raise ValidationError(BROKEN, code="broken") from problem
    if wrong := str(found.get("wrong", "")):
        raise ValidationError(WRONG.get(wrong, BROKEN), code=wrong)
    return int(str(found["pages"]))


WRONG = {
    "locked": LOCKED,
    "too_many_pages": TOO_MANY_PAGES,
    "active": ACTIVE,
    "too_hard": TOO_HARD,
}


def redraw(stream: BinaryIO, out: BinaryIO, content_type: str) -> None:
    """Draw the picture anew, upright, without what was written beside it."""
    kind = content_type.split("/")[1].upper()
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
    drawn.save(out, kind, **({"quality": 85} if kind == "JPEG" else {"optimize": False}))

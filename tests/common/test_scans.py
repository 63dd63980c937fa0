"""Scans: up to 20 MB, judged as papers are, with memory that does not grow with their size."""

import hashlib
import io
import os
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import transaction
from django.test import RequestFactory
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import NameObject, StreamObject

from esachivalaya.common import scans, stored_files, uploads
from esachivalaya.common.models import StoredFile
from esachivalaya.common.scanner import CHUNK
from esachivalaya.common.uploads import LARGEST, limits_of
from tests.common.test_uploads import pdf, picture, zip_of

MB = 1024 * 1024


def large_pdf(size: int) -> bytes:
    """A PDF of one page with ``size`` bytes of something behind it that is part of the document."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    ballast = StreamObject()
    ballast._data = os.urandom(size)
    writer.root_object[NameObject("/Ballast")] = writer._add_object(ballast)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def on_disk(content: bytes, name: str = "letter.pdf") -> Any:
    """An upload as a browser's large file comes in: in a file of its own."""
    upload = TemporaryUploadedFile(name, "application/pdf", len(content), None)
    upload.write(content)
    upload.seek(0)
    return upload


def refused(content: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as problem:
        scans.checked(SimpleUploadedFile("a.pdf", content))
    return problem.value


def read(scan: scans.Scan) -> bytes:
    with scan.file as file:
        file.seek(0)
        return file.read()


def most_memory(upload: Any) -> int:
    """The most that judging and keeping ``upload`` takes of this process's memory."""
    tracemalloc.start()
    try:
        scan = scans.checked(upload)
        with scan.file, transaction.atomic():
            stored_files.keep(scan)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_scan() -> None:
    sizes = (MB // 4, MB, 19 * MB)
    _warm, small, large = [most_memory(on_disk(large_pdf(size))) for size in sizes]
    assert large < small + MB
    kept = StoredFile.objects.order_by("-size").first()
    assert kept is not None
    assert kept.size > 19 * MB
    with kept.file.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == kept.sha256


@pytest.mark.django_db
def test_the_same_scan_is_kept_once() -> None:
    content = large_pdf(6 * MB)
    for _time in range(2):
        scan = scans.checked(on_disk(content))
        with scan.file, transaction.atomic():
            stored_files.keep(scan)
    stored = StoredFile.objects.get()
    # The folder is shared by all contents whose digest begins alike.
    kept = default_storage.listdir(stored.sha256[:2])[1]
    assert len([name for name in kept if name.startswith(stored.sha256)]) == 1


def test_more_than_a_small_paper_and_no_more_than_a_scan() -> None:
    scan = scans.checked(on_disk(large_pdf(LARGEST + MB)))
    with scan.file:
        assert (scan.content_type, scan.pages) == ("application/pdf", 1)
    assert refused(b"%PDF-" + b"0" * scans.LARGEST).code == "too_large"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ no paper at all", "wrong_kind"),
        (zip_of(b"0" * 1_000_000), "wrong_kind"),
        (pdf(password="secret"), "locked"),
        (b"", "empty"),
        (b"%PDF-1.4\n" + b"\x00\xff" * 50, "broken"),
        (picture()[:40], "broken"),
    ],
)
def test_what_is_no_readable_paper_is_refused(content: bytes, code: str) -> None:
    assert refused(content).code == code


def test_a_picture_of_forty_thousand_pixels_is_refused_before_it_is_unpacked() -> None:
    header = picture("PNG")
    wide = (40_000).to_bytes(4, "big")
    ihdr = b"IHDR" + wide + wide + header[24:29]
    forged = header[:8] + header[8:12] + ihdr + zlib.crc32(ihdr).to_bytes(4, "big") + header[33:]
    assert refused(forged).code == "too_many_pixels"


def test_a_picture_is_drawn_anew() -> None:
    exif = Image.Exif()
    exif[0x010E] = "28.1970, 76.6190"
    scan = scans.checked(SimpleUploadedFile("photo.exe", picture(exif=exif)))
    assert (scan.name, scan.content_type) == ("photo.jpg", "image/jpeg")
    assert b"76.6190" not in read(scan)


@pytest.mark.parametrize("pages", [51, 120])
def test_a_letter_may_have_more_pages_than_a_citizens_paper(pages: int) -> None:
    scan = scans.checked(on_disk(pdf(pages)))
    with scan.file:
        assert scan.pages == pages


def test_too_many_pages_are_refused_with_their_own_number() -> None:
    problem = refused(pdf(scans.MOST_PAGES + 1))
    assert problem.code == "too_many_pages"
    assert "500" in problem.messages[0]


@pytest.mark.parametrize("ballast", [10, CHUNK, CHUNK * 2 + 3])
def test_what_hangs_behind_the_end_is_cut_off(ballast: int) -> None:
    content = pdf()
    scan = scans.checked(on_disk(content + b"hidden" * ballast))
    kept = read(scan)
    assert kept.rstrip() == content.rstrip()
    assert hashlib.sha256(kept).hexdigest() == scan.sha256


def test_only_the_pages_that_take_scans_let_large_files_in(branch_address: str) -> None:
    factory = RequestFactory()
    assert limits_of(factory.post(branch_address)) == (scans.LARGEST, scans.LARGEST_FORM)
    assert limits_of(factory.post("/appointments/new/DC-REW/papers/"))[0] == LARGEST
    assert limits_of(factory.post("/no/such/address"))[0] == LARGEST


@pytest.fixture
def branch_address() -> str:
    return "/eoffice/EST-ASST/receipts/new/"


class Endless:
    """Two gigabytes that nobody holds: the body of a form as it comes over the wire."""

    def __init__(self, head: bytes, size: int) -> None:
        self.pieces = self._pieces(head, size)
        self.left = b""

    @staticmethod
    def _pieces(head: bytes, size: int) -> Iterator[bytes]:
        yield head
        piece = b"0" * MB
        for _number in range(size // MB):
            yield piece

    def read(self, size: int = -1) -> bytes:
        if not self.left:
            self.left = next(self.pieces, b"")
        found, self.left = self.left[:size], self.left[size:]
        return found

    readline = read


def test_two_gigabytes_are_neither_held_nor_written(
    branch_address: str, tmp_path: Path, settings: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    size = 2048 * MB
    head = (
        b'--x\r\nContent-Disposition: form-data; name="papers"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF-"
    )
    body = Endless(head, size)
    request = RequestFactory().post(
        branch_address,
        **{"wsgi.input": body, "CONTENT_LENGTH": str(size + len(head))},  # type: ignore[arg-type]
        content_type="multipart/form-data; boundary=x",
    )
    tracemalloc.start()
    try:
        assert not request.FILES
        # Pieces that were read wait some time for the collector.
        assert tracemalloc.get_traced_memory()[1] < 64 * MB
    finally:
        tracemalloc.stop()
    assert uploads.oversized(request) == ["a.pdf"]
    assert not list(tmp_path.iterdir())

"""Hostile papers are refused in time, and what they break is not the portal."""

import io
import secrets
import time
import zipfile
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from esachivalaya.common import paper_reader, uploads
from esachivalaya.common.models import StoredFile
from tests.papers import pdf, picture, written


def checked(content: bytes) -> uploads.Paper:
    return uploads.checked(SimpleUploadedFile("a.pdf", content))


def refused(content: bytes) -> str:
    with pytest.raises(ValidationError) as problem:
        checked(content)
    return str(problem.value.code)


def writer() -> PdfWriter:
    made = PdfWriter()
    made.add_blank_page(595, 842)
    return made


def with_script() -> bytes:
    made = writer()
    script = DictionaryObject(
        {
            NameObject("/S"): NameObject("/Unknown"),
            NameObject("/JS"): TextStringObject("app.alert('x');"),
        }
    )
    made.root_object[NameObject("/Names")] = made._add_object(script)
    return written(made)


def with_file() -> bytes:
    made = writer()
    made.add_attachment("x.exe", b"MZ")
    return written(made)


def opening(action: str) -> bytes:
    made = writer()
    made.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject(action), NameObject("/F"): TextStringObject("calc.exe")}
    )
    return written(made)


def on_a_page(name: str, value: str) -> bytes:
    made = writer()
    annotation = DictionaryObject(
        {NameObject("/Type"): NameObject("/Annot"), NameObject(name): NameObject(value)}
    )
    made.pages[0][NameObject("/Annots")] = ArrayObject([made._add_object(annotation)])
    return written(made)


def packed(made: bytes) -> bytes:
    """The same document with its objects in compressed streams, where no search sees them."""
    second = PdfWriter(clone_from=io.BytesIO(made))
    second.compress_identical_objects()
    return written(second)


@pytest.mark.parametrize(
    "content",
    [
        with_script(),
        with_file(),
        opening("/Launch"),
        opening("/JavaScript"),
        opening("/SubmitForm"),
        on_a_page("/Subtype", "/RichMedia"),
        on_a_page("/Subtype", "/FileAttachment"),
        on_a_page("/XFA", "/x"),
        packed(with_script()),
        # A name may be written with its letters as numbers.
        opening("/Launch").replace(b"/Launch", b"/L#61unch"),
    ],
)
def test_a_document_that_acts_or_carries_files_is_refused(content: bytes) -> None:
    assert refused(content) == "active"


@pytest.mark.parametrize("content", [opening("/GoTo"), on_a_page("/Subtype", "/Link"), pdf(2)])
def test_a_plain_document_is_taken_unchanged(content: bytes) -> None:
    assert checked(content).content == content


def test_pages_are_counted_and_a_picture_is_one() -> None:
    assert checked(pdf(3)).pages == 3
    assert checked(picture()).pages == 1


def test_what_hangs_behind_the_end_is_cut_off_and_a_zip_inside_is_refused() -> None:
    plain = pdf()
    assert checked(plain + b"<script>alert(1)</script>" * 9).content == plain.rstrip() + b"\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("a.class", b"x")
    body = archive.getvalue()
    assert checked(plain + body).content == plain.rstrip() + b"\n"
    # An archive's last part may end with a comment: here with the end of a document.
    assert refused(plain + body[:-2] + (5).to_bytes(2, "little") + b"%%EOF") == "active"


def test_a_picture_with_something_behind_it_keeps_only_the_picture() -> None:
    hidden = picture("PNG") + b"<?php system(1); ?>"
    assert b"<?php" not in checked(hidden).content


def bomb(layers: int = 2) -> bytes:
    """A PDF whose one stream of objects unpacks to a flood."""
    flood = b"0" * 400_000_000
    for _layer in range(layers):
        flood = zlib.compress(flood, 9)
    filters = b" ".join([b"/FlateDecode"] * layers)
    head = (
        b"%PDF-1.5\n1 0 obj\n<< /Type /ObjStm /N 100 /First 800 /Filter [" + filters + b"] "
        b"/Length " + str(len(flood)).encode() + b" >>\nstream\n" + flood + b"\nendstream\nendobj\n"
    )
    table = b"2 0 obj\n<< /Type /XRef /Size 4 /W [1 2 1] /Root 3 0 R /Length 16 >>\nstream\n"
    rows = bytes([0, 0, 0, 0, 1, 0, 9, 0, 1, *len(head).to_bytes(2, "big"), 0, 2, 0, 1, 0])
    tail = b"\nendstream\nendobj\nstartxref\n" + str(len(head)).encode() + b"\n%%EOF\n"
    return head + table + rows + tail


def test_a_document_that_unpacks_to_a_flood_is_refused_in_time() -> None:
    started = time.monotonic()
    assert refused(bomb()) in {"broken", "too_hard"}
    assert time.monotonic() - started < paper_reader.SECONDS + 5


def test_pages_that_point_at_themselves_are_refused_in_time() -> None:
    loop = (
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Count 2 /Kids [2 0 R 2 0 R] >>\nendobj\n"
        b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"
    )
    assert refused(loop) in {"broken", "too_many_pages"}


def kept(content: bytes, content_type: str = uploads.PDF) -> StoredFile:
    name = default_storage.save(f"aa/{secrets.token_hex(8)}.pdf", ContentFile(content))
    return StoredFile(file=name, content_type=content_type, pages=1)


@pytest.mark.parametrize(
    "content",
    [
        pdf(),
        pdf(size=(14_400, 1)),
        pdf(size=(1, 14_400)),
        picture(size=(3000, 2000)),
        picture("PNG", (40, 30)),
    ],
)
def test_a_page_is_drawn_small_whatever_size_it_claims(content: bytes) -> None:
    drawn = paper_reader.picture_of(kept(content), 1)
    assert drawn is not None
    assert len(drawn) <= 60_000
    with Image.open(io.BytesIO(drawn)) as shown:
        assert shown.format == "WEBP"
        assert max(shown.size) <= 1200


def test_a_noisy_picture_is_drawn_within_its_bytes() -> None:
    noise = Image.effect_noise((3000, 3000), 100)
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=60)
    drawn = paper_reader.picture_of(kept(out.getvalue()), 1)
    assert drawn is not None
    assert len(drawn) <= 60_000


def test_a_page_is_drawn_once_and_its_picture_stays_beside_the_paper() -> None:
    stored = kept(pdf())
    first = paper_reader.picture_of(stored, 1)
    default_storage.delete(str(stored.file.name))
    assert paper_reader.picture_of(stored, 1) == first


@pytest.mark.parametrize("content", [b"%PDF-1.4\n", b"%PDF-" + b"\xff" * 5000, b"\xff\xd8\xff"])
def test_what_cannot_be_drawn_is_no_picture_and_harms_nobody(content: bytes) -> None:
    assert paper_reader.picture_of(kept(content), 1) is None


def test_a_page_that_is_not_there_is_no_picture() -> None:
    assert paper_reader.picture_of(kept(pdf()), 2) is None

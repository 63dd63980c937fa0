"""A paper is taken by its content: PDF, JPEG or PNG, at most 5 MB, nothing hidden in it."""

import io
import zipfile
import zlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from PIL import Image
from pypdf import PdfWriter

from esachivalaya.common import uploads


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **options)
    return out.getvalue()


def pdf(pages: int = 1, password: str = "") -> bytes:
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(100, 100)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def refused(name: str, content: bytes) -> str:
    with pytest.raises(ValidationError) as problem:
        uploads.checked(SimpleUploadedFile(name, content))
    return str(problem.value.code)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", pdf(), "application/pdf"),
        ("b.jpg", picture(), "image/jpeg"),
        ("c.png", picture("PNG"), "image/png"),
        # The name lies, the content decides.
        ("d.exe", picture("PNG"), "image/png"),
    ],
)
def test_a_paper_is_what_its_content_says(name: str, content: bytes, kind: str) -> None:
    paper = uploads.checked(SimpleUploadedFile(name, content))
    assert paper.content_type == kind
    assert len(paper.sha256) == 64


def zip_of(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.pdf", b"<!doctype html><script>alert(1)</script>", "wrong_kind"),
        ("bomb.pdf", zip_of(b"0" * 10_000_000), "wrong_kind"),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "wrong_kind"),
        ("cut.pdf", b"%PDF-1.4\n" + b"\x00\xff" * 50, "broken"),
        ("cut.jpg", picture()[:40], "broken"),
        ("cut.png", picture("PNG")[:50], "broken"),
        ("nothing.pdf", b"", "empty"),
        ("locked.pdf", pdf(password="secret"), "locked"),
        ("long.pdf", pdf(pages=51), "too_many_pages"),
        ("large.pdf", b"%PDF-" + b"0" * uploads.LARGEST, "too_large"),
    ],
)
def test_what_is_no_readable_paper_is_refused(name: str, content: bytes, code: str) -> None:
    assert refused(name, content) == code


def test_a_picture_that_unpacks_to_a_flood_is_refused_before_it_is_unpacked() -> None:
    header = picture("PNG")
    wide = (50_000).to_bytes(4, "big")
    ihdr = b"IHDR" + wide + wide + header[24:29]
    forged = header[:8] + header[8:12] + ihdr + zlib.crc32(ihdr).to_bytes(4, "big") + header[33:]
    assert refused("bomb.png", forged) == "too_many_pixels"


def test_the_place_of_a_photo_is_not_kept_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "28.1970, 76.6190"
    paper = uploads.checked(SimpleUploadedFile("x.jpg", picture(exif=exif)))
    drawn = Image.open(io.BytesIO(paper.content))
    assert drawn.size == (30, 40)
    assert not drawn.getexif()
    assert b"76.6190" not in paper.content


def test_a_see_through_picture_gets_white_paper() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (5, 5), (0, 0, 0, 0)).save(out, "PNG")
    paper = uploads.checked(SimpleUploadedFile("x.png", out.getvalue()))
    assert Image.open(io.BytesIO(paper.content)).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\a\\letter.PDF", "letter.pdf"),
        ("letter\u202efdp.exe", "letterfdp.pdf"),
        ("प्रार्थना पत्र.pdf", "प्रार्थना पत्र.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("." * 40, "paper.pdf"),
        ("x" * 400 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_file_names_carry_no_path_and_no_unseen_marks(typed: str, kept: str) -> None:

    with translation.override("en"):
        assert uploads.clean_name(typed, "application/pdf") == kept

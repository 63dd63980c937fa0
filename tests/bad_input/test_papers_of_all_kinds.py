"""Attachments made to break whoever opens them: taken as they are seen, or refused in words."""

import contextlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from esachivalaya.common import scans, uploads
from tests.papers import pdf, picture

EXAMPLES = int(os.environ.get("BAD_INPUT_EXAMPLES", "3"))
TAKEN = {"application/pdf", "image/jpeg", "image/png"}


def objects(*bodies: bytes) -> bytes:
    """A PDF of these objects, the first its catalogue, with a true table of places."""
    text, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(bodies) + 1
    return (
        text
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
        + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(text))
    )


def stream(content: bytes, how: bytes = b"/FlateDecode") -> bytes:
    head = b"<</Length %d/Filter %s>>" % (len(content), how)
    return head + b"stream\n" + content + b"\nendstream"


def pdf_bomb() -> bytes:
    """A page whose content unpacks to a gigabyte, packed three times."""
    packed = zlib.compress(zlib.compress(zlib.compress(b"\x00" * 50_000_000, 9), 9), 9)
    return objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        stream(packed, b"[/FlateDecode/FlateDecode/FlateDecode]"),
    )


def zip_bomb() -> bytes:
    inner = b"0" * 20_000_000
    for _layer in range(3):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", inner)
        inner = out.getvalue()
    return inner


def forged_png(width: int, height: int) -> bytes:
    real = picture("PNG")
    ihdr = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + real[24:29]
    return real[:12] + ihdr + zlib.crc32(ihdr).to_bytes(4, "big") + real[33:]


def wrong_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 8
    told = bytearray(picture(exif=exif))
    place = told.index(b"Exif")
    told[place + 10 : place + 20] = b"\xff" * 10
    return bytes(told)


def packed_text_png() -> bytes:
    """A picture with a comment that unpacks to 50 million letters."""
    real = picture("PNG")
    text = b"zTXta\x00\x00" + zlib.compress(b"a" * 50_000_000, 9)
    piece = (len(text) - 4).to_bytes(4, "big") + text + zlib.crc32(text).to_bytes(4, "big")
    return real[:33] + piece + real[33:]


CORPUS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "one byte": lambda: b"%",
    "zip in zip in zip": zip_bomb,
    "a page that unpacks for ever": pdf_bomb,
    "pages that are their own parents": lambda: objects(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"
    ),
    "a count that is a lie": lambda: objects(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 999999999>>"
    ),
    "a count below nothing": lambda: objects(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count -1>>"
    ),
    "no pages": lambda: objects(b"<</Type/Catalog>>"),
    "nested without end": lambda: objects(b"[" * 50_000 + b"]" * 50_000),
    "pdf and page": lambda: pdf() + b"<script>alert(1)</script>",
    "page and pdf": lambda: b"<script>alert(1)</script>" + pdf(),
    "pdf and zip": lambda: pdf() + zip_bomb(),
    "picture and pdf": lambda: picture() + pdf(),
    "gif and script": lambda: b"GIF89a=1;alert(1)//" + b"\x00" * 100,
    "40,000 pixels a side": lambda: forged_png(40_000, 40_000),
    "no width": lambda: forged_png(0, 10),
    "a width beyond all": lambda: forged_png(2**31 - 1, 1),
    "wrong exif": wrong_exif,
    "a comment that unpacks for ever": packed_text_png,
    "tiff": lambda: picture("TIFF"),
    "bmp": lambda: picture("BMP"),
    "webp": lambda: picture("WEBP"),
    "half a pdf": lambda: pdf(3)[:300],
    "half a jpeg": lambda: picture(size=(400, 300))[:900],
    "half a png": lambda: picture("PNG", size=(400, 300))[:300],
    "only a jpeg's beginning": lambda: b"\xff\xd8\xff\xe0",
    "xml with entities": lambda: b'<!DOCTYPE a [<!ENTITY b "x">]><svg>&b;</svg>',
}
NAMES = ["a.pdf", "a.exe", "a.pdf.exe", "\u202efdp.exe", "x" * 400 + ".jpg", "a\x00.pdf", "😀"]


def judged(name: str, content: bytes) -> None:
    upload: Any
    for judge in (uploads.checked, scans.checked):
        upload = SimpleUploadedFile(name, content)
        with contextlib.suppress(ValidationError):
            paper: Any = judge(upload)
            assert paper.content_type in TAKEN
            assert paper.name.rpartition(".")[2] in {"pdf", "jpg", "png"}
            if isinstance(paper, scans.Scan):
                paper.file.close()


@pytest.mark.parametrize("what", CORPUS)
def test_it_is_taken_or_refused_in_words(what: str) -> None:
    for name in NAMES[:2]:
        judged(name, CORPUS[what]())


@pytest.mark.parametrize("name", NAMES)
def test_whatever_it_is_called(name: str) -> None:
    judged(name, picture())


WHOLE = [pdf(2), picture(), picture("PNG")]


@settings(
    max_examples=EXAMPLES * 8,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=6)), min_size=1, max_size=6),
    st.floats(0.1, 1),
)
def test_with_some_bytes_changed_or_cut(
    content: bytes, changes: list[tuple[float, bytes]], kept: float
) -> None:
    told = bytearray(content)
    for place, put in changes:
        start = int(place * len(told))
        told[start : start + len(put)] = put
    judged("a.pdf", bytes(told[: int(len(told) * kept)]))

"""Papers that the tests speak of: PDFs and pictures made on the spot, and how they are kept."""

import hashlib
import io
from typing import Any

from django.db import transaction
from PIL import Image, ImageDraw
from pypdf import PdfWriter

from appointments.models import Attachment, Request
from esachivalaya.common import stored_files
from esachivalaya.common.uploads import JPEG, PDF, PNG, Paper


def pdf(pages: int = 1, *, size: tuple[float, float] = (595, 842), label: str = "") -> bytes:
    """A PDF of empty pages; ``label`` makes its content its own."""
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(*size)
    writer.add_metadata({"/Title": label})
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    """What ``writer`` holds, as a file."""
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def letter(pages: int = 1) -> bytes:
    """A PDF that looks like a written letter: ruled lines on white paper."""
    sheets = []
    for number in range(1, pages + 1):
        sheet = Image.new("RGB", (620, 877), "white")
        pen = ImageDraw.Draw(sheet)
        pen.text((60, 60), f"REPORT, sheet {number}", fill="black", font_size=30)
        for line in range(18):
            pen.line((60, 130 + line * 36, 560 - line % 4 * 60, 130 + line * 36), fill="grey")
        sheets.append(sheet)
    out = io.BytesIO()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A picture with a line across it."""
    drawn = Image.new("RGB", size, "white")
    ImageDraw.Draw(drawn).line((0, 0, *size), fill="navy", width=3)
    out = io.BytesIO()
    drawn.save(out, kind, **options)
    return out.getvalue()


def paper(content: bytes, *, name: str = "map.pdf", pages: int = 1, scanner: str = "") -> Paper:
    """A paper that has passed its checks."""
    kinds = {b"%PDF": PDF, b"\xff\xd8\xff\xe0": JPEG, b"\x89PNG": PNG}
    return Paper(
        name=name,
        content_type=kinds[content[:4]],
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        pages=pages,
        scanner=scanner,
    )


@transaction.atomic
def attach(
    request: Request, *, content: bytes | None = None, position: int = 1, **fields: Any
) -> Attachment:
    """A paper of a sent request."""
    wanted = paper(pdf() if content is None else content, **fields)
    return Attachment.objects.create(
        request=request,
        position=position,
        name=wanted.name,
        stored=stored_files.keep(wanted),
    )

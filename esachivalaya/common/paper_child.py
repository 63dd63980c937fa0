"""Reads one paper in a process of its own, which may die of it without harm to the portal.

Started by :mod:`esachivalaya.common.paper_reader` as a plain script: it knows nothing of Django,
has no environment, limits its own memory and time, and writes no file. The paper comes in on
standard input. ``look N`` answers with JSON: the number of pages, at most N, or what is wrong.
``draw N`` answers with page N as a WebP picture of at most so many bytes.
"""

import io
import json
import logging
import resource
import sys
from typing import Any

MEMORY = 700 * 1024 * 1024
CPU_SECONDS = 10
# A paper has at most 20 MB: an honest one stays far below so many parts.
MOST_OBJECTS = 60_000
# As wide as a desk's column; width, height and quality, until the picture is small enough.
STEPS = ((820, 1200, 60), (820, 1200, 40), (640, 940, 35), (480, 700, 30), (360, 520, 20))
LARGEST_PICTURE = 60_000

# What makes a document act by itself or carry other files.
_ACTIVE_KEYS = {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"}
_ACTIVE_KINDS = {
    "/S": {
        *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/Rendition"),
        *("/Movie", "/Sound", "/RichMediaExecute"),
    },
    "/Subtype": {"/RichMedia", "/FileAttachment", "/Movie", "/Sound", "/Screen", "/3D"},
    "/Type": {"/EmbeddedFile"},
}


def main(arguments: list[str]) -> int:
    """Do what ``arguments`` say with the paper on standard input."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    logging.disable()
    content = sys.stdin.buffer.read()
    if arguments[0] == "look":
        sys.stdout.write(json.dumps(look(content, int(arguments[1]))))
    else:
        sys.stdout.buffer.write(draw(content, int(arguments[1])))
    return 0


def look(content: bytes, most_pages: int) -> dict[str, Any]:
    """Return ``{"pages": n}``, or ``{"wrong": code}``: locked, too_many_pages, active, broken."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        return {"wrong": "locked"}
    pages = 0
    for page in reader.pages:
        pages += 1
        if pages > most_pages:
            return {"wrong": "too_many_pages"}
        if not page.mediabox:
            return {"wrong": "broken"}
    if not pages:
        return {"wrong": "broken"}
    return {"wrong": found} if (found := _walk(reader)) else {"pages": pages}


def _walk(reader: Any) -> str:
    """Look at everything that can be reached from the document's root; return what is wrong."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [reader.trailer]
    looked_at = 0
    while waiting:
        item = waiting.pop()
        looked_at += 1
        if looked_at > MOST_OBJECTS * 20 or len(seen) > MOST_OBJECTS:
            return "too_hard"
        if isinstance(item, IndirectObject):
            if (item.idnum, item.generation) in seen:
                continue
            seen.add((item.idnum, item.generation))
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            if _is_active(item):
                return "active"
            waiting.extend(item.values())
        elif isinstance(item, ArrayObject):
            waiting.extend(item)
    return ""


def _is_active(item: Any) -> bool:
    keys = set(item.keys())
    if keys & _ACTIVE_KEYS:
        return True
    return any(name in keys and str(item[name]) in kinds for name, kinds in _ACTIVE_KINDS.items())


def draw(content: bytes, number: int) -> bytes:
    """Return page ``number`` (from 1) of the paper as a small WebP picture."""
    whole = _page_of_pdf(content, number) if content.startswith(b"%PDF-") else _picture(content)
    for width, height, quality in STEPS:
        smaller = whole.copy()
        smaller.thumbnail((width, height))
        out = io.BytesIO()
        smaller.save(out, "WEBP", quality=quality, method=4)
        if out.tell() <= LARGEST_PICTURE:
            return out.getvalue()
    raise ValueError("This page cannot be drawn small.")


def _page_of_pdf(content: bytes, number: int) -> Any:
    import pypdfium2  # type: ignore[import-untyped]

    page = pypdfium2.PdfDocument(content)[number - 1]
    width, height = page.get_size()
    # Whatever size the page says it has, the picture is never larger than the first step.
    scale = min(STEPS[0][0] / max(width, 1), STEPS[0][1] / max(height, 1))
    return page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")


def _picture(content: bytes) -> Any:
    from PIL import Image

    picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
    picture.draft("RGB", STEPS[0][:2])
    return picture.convert("RGB")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

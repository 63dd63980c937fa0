"""Small papers for the demo's requests: drawn, not scanned, and naming nobody."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from appointments import drafts, papers
from appointments.models import Draft
from esachivalaya.accounts.session_store import SessionStore
from esachivalaya.common import uploads
from officials.models import Post

_SIZE = (620, 877)
_INK, _GREY = (30, 30, 30), (150, 150, 150)


def draft_with_paper(post: Post, *, kind: str, name: str) -> Draft:
    """Return a draft with one paper, as if it had been attached on the page.

    The session is never stored: nobody comes back to this draft.
    """
    draft = drafts.keep(SessionStore(), post, "papers", {})
    upload = SimpleUploadedFile(name, _drawn(kind))
    papers.add_to_draft(draft=draft, paper=uploads.checked(upload))
    return draft


def _drawn(kind: str) -> bytes:
    """Return a page with a heading and ruled lines, as a PDF or PNG."""
    page = Image.new("RGB", _SIZE, "white")
    pen = ImageDraw.Draw(page)
    pen.text((60, 60), "APPLICATION (demo)", fill=_INK, font_size=30)
    pen.text((60, 110), "This paper was drawn for the demonstration.", fill=_INK, font_size=18)
    for line in range(16):
        end = 560 if line % 5 != 4 else 340
        pen.line((60, 180 + line * 34, end, 180 + line * 34), fill=_GREY, width=2)
    pen.text((400, 770), "Signature", fill=_GREY, font_size=18)
    out = io.BytesIO()
    page.save(out, kind)
    return out.getvalue()

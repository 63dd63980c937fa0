"""Letters as PDF, with Hindi written as Hindi is.

fpdf2 with HarfBuzz: it shapes conjuncts and vowel signs, is a wheel without system packages, and
makes real text that can be selected, searched and read aloud. The fonts (typefaces.py) are in the
project, so that a letter looks the same on every machine.
"""

import logging
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext
from fpdf.enums import Align

from eoffice.typefaces import HINDI, LATIN, Paper
from esachivalaya.common.formats import date_short
from esachivalaya.common.qr_codes import code_of

# Of each letter it would tell which tables of the fonts it left out.
logging.getLogger("fontTools").setLevel(logging.WARNING)

SIZE, SMALL, LARGE = 11, 8.5, 13
MARGIN = 25
LINE = 6
# Room for the signature with name and code, in millimetres.
SIGNED = 60


@dataclass(frozen=True)
class Sheet:
    """Everything that stands on a letter."""

    language: str
    letterhead: str
    form: str
    subject: str
    body: str
    to: list[str]
    copies: list[str] = field(default_factory=list)
    signatory_name: str = ""
    signatory_post: str = ""
    # Given when it is issued; before that the page says that it is a draft.
    number: str = ""
    dated: date | None = None
    # Where the printout is verified, as the address behind its QR code.
    verify_url: str = ""
    code: str = ""
    # What it is, where it is no letter.
    foot: str = ""


class _Paper(Paper):
    def __init__(self, sheet: Sheet) -> None:
        super().__init__(HINDI if sheet.language == "hi" else LATIN)
        self.sheet = sheet
        self.set_margins(MARGIN, 20, 20)
        self.set_auto_page_break(True, margin=28)
        self.set_lang(sheet.language)

    def footer(self) -> None:
        """Say on every page what it is, and how to verify it."""
        self.set_y(-18)
        self.set_font(self.first, size=SMALL)
        if self.sheet.code:
            words = _("To verify this letter, enter the code %(code)s at %(url)s")
            told = words % {"code": self.sheet.code, "url": self.sheet.verify_url}
        else:
            told = self.sheet.foot or _("Draft for approval. Not issued.")
        self.multi_cell(0, 4.5, told, align=Align.C, new_x="LMARGIN", new_y="NEXT")
        self.cell(0, 4.5, f"{self.page_no()} / {{nb}}", align=Align.C)

    def words(self, text: str, *, bold: bool = False, size: float = SIZE, **more: Any) -> None:
        """Write lines from the left margin on; empty ones keep their height."""
        self.set_font(self.first, "B" if bold else "", size)
        # Lines that are drawn out to the margin tear the words of an address apart.
        more.setdefault("align", Align.L)
        for line in text.split("\n"):
            self.multi_cell(0, LINE * size / SIZE, line, new_x="LMARGIN", new_y="NEXT", **more)

    def height_of(self, text: str) -> float:
        """Return how high lines of the usual size would be."""
        self.set_font(self.first, size=SIZE)
        drawn: list[Any] = [
            self.multi_cell(0, LINE, line, dry_run=True, output="HEIGHT", align=Align.L)
            for line in text.split("\n")
        ]
        return float(sum(drawn))


def letter(sheet: Sheet) -> bytes:
    """Return the letter as a PDF in its own language, whatever the reader's is."""
    with override(sheet.language), closing(_Paper(sheet)) as paper:
        paper.set_title(sheet.number or _("Draft"))
        paper.add_page()
        paper.words(sheet.letterhead, bold=True, size=LARGE, align=Align.C)
        paper.line(MARGIN, paper.get_y() + 2, paper.w - 20, paper.get_y() + 2)
        paper.ln(6)
        _head(paper, sheet)
        _body(paper, sheet.body)
        _foot(paper, sheet)
        return bytes(paper.output())


def _head(paper: _Paper, sheet: Sheet) -> None:
    top = paper.get_y()
    paper.words(_("No. %(number)s") % {"number": sheet.number or "________"})
    paper.set_y(top)
    paper.words(
        _("Dated %(day)s") % {"day": date_short(sheet.dated) if sheet.dated else "________"},
        align=Align.R,
    )
    paper.ln(3)
    paper.words(sheet.form, bold=True, align=Align.C)
    paper.ln(3)
    if sheet.to:
        paper.words(pgettext("letter", "To"))
        for one in sheet.to:
            paper.words(one)
            paper.ln(1)
    paper.ln(3)
    paper.words(_("Subject: %(subject)s") % {"subject": sheet.subject}, bold=True)
    paper.ln(3)


def _body(paper: _Paper, body: str) -> None:
    """Write the words; the last paragraph goes with the signature, if both fit on one page.

    A signature that stands alone on its page could be put under any letter.
    """
    before, gap, last = body.rstrip().rpartition("\n\n")
    if before:
        paper.words(before + gap.rstrip("\n"))
        paper.ln(LINE)
    together = paper.height_of(last) + SIGNED
    # On a page of its own nothing is gained by waiting for the next one.
    if together < paper.eph / 2 and paper.will_page_break(together):
        paper.add_page()
    paper.words(last)


def _foot(paper: _Paper, sheet: Sheet) -> None:
    # Name and code are not torn from each other by the end of a page.
    if paper.will_page_break(SIGNED):
        paper.add_page()
    paper.ln(14)
    top = paper.get_y()
    for line in (sheet.signatory_name, sheet.signatory_post):
        paper.words(line, align=Align.R)
    if sheet.verify_url:
        picture = BytesIO()
        code_of(sheet.verify_url).save(picture, kind="png", scale=6, border=2)
        picture.seek(0)
        paper.image(picture, x=MARGIN, y=top - 4, w=26, alt_text=sheet.verify_url)
        paper.set_y(max(paper.get_y(), top + 24))
    if sheet.copies:
        paper.ln(4)
        paper.words(_("Copy to:"), size=SIZE - 1)
        for number, one in enumerate(sheet.copies, 1):
            paper.words(f"{number}. {one}", size=SIZE - 1)

"""The fonts of what is printed as PDF: read once in a process, lent to every sheet anew.

Reading the four files took longer than writing a letter with them. What is kept is bounded by the
files: their tables of widths, their faces for HarfBuzz, and their bytes without what only shaping
needs. What writing changes (which glyphs a sheet uses, how its fonts are embedded) is each sheet's
own, so sheets that are written at once, in threads, do not meet.
"""

from copy import copy
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock

import uharfbuzz
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import HarfBuzzFont, SubsetMap, TTFFont

FOLDER = Path(__file__).parent / "fonts"
HINDI, LATIN = "devanagari", "latin"
FILES = {
    HINDI: "NotoSansDevanagari-{}.ttf",
    LATIN: "NotoSans-Latin-{}.ttf",
}
STYLES = {"": "Regular", "B": "Bold"}
# How letters are joined and placed: HarfBuzz reads them from the file, no PDF carries them.
SHAPING = ("GSUB", "GPOS", "GDEF")

_reading = Lock()


@dataclass(frozen=True)
class _Kept:
    """A font as it was read; nothing of it is changed afterwards."""

    font: TTFFont
    face: uharfbuzz.Face
    embedded: bytes


@cache
def _read(family: str, style: str) -> _Kept:
    path = FOLDER / FILES[family].format(STYLES[style])
    font = TTFFont(FPDF(), path, f"{family}{style}", style)
    font.close()
    whole = TTFont(path, recalcTimestamp=False)
    for table in SHAPING:
        if table in whole:
            del whole[table]
    embedded = BytesIO()
    whole.save(embedded)
    whole.close()
    blob = uharfbuzz.Blob.from_file_path(str(path))
    return _Kept(font, uharfbuzz.Face(blob), embedded.getvalue())


def _kept(family: str, style: str) -> _Kept:
    # Of two threads that come first at once, one reads.
    with _reading:
        return _read(family, style)


def _lent(family: str, style: str, number: int) -> TTFFont:
    """Return a font for one sheet, its ``number``-th."""
    kept = _kept(family, style)
    font = copy(kept.font)
    font.i = number
    font.desc = copy(kept.font.desc)
    font.cw = kept.font.cw.copy()
    font.missing_glyphs = []
    font.ttfont = TTFont(
        BytesIO(kept.embedded), recalcTimestamp=False, recalcBBoxes=False, lazy=True
    )
    font.subset = SubsetMap(font)
    # It would open the file again by itself.
    font._hbfont = HarfBuzzFont(kept.face)  # noqa: SLF001
    return font


class Paper(FPDF):
    """A4 sheets in both scripts; what the ``first`` one has no letters for, the other has."""

    def __init__(self, first: str) -> None:
        super().__init__(format="A4")
        for family in FILES:
            for style in STYLES:
                number = len(self.fonts) + 1
                self.fonts[f"{family}{style}"] = _lent(family, style, number)
        self.first = first
        self.set_font(first, size=11)
        self.set_fallback_fonts([family for family in FILES if family != first], exact_match=False)
        self.set_text_shaping(True)

    def close(self) -> None:
        """Let go of the fonts, which are read as they are needed."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

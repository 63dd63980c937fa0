"""Letters as PDF: Hindi is shaped, not only drawn letter by letter."""

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
import uharfbuzz

from eoffice import pdf, typefaces
from eoffice.pdf import Sheet
from eoffice.typefaces import FOLDER


def sheet(**fields: Any) -> Sheet:
    wanted: dict[str, Any] = {
        "language": "hi",
        "letterhead": "हरियाणा सरकार",
        "form": "पत्र",
        "subject": "सड़क",
        "body": "क्षत्रिय",
        "to": ["आशा देवी"],
        **fields,
    }
    return Sheet(**wanted)


def width_of(text: str) -> float:
    with closing(pdf._Paper(sheet())) as paper:
        paper.add_page()
        return paper.get_string_width(text)


def test_conjuncts_are_one_shape_and_not_their_letters() -> None:
    with (FOLDER / "NotoSansDevanagari-Regular.ttf").open("rb") as file:
        font = uharfbuzz.Font(uharfbuzz.Face(file.read()))
    buffer = uharfbuzz.Buffer()
    buffer.add_str("क्ष")
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    # Three characters, one glyph; the page is as wide as that glyph, not as its letters.
    assert len(buffer.glyph_infos) == 1
    advance = buffer.glyph_positions[0].x_advance / font.face.upem
    assert width_of("क्ष") == pytest.approx(advance * pdf.SIZE * 25.4 / 72, abs=0.02)


def test_the_short_i_stands_before_its_consonant() -> None:
    """Unshaped, the two signs would be drawn in the order of their letters."""
    with closing(pdf._Paper(sheet())) as paper:
        drawn = paper.current_font.shape_text("कि", pdf.SIZE, paper.text_shaping)  # type: ignore[attr-defined]
        order = [paper.current_font.ttfont.getGlyphName(one["mapped_char"]) for one in drawn]  # type: ignore[attr-defined]
    assert len(order) == 2


def test_a_letter_mixes_both_scripts_and_says_number_date_and_code() -> None:
    content = pdf.letter(
        sheet(
            body="लोक निर्माण Public Works (B&R) ₹ 12,50,000",
            number="A-11011/5/2020-EST/3",
            dated=date(2020, 7, 14),
            verify_url="https://portal.example/verify/ABCD/",
            code="ABCD",
        )
    )
    text = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    for words in ("Public Works (B&R)", "12,50,000", "A-11011/5/2020-EST/3", "2020", "ABCD"):
        assert words in text


def test_a_draft_says_that_it_is_none_yet() -> None:
    content = pdf.letter(sheet(language="en", body="x"))
    text = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert "Draft for approval. Not issued." in text


def test_a_long_letter_goes_on_over_pages() -> None:
    content = pdf.letter(sheet(body="\n".join(["यह एक पंक्ति है।"] * 120)))
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) >= 3


@pytest.mark.parametrize("lines", range(18, 40))
def test_a_signature_never_stands_on_a_page_without_words_of_the_letter(lines: int) -> None:
    body = "\n".join(["यह एक पंक्ति है।"] * lines) + "\n\nअंतिम अनुच्छेद last words"
    content = pdf.letter(sheet(body=body, signatory_name="Ramesh Kumar", code="ABCD"))
    page = pypdf.PdfReader(io.BytesIO(content)).pages[-1].extract_text()
    assert "Ramesh Kumar" in page
    assert "last words" in page


def test_a_long_address_and_copies_are_written_whole() -> None:
    office = ", ".join(["Executive Engineer, Provincial Division"] * 6)
    copies = [f"Copy holder number {number}, {office}" for number in range(1, 31)]
    content = pdf.letter(sheet(language="en", body="x", to=[office], copies=copies))
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    text = " ".join(" ".join(page.extract_text().split()) for page in pages)
    assert text.count("Engineer,") == 6 * 31
    assert "30. Copy holder number 30" in text
    assert len(pages) > 1


def drawn(content: bytes) -> list[Any]:
    """What is read from each page, and with which letters each of its fonts draws."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    fonts: list[Any] = [page["/Resources"]["/Font"] for page in pages]  # type: ignore[index]
    embedded = [
        font["/DescendantFonts"][0]["/FontDescriptor"]["/FontFile2"].get_data()
        for of_page in fonts
        for font in of_page.values()
    ]
    return [[page.extract_text() for page in pages], embedded]


def test_letters_written_at_once_do_not_meet() -> None:
    """The fonts are read once; which glyphs of them a letter carries is the letter's own."""
    bodies = ["क्षत्रिय ज्ञान", "सड़क की मरम्मत", "Public Works", "पेंशन 2026"]
    sheets = [sheet(body=body, language="hi") for body in bodies]
    alone = [drawn(pdf.letter(one)) for one in sheets]
    with ThreadPoolExecutor(max_workers=4) as pool:
        together = list(pool.map(pdf.letter, [*sheets, *sheets, *sheets]))
    assert [drawn(one) for one in together] == alone * 3


def test_the_files_of_the_fonts_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pdf.letter(sheet(body="पहला"))
    monkeypatch.setattr(typefaces, "FOLDER", Path("nowhere"))
    text = pypdf.PdfReader(io.BytesIO(pdf.letter(sheet(body="second")))).pages[0].extract_text()
    assert "second" in text

"""The papers of a request on the office's side: downloads for those who may see the request."""

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from appointments.models import Attachment, Request
from tests.office import assert_strict, content, page, queries
from tests.papers import attach, pdf, picture
from tests.people import (
    Cast,
    sign_in_household,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
WORDS = "The tehsildar decides this. Please take the map and the old order with you."


@pytest.fixture
def paper(asked: Request) -> str:
    attach(asked, content=b"%PDF-1.4\n", name="नक्शा.pdf")
    return reverse("admin:appointments_request_paper", args=[asked.reference, 1])


def test_a_paper_is_a_download_that_no_browser_guesses_at(office: Client, paper: str) -> None:
    answer = office.get(paper)
    assert b"".join(answer.streaming_content) == b"%PDF-1.4\n"  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    answer.close()


def test_a_paper_opens_for_nobody_else(
    client: Client, cast: Cast, paper: str, asked: Request
) -> None:
    assert client.get(paper).status_code == 302
    sign_in_staff(client, cast.kavita)
    assert client.get(paper).status_code == 404
    sign_in_staff(client, cast.suresh)
    assert client.get(paper.replace("/papers/1/", "/papers/2/")).status_code == 404
    assert client.post(paper).status_code == 405


def test_a_paper_whose_file_is_gone_is_not_there(
    office: Client, paper: str, asked: Request
) -> None:
    attachment = Attachment.objects.get(request=asked)
    default_storage.delete(str(attachment.stored.file.name))
    assert office.get(paper).status_code == 404


# --- pages of papers as pictures


def address(row: Request, number: int, *, kind: str = "picture", position: int = 1) -> str:
    name = f"admin:appointments_request_paper_{kind}"
    return reverse(name, args=[row.reference, position, number])


def test_the_request_s_page_shows_the_first_page_and_the_way_to_the_others(
    office: Client, asked: Request
) -> None:
    attach(asked, content=pdf(3), pages=3)
    attach(asked, content=picture(size=(2000, 3000)), name="photo.jpg", position=2)
    shown = office.get(page(asked))
    assert_strict(shown)
    text = content(shown)
    assert "PDF, 3 pages, " in text
    assert "JPEG, " in text
    assert text.count("<img ") == 2
    assert address(asked, 1) in text
    assert address(asked, 2, kind="page") in text
    assert reverse("admin:appointments_request_paper", args=[asked.reference, 1]) in text


def test_a_page_is_a_small_picture_that_can_do_nothing(office: Client, asked: Request) -> None:
    attach(asked, content=pdf(2), pages=2)
    for number in (1, 2):
        answer = office.get(address(asked, number))
        assert answer["Content-Type"] == "image/webp"
        assert answer["Content-Disposition"] == "inline"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "no-store" in answer["Cache-Control"]
        assert len(answer.content) <= 60_000


def test_the_other_pages_stand_behind_links(office: Client, asked: Request) -> None:
    attach(asked, content=pdf(3), pages=3)
    shown = office.get(address(asked, 2, kind="page"))
    assert_strict(shown)
    text = content(shown)
    assert "Page 2 of 3" in text
    assert address(asked, 2) in text
    assert address(asked, 1, kind="page") in text
    assert address(asked, 3, kind="page") in text
    for number in (0, 4, 999):
        assert office.get(address(asked, number, kind="page")).status_code == 404
        assert office.get(address(asked, number)).status_code == 404


def test_what_cannot_be_drawn_is_said_and_can_be_downloaded(office: Client, asked: Request) -> None:
    attach(asked, content=b"%PDF-1.4\n" + b"\xff" * 500)
    text = content(office.get(address(asked, 1, kind="page")))
    assert "cannot be shown here" in text
    assert office.get(address(asked, 1)).status_code == 404
    text = content(office.get(page(asked)))
    assert "cannot be shown here" in text
    assert "<img " not in text


@pytest.mark.parametrize("kind", ["picture", "page"])
def test_a_page_of_a_paper_opens_for_nobody_else(
    client: Client, cast: Cast, asked: Request, kind: str
) -> None:
    attach(asked)
    where = address(asked, 1, kind=kind)
    assert client.get(where).status_code == 302
    sign_in_staff(client, cast.kavita)
    assert client.get(where).status_code == 404
    sign_in_staff(client, cast.suresh)
    assert client.get(address(asked, 1, kind=kind, position=2)).status_code == 404
    assert client.post(where).status_code == 405
    assert client.get(where).status_code == 200


def test_papers_cost_the_request_s_page_no_statement_each(office: Client, asked: Request) -> None:
    before = len(queries(office, page(asked)))
    for position in (1, 2, 3):
        attach(asked, content=pdf(label=str(position)), position=position)
    assert len(queries(office, page(asked))) == before


def test_the_citizen_s_page_says_what_a_paper_is(
    client: Client, cast: Cast, asked: Request
) -> None:
    attach(asked, content=pdf(3), pages=3)
    client.cookies["language"] = "en"
    sign_in_household(client, cast.household)
    shown = client.get(reverse("appointments:detail", args=[asked.reference])).content.decode()
    assert "map.pdf" in shown
    assert "PDF, 3 pages, " in shown

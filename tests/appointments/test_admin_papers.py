"""The papers of a request on the office's side: downloads for those who may see the request."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from appointments.models import Attachment, Request
from tests.people import (
    Cast,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
WORDS = "The tehsildar decides this. Please take the map and the old order with you."


@pytest.fixture
def paper(asked: Request) -> str:
    Attachment.objects.create(
        request=asked,
        position=1,
        name="नक्शा.pdf",
        content_type="application/pdf",
        size=9,
        sha256="0" * 64,
        file=ContentFile(b"%PDF-1.4\n", "map.pdf"),
    )
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
    attachment.file.storage.delete(attachment.file.name)
    assert office.get(paper).status_code == 404

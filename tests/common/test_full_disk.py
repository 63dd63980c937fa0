"""A full disk stops papers with a sentence, and nothing else: no 5xx, nothing half kept."""

import hashlib
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from appointments import diary
from appointments.models import Attachment
from eoffice.models import PendingScan, Receipt
from esachivalaya.common import stored_files
from esachivalaya.common.models import StoredFile
from tests.appointments.citizens import ABOUT, later_span, url
from tests.desks import make_branch
from tests.eoffice.test_receipts_diarising import address, told, written
from tests.full_disk import full_disk
from tests.papers import paper, pdf
from tests.people import Cast, make_cast, sign_in_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def letter(label: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("letter.pdf", pdf(label=label), "application/pdf")


def test_of_a_paper_that_the_disk_has_no_room_for_nothing_is_kept() -> None:
    content = paper(pdf(label="too much"))
    with full_disk(), pytest.raises(stored_files.StoreAway), transaction.atomic():
        stored_files.keep(content)
    assert not StoredFile.objects.exists()
    # Another test's paper may begin alike, and lie in the same folder.
    left = default_storage.listdir(content.sha256[:2])[1]
    assert [name for name in left if name.startswith(content.sha256)] == []
    with transaction.atomic():
        assert stored_files.keep(content).size == len(content.content)


def test_a_citizen_is_told_in_a_sentence_and_goes_on_without(client: Client, cast: Cast) -> None:
    client.cookies["language"] = "en"
    client.post(url("DC-REW", "time"), {"slot": diary.slot_value(later_span(cast.rewari))})
    client.post(url("DC-REW", "about"), {**ABOUT, "category": cast.category.pk})
    client.post(url("DC-REW", "meeting"), {"language": "hi"})
    with full_disk():
        answer = client.post(url("DC-REW", "papers"), {"paper1": letter("of Asha")})
    assert answer.status_code == 503
    assert "“letter.pdf” could not be kept at the moment" in answer.content.decode()
    assert not Attachment.objects.exists()
    assert client.post(url("DC-REW", "papers")).status_code == 302
    client.post(url("DC-REW", "papers"), {"paper1": letter("of Asha")})
    assert Attachment.objects.count() == 1


def test_a_clerk_is_told_in_a_sentence_and_the_letter_stays_typed(client: Client) -> None:
    branch = make_branch()
    client.cookies["language"] = "en"
    sign_in_staff(client, branch.seema)
    # One for whose folder nothing stands there yet, of whatever test.
    label = next(label for label in map(str, range(1000)) if not is_there(folder_of(label)))
    scan, form = letter(label), written()
    # First there is no room even to judge it; then none where it is kept.
    with full_disk():
        refused = client.post(address(branch), {**form, "papers": [scan]})
    assert_told(refused, form)
    in_the_way = default_storage.save(folder_of(label), empty())
    scan.seek(0)
    assert_told(client.post(address(branch), {**form, "papers": [scan]}), form)
    default_storage.delete(in_the_way)
    scan.seek(0)
    client.post(address(branch), {**form, "papers": [scan]})
    assert Receipt.objects.get().enclosures.count() == 1


def folder_of(label: str) -> str:
    return hashlib.sha256(pdf(label=label)).hexdigest()[:2]


def is_there(name: str) -> bool:
    return default_storage.exists(name)


def empty() -> "ContentFile[bytes]":
    """A file where a folder should be."""
    return ContentFile(b"")


def assert_told(answer: Any, form: dict[str, Any]) -> None:
    """The form came back as it was typed, with the sentence, and nothing waits behind it."""
    assert answer.status_code == 422
    assert "“letter.pdf” could not be kept at the moment" in told(answer)
    assert form["subject"] in told(answer)
    assert not PendingScan.objects.exists()
    assert not Receipt.objects.exists()

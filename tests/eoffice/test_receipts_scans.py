"""Scans of a letter: kept when the form comes back, good for nobody else, gone after a day."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from eoffice.models import Enclosure, PendingScan, Receipt
from eoffice.services import pending_scans
from esachivalaya.common import clock, old_rows, stored_files
from esachivalaya.common.models import StoredFile
from esachivalaya.common.uploads import LARGEST
from tests.common.test_scans import large_pdf
from tests.desks import Branch, make_branch
from tests.eoffice.test_receipts_diarising import address, told, written
from tests.papers import pdf
from tests.people import make_district, sign_in_staff

TOKEN = re.compile(r'name="scan" value="([^"]+)"')


@pytest.fixture
def seema(client: Client, branch: Branch) -> Client:
    client.cookies["language"] = "en"
    return sign_in_staff(client, branch.seema)


def scan(label: str = "letter", pages: int = 1) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{label}.pdf", pdf(pages, label=label), "application/pdf")


def tokens(answer: Any) -> list[str]:
    return TOKEN.findall(told(answer))


def names(receipt: Receipt) -> list[str]:
    return [one.name for one in Enclosure.objects.filter(receipt=receipt)]


def test_a_scan_of_six_megabytes_is_taken(seema: Client, branch: Branch) -> None:
    large = SimpleUploadedFile("large.pdf", large_pdf(LARGEST + 1024), "application/pdf")
    seema.post(address(branch), written(papers=[large]))
    enclosure = Enclosure.objects.select_related("stored").get()
    assert enclosure.stored.size > LARGEST
    where = [branch.assistant.post.code, enclosure.receipt_id, 1]
    answer = seema.get(reverse("eoffice:receipt-paper", args=where))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert sum(map(len, answer.streaming_content)) == enclosure.stored.size


def test_what_was_scanned_stays_when_something_else_is_wrong(seema: Client, branch: Branch) -> None:
    form = written(subject="")
    answer = seema.post(address(branch), {**form, "papers": [scan("one"), scan("two")]})
    assert answer.status_code == 422
    assert "one.pdf" in told(answer)
    kept = tokens(answer)
    assert len(kept) == 2
    seema.post(address(branch), {**form, "subject": "Street light", "scan": kept})
    assert names(Receipt.objects.get()) == ["one.pdf", "two.pdf"]
    assert not PendingScan.objects.exists()


def test_one_that_is_no_paper_takes_no_other_with_it(seema: Client, branch: Branch) -> None:
    bad = SimpleUploadedFile("bad.pdf", b"MZ no paper", "application/pdf")
    answer = seema.post(address(branch), written(papers=[scan("good"), bad]))
    assert answer.status_code == 422
    assert "is not a PDF, JPEG or PNG" in told(answer)
    assert len(tokens(answer)) == 1
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("button", [{"find": "1"}, {"switch_language": "en"}])
def test_looking_for_the_sender_or_the_other_language_keeps_them(
    seema: Client, branch: Branch, button: dict[str, str]
) -> None:
    answer = seema.post(address(branch), written(papers=[scan()], **button))
    assert answer.status_code == 200
    assert len(tokens(answer)) == 1


def test_without_its_tick_a_scan_stays_out(seema: Client, branch: Branch) -> None:
    form = written(subject="")
    kept = tokens(seema.post(address(branch), {**form, "papers": [scan("one"), scan("two")]}))
    seema.post(address(branch), {**form, "subject": "Street light", "scan": kept[1:]})
    assert names(Receipt.objects.get()) == ["two.pdf"]


def test_sent_twice_with_kept_scans_it_is_diarised_once(seema: Client, branch: Branch) -> None:
    form = written(subject="")
    kept = tokens(seema.post(address(branch), {**form, "papers": [scan()]}))
    whole = {**form, "subject": "Street light", "scan": kept}
    first, again = seema.post(address(branch), whole), seema.post(address(branch), whole)
    assert first.url == again.url
    assert Receipt.objects.count() == 1


def test_sent_twice_with_new_scans_nothing_waits_behind(seema: Client, branch: Branch) -> None:
    form = written()
    first = seema.post(address(branch), {**form, "papers": [scan()]})
    again = seema.post(address(branch), {**form, "papers": [scan()]})
    assert first.url == again.url
    assert not PendingScan.objects.exists()
    assert StoredFile.objects.count() == 1


def test_a_token_is_good_for_its_person_and_desk_alone(seema: Client, branch: Branch) -> None:
    form = written(subject="")
    kept = tokens(seema.post(address(branch), {**form, "papers": [scan()]}))
    other = make_branch("LAND")
    stranger = sign_in_staff(Client(), other.seema)
    stranger.post(address(other), {**written(), "scan": kept})
    assert names(Receipt.objects.get()) == []
    assert PendingScan.objects.count() == 1
    forged = [f"{kept[0][:-2]}xx", "1", ""]
    seema.post(address(branch), {**form, "subject": "Street light", "scan": forged})
    assert names(Receipt.objects.latest("item_id")) == []


def test_a_seventh_is_told_and_the_six_are_kept(seema: Client, branch: Branch) -> None:
    papers = [scan(f"s{number}") for number in range(7)]
    answer = seema.post(address(branch), written(papers=papers))
    assert answer.status_code == 422
    assert "Six papers at most" in told(answer)
    assert len(tokens(answer)) == 6
    assert not Receipt.objects.exists()


def test_after_a_day_it_is_gone_and_the_form_says_so(seema: Client, branch: Branch) -> None:
    form = written(subject="")
    kept = tokens(seema.post(address(branch), {**form, "papers": [scan()]}))
    stored_files.remove_old()
    assert StoredFile.objects.exists()
    long_ago = clock.now() - pending_scans.KEPT - timedelta(minutes=1)
    PendingScan.objects.update(kept_at=long_ago)
    old_rows.sweep()
    assert not PendingScan.objects.exists()
    stored_files.remove_old()
    assert not StoredFile.objects.exists()
    answer = seema.post(address(branch), {**form, "subject": "Street light", "scan": kept})
    assert answer.status_code == 422
    assert "Choose it again" in told(answer)
    assert not Receipt.objects.exists()


def test_of_one_person_only_so_many_wait(
    seema: Client, branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending_scans, "MOST_KEPT", 2)
    for number in range(3):
        seema.post(address(branch), written(subject="", papers=[scan(f"s{number}")]))
    assert [one.name for one in PendingScan.objects.order_by("pk")] == ["s1.pdf", "s2.pdf"]


def test_the_district_of_the_sender_is_remembered(seema: Client, branch: Branch) -> None:
    district = make_district()
    seema.post(address(branch), written(district=str(district.pk)))
    assert Receipt.objects.get().correspondent.district == district

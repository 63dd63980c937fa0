"""Verification holds scans against the entry that diarised their receipt, and bytes to digests."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from eoffice import verification
from eoffice.models import Enclosure, Receipt
from eoffice.services import copying
from esachivalaya.common.models import StoredFile
from esachivalaya.common.uploads import PDF, Paper
from tests.desks import Branch, diarised, make_branch
from tests.drafting import approved
from tests.eoffice.test_ledger_of_letters import issued
from tests.papers import pdf


def paper(label: str) -> tuple[str, Paper]:
    content = pdf(label=label)
    return f"{label}.pdf", Paper(label, PDF, content, hashlib.sha256(content).hexdigest(), 1)


def scanned(branch: Branch, *labels: str) -> Receipt:
    return diarised(branch, papers=[paper(label) for label in labels])


def problems(**how: bool) -> list[tuple[int, int, str]]:
    return [(one.item, one.seq, one.problem) for one in verification.findings(**how)]


def test_the_entry_has_the_digests_of_the_scans_in_their_order(branch: Branch) -> None:
    receipt = scanned(branch, "letter", "estimate")
    copy = copying.copy(receipt=receipt, desk=branch.assistant, by=branch.seema)
    told = json.loads(receipt.item.movements.get().payload)["more"]["scans"]
    assert told == [paper("letter")[1].sha256, paper("estimate")[1].sha256]
    assert json.loads(copy.item.movements.get().payload)["more"]["scans"] == told
    assert problems() == []


def test_a_scan_with_another_digest_is_named_with_its_place(branch: Branch) -> None:
    first, second = scanned(branch, "letter"), scanned(branch, "order", "estimate")
    StoredFile.objects.filter(sha256=paper("estimate")[1].sha256).update(sha256="a" * 64)
    assert problems() == [(second.pk, 1, "scan 2 is not what was diarised")]
    assert first.pk != second.pk


def test_a_scan_that_was_slipped_in_is_named(branch: Branch) -> None:
    receipt = scanned(branch, "letter")
    stored = Enclosure.objects.get().stored
    Enclosure.objects.create(receipt=receipt, position=2, name="order.pdf", stored=stored)
    assert problems() == [(receipt.pk, 1, "scan 2 was added after it was diarised")]


def test_a_scan_in_the_place_of_another_and_one_that_is_gone_are_named(
    transactional_db: None, owner_connection: Any
) -> None:
    receipt = scanned(make_branch(), "letter", "order")

    def as_owner(statement: str) -> None:
        with owner_connection.cursor() as cursor:
            cursor.execute("ALTER TABLE eoffice_enclosure DISABLE TRIGGER USER")
            cursor.execute(statement)
            cursor.execute("ALTER TABLE eoffice_enclosure ENABLE TRIGGER USER")

    as_owner("UPDATE eoffice_enclosure SET position = 3 - position + 10")
    assert problems() == [(receipt.pk, 1, "scan 1 is not what was diarised")]
    as_owner("UPDATE eoffice_enclosure SET position = 13 - position")
    assert problems() == []
    as_owner("DELETE FROM eoffice_enclosure WHERE position = 2")
    assert problems() == [(receipt.pk, 1, "scan 2 is gone")]
    with pytest.raises(CommandError, match=f"item {receipt.pk}, entry 1: scan 2 is gone"):
        call_command("verify_ledger")


@pytest.mark.django_db
class TestStoredBytes:
    def place_of(self, sha256: str) -> Path:
        return Path(default_storage.path(StoredFile.objects.get(sha256=sha256).file.name))

    def test_untouched_they_are_right(self, branch: Branch) -> None:
        scanned(branch, "letter", "order")
        issued(branch)
        assert problems(stored_bytes=True) == []

    def test_exchanged_bytes_of_a_scan_are_named_when_the_files_are_read(
        self, branch: Branch
    ) -> None:
        receipt = scanned(branch, "letter", "order")
        self.place_of(paper("order")[1].sha256).write_bytes(pdf(label="forged"))
        assert problems() == []
        told = [(receipt.pk, 1, "the file of scan 2 is not what was stored")]
        assert problems(stored_bytes=True) == told
        with pytest.raises(CommandError, match="the file of scan 2"):
            call_command("verify_ledger", "--bytes")

    def test_a_file_that_is_gone_is_named(self, branch: Branch) -> None:
        receipt = scanned(branch, "letter")
        self.place_of(paper("letter")[1].sha256).unlink()
        assert problems(stored_bytes=True) == [(receipt.pk, 1, "the file of scan 1 is gone")]

    def test_exchanged_bytes_of_a_letter_are_named_at_the_entry_that_issued_it(
        self, branch: Branch
    ) -> None:
        approved(branch)
        issue = issued(branch)
        self.place_of(issue.sha256).write_bytes(b"%PDF-1.7 forged")
        file = issue.draft.file.item
        seq = file.movements.get(act="issued").seq
        told = (file.pk, seq, f"the file of letter {issue.number} is not what was stored")
        assert problems(stored_bytes=True) == [told]

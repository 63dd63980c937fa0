"""A copy of a receipt has its own number and the same papers; who may see both sees the way."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from eoffice.models import Classification, Desk, Holding, Item, Receipt
from eoffice.services import closing, copying, moving
from eoffice.services.moving import Sent
from eoffice.services.refusals import Refused
from esachivalaya.common import uploads
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.models import StoredFile
from tests.desks import Branch, days_from_now, diarised, make_branch
from tests.eoffice.test_receipts_page import at_work, page
from tests.office import content
from tests.papers import pdf


@pytest.fixture
def seema(branch: Branch) -> Client:
    return at_work(branch.seema)


def copied(client: Client, desk: Desk, receipt: Receipt, key: str = "") -> Any:
    there = reverse("eoffice:receipt-copy", args=[desk.post.code, receipt.pk])
    return client.post(there, {"key": key or new_key()})


def the_copy() -> Receipt:
    return Receipt.objects.get(copied_from__isnull=False)


def test_the_copy_has_its_own_number_and_the_same_letter(seema: Client, branch: Branch) -> None:
    scan = uploads.checked(SimpleUploadedFile("letter.pdf", pdf(), "application/pdf"))
    receipt = diarised(
        branch,
        papers=[("letter.pdf", scan)],
        letter_number="GP/12",
        letter_date=days_from_now(-3),
        received_on=days_from_now(-2),
        vip=True,
    )
    answer = copied(seema, branch.assistant, receipt)
    made = the_copy()
    assert answer.url == page(branch.assistant, made)
    assert made.item.number != receipt.item.number
    for name in ("sender", "letter_number", "letter_date", "received_on", "delivery_mode", "vip"):
        assert getattr(made, name) == getattr(receipt, name)
    assert made.enclosures.get().stored == receipt.enclosures.get().stored
    assert StoredFile.objects.count() == 1
    assert Holding.objects.at(branch.assistant.pk).filter(item=made.pk).exists()


def test_each_leads_to_the_other(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    copied(seema, branch.assistant, receipt)
    made = the_copy()
    assert receipt.item.number in content(seema.get(page(branch.assistant, made)))
    assert made.item.number in content(seema.get(page(branch.assistant, receipt)))


def test_the_way_is_shown_to_nobody_who_may_not_go_it(branch: Branch) -> None:
    receipt = diarised(branch, subject="A quiet matter")
    made = copying.copy(receipt=receipt, desk=branch.assistant, by=branch.seema)
    other = make_branch("LAND")
    moving.mark(
        item=made.item, desk=branch.assistant, to=other.officer, by=branch.seema, sent=Sent()
    )
    shown = content(at_work(other.ramesh).get(page(other.officer, made)))
    assert made.item.number in shown
    assert receipt.item.number not in shown
    # And the original does not name a copy that its reader may not see.
    theirs = copying.copy(receipt=made, desk=other.officer, by=other.ramesh)
    shown = content(at_work(branch.seema).get(page(branch.assistant, made)))
    assert theirs.item.number not in shown


def test_sent_twice_it_is_copied_once(seema: Client, branch: Branch) -> None:
    receipt, key = diarised(branch), new_key()
    first = copied(seema, branch.assistant, receipt, key)
    again = copied(seema, branch.assistant, receipt, key)
    assert first.url == again.url
    assert Receipt.objects.count() == 2


def test_what_one_may_not_see_one_does_not_copy(seema: Client, branch: Branch) -> None:
    other = make_branch("LAND")
    hidden = diarised(other)
    assert copied(seema, branch.assistant, hidden).status_code == 404
    assert copied(seema, other.assistant, hidden).status_code == 404
    with pytest.raises(PermissionDenied):
        copying.copy(receipt=hidden, desk=branch.assistant, by=branch.seema)
    assert Receipt.objects.count() == 1


def test_the_copy_is_as_confidential_as_its_original(branch: Branch) -> None:
    receipt = diarised(branch, classification=Classification.CONFIDENTIAL)
    made = copying.copy(receipt=receipt, desk=branch.assistant, by=branch.seema)
    assert made.item.classification == Classification.CONFIDENTIAL
    assert at_work(branch.usha).get(page(branch.under_secretary, made)).status_code == 404


def test_run_through_goes_into_no_copy(branch: Branch) -> None:
    receipt = diarised(branch)
    Item.objects.filter(pk=receipt.pk).update(priority=5)
    made = copying.copy(receipt=receipt, desk=branch.assistant, by=branch.seema)
    assert made.item.priority == 4


def test_a_cancelled_number_has_no_copies(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    closing.cancel_number(
        item=receipt.item, desk=branch.assistant, by=branch.seema, words="By mistake"
    )
    with pytest.raises(Refused):
        copying.copy(receipt=receipt, desk=branch.assistant, by=branch.seema)
    assert f"receipts/{receipt.pk}/copy/" not in content(seema.get(page(branch.assistant, receipt)))
    copied(seema, branch.assistant, receipt)
    assert Receipt.objects.count() == 1


def test_looking_is_no_copying(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    there = reverse("eoffice:receipt-copy", args=[branch.assistant.post.code, receipt.pk])
    assert seema.get(there).status_code == 405

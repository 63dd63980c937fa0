"""The outage pack: what lies in the inbox, locked, and every item in it counts as opened."""

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pypdf import PdfReader

from eoffice.models import Classification, Holding, Opening, Receipt
from eoffice.services import filing, moving, outage
from eoffice.services.moving import Sent
from esachivalaya.audit.models import Detail
from officials.models import Charge
from tests import papers
from tests.desks import Branch, diarised, filed, noted
from tests.people import give_charge, make_staff, sign_in_staff

PASSPHRASE = "neem ka ped 1857"


def text_of(made: bytes) -> str:
    reader = PdfReader(BytesIO(made))
    assert reader.is_encrypted
    assert not reader.decrypt("something else")
    assert reader.decrypt(PASSPHRASE)
    return "\n".join(page.extract_text() for page in reader.pages)


def test_it_holds_the_inbox_with_sealed_notes_and_no_confidential_paper(branch: Branch) -> None:
    file = filed(branch, subject="Repair of the canal road")
    secret = filed(branch, subject="Inquiry", classification=Classification.CONFIDENTIAL)
    noted(file, branch.assistant, branch.seema, "Submitted for sanction.")
    for one in (file, secret):
        moving.mark(
            item=one.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
    made = outage.make_pack(desk=branch.officer, by=branch.ramesh, passphrase=PASSPHRASE)
    assert b"canal" not in made
    text = text_of(made)
    for told in (file.item.number, "Repair of the canal road", "Submitted for sanction."):
        assert told in text
    assert "Inquiry" not in text
    assert list(Opening.objects.values_list("item_id", "what")) == [(file.pk, "pack")]
    assert Holding.objects.open().get(item=file.pk).read_at is not None
    assert Holding.objects.open().get(item=secret.pk).read_at is None


def test_from_the_page(branch: Branch, client: Client) -> None:
    address = f"/eoffice/{branch.officer.post.code}/outage-pack/"
    sign_in_staff(client, branch.ramesh)
    assert client.get(address).status_code == 200
    assert client.post(address, {"passphrase": "short", "again": "short"}).status_code == 422
    assert client.post(address, {"passphrase": PASSPHRASE, "again": "x"}).status_code == 422
    answer = client.post(address, {"passphrase": PASSPHRASE, "again": PASSPHRASE})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    text_of(answer.content)


def test_the_officers_alone(branch: Branch, client: Client) -> None:
    clerk = make_staff("clerk.pack")
    give_charge(clerk, branch.officer.post, Charge.Kind.STAFF)
    address = f"/eoffice/{branch.officer.post.code}/outage-pack/"
    for user in (clerk, branch.seema):
        assert sign_in_staff(client, user).get(address).status_code == 404
        with pytest.raises(PermissionDenied):
            outage.make_pack(desk=branch.officer, by=user, passphrase=PASSPHRASE)


def scanned(branch: Branch, label: str, **fields: Any) -> Receipt:
    """A letter whose scan is its own."""
    scan = papers.paper(papers.pdf(label=label), name="letter.pdf")
    return diarised(branch, papers=[("letter.pdf", scan)], **fields)


def pack_of(branch: Branch) -> PdfReader:
    made = outage.make_pack(desk=branch.assistant, by=branch.seema, passphrase=PASSPHRASE)
    reader = PdfReader(BytesIO(made))
    assert reader.decrypt(PASSPHRASE)
    return reader


def test_scans_are_attached_and_locked_with_it(branch: Branch) -> None:
    file, inside = filed(branch), scanned(branch, "inside")
    scanned(branch, "alone")
    scanned(branch, "secret", classification=Classification.CONFIDENTIAL)
    filing.put_in(receipt=inside, file=file, desk=branch.assistant, by=branch.seema)
    found = {name: content[0] for name, content in pack_of(branch).attachments.items()}
    labels = [PdfReader(BytesIO(one)).metadata for one in found.values()]
    assert [label.title for label in labels if label] == ["inside", "alone"]
    # What lies in the file was taken out of the portal as well.
    assert Opening.objects.filter(item=inside.pk, what="pack").count() == 1


def test_a_scan_without_room_is_left_out_and_named(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = scanned(branch, "first"), scanned(branch, "second")
    size = first.enclosures.get().stored.size
    monkeypatch.setattr(outage, "LARGEST", size + 1)
    reader = pack_of(branch)
    assert list(reader.attachments) == ["001.pdf"]
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert first.item.number in text
    assert second.item.number in text
    assert Detail.objects.get(entry__act="outage_pack_made").data["scans_left_out"] == 1

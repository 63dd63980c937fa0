"""A print of the noting proves itself: by a code, a digest, and nothing of the content."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from eoffice.models import Opening, Printout
from eoffice.services import moving
from eoffice.services.moving import Sent
from tests.desks import Branch, filed, make_branch, noted
from tests.people import sign_in_staff

SUBJECT = "Inquiry against the patwari"


@pytest.fixture
def printed(client: Client, branch: Branch) -> Printout:
    file = filed(branch, subject=SUBJECT)
    noted(file, branch.assistant, branch.seema, "He is to be heard.")
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    desk = branch.officer.post.code
    sign_in_staff(client, branch.ramesh)
    answer = client.post(reverse("eoffice:file-proof", args=[desk, file.pk]))
    printout = Printout.objects.get()
    page = reverse("eoffice:file-print", args=[desk, file.pk])
    assert answer.headers["Location"] == f"{page}?proof={printout.code}"
    return printout


def print_page(branch: Branch, printout: Printout) -> str:
    page = reverse("eoffice:file-print", args=[branch.officer.post.code, printout.item_id])
    return f"{page}?proof={printout.code}"


def test_the_print_carries_its_code_and_the_way_to_the_check(
    client: Client, branch: Branch, printed: Printout
) -> None:
    page = client.get(print_page(branch, printed)).content.decode()
    assert printed.code in page
    assert reverse("verify", args=[printed.code]) in page
    assert (
        reverse(
            "eoffice:file-proof-qr", args=[branch.officer.post.code, printed.item_id, printed.code]
        )
        in page
    )
    assert printed.notes == 1
    assert Opening.objects.filter(item=printed.item, what="print").count() == 1


def test_anybody_with_the_code_reads_number_desk_and_digest_and_no_content(
    branch: Branch, printed: Printout
) -> None:
    page = Client().get(reverse("verify", args=[printed.code.lower()])).content.decode()
    assert printed.item.number in page
    assert printed.digest in page
    assert "He is to be heard" not in page
    assert SUBJECT not in page
    assert Client().get(reverse("verify", args=["2" * 12])).status_code == 404


def test_a_file_that_has_gone_on_is_not_vouched_for_by_the_older_code(
    client: Client, branch: Branch, printed: Printout
) -> None:
    noted(printed.item.file, branch.officer, branch.ramesh, "Let him come on Monday.")
    moving.mark(
        item=printed.item,
        desk=branch.officer,
        to=branch.under_secretary,
        by=branch.ramesh,
        sent=Sent(),
    )
    page = client.get(print_page(branch, printed)).content.decode()
    assert reverse("verify", args=[printed.code]) not in page
    check = Client(headers={"accept-language": "en"}).get(reverse("verify", args=[printed.code]))
    assert "The file has gone on since" in check.content.decode()


def test_a_proof_is_neither_made_nor_seen_by_who_does_not_see_the_file(printed: Printout) -> None:
    other = make_branch("BUD", "FIN")
    stranger = sign_in_staff(Client(), other.ramesh)
    desk = other.officer.post.code
    assert (
        stranger.post(reverse("eoffice:file-proof", args=[desk, printed.item_id])).status_code
        == 404
    )
    qr = reverse("eoffice:file-proof-qr", args=[desk, printed.item_id, printed.code])
    assert stranger.get(qr).status_code == 404
    assert Printout.objects.count() == 1


def test_a_proof_is_never_changed(printed: Printout) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE eoffice_printout SET digest = %s", ["0" * 64])


def test_the_picture_on_the_print_is_drawn(
    client: Client, branch: Branch, printed: Printout
) -> None:
    qr = reverse(
        "eoffice:file-proof-qr", args=[branch.officer.post.code, printed.item_id, printed.code]
    )
    answer = client.get(qr)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert b"<svg" in answer.content

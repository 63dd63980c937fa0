"""The page of a receipt and what is done there: once, as it was shown, or told why not."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from eoffice.models import Classification, Desk, Enclosure, Holding, Item, Opening, Receipt
from eoffice.services import moving
from eoffice.services.moving import Sent
from eoffice.services.versions import version_of
from esachivalaya.accounts.models import User
from esachivalaya.common import uploads
from esachivalaya.common.idempotency import new_key
from tests.desks import Branch, days_from_now, diarised, filed, make_branch
from tests.office import content, queries
from tests.papers import pdf
from tests.people import sign_in_staff


@pytest.fixture
def seema(client: Client, branch: Branch) -> Client:
    return at_work(branch.seema)


def at_work(user: User) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, user)


def told(answer: Any) -> str:
    """The text of a page, also of one that refuses."""
    return str(answer.content.decode())


def page(desk: Desk, receipt: Receipt) -> str:
    return reverse("eoffice:receipt", args=[desk.post.code, receipt.pk])


def do(client: Client, desk: Desk, receipt: Receipt, slug: str, **fields: Any) -> Any:
    data = {"key": new_key(), "version": version_of(receipt.item), **fields}
    return client.post(
        reverse("eoffice:receipt-act", args=[desk.post.code, receipt.pk, slug]), data
    )


def held_at(receipt: Receipt) -> int | None:
    open_now = Holding.objects.open().filter(item=receipt.pk)
    return open_now.values_list("desk_id", flat=True).first()


def status(receipt: Receipt) -> str:
    return str(Item.objects.values_list("status", flat=True).get(pk=receipt.pk))


def send(branch: Branch, receipt: Receipt) -> None:
    moving.mark(
        item=receipt.item,
        desk=branch.assistant,
        to=branch.officer,
        by=branch.seema,
        sent=Sent(),
    )


def test_the_page_says_what_came_and_what_can_be_done(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch, letter_number="GP/12")
    shown = content(seema.get(page(branch.assistant, receipt)))
    for words in ("Repair of the road to Bawal", "GP/12", "Asha Devi", "Mark to another desk"):
        assert words in shown
    assert Opening.objects.filter(item=receipt.pk, by=branch.seema).exists()


def test_marked_to_a_desk_by_its_code(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    to = f"{branch.officer.post.code} · {branch.officer}"
    answer = do(seema, branch.assistant, receipt, "mark", to=to, words="For orders")
    assert answer.status_code == 303
    assert held_at(receipt) == branch.officer.pk


def test_marked_twice_by_the_same_form_it_moves_once(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    form = {"key": new_key(), "version": 1, "to": branch.officer.post.code}
    do(seema, branch.assistant, receipt, "mark", **form)
    assert do(seema, branch.assistant, receipt, "mark", **form).status_code == 303
    assert receipt.item.movements.count() == 2


def test_an_unknown_desk_is_said_beside_its_field(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    answer = do(seema, branch.assistant, receipt, "mark", to="NOBODY", words="For orders please")
    assert answer.status_code == 422
    assert "There is no open desk of this code or title" in told(answer)
    assert "For orders please" in told(answer)
    assert held_at(receipt) == branch.assistant.pk


def test_what_moved_on_is_told_with_the_holder_and_the_words_kept(
    seema: Client, branch: Branch
) -> None:
    receipt = diarised(branch)
    version = version_of(receipt.item)
    send(branch, receipt)
    answer = do(
        seema,
        branch.assistant,
        receipt,
        "mark",
        to=branch.under_secretary.post.code,
        words="A few words that took long",
        version=version,
    )
    assert answer.status_code == 409
    assert "A few words that took long" in told(answer)
    assert str(branch.officer.post.title_en) in told(answer)
    assert held_at(receipt) == branch.officer.pk


def test_an_old_page_does_nothing_even_when_it_came_back(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    send(branch, receipt)
    moving.give_back(
        item=receipt.item, desk=branch.officer, by=branch.ramesh, sent=Sent(words="Discuss")
    )
    form = {"words": "Nothing more to do", "version": 1}
    assert do(seema, branch.assistant, receipt, "close", **form).status_code == 409
    assert status(receipt) == "open"


def test_returned_with_words(branch: Branch) -> None:
    receipt = diarised(branch)
    send(branch, receipt)
    ramesh = at_work(branch.ramesh)
    assert do(ramesh, branch.officer, receipt, "return").status_code == 422
    do(ramesh, branch.officer, receipt, "return", words="Please attach the report")
    assert held_at(receipt) == branch.assistant.pk


def test_pulled_back_until_the_other_desk_has_opened_it(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    send(branch, receipt)
    assert "Pull back" in content(seema.get(page(branch.assistant, receipt)))
    assert do(seema, branch.assistant, receipt, "pull-back").status_code == 303
    assert held_at(receipt) == branch.assistant.pk
    send(branch, receipt)
    version = version_of(receipt.item)
    at_work(branch.ramesh).get(page(branch.officer, receipt))
    answer = do(seema, branch.assistant, receipt, "pull-back", version=version)
    assert answer.status_code == 422
    assert "opened there already" in told(answer)
    assert held_at(receipt) == branch.officer.pk


def test_the_senders_own_look_is_no_reading_of_the_other_desk(
    seema: Client, branch: Branch
) -> None:
    receipt = diarised(branch)
    send(branch, receipt)
    seema.get(page(branch.assistant, receipt))
    assert Holding.objects.at(branch.officer.pk).get(item=receipt.pk).read_at is None


def test_parked_and_taken_up_again(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    until = days_from_now(7).isoformat()
    do(seema, branch.assistant, receipt, "park", until=until, words="Report awaited")
    assert Holding.objects.get(item=receipt.pk).parked_until == days_from_now(7)
    do(seema, branch.assistant, receipt, "take-up")
    assert Holding.objects.get(item=receipt.pk).parked_until is None


def test_put_in_a_file_that_lies_here(seema: Client, branch: Branch) -> None:
    receipt, file = diarised(branch), filed(branch)
    assert do(seema, branch.assistant, receipt, "put-in", file=file.pk).status_code == 303
    assert status(receipt) == "in_file"
    assert file.item.number in content(seema.get(page(branch.assistant, receipt)))


def test_a_file_at_another_desk_is_not_offered(seema: Client, branch: Branch) -> None:
    receipt, file = diarised(branch), filed(branch)
    moving.mark(
        item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
    )
    assert do(seema, branch.assistant, receipt, "put-in", file=file.pk).status_code == 422


def test_closed_with_a_reason_and_reopened(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    do(seema, branch.assistant, receipt, "close", words="Nothing more to do")
    assert status(receipt) == "closed"
    do(seema, branch.assistant, receipt, "reopen", words="A reminder has come")
    assert status(receipt) == "open"


def test_a_number_is_cancelled_while_nothing_was_done_under_it(
    seema: Client, branch: Branch
) -> None:
    receipt = diarised(branch)
    do(seema, branch.assistant, receipt, "cancel", words="Diarised by mistake")
    assert status(receipt) == "cancelled"
    assert "Diarised by mistake" in content(seema.get(page(branch.assistant, receipt)))
    used = diarised(branch)
    send(branch, used)
    answer = do(at_work(branch.ramesh), branch.officer, used, "cancel", words="By mistake")
    assert answer.status_code == 422


def test_a_paper_is_received_before_anything_else(branch: Branch) -> None:
    receipt = diarised(branch, nature="physical", location="Almirah 3")
    send(branch, receipt)
    ramesh = at_work(branch.ramesh)
    shown = content(ramesh.get(page(branch.officer, receipt)))
    assert "The paper is here" in shown
    assert "Mark to another desk" not in shown
    to = branch.under_secretary.post.code
    answer = do(ramesh, branch.officer, receipt, "mark", to=to)
    assert answer.status_code == 422
    assert "Receive the paper first." in told(answer)
    do(ramesh, branch.officer, receipt, "receive")
    do(ramesh, branch.officer, receipt, "mark", to=to)
    assert held_at(receipt) == branch.under_secretary.pk


def test_papers_are_saved_by_who_may_see_them(seema: Client, branch: Branch) -> None:
    scan = uploads.checked(SimpleUploadedFile("letter.pdf", pdf(), "application/pdf"))
    receipt = diarised(branch, papers=[("letter.pdf", scan)])
    assert Enclosure.objects.filter(receipt=receipt).exists()
    there = reverse("eoffice:receipt-paper", args=[branch.assistant.post.code, receipt.pk, 1])
    answer = seema.get(there)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    other = make_branch("LAND")
    code = other.assistant.post.code
    strange = reverse("eoffice:receipt-paper", args=[code, receipt.pk, 1])
    assert at_work(other.seema).get(strange).status_code == 404
    assert Opening.objects.filter(item=receipt.pk, what="paper").count() == 1


def test_what_one_may_not_see_is_not_found(branch: Branch) -> None:
    receipt = diarised(branch)
    other = make_branch("LAND")
    stranger = at_work(other.seema)
    assert stranger.get(page(other.assistant, receipt)).status_code == 404
    assert stranger.get(page(branch.assistant, receipt)).status_code == 404
    assert do(stranger, other.assistant, receipt, "close", words="Not mine").status_code == 404
    assert status(receipt) == "open"


def test_a_confidential_one_is_closed_to_the_rest_of_the_section(branch: Branch) -> None:
    receipt = diarised(branch, classification=Classification.CONFIDENTIAL)
    assert at_work(branch.usha).get(page(branch.under_secretary, receipt)).status_code == 404


def test_an_act_that_does_not_exist_and_a_wrong_method(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    assert do(seema, branch.assistant, receipt, "burn").status_code == 404
    address = reverse("eoffice:receipt-act", args=[branch.assistant.post.code, receipt.pk, "close"])
    assert seema.get(address).status_code == 405
    assert seema.post(page(branch.assistant, receipt)).status_code == 405


def test_the_page_asks_a_fixed_number_of_questions(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    few = len(queries(seema, page(branch.assistant, receipt)))
    for _time in range(3):
        moving.park(
            item=receipt.item,
            desk=branch.assistant,
            by=branch.seema,
            until=days_from_now(3),
            words="Report awaited",
        )
        moving.take_up(item=receipt.item, desk=branch.assistant, by=branch.seema)
    assert len(queries(seema, page(branch.assistant, receipt))) <= few

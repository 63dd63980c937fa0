"""The form in which a letter is diarised: nothing typed is lost, nothing is diarised twice."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from eoffice.models import Correspondent, Enclosure, Holding, Receipt
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from tests.desks import Branch, days_from_now, diarised, make_branch, make_correspondent
from tests.office import content, queries
from tests.papers import pdf
from tests.people import sign_in_staff


@pytest.fixture
def seema(client: Client, branch: Branch) -> Client:
    client.cookies["language"] = "en"
    return sign_in_staff(client, branch.seema)


def told(answer: Any) -> str:
    """The text of a page, also of one that refuses."""
    return str(answer.content.decode())


def address(branch: Branch) -> str:
    return reverse("eoffice:new-receipt", args=[branch.assistant.post.code])


def written(**fields: Any) -> dict[str, Any]:
    return {
        "key": new_key(),
        "name": "Ram Niwas",
        "kind": "citizen",
        "organisation": "Gram Panchayat Bawal",
        "letter_number": "GP/12",
        "letter_date": days_from_now(-3).isoformat(),
        "received_on": days_from_now(0).isoformat(),
        "delivery_mode": "post",
        "nature": "electronic",
        "subject": "Street light at the bus stand",
        "category": "letter",
        "classification": "1",
        "priority": "1",
        "language": "hi",
        **fields,
    }


def test_a_letter_gets_its_number_and_lies_at_the_desk(seema: Client, branch: Branch) -> None:
    scan = SimpleUploadedFile("letter.pdf", pdf(2), "application/pdf")
    answer = seema.post(address(branch), written(papers=[scan]))
    receipt = Receipt.objects.get()
    assert answer.url == reverse("eoffice:receipt", args=[branch.assistant.post.code, receipt.pk])
    assert receipt.sender == "Ram Niwas, Gram Panchayat Bawal"
    assert Enclosure.objects.get(receipt=receipt).stored.pages == 2
    assert Holding.objects.at(branch.assistant.pk).filter(item=receipt.pk).exists()
    assert receipt.item.number in content(seema.get(answer.url))


def test_sent_twice_it_is_diarised_once(seema: Client, branch: Branch) -> None:
    form = written()
    first = seema.post(address(branch), form)
    again = seema.post(address(branch), form)
    assert first.url == again.url
    assert Receipt.objects.count() == 1


def test_the_same_key_with_other_words_diarises_nothing_and_keeps_the_words(
    seema: Client, branch: Branch
) -> None:
    form = written()
    seema.post(address(branch), form)
    answer = seema.post(address(branch), {**form, "subject": "Another matter", "again": "on"})
    assert answer.status_code == 422
    assert "Another matter" in told(answer)
    assert form["key"] not in told(answer)
    assert Receipt.objects.count() == 1


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(seema: Client, branch: Branch) -> None:
    answer = seema.post(address(branch), written(received_on=days_from_now(1).isoformat()))
    assert answer.status_code == 422
    page = told(answer)
    assert "This day is still to come." in page
    assert "Street light at the bus stand" in page
    assert not Receipt.objects.exists()


def test_a_letter_is_written_before_it_comes(seema: Client, branch: Branch) -> None:
    late = {"letter_date": days_from_now(0).isoformat()}
    came = {"received_on": days_from_now(-1).isoformat()}
    answer = seema.post(address(branch), written(**late, **came))
    assert "A letter is written before it is received." in told(answer)


def test_a_paper_is_judged_by_its_content(seema: Client, branch: Branch) -> None:
    scan = SimpleUploadedFile("letter.pdf", b"MZ no paper at all", "application/pdf")
    answer = seema.post(address(branch), written(papers=[scan]))
    assert answer.status_code == 422
    assert "is not a PDF, JPEG or PNG" in told(answer)
    assert not Receipt.objects.exists()
    assert not Correspondent.objects.exists()


def test_the_same_letter_is_noticed_before_it_is_diarised(seema: Client, branch: Branch) -> None:
    seema.post(address(branch), written())
    number = Receipt.objects.get().item.number
    answer = seema.post(address(branch), written(letter_number="gp 12"))
    assert answer.status_code == 422
    assert number in told(answer)
    assert Receipt.objects.count() == 1
    seema.post(address(branch), written(again="on"))
    assert Receipt.objects.count() == 2


def test_of_a_letter_that_one_may_not_see_there_is_no_warning(
    seema: Client, branch: Branch
) -> None:
    other = make_branch("LAND")
    sender = make_correspondent(branch.section, "Ram Niwas")
    day = days_from_now(-3)
    hidden = diarised(other, correspondent=sender, letter_number="GP/12", letter_date=day)
    answer = seema.post(address(branch), written())
    assert answer.status_code == 302
    assert Receipt.objects.exclude(pk=hidden.pk).count() == 1


def test_who_wrote_before_is_remembered_and_found(seema: Client, branch: Branch) -> None:
    seema.post(address(branch), written())
    seema.post(address(branch), written(letter_number="GP/13"))
    sender = Correspondent.objects.get()
    page = content(seema.get(address(branch)))
    assert '<option value="Ram Niwas">' in page
    looked = seema.post(address(branch), written(name="niwas", find="1", subject="Half a line"))
    assert looked.status_code == 200
    assert f'id="known_{sender.pk}"' in content(looked)
    assert "Half a line" in content(looked)
    seema.post(address(branch), written(name="", known=str(sender.pk), letter_number="GP/14"))
    assert Receipt.objects.filter(correspondent=sender).count() == 3


def test_nobody_is_suggested_of_whom_one_may_see_nothing(seema: Client, branch: Branch) -> None:
    other = make_branch("LAND")
    hidden = make_correspondent(branch.section, "Kamla Rani")
    diarised(other, correspondent=hidden)
    assert "Kamla Rani" not in content(seema.get(address(branch)))
    assert f'id="known_{hidden.pk}"' not in content(
        seema.post(address(branch), written(name="kamla", find="1"))
    )
    answer = seema.post(address(branch), written(known=str(hidden.pk)))
    assert answer.status_code == 422


def test_another_like_this_begins_with_its_words(seema: Client, branch: Branch) -> None:
    receipt = diarised(branch)
    page = content(seema.get(address(branch), {"like": receipt.pk}))
    assert "Repair of the road to Bawal" in page
    assert "Asha Devi" in page
    hidden = diarised(make_branch("LAND"))
    assert seema.get(address(branch), {"like": hidden.pk}).status_code == 404


def test_the_sender_is_told_the_number_and_nothing_of_the_matter(
    seema: Client, branch: Branch
) -> None:
    wanted = {"acknowledge": "on", "phone": "98000 00099", "email": "gp@example.org"}
    seema.post(address(branch), written(**wanted))
    number = Receipt.objects.get().item.number
    told = list(Message.objects.filter(template__key="receipt_diarised"))
    assert {message.channel for message in told} == {"sms", "email"}
    for message in told:
        assert number in message.body
        assert "Street light" not in message.body + message.subject


def test_without_the_tick_nobody_is_told(seema: Client, branch: Branch) -> None:
    seema.post(address(branch), written(phone="98000 00099"))
    assert not Message.objects.exists()


def test_run_through_is_not_offered_below_the_chief_ministers_office(
    seema: Client, branch: Branch
) -> None:
    assert seema.post(address(branch), written(priority="5")).status_code == 422


def test_the_desk_of_somebody_else_is_not_found(seema: Client, branch: Branch) -> None:
    other = make_branch("LAND")
    assert seema.get(address(other)).status_code == 404
    assert seema.post(address(other), written()).status_code == 404
    assert seema.delete(address(branch)).status_code == 405


def test_the_form_asks_few_questions_of_the_database(seema: Client, branch: Branch) -> None:
    diarised(branch)
    assert len(queries(seema, address(branch))) <= 8

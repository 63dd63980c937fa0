"""From a meeting's outcome to a receipt: one for a meeting, and the citizen reads of it."""

import io
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from appointments.models import Action, Request
from appointments.services import timeline
from eoffice.models import Classification, Desk, Rank, Receipt
from eoffice.services import closing, from_meetings
from eoffice.services.refusals import Refused
from esachivalaya.common.idempotency import new_key
from tests.desks import Branch, days_from_now, make_branch, make_section
from tests.meetings import DECISION, held
from tests.office import content
from tests.office import page as office_page
from tests.people import Cast, make_cast, sign_in_staff


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Desk:
    section = make_section("ADM", cast.rewari.department.code)
    return Desk.objects.create(post=cast.rewari, section=section, rank=Rank.HEAD)


@pytest.fixture
def met(cast: Cast, desk: Desk) -> Request:
    return held(cast)


@pytest.fixture
def office(client: Client, cast: Cast) -> Client:
    client.cookies["language"] = "en"
    return sign_in_staff(client, cast.suresh)


def address(row: Request) -> str:
    return reverse("eoffice:from-meeting", args=[row.post.code, row.reference])


def told(row: Request) -> list[Any]:
    return [(step.title, step.words) for step in timeline.entries(Request.objects.get(pk=row.pk))]


def test_the_outcomes_page_leads_to_it_in_one_step(office: Client, met: Request) -> None:
    assert address(met) in content(office.get(office_page(met)))
    shown = content(office.get(address(met)))
    assert DECISION in shown
    assert not Receipt.objects.exists()
    answer = office.post(address(met), {"key": new_key()})
    receipt = Receipt.objects.get(request=met)
    assert receipt.category == "meeting"
    assert receipt.item.subject == met.subject
    assert DECISION in content(office.get(answer.url))
    assert office.get(address(met)).url == answer.url


def test_an_office_without_a_desk_is_not_led_there(cast: Cast, office: Client) -> None:
    row = held(cast)
    assert address(row) not in content(office.get(office_page(row)))
    assert office.get(address(row)).status_code == 404


def test_the_citizen_reads_of_it_and_of_its_end(cast: Cast, desk: Desk, met: Request) -> None:
    receipt = from_meetings.diarise_outcome(request=met, desk=desk, by=cast.meera)
    assert any(receipt.item.number in words for _title, words in told(met))
    before = len(told(met))
    closing.close(item=receipt.item, desk=desk, by=cast.meera, words="The road is repaired")
    assert len(told(met)) == before + 1
    assert not any("The road is repaired" in words for _title, words in told(met))


def test_one_receipt_for_a_meeting(cast: Cast, desk: Desk, met: Request) -> None:
    from_meetings.diarise_outcome(request=met, desk=desk, by=cast.meera)
    with pytest.raises(Refused) as refused:
        from_meetings.diarise_outcome(request=met, desk=desk, by=cast.meera)
    assert refused.value.rule == "diarised"
    assert Receipt.objects.count() == 1


def test_a_private_meeting_makes_a_restricted_receipt(cast: Cast, desk: Desk) -> None:
    row = held(cast)
    Request.objects.filter(pk=row.pk).update(private=True)
    row.refresh_from_db()
    receipt = from_meetings.diarise_outcome(request=row, desk=desk, by=cast.meera)
    assert receipt.item.classification == Classification.RESTRICTED
    assert receipt.correspondent.phone == ""


def test_another_office_finds_nothing(met: Request) -> None:
    other: Branch = make_branch("LAND")
    stranger = sign_in_staff(Client(), other.seema)
    assert stranger.get(address(met)).status_code == 404
    code = other.assistant.post.code
    there = reverse("eoffice:from-meeting", args=[code, met.reference])
    assert stranger.get(there).status_code == 404
    assert stranger.post(there, {"key": new_key()}).status_code == 404
    assert not Receipt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_diarise_the_same_outcome_at_once_make_one_receipt(race: Any) -> None:
    cast = make_cast()
    section = make_section("ADM", cast.rewari.department.code)
    desk = Desk.objects.create(post=cast.rewari, section=section, rank=Rank.HEAD)
    row = held(cast)

    def job() -> Receipt:
        return from_meetings.diarise_outcome(request=row, desk=desk, by=cast.meera)

    outcomes = race(job, job)
    assert sorted(one.ok for one in outcomes) == [False, True]
    assert all(isinstance(one.error, Refused) for one in outcomes if not one.ok)
    assert Receipt.objects.count() == 1
    # No gap in the diary: the number of who came second was given back.
    assert Receipt.objects.get().item.number.startswith("1/")


def words_of(receipt: Receipt) -> str:
    with receipt.enclosures.get().stored.file.open("rb") as file:
        pages = pypdf.PdfReader(io.BytesIO(file.read())).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_decision_is_its_first_paper(
    cast: Cast, desk: Desk, met: Request, office: Client
) -> None:
    Request.objects.filter(pk=met.pk).update(language="en")
    met.refresh_from_db()
    Action.objects.create(
        outcome=met.outcome,
        position=1,
        what="Measure the field",
        post=cast.rewari,
        by_day=days_from_now(9),
    )
    receipt = from_meetings.diarise_outcome(request=met, desk=desk, by=cast.meera)
    words = words_of(receipt)
    assert DECISION in words
    assert "Measure the field" in words
    assert "Draft" not in words
    paper = reverse("eoffice:receipt-paper", args=[desk.post.code, receipt.pk, 1])
    answer = office.get(paper)
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_the_paper_is_in_the_language_of_the_meeting(cast: Cast, desk: Desk, met: Request) -> None:
    Request.objects.filter(pk=met.pk).update(language="hi")
    met.refresh_from_db()
    receipt = from_meetings.diarise_outcome(request=met, desk=desk, by=cast.meera)
    with translation.override("hi"):
        assert (
            receipt.enclosures.get().name == translation.gettext("Decision of the meeting") + ".pdf"
        )

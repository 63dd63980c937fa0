"""The slip: what stands on it, what a private one keeps to itself, and that it was printed."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from appointments.models import DrawWish, Request
from appointments.services import answers, wishes
from esachivalaya.accounts.models import User
from esachivalaya.common.formats import datetime_long
from esachivalaya.common.references import grouped
from kendras.models import Kendra, SeatHold
from officials.models import Service
from tests.at_a_kendra import booked, booking_of, request_of
from tests.draws import announced
from tests.people import Cast, make_department

pytestmark = pytest.mark.django_db
SCRIPT = {"Sec-Fetch-Dest": "empty"}


@pytest.fixture
def pooja(client: Client, operator: User, at_counter: Callable[[Client, User], Client]) -> Client:
    return at_counter(client, operator)


def slip_of(client: Client, reference: str, query: str = "") -> str:
    """The words of the slip alone."""
    answer = client.get(f"/kendra/REW-0001/slip/{reference}/{query}")
    assert answer.status_code == 200, answer
    page = answer.content.decode()
    slip = page[page.index("<article") : page.index("</article>")]
    return " ".join(re.sub(r"<[^>]+>", " ", slip).split())


class TestWhatStandsOnIt:
    def test_everything_that_the_walk_in_needs_in_both_languages(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User, settings: object
    ) -> None:
        settings.KENDRA_COMPLAINTS_PHONE = "0172 111 2222"  # type: ignore[attr-defined]
        row = request_of(done := booked(kendra, operator, cast.rewari))
        words = slip_of(pooja, row.reference)
        assert row.starts_at is not None
        for said in (
            grouped(row.reference),
            "उपायुक्त, रेवाड़ी",
            "Deputy Commissioner, Rewari",
            datetime_long(row.starts_at, "hi"),
            datetime_long(row.starts_at, "en"),
            datetime_long(row.due_at, "hi"),
            "सीट 1",
            "98003 00001",
            "0172 111 2222",
            "यह पर्ची, पहचान-पत्र",
            "None taken",
            row.citizen.name,
            "पूजा रानी",
            "Pooja Rani",
            row.subject,
        ):
            assert said in words, said
        assert words.index("संदर्भ संख्या") < words.index("Reference")
        assert done.pin
        assert done.pin not in words

    def test_papers_and_fee_of_the_service(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        service = Service.objects.create(
            code="OAP",
            department=make_department(),
            kind="scheme",
            name_en="Pension",
            name_hi="पेंशन",
            documents_en="Bank book\nFamily ID",
            documents_hi="बैंक पासबुक\nपरिवार पहचान पत्र",
            atal_seva_fee_rs=10,
        )
        done = booked(kendra, operator, cast.rewari, service_id=service.pk, fee_rs=10)
        words = slip_of(pooja, done.reference)
        assert "यह पर्ची, बैंक पासबुक, परिवार पहचान पत्र" in words
        assert "₹ 10 taken" in words

    def test_the_qr_code_leads_to_the_tracking_page(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari)
        page = pooja.get(f"/kendra/REW-0001/slip/{done.reference}/").content.decode()
        assert 'class="slip-qr"' in page
        assert "style=" not in page

    def test_a_private_one_says_neither_office_nor_subject(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = request_of(done := booked(kendra, operator, cast.rewari, private=True))
        sent = {"reference": row.reference, "pin": done.pin}
        assert pooja.post("/kendra/REW-0001/help/", sent).status_code == 302
        words = slip_of(pooja, row.reference)
        assert grouped(row.reference) in words
        for kept in ("उपायुक्त", "Deputy", row.subject):
            assert kept not in words

    def test_after_a_confirmation_it_says_so(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = request_of(booked(kendra, operator, cast.rewari))
        answers.confirm(request=row, by=cast.meera, version=row.version)
        words = slip_of(pooja, row.reference)
        assert "बैठक तय" in words
        assert "उत्तर कब तक" not in words

    def test_what_is_over_says_so(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        row = request_of(booked(kendra, operator, cast.rewari))
        wishes.withdraw(request=row, by=operator, version=row.version)
        assert "Withdrawn" in slip_of(pooja, row.reference)

    def test_a_wish_in_a_draw_has_code_and_day_of_the_draw(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        draw = announced(cast)
        done = booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk)
        words = slip_of(pooja, done.reference)
        assert DrawWish.objects.get().spoken in words
        assert datetime_long(draw.draws_at, "hi") in words

    def test_without_a_seat_it_names_none(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari, seat_wanted=False)
        assert not SeatHold.objects.exists()
        assert "सीट" not in slip_of(pooja, done.reference)


class TestPrinting:
    def test_the_first_printing_is_noted_and_no_later_one(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari)
        url = f"/kendra/REW-0001/slip/{done.reference}/"
        pooja.get(url)
        assert booking_of(done).slip_printed_at is None
        assert pooja.post(url, {"paper": "80"}, headers=SCRIPT).status_code == 204
        first = booking_of(done).slip_printed_at
        assert first is not None
        answer = pooja.post(url, {"paper": "a6"})
        assert answer["Location"] == f"{url}?paper=a6"
        assert booking_of(done).slip_printed_at == first

    def test_the_paper_is_remembered(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari)
        url = f"/kendra/REW-0001/slip/{done.reference}/"
        assert 'data-slip="a6"' in pooja.get(url).content.decode()
        assert 'data-slip="80"' in pooja.get(f"{url}?paper=80").content.decode()
        assert 'data-slip="a6"' in pooja.get(f"{url}?paper=wall").content.decode()
        pooja.post(url, {"paper": "80"})
        assert 'data-slip="80"' in pooja.get(url).content.decode()


class TestWhoSeesIt:
    def test_another_kendras_slip_is_not_there(
        self,
        client: Client,
        cast: Cast,
        kendra: Kendra,
        operator: User,
        other_operator: User,
        at_counter: Callable[[Client, User], Client],
    ) -> None:
        done = booked(kendra, operator, cast.rewari)
        vikas = at_counter(client, other_operator)
        for code in ("GGM-0001", "REW-0001"):
            assert vikas.get(f"/kendra/{code}/slip/{done.reference}/").status_code == 404
            assert vikas.post(f"/kendra/{code}/slip/{done.reference}/").status_code == 404
        assert booking_of(done).slip_printed_at is None

    def test_a_private_one_asks_for_its_pin(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari, private=True)
        answer = pooja.get(f"/kendra/REW-0001/slip/{done.reference}/")
        assert answer["Location"] == f"/kendra/REW-0001/help/?reference={done.reference}"

    def test_any_spelling_leads_to_the_one_address_and_nonsense_nowhere(
        self, pooja: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari)
        answer = pooja.get(f"/kendra/REW-0001/slip/{done.reference.lower()}/")
        assert answer["Location"] == f"/kendra/REW-0001/slip/{done.reference}/"
        assert pooja.get("/kendra/REW-0001/slip/ES23456789/").status_code == 404
        assert Request.objects.count() == 1

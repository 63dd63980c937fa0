"""My appointments and one of them: seen by its household alone, changed once."""

from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from appointments import diary
from appointments.models import Draft, Offer, Request
from appointments.services import answers
from appointments.services.booking import CompanionWish
from esachivalaya.common import clock, uploads
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.references import grouped
from tests.appointments.citizens import booked, later_span
from tests.common.test_uploads import pdf
from tests.papers import attach
from tests.people import (
    Cast,
    make_citizen,
    make_household,
    sign_in_household,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
LIST = "/appointments/"


@pytest.fixture
def asha(client: Client, cast: Cast) -> Client:
    client.cookies["language"] = "en"
    return sign_in_household(client, cast.household)


def path(row: Request, name: str = "detail", *more: Any) -> str:
    return reverse(f"appointments:{name}", args=[row.reference, *more])


def press(client: Client, row: Request, name: str, **data: Any) -> Any:
    row.refresh_from_db(fields=["version"])
    return client.post(path(row, name), {"key": new_key(), "version": row.version, **data})


def test_open_requests_come_first_and_an_empty_list_says_so(asha: Client, cast: Cast) -> None:
    assert "No appointments yet" in asha.get(LIST).content.decode()
    first = booked(cast)
    press(asha, first, "withdraw")
    second = booked(cast, subject="The second matter of mine")
    page = asha.get(LIST).content.decode()
    assert page.index(second.subject) < page.index(">Past<") < page.index(first.subject)


@pytest.mark.parametrize("rows", [1, 15])
def test_the_list_makes_the_same_few_queries(
    asha: Client, cast: Cast, rows: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(rows):
        person = make_citizen(cast.household, f"Person {number}")
        booked(cast, person, slot=None)
        # Ten a day are the most from one phone; what is older does not count.
        Request.objects.update(phone="")
    with django_assert_max_num_queries(5):
        assert asha.get(LIST).status_code == 200


@pytest.mark.parametrize("companions", [0, 3])
def test_one_request_makes_the_same_few_queries(
    asha: Client, cast: Cast, companions: int, django_assert_max_num_queries: Any
) -> None:

    row = booked(cast, companions=tuple(CompanionWish(f"P {n}") for n in range(companions)))
    with django_assert_max_num_queries(10):
        assert asha.get(path(row)).status_code == 200


def test_one_request_says_what_happens_next_and_by_when(asha: Client, cast: Cast) -> None:
    row = booked(cast)
    page = asha.get(path(row)).content.decode()
    assert "Waiting for the office" in page
    assert "The office will answer by" in page
    assert grouped(row.reference) in page
    assert "PIN of this request" not in page


@pytest.mark.parametrize("spell", [str.lower, grouped, lambda text: text[2:]])
def test_any_spelling_of_the_reference_leads_to_the_one_address(
    asha: Client, cast: Cast, spell: Any
) -> None:
    row = booked(cast)
    response = asha.get(f"/appointments/{spell(row.reference)}/")
    assert response.status_code == 302
    assert response.url == path(row)


def test_somebody_elses_request_is_as_absent_as_one_that_never_was(cast: Cast) -> None:
    row = booked(cast)
    stranger = sign_in_household(Client(), make_household())
    office = sign_in_staff(Client(), cast.meera)
    for client in (stranger, office):
        for name in ("detail", "withdraw", "other-time", "calendar", "qr"):
            assert client.get(path(row, name)).status_code == 404
        assert client.get(path(row, "paper", 1)).status_code == 404
    assert stranger.get("/appointments/ES22222222/").status_code == 404
    assert press(stranger, row, "withdraw").status_code == 404
    row.refresh_from_db()
    assert row.status == Request.Status.REQUESTED


def test_nobody_signed_in_is_led_to_sign_in_whether_it_exists_or_not(cast: Cast) -> None:
    row = booked(cast)
    for reference in (row.reference, "ES22222222"):
        response = Client().get(f"/appointments/{reference}/")
        assert response.status_code == 302
        assert response.url.startswith(reverse("accounts:sign-in"))
    assert Client().get(LIST).url.startswith(reverse("accounts:sign-in"))


def test_wrong_methods_are_refused(asha: Client, cast: Cast) -> None:
    row = booked(cast)
    assert asha.get(path(row, "offer")).status_code == 405
    assert asha.get(path(row, "again")).status_code == 405
    for name in ("detail", "calendar", "qr"):
        assert asha.post(path(row, name)).status_code == 405


class TestWithdrawing:
    def test_asks_first_and_changes_nothing_by_looking(self, asha: Client, cast: Cast) -> None:
        row = booked(cast)
        assert "Withdraw this request?" in asha.get(path(row, "withdraw")).content.decode()
        row.refresh_from_db()
        assert row.status == Request.Status.REQUESTED

    def test_twice_is_once(self, asha: Client, cast: Cast) -> None:
        row = booked(cast)
        data = {"key": new_key(), "version": row.version}
        first = asha.post(path(row, "withdraw"), data)
        second = asha.post(path(row, "withdraw"), data)
        assert first.url == second.url == path(row)
        row.refresh_from_db()
        assert row.status == Request.Status.WITHDRAWN

    def test_a_changed_request_is_told_as_it_is_now(self, asha: Client, cast: Cast) -> None:
        row = booked(cast)
        data = {"key": new_key(), "version": row.version}
        answers.confirm(request=row, by=cast.meera, version=row.version)
        response = asha.post(path(row, "withdraw"), data)
        assert response.status_code == 409
        assert "Confirmed:" in response.content.decode()
        row.refresh_from_db()
        assert row.status == Request.Status.CONFIRMED

    @pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
    def test_a_forged_version_acts_on_nothing(self, asha: Client, cast: Cast, version: str) -> None:
        row = booked(cast)
        data = {"key": new_key(), "version": version}
        assert asha.post(path(row, "withdraw"), data).status_code in {200, 422}
        row.refresh_from_db()
        assert row.status == Request.Status.REQUESTED


class TestOtherTime:
    def test_another_time_is_asked_for(self, asha: Client, cast: Cast) -> None:
        row = booked(cast)
        other = later_span(cast.rewari, days=6)
        assert "Ask for another time" in asha.get(path(row, "other-time")).content.decode()
        response = press(asha, row, "other-time", slot=diary.slot_value(other))
        assert response.url == path(row)
        row.refresh_from_db()
        assert row.starts_at == other.start
        assert asha.get(path(row)).status_code == 200

    def test_a_time_taken_meanwhile_is_told_with_others(self, asha: Client, cast: Cast) -> None:
        row = booked(cast)
        wanted = later_span(cast.rewari, days=6)
        booked(cast, make_citizen(name="Somebody Else"), slot=wanted)
        response = press(asha, row, "other-time", slot=diary.slot_value(wanted))
        assert response.status_code == 409
        assert "taken a moment ago" in response.content.decode()

    @pytest.mark.parametrize("slot", ["", "any", "nonsense", "\x00"])
    def test_a_forged_time_is_refused(self, asha: Client, cast: Cast, slot: str) -> None:
        row = booked(cast)
        response = press(asha, row, "other-time", slot=slot)
        assert response.status_code == 422
        assert "field-error" in response.content.decode()


class TestOffer:
    @pytest.fixture
    def offered(self, cast: Cast) -> Request:
        row = booked(cast)
        answers.offer(
            request=row, slot=later_span(cast.rewari, 8), by=cast.meera, version=row.version
        )
        return row

    def test_the_list_asks_for_the_citizens_answer(self, asha: Client, offered: Request) -> None:
        page = asha.get(LIST).content.decode()
        assert "Another time is offered: please answer" in page
        assert "Waiting for an answer" not in page

    def test_it_is_accepted(self, asha: Client, offered: Request) -> None:
        offer = Offer.objects.get()
        assert "Accept this time" in asha.get(path(offered)).content.decode()
        press(asha, offered, "offer", offer=offer.pk, answer="accept")
        offered.refresh_from_db()
        assert offered.status == Request.Status.CONFIRMED
        assert offered.starts_at == offer.starts_at
        assert "Confirmed:" in asha.get(path(offered)).content.decode()

    def test_it_is_refused(self, asha: Client, offered: Request) -> None:
        press(asha, offered, "offer", offer=Offer.objects.get().pk, answer="refuse")
        offered.refresh_from_db()
        assert offered.status == Request.Status.REQUESTED
        assert Offer.objects.get().status == Offer.Status.REFUSED
        assert "Accept this time" not in asha.get(path(offered)).content.decode()

    @pytest.mark.parametrize("answer", ["", "maybe"])
    def test_something_else_is_no_answer(self, asha: Client, offered: Request, answer: str) -> None:
        press(asha, offered, "offer", offer=Offer.objects.get().pk, answer=answer)
        assert Offer.objects.get().status == Offer.Status.OPEN

    def test_anothers_offer_is_not_there(self, asha: Client, cast: Cast, offered: Request) -> None:
        other = booked(cast, cast.ramesh)
        response = press(asha, other, "offer", offer=Offer.objects.get().pk, answer="accept")
        assert response.status_code == 404


def test_the_calendar_file_has_the_zone_and_keeps_its_name(asha: Client, cast: Cast) -> None:
    row = booked(cast)
    answers.confirm(request=row, by=cast.meera, version=row.version)
    response = asha.get(path(row, "calendar"))
    assert response["Content-Type"].startswith("text/calendar")
    calendar = icalendar.Calendar.from_ical(response.content)
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Kolkata"]
    (event,) = calendar.walk("VEVENT")
    row.refresh_from_db()
    assert event["UID"].startswith(row.reference)
    assert event["SEQUENCE"] == row.version
    assert event["STATUS"] == "CONFIRMED"
    assert event.decoded("DTSTART") == row.starts_at
    assert row.subject not in response.content.decode()


def test_an_open_request_has_no_calendar_file_yet(asha: Client, cast: Cast) -> None:
    assert asha.get(path(booked(cast, slot=None), "calendar")).status_code == 404


def test_the_qr_code_is_a_picture_without_the_pin(asha: Client, cast: Cast) -> None:
    response = asha.get(path(booked(cast), "qr"))
    assert response["Content-Type"] == "image/svg+xml"
    assert b"<script" not in response.content


def test_a_paper_is_saved_never_shown(asha: Client, cast: Cast) -> None:

    row = booked(cast)
    paper = uploads.checked(SimpleUploadedFile("आवेदन.pdf", pdf()))
    attach(row, content=paper.content, name=paper.name)
    assert "आवेदन.pdf" in asha.get(path(row)).content.decode()
    response: Any = asha.get(path(row, "paper", 1))
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content) == paper.content
    assert asha.get(path(row, "paper", 2)).status_code == 404


def test_after_a_release_one_tap_begins_again_with_the_same_words(asha: Client, cast: Cast) -> None:
    row = booked(cast)
    moment = clock.now()
    Request.objects.filter(pk=row.pk).update(
        status="released", answered_at=moment, closed_at=moment, next_reminder_at=None
    )
    row.holds.update(released_at=moment)
    assert "Ask again, with priority" in asha.get(path(row)).content.decode()
    response = press(asha, row, "again")
    assert response.url == reverse("appointments:new", args=["DC-REW"])
    slot = diary.slot_value(later_span(cast.rewari))
    assert asha.post(response.url, {"slot": slot}).url.endswith("/papers/")
    assert row.subject == Draft.objects.get().data["about"]["subject"]


def test_every_state_has_its_words_in_both_languages(asha: Client, cast: Cast) -> None:
    row = booked(cast)
    moment = clock.now()
    for status in Request.Status.values:
        if status == "requested":
            continue
        Request.objects.filter(pk=row.pk).update(
            status=status,
            answered_at=moment,
            confirmed_by="rule",
            decline_reason="court",
            words="Please bring the order.",
        )
        for language in ("hi", "en"):
            asha.cookies["language"] = language
            assert asha.get(path(row)).status_code == 200


def test_an_overdue_request_reads_as_overdue_before_any_sweep(asha: Client, cast: Cast) -> None:
    row = booked(cast, slot=None)
    moment = clock.now()
    Request.objects.filter(pk=row.pk).update(
        created_at=moment - timedelta(hours=25), due_at=moment - timedelta(hours=1)
    )
    page = asha.get(path(row)).content.decode()
    assert "The office has not answered in time" in page
    assert "overdue by" in page


def test_a_withdrawn_request_leads_to_a_new_one_with_the_same_office(
    asha: Client, cast: Cast
) -> None:
    row = booked(cast)
    way = f'href="{reverse("officials:post", args=[row.post.code])}"'
    assert way not in asha.get(path(row)).content.decode()
    press(asha, row, "withdraw")
    page = asha.get(path(row)).content.decode()
    assert way in page
    assert "Time asked for" in page

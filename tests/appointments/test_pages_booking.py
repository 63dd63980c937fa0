"""Asking for a meeting: step by step, through sign-in, sent once, refused in words."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from appointments import diary, drafts
from appointments.models import Attachment, Draft, Hold, Request
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.slots import Span
from tests.appointments.citizens import (
    ABOUT,
    booked,
    fill_all,
    fill_before_sign_in,
    later_span,
    send,
    url,
)
from tests.common.test_uploads import pdf
from tests.people import (
    Cast,
    make_citizen,
    make_household,
    sign_in_household,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def asha(english: Client, cast: Cast) -> Client:
    return sign_in_household(english, cast.household)


def slot_of(cast: Cast) -> str:
    return diary.slot_value(later_span(cast.rewari))


def test_a_request_is_sent_and_acknowledged_with_reference_and_pin(
    asha: Client, cast: Cast
) -> None:
    fill_all(asha, cast.rewari, slot_of(cast), cast.asha)
    response = send(asha, cast.rewari)
    row = Request.objects.get()
    assert response.status_code == 303
    assert response["Location"] == reverse("appointments:detail", args=[row.reference])
    page = asha.get(response["Location"]).content.decode()
    assert "Your request is sent" in page
    assert "PIN of this request" in page
    assert row.subject == ABOUT["subject"]
    assert Hold.objects.filter(request=row, released_at=None).count() == 1
    assert not Draft.objects.exists()


def test_an_open_request_keeps_what_does_not_suit(asha: Client, cast: Cast) -> None:
    fill_all(asha, cast.rewari, "any", cast.asha)
    time = {"slot": "any", "unsuitable_weekdays": [0, 1], "unsuitable_parts": ["morning"]}
    asha.post(url("DC-REW", "time"), time)
    assert send(asha, cast.rewari).status_code == 303
    row = Request.objects.get()
    assert row.kind == Request.Kind.OPEN
    assert row.unsuitable_weekdays == [0, 1]
    assert row.unsuitable_parts == ["morning"]


def test_what_was_typed_before_sign_in_is_there_after_it(english: Client, cast: Cast) -> None:
    fill_before_sign_in(english, cast.rewari, slot_of(cast))
    response = english.get(url("DC-REW", "person"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("accounts:sign-in"))
    assert "next=/appointments/new/DC-REW/person/" in response["Location"]
    key = english.session.session_key
    english.force_login(
        cast.household.user, backend="esachivalaya.accounts.backends.HouseholdBackend"
    )
    assert english.session.session_key != key
    page = english.get(url("DC-REW", "person"))
    assert "Asha Devi" in page.content.decode()
    english.post(url("DC-REW", "person"), {"citizen": cast.asha.pk, "key": new_key()})
    assert ABOUT["subject"] in english.get(url("DC-REW", "check")).content.decode()


def test_a_draft_is_nobody_elses(asha: Client, cast: Cast) -> None:
    fill_all(asha, cast.rewari, slot_of(cast), cast.asha)
    other = Client()
    sign_in_household(other, make_household())
    response = other.get(url("DC-REW", "check"))
    assert response.status_code == 302
    assert response["Location"] == url("DC-REW", "time")
    assert asha.get(url("DC-REW", "check")).status_code == 200


def test_sent_twice_it_is_one_request_and_one_page(asha: Client, cast: Cast) -> None:
    fill_all(asha, cast.rewari, slot_of(cast), cast.asha)
    key = new_key()
    first, second = send(asha, cast.rewari, key), send(asha, cast.rewari, key)
    assert second.status_code == 303
    ends = [
        asha.get(sent["Location"], follow=True).request["PATH_INFO"] for sent in (first, second)
    ]
    assert ends[0] == ends[1] == first["Location"]
    assert Request.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_final_send_makes_at_most_twenty_statements(asha: Client, cast: Cast) -> None:
    fill_all(asha, cast.rewari, slot_of(cast), cast.asha)
    asha.post(url("DC-REW", "meeting"), {"language": "hi", "name1": "Pooja"})
    with CaptureQueriesContext(connection) as captured:
        assert send(asha, cast.rewari).status_code == 303
    statements = [query["sql"] for query in captured.captured_queries]
    assert len([sql for sql in statements if sql not in {"BEGIN", "COMMIT"}]) <= 20


def test_a_time_taken_meanwhile_is_told_with_others_one_tap_away(asha: Client, cast: Cast) -> None:
    span = later_span(cast.rewari)
    fill_all(asha, cast.rewari, diary.slot_value(span), cast.asha)
    booked(cast, make_citizen(name="Somebody Else"), slot=span)
    response = send(asha, cast.rewari)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Your details are kept" in page
    assert "These are the next free times" in page
    other = diary.slot_value(later_span(cast.rewari))
    assert asha.post(reverse("appointments:new-slot", args=["DC-REW"]), {"slot": other}).url == url(
        "DC-REW", "check"
    )
    assert send(asha, cast.rewari).status_code == 303


@pytest.mark.parametrize(
    "slot", ["", "tomorrow", "2026-11-23T10:00/2026-11-23T09:00", "1\x002", "x" * 10_000]
)
def test_a_forged_time_is_refused_in_words(english: Client, cast: Cast, slot: str) -> None:
    response = english.post(url("DC-REW", "time"), {"slot": slot})
    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert not Draft.objects.exists()


def test_a_past_time_and_one_outside_the_hours_are_refused(english: Client, cast: Cast) -> None:
    span = later_span(cast.rewari)
    for moved in (-timedelta(days=70), timedelta(minutes=7), timedelta(hours=11)):
        slot = diary.slot_value(Span(span.start + moved, span.end + moved))
        response = english.post(url("DC-REW", "time"), {"slot": slot})
        assert response.status_code == 422
        assert "This time is not free" in response.content.decode()


def test_a_time_that_passed_while_typing_is_refused_at_sending(asha: Client, cast: Cast) -> None:
    span = later_span(cast.rewari)
    fill_all(asha, cast.rewari, diary.slot_value(span), cast.asha)
    draft = Draft.objects.get()
    past = Span(span.start - timedelta(days=70), span.end - timedelta(days=70))
    draft.data["time"]["slot"] = diary.slot_value(past)
    draft.save()
    response = send(asha, cast.rewari)
    assert response.status_code in {409, 422}
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", ""),
        ("subject", "short"),
        ("subject", "x" * 10_000),
        ("sought", "x" * 10_000),
        ("description", "x" * 10_000),
        ("category", "999999"),
        ("category", "drop"),
    ],
)
def test_words_that_do_not_fit_are_told_and_kept(
    english: Client, cast: Cast, field: str, value: str
) -> None:
    english.post(url("DC-REW", "time"), {"slot": slot_of(cast)})
    data = {**ABOUT, "category": cast.category.pk, field: value}
    response = english.post(url("DC-REW", "about"), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "What you typed is kept" in page
    if field != "description":
        assert ABOUT["description"] in page


def test_scripts_are_shown_as_text_and_null_characters_fall_away(asha: Client, cast: Cast) -> None:
    fill_all(
        asha, cast.rewari, slot_of(cast), cast.asha, subject="<script>alert(1)</script>\x00 pension"
    )
    page = asha.get(url("DC-REW", "check")).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "\x00" not in page


def test_what_looks_like_an_aadhaar_number_is_masked_with_a_warning(
    asha: Client, cast: Cast
) -> None:
    fill_before_sign_in(
        asha, cast.rewari, slot_of(cast), description="My number is 9999 4105 7058, please help."
    )
    assert "9999 4105 7058" not in str(Draft.objects.get().data)
    page = asha.get(url("DC-REW", "person")).content.decode()
    assert "the portal never asks for one" in page


def test_steps_cannot_be_jumped_over(asha: Client, cast: Cast) -> None:
    assert asha.get(url("DC-REW", "check")).url == url("DC-REW", "time")
    asha.post(url("DC-REW", "time"), {"slot": slot_of(cast)})
    assert asha.get(url("DC-REW", "check")).url == url("DC-REW", "about")
    assert send(asha, cast.rewari).url == url("DC-REW", "about")


def test_a_change_leads_back_to_the_review(asha: Client, cast: Cast) -> None:
    fill_all(asha, cast.rewari, slot_of(cast), cast.asha)
    data = {**ABOUT, "category": cast.category.pk, "subject": "Quite another subject"}
    assert asha.post(url("DC-REW", "about"), data).url == url("DC-REW", "check")
    assert "Quite another subject" in asha.get(url("DC-REW", "check")).content.decode()


def test_somebody_of_another_household_cannot_be_chosen(asha: Client, cast: Cast) -> None:
    fill_before_sign_in(asha, cast.rewari, slot_of(cast))
    stranger = make_citizen(name="A Stranger")
    data = {"citizen": stranger.pk, "key": new_key()}
    assert asha.post(url("DC-REW", "person"), data).status_code == 422
    draft = Draft.objects.get()
    draft.data["person"] = {"citizen": stranger.pk}
    draft.save()
    assert send(asha, cast.rewari).url == url("DC-REW", "person")
    assert not Request.objects.exists()


def test_a_new_person_joins_the_household_by_name(asha: Client, cast: Cast) -> None:
    fill_before_sign_in(asha, cast.rewari, slot_of(cast))
    data = {"citizen": "new", "name": "Sunita Devi", "family_id": "", "key": new_key()}
    assert asha.post(url("DC-REW", "person"), data).url == url("DC-REW", "check")
    assert cast.household.citizens.filter(name="Sunita Devi", given_name="Sunita").exists()
    bad = {"citizen": "new", "name": "", "key": new_key()}
    assert asha.post(url("DC-REW", "person"), bad).status_code == 422


def test_a_rule_of_booking_is_told_as_a_sentence(asha: Client, cast: Cast) -> None:
    booked(cast)
    fill_all(asha, cast.rewari, slot_of(cast), cast.asha)
    response = send(asha, cast.rewari)
    assert response.status_code == 422
    assert "cannot ask this office at present" in response.content.decode()
    assert Draft.objects.exists()


def test_staff_are_told_to_sign_in_as_citizens(english: Client, cast: Cast) -> None:
    sign_in_staff(english, cast.meera)
    fill_before_sign_in(english, cast.rewari, slot_of(cast))
    response = english.get(url("DC-REW", "person"))
    assert response.status_code == 403
    assert "for citizens" in response.content.decode()


def test_companions_need_a_name(english: Client, cast: Cast) -> None:
    english.post(url("DC-REW", "time"), {"slot": slot_of(cast)})
    english.post(url("DC-REW", "about"), {**ABOUT, "category": cast.category.pk})
    bad = {"language": "hi", "relation1": "daughter"}
    assert english.post(url("DC-REW", "meeting"), bad).status_code == 422
    good = {"language": "hi", "name1": "Pooja", "relation1": "daughter", "phone1": "09800 000007"}
    assert english.post(url("DC-REW", "meeting"), good).status_code == 302
    assert Draft.objects.get().data["meeting"]["phone1"] == "+919800000007"


def test_switching_the_language_keeps_what_was_typed(english: Client, cast: Cast) -> None:
    english.post(url("DC-REW", "time"), {"slot": slot_of(cast)})
    response = english.post(
        url("DC-REW", "about"), {"subject": "Half a sent", "switch_language": "hi"}
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert "Half a sent" in page
    assert 'lang="hi"' in page
    assert "about" not in Draft.objects.get().data


class TestPapers:
    @pytest.fixture
    def at_papers(self, english: Client, cast: Cast) -> Client:
        english.post(url("DC-REW", "time"), {"slot": slot_of(cast)})
        english.post(url("DC-REW", "about"), {**ABOUT, "category": cast.category.pk})
        english.post(url("DC-REW", "meeting"), {"language": "hi"})
        return english

    def add(self, client: Client, *files: SimpleUploadedFile) -> Any:
        data = {f"paper{number}": file for number, file in enumerate(files, start=1)}
        return client.post(url("DC-REW", "papers"), data)

    def test_papers_are_added_and_removed(self, at_papers: Client) -> None:
        assert self.add(at_papers, SimpleUploadedFile("a.pdf", pdf())).status_code == 302
        assert "a.pdf" in at_papers.get(url("DC-REW", "papers")).content.decode()
        at_papers.post(reverse("appointments:new-paper-remove", args=["DC-REW", 1]))
        assert not Attachment.objects.exists()

    def test_a_hostile_paper_is_told_and_the_good_ones_stay(self, at_papers: Client) -> None:
        html = SimpleUploadedFile("b.pdf", b"<html><script>alert(1)</script>")
        response = self.add(at_papers, SimpleUploadedFile("a.pdf", pdf()), html)
        assert response.status_code == 422
        assert "“b.pdf” is not a PDF" in response.content.decode()
        assert [paper.name for paper in Attachment.objects.all()] == ["a.pdf"]

    def test_fifty_megabytes_are_cut_off_and_told(self, at_papers: Client) -> None:
        flood = io.BytesIO(b"%PDF-" + b"0" * (50 * 1024 * 1024))
        flood.name = "flood.pdf"
        response = at_papers.post(url("DC-REW", "papers"), {"paper1": flood})
        assert response.status_code == 413
        assert "“flood.pdf” is larger than 5 MB" in response.content.decode()
        assert Draft.objects.get().data["about"]["subject"] == ABOUT["subject"]
        assert not Attachment.objects.exists()

    def test_a_fourth_paper_is_refused(self, at_papers: Client) -> None:
        for pages in (1, 2, 3):
            self.add(at_papers, SimpleUploadedFile(f"{pages}.pdf", pdf(pages)))
        response = self.add(at_papers, SimpleUploadedFile("4.pdf", pdf(4)))
        assert response.status_code == 422
        assert Attachment.objects.count() == 3

    def test_without_the_virus_scanner_no_paper_is_taken_and_all_else_stays(
        self, at_papers: Client, settings: Settings
    ) -> None:
        settings.CLAMD_ADDRESS = "127.0.0.1:9"
        response = self.add(at_papers, SimpleUploadedFile("a.pdf", pdf()))
        assert response.status_code == 503
        assert "cannot be checked at the moment" in response.content.decode()
        assert not Attachment.objects.exists()
        assert Draft.objects.get().data["about"]["subject"] == ABOUT["subject"]
        assert at_papers.post(url("DC-REW", "papers")).status_code == 302

    def test_papers_go_with_the_request(self, at_papers: Client, cast: Cast) -> None:
        self.add(at_papers, SimpleUploadedFile("a.pdf", pdf()))
        at_papers.force_login(
            cast.household.user, backend="esachivalaya.accounts.backends.HouseholdBackend"
        )
        at_papers.post(url("DC-REW", "person"), {"citizen": cast.asha.pk, "key": new_key()})
        assert send(at_papers, cast.rewari).status_code == 303
        paper = Attachment.objects.get()
        assert paper.draft is None
        assert paper.request == Request.objects.get()


def test_old_drafts_go_with_their_papers(english: Client, cast: Cast) -> None:

    english.post(url("DC-REW", "time"), {"slot": slot_of(cast)})
    assert drafts.remove_old() == 0
    Draft.objects.update(changed_at=clock.now() - timedelta(days=3))
    assert drafts.remove_old() == 1
    assert not Draft.objects.exists()


def test_a_private_request_opens_with_its_pin_only(asha: Client, cast: Cast) -> None:
    fill_all(asha, cast.rewari, slot_of(cast), cast.asha)
    asha.post(url("DC-REW", "meeting"), {"language": "hi", "private": "on"})
    response = send(asha, cast.rewari)
    row = Request.objects.get()
    assert response["Location"] == reverse("appointments:track-detail", args=[row.reference])
    assert "PIN of this request" in asha.get(response["Location"]).content.decode()
    assert row.subject not in asha.get(reverse("appointments:list")).content.decode()
    again = sign_in_household(Client(), cast.household)
    assert again.get(reverse("appointments:detail", args=[row.reference])).status_code == 404

"""A service or scheme as what an appointment is about."""

import pytest
from django.test import Client
from django.urls import reverse

from appointments import diary
from appointments.models import Draft, Request
from appointments.services import given_anew
from appointments.services.refusals import Refused
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from officials.models import Service
from tests.appointments.citizens import ABOUT, booked, fill_all, later_span, send, url
from tests.catalogue import make_deed_service, make_service
from tests.people import Cast, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def asha(english: Client, cast: Cast) -> Client:
    return sign_in_household(english, cast.household)


@pytest.fixture
def allowance(cast: Cast) -> Service:
    return make_service()


@pytest.fixture
def deed(cast: Cast) -> Service:
    return make_deed_service()


def missed_by_office(row: Request) -> Request:
    """``row`` as it is after an office did not come to it."""
    moment = clock.now()
    Request.objects.filter(pk=row.pk).update(
        status="missed_by_office",
        confirmed_by="office",
        answered_at=moment,
        closed_at=moment,
        next_reminder_at=None,
    )
    row.holds.update(released_at=moment)
    return Request.objects.select_related("post", "citizen__household__user").get(pk=row.pk)


def slot_of(cast: Cast) -> str:
    return diary.slot_value(later_span(cast.rewari))


class TestBooking:
    @pytest.fixture
    def at_about(self, asha: Client, cast: Cast) -> Client:
        assert asha.post(url("DC-REW", "time"), {"slot": slot_of(cast)}).status_code == 302
        return asha

    def test_from_the_catalogue_to_the_office(
        self, asha: Client, cast: Cast, deed: Service
    ) -> None:
        shown = asha.get(url("DC-REW", "time"), {"slot": slot_of(cast), "service": "REV-DEED"})
        assert '<input type="hidden" name="service" value="REV-DEED">' in shown.content.decode()
        went_on = asha.post(url("DC-REW", "time"), {"slot": slot_of(cast), "service": "REV-DEED"})
        assert went_on["Location"] == f"{url('DC-REW', 'about')}?service=REV-DEED"
        about = asha.get(went_on["Location"]).content.decode()
        subject = "My application: Registration of sale deed"
        assert f'value="{subject}"' in about
        data = {**ABOUT, "category": cast.category.pk, "subject": subject, "service": "REV-DEED"}
        assert asha.post(url("DC-REW", "about"), data).status_code == 302
        assert Draft.objects.get().data["about"]["service"] == deed.pk
        asha.post(url("DC-REW", "meeting"), {"language": "hi"})
        asha.post(url("DC-REW", "papers"), {})
        asha.post(url("DC-REW", "person"), {"citizen": cast.asha.pk, "key": new_key()})
        assert (
            "<dd>Registration of sale deed</dd>"
            in asha.get(url("DC-REW", "check")).content.decode()
        )
        sent = send(asha, cast.rewari)
        row = Request.objects.get()
        assert (row.service, row.subject) == (deed, subject)
        assert "<dd>Registration of sale deed</dd>" in asha.get(sent["Location"]).content.decode()
        office = Client()
        office.cookies["language"] = "en"
        sign_in_staff(office, cast.suresh)
        page = office.get(reverse("admin:appointments_request_change", args=[row.reference]))
        assert "Notified time limit: 60 working days" in page.content.decode()

    def test_without_one_all_is_as_before(self, asha: Client, cast: Cast, deed: Service) -> None:
        fill_all(asha, cast.rewari, slot_of(cast), cast.asha)
        assert send(asha, cast.rewari).status_code == 303
        assert Request.objects.get().service is None

    def test_a_service_chosen_later_replaces_the_one_before(
        self, asha: Client, cast: Cast, deed: Service, allowance: Service
    ) -> None:
        fill_all(asha, cast.rewari, slot_of(cast), cast.asha, service="REV-DEED")
        again = asha.post(url("DC-REW", "time"), {"slot": slot_of(cast), "service": "SJE-OLD"})
        about = asha.get(again["Location"])
        assert about.context["service"] == allowance
        # What somebody wrote of their own stays.
        assert ABOUT["subject"] in about.content.decode()

    def test_it_is_found_and_chosen_by_buttons_and_typed_text_stays(
        self, at_about: Client, deed: Service, allowance: Service
    ) -> None:
        typed = {"sought": "Please have it paid", "service_words": "pension"}
        found = at_about.post(url("DC-REW", "about"), {**typed, "look": "services"})
        assert found.status_code == 200
        assert [service.code for service in found.context["found"]] == ["SJE-OLD"]
        assert "Please have it paid" in found.content.decode()
        chosen = at_about.post(url("DC-REW", "about"), {**typed, "choose": "SJE-OLD"})
        page = chosen.content.decode()
        assert chosen.context["service"] == allowance
        assert "Please have it paid" in page
        assert 'value="My application: Old Age Samman Allowance"' in page
        assert "about" not in Draft.objects.get().data

    def test_it_is_removed_with_the_subject_that_was_proposed(
        self, at_about: Client, allowance: Service
    ) -> None:
        proposed = "My application: Old Age Samman Allowance"
        data = {"service": "SJE-OLD", "look": "none", "subject": proposed}
        removed = at_about.post(url("DC-REW", "about"), data)
        assert removed.context["service"] is None
        assert proposed not in removed.content.decode()
        own = at_about.post(url("DC-REW", "about"), {**data, "subject": "My own words here"})
        assert "My own words here" in own.content.decode()

    def test_words_without_a_choice_show_what_they_may_mean(
        self, at_about: Client, cast: Cast, allowance: Service
    ) -> None:
        data = {**ABOUT, "category": cast.category.pk}
        asked = at_about.post(url("DC-REW", "about"), {**data, "service_words": "pension"})
        assert asked.status_code == 422
        assert asked.context["found"] == [allowance]
        assert "Choose one of the services shown" in asked.content.decode()
        # Nothing is meant by these: they hold nobody up.
        on = at_about.post(url("DC-REW", "about"), {**data, "service_words": "qqqq"})
        assert on.status_code == 302

    def test_the_enter_key_in_the_search_looks(self, at_about: Client, allowance: Service) -> None:
        looked = at_about.post(url("DC-REW", "about"), {"service_words": "pension"})
        assert looked.status_code == 200
        assert "Choose one of the services shown" not in looked.content.decode()

    def test_a_switch_of_language_keeps_the_service(
        self, at_about: Client, allowance: Service
    ) -> None:
        data = {"service": "SJE-OLD", "subject": "Half a sent", "switch_language": "hi"}
        page = at_about.post(url("DC-REW", "about"), data).content.decode()
        assert "वृद्धावस्था सम्मान भत्ता" in page
        assert "Half a sent" in page

    @pytest.mark.parametrize("code", ["REV-DEED", "NONE", "\x00", "x" * 10_000])
    def test_one_that_is_not_offered_cannot_be_chosen(
        self, at_about: Client, cast: Cast, deed: Service, code: str
    ) -> None:
        Service.objects.update(active=False)
        data = {**ABOUT, "category": cast.category.pk, "service": code}
        response = at_about.post(url("DC-REW", "about"), data)
        assert response.status_code == 422
        assert code == "\x00" or "not offered at present" in response.content.decode()
        assert "about" not in Draft.objects.get().data

    def test_one_that_was_closed_while_typing_is_refused_in_words(
        self, asha: Client, cast: Cast, deed: Service
    ) -> None:
        fill_all(asha, cast.rewari, slot_of(cast), cast.asha, service="REV-DEED")
        Service.objects.update(active=False)
        response = send(asha, cast.rewari)
        assert response.status_code == 422
        assert "not offered at present" in response.content.decode()
        assert not Request.objects.exists()
        # The step shows it no longer, and the request can be sent without.
        assert asha.get(url("DC-REW", "about")).context["service"] is None
        asha.post(url("DC-REW", "about"), {**ABOUT, "category": cast.category.pk})
        assert send(asha, cast.rewari).status_code == 303

    def test_the_service_itself_refuses_one_that_is_not_offered(
        self, cast: Cast, deed: Service
    ) -> None:
        Service.objects.update(active=False)
        with pytest.raises(Refused) as refused:
            booked(cast, service_id=deed.pk)
        assert (refused.value.rule, refused.value.field) == ("service_not_offered", "service")

    @pytest.mark.parametrize("offered", [True, False])
    def test_asking_again_keeps_a_service_that_is_still_offered(
        self, asha: Client, cast: Cast, deed: Service, offered: bool
    ) -> None:
        row = booked(cast, service_id=deed.pk)
        moment = clock.now()
        Request.objects.filter(pk=row.pk).update(
            status="released", answered_at=moment, closed_at=moment, next_reminder_at=None
        )
        row.holds.update(released_at=moment)
        Service.objects.update(active=offered)
        again = reverse("appointments:again", args=[row.reference])
        assert asha.post(again).status_code == 302
        assert Draft.objects.get().data["about"]["service"] == (deed.pk if offered else None)

    def test_a_meeting_given_anew_is_about_the_same(self, cast: Cast, deed: Service) -> None:
        row = booked(cast, service_id=deed.pk)
        given = given_anew.give(missed_by_office(row), moment=clock.now())
        assert given.service == deed

    def test_a_long_name_fits_into_the_subject(self, at_about: Client, cast: Cast) -> None:
        make_service("LONG", name_en="Certificate " * 16)
        page = at_about.get(url("DC-REW", "about"), {"service": "LONG"})
        subject = page.context["form"]["subject"].value()
        assert len(subject) <= 120
        assert subject.endswith("…")

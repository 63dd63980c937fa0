"""People who come by themselves: a code on the phone, the same ledger, nobody merged or doubled."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections
from django.test import Client

from appointments.services.refusals import Refused
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications import numbers
from esachivalaya.notifications.models import Message, OptOut
from officials.models import District
from plasma.models import Donor, Invitation, Pledge
from plasma.services import answers, consents, volunteers
from plasma.services.answers import Asker
from plasma.services.volunteers import About
from tests.donors import (
    FAMILY_PHONE,
    DonorCast,
    make_campaign,
    make_district,
    make_donor_cast,
    make_invitation,
)
from tests.plasma.donor_pages import counted, fit, said

OWN = "+919870077777"


def about(name: str = "Kavita Rani", year: int = 1988, **fields: Any) -> About:
    return About(name=name, year_of_birth=year, district=fields.pop("district", None), **fields)


def prove(client: Client, phone: str) -> None:
    """The number, and the code that came to it."""
    client.cookies["language"] = "en"
    client.post("/plasma/come/", {"key": new_key(), "phone": phone})
    message = Message.objects.filter(template__key="plasma_code", to=phone).latest("pk")
    found = re.search(r"\b[0-9]{6}\b", message.body)
    assert found
    answer = client.post("/plasma/come/code/", {"code": found.group()})
    assert answer["Location"] == "/plasma/come/about/"


def typed(**fields: Any) -> dict[str, Any]:
    return {
        "key": new_key(),
        "name": "Kavita Rani",
        "year": "1988",
        "district": "GGM",
        "blood_group": "",
        "agree": "on",
        **fields,
    }


@pytest.mark.django_db
class TestComing:
    def test_a_new_person_is_a_volunteer_who_agreed(self, donor_cast: DonorCast) -> None:
        donor = volunteers.come(phone=OWN, about=about(), may_ask=False)
        assert donor.given_name == "Kavita"
        assert [one.kind for one in donor.cohorts.all()] == ["volunteers"]
        assert donor.phones.get().proved_at is not None
        assert consents.stands(donor, "donation")
        assert not consents.stands(donor, "appeals")

    def test_coming_twice_makes_one(self, donor_cast: DonorCast) -> None:
        first = volunteers.come(phone=OWN, about=about(), may_ask=False)
        again = volunteers.come(phone=OWN, about=about("  kavita   RANI "), may_ask=True)
        assert first == again
        assert consents.stands(first, "appeals")

    @pytest.mark.parametrize("name", ["Suman Devi", "सुमन देवी", "SUMAN"])
    def test_who_is_known_under_number_name_and_year_is_the_same(
        self, donor_cast: DonorCast, name: str
    ) -> None:
        found = volunteers.come(phone=FAMILY_PHONE, about=about(name, 1985), may_ask=False)
        assert found == donor_cast.suman

    @pytest.mark.parametrize(("name", "year"), [("Suman Devi", 1986), ("Geeta Devi", 1985)])
    def test_another_name_or_year_on_the_same_phone_is_another_person(
        self, donor_cast: DonorCast, name: str, year: int
    ) -> None:
        found = volunteers.come(phone=FAMILY_PHONE, about=about(name, year), may_ask=False)
        assert found not in {donor_cast.suman, donor_cast.rakesh}

    def test_coming_back_with_a_consent_ends_ones_own_stop(
        self, donor_cast: DonorCast, invitation: Invitation
    ) -> None:
        answers.stop(asker=Asker(donor_cast.suman, invitation))
        found = volunteers.come(phone=FAMILY_PHONE, about=about("Suman", 1985), may_ask=True)
        found.refresh_from_db()
        assert found.stopped_at is None

    def test_a_stop_of_the_number_is_not_ended_for_the_others_on_it(
        self, donor_cast: DonorCast
    ) -> None:
        numbers.opt_out(channel="sms", address=FAMILY_PHONE, source="inbound")
        volunteers.come(phone=FAMILY_PHONE, about=about("Suman", 1985), may_ask=True)
        donor_cast.rakesh.refresh_from_db()
        assert donor_cast.rakesh.stopped_at is not None
        assert OptOut.objects.filter(address=FAMILY_PHONE).exists()

    def test_who_has_the_number_alone_ends_its_stop(self, donor_cast: DonorCast) -> None:
        phone = donor_cast.imran.phones.get(position=1).phone
        numbers.opt_out(channel="sms", address=phone, source="inbound")
        volunteers.come(phone=phone, about=about("Imran", 1992), may_ask=True)
        donor_cast.imran.refresh_from_db()
        assert donor_cast.imran.stopped_at is None
        assert not OptOut.objects.exists()

    def test_a_number_has_no_end_of_people(self, donor_cast: DonorCast) -> None:
        for name in "Asha Bina Chanda Divya Esha Farah Geeta Hema".split():
            volunteers.come(phone=OWN, about=about(name), may_ask=False)
        with pytest.raises(Refused) as refused:
            volunteers.come(phone=OWN, about=about(year=1990), may_ask=False)
        assert refused.value.rule == "many_people"

    def test_a_pledge_of_who_was_asked_is_counted_in_that_campaign(
        self, donor_cast: DonorCast, invitation: Invitation
    ) -> None:
        found = volunteers.come(phone=FAMILY_PHONE, about=about("Suman", 1985), may_ask=False)
        answers.pledge(asker=Asker(found), bank=donor_cast.bank, answers=said())
        invitation.refresh_from_db()
        assert invitation.status == "pledged"
        assert counted("pledged") == 1

    def test_who_is_about_to_be_asked_is_not_asked_any_more(self, donor_cast: DonorCast) -> None:
        campaign = make_campaign(donor_cast.cohort, status="running")
        row = make_invitation(campaign, donor_cast.suman, status="planned")
        answers.pledge(asker=Asker(donor_cast.suman), bank=donor_cast.bank, answers=said())
        row.refresh_from_db()
        assert row.status == "pledged"
        assert not Message.objects.filter(template__key="plasma_appeal").exists()


@pytest.mark.django_db
class TestComingBack:
    def test_by_the_year_of_birth_on_a_proved_number(self, donor_cast: DonorCast) -> None:
        assert volunteers.come_back(phone=FAMILY_PHONE, year=1985) == donor_cast.suman
        assert volunteers.come_back(phone=FAMILY_PHONE, year=1980) == donor_cast.rakesh

    def test_two_of_one_year_are_not_told_apart_by_it(self, donor_cast: DonorCast) -> None:
        Donor.objects.filter(pk=donor_cast.rakesh.pk).update(year_of_birth=1985)
        assert volunteers.come_back(phone=FAMILY_PHONE, year=1985) is None

    def test_five_wrong_years_in_a_day_for_a_number(self, donor_cast: DonorCast) -> None:
        for _time in range(5):
            assert volunteers.come_back(phone=FAMILY_PHONE, year=1950) is None
        with pytest.raises(Refused) as refused:
            volunteers.come_back(phone=FAMILY_PHONE, year=1985)
        assert refused.value.rule == "tries"

    def test_right_years_cost_nothing(self, donor_cast: DonorCast) -> None:
        for _time in range(8):
            assert volunteers.come_back(phone=FAMILY_PHONE, year=1985) == donor_cast.suman

    def test_a_number_of_another_person_leads_nowhere(
        self, donor_cast: DonorCast, invitation: Invitation
    ) -> None:
        answers.wrong_person(invitation=invitation)
        assert volunteers.come_back(phone=FAMILY_PHONE, year=1985) is None


@pytest.mark.django_db
class TestPages:
    def test_from_the_number_to_a_pledge(self, client: Client, donor_cast: DonorCast) -> None:
        make_district("GGM")
        prove(client, OWN)
        answer = client.post("/plasma/come/about/", typed())
        assert answer["Location"] == "/plasma/d/me/"
        assert "Kavita" in client.get("/plasma/d/me/").content.decode()
        answer = client.post("/plasma/d/me/pledge/?bank=GGM", fit())
        assert answer["Location"] == "/plasma/d/me/slot/"
        assert Pledge.objects.get().invitation is None
        assert client.get("/plasma/d/me/slot/").status_code == 200

    def test_a_known_number_and_an_unknown_one_look_alike(
        self, client: Client, donor_cast: DonorCast
    ) -> None:
        pages = []
        for phone in (FAMILY_PHONE, OWN):
            other = Client()
            prove(other, phone)
            page = other.get("/plasma/come/about/").content.decode()
            pages.append(re.sub(r'value="[^"]{16,}"', "", page))
        assert pages[0] == pages[1]

    def test_coming_back_on_the_page(self, client: Client, donor_cast: DonorCast) -> None:
        prove(client, FAMILY_PHONE)
        wrong = client.post("/plasma/come/about/", {"back": "1", "back-year": "1950"})
        assert "We cannot find you by this" in wrong.content.decode()
        answer = client.post("/plasma/come/about/", {"back": "1", "back-year": "1985"})
        assert answer["Location"] == "/plasma/d/me/"
        assert "Suman" in client.get("/plasma/d/me/").content.decode()

    def test_without_a_right_code_nothing_opens(
        self, client: Client, donor_cast: DonorCast
    ) -> None:
        assert client.get("/plasma/come/about/")["Location"] == "/plasma/come/"
        assert client.get("/plasma/come/code/")["Location"] == "/plasma/come/"
        client.post("/plasma/come/", {"key": new_key(), "phone": FAMILY_PHONE})
        client.cookies["language"] = "en"
        answer = client.post("/plasma/come/code/", {"code": "000000"})
        assert answer.status_code == 200
        assert client.get("/plasma/come/about/")["Location"] == "/plasma/come/"

    def test_a_proof_is_old_after_ten_minutes(self, client: Client, donor_cast: DonorCast) -> None:
        prove(client, OWN)
        session: Any = client.session
        held = session["plasma_come"]
        session["plasma_come"] = {**held, "proved": "2020-07-21T10:00:00+00:00"}
        session.save()
        assert client.get("/plasma/come/about/")["Location"] == "/plasma/come/"

    def test_what_is_missing_is_said_and_the_rest_kept(
        self, client: Client, donor_cast: DonorCast
    ) -> None:
        prove(client, OWN)
        answer = client.post("/plasma/come/about/", typed(agree="", year="88"))
        page = answer.content.decode()
        assert "Kavita Rani" in page
        assert "four digits" in page
        assert not Donor.objects.filter(given_name="Kavita").exists()

    def test_the_codes_message_names_no_illness(
        self, client: Client, donor_cast: DonorCast
    ) -> None:
        client.post("/plasma/come/", {"key": new_key(), "phone": OWN})
        body = Message.objects.get(template__key="plasma_code").body
        assert not re.search("plasma|covid|प्लाज", body, re.IGNORECASE)


@pytest.mark.django_db(transaction=True)
def test_who_comes_ten_times_at_once_is_one(race: Callable[..., list[Any]]) -> None:
    close_old_connections()
    cast = make_donor_cast()
    district: District = cast.bank.district
    outcomes = race(
        *[
            lambda: volunteers.come(phone=OWN, about=about(district=district), may_ask=True)
            for _n in range(10)
        ]
    )
    assert all(one.ok for one in outcomes), [one.error for one in outcomes]
    assert Donor.objects.filter(given_name="Kavita").count() == 1

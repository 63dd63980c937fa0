"""One phone, several people: one person in one browser, and nobody who guesses learns anything."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.services.refusals import Refused
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.common.models import SentForm
from esachivalaya.notifications import numbers
from esachivalaya.notifications.models import OptOut
from plasma import donor_door
from plasma.models import Campaign, Donor, Invitation
from plasma.services import answers, consents, opening, planning, volunteers
from plasma.services.answers import Asker
from plasma.services.volunteers import About
from tests.donors import FAMILY_PHONE, DonorCast, make_campaign, make_donor, make_invitation
from tests.plasma.donor_pages import address, open_page

pytestmark = pytest.mark.django_db
FROM = "203.0.113.7"


def about(name: str, year: int) -> About:
    return About(name=name, year_of_birth=year, district=None)


def session_of(client: Client) -> dict[str, str]:
    held: dict[str, str] = client.session.get(donor_door.SESSION, {})
    return held


class TestOneInABrowser:
    def test_whoever_opens_their_link_closes_the_other_ones(
        self, client: Client, invitation: Invitation, campaign: Campaign, donor_cast: DonorCast
    ) -> None:
        other = make_invitation(campaign, donor_cast.rakesh)
        open_page(client, invitation)
        open_page(client, other)
        assert "Rakesh" in client.get(address(other)).content.decode()
        for page in ("", "my-data/", "my-data/file/", "pledge/"):
            answer = client.get(address(invitation, page))
            assert "Suman" not in answer.content.decode(), page

    def test_a_page_that_is_finished_is_closed(
        self, client: Client, invitation: Invitation
    ) -> None:
        open_page(client, invitation)
        assert address(invitation, "leave/") in client.get(address(invitation)).content.decode()
        assert client.get(address(invitation, "leave/")).status_code == 405
        assert session_of(client)
        answer = client.post(address(invitation, "leave/"))
        assert answer["Location"] == "/plasma/"
        assert "Suman" not in client.get(address(invitation)).content.decode()


class TestGuessing:
    def test_wrong_years_are_counted_for_the_network_across_links(
        self, campaign: Campaign, donor_cast: DonorCast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opening, "NETWORK_TRIES", 3)
        first = make_invitation(campaign, donor_cast.suman)
        second = make_invitation(campaign, donor_cast.rakesh)
        for row in (first, second, first):
            assert not opening.check_year(invitation=row, typed=1950, network=FROM)
        with pytest.raises(TooMany) as limit:
            opening.check_year(invitation=second, typed=1980, network=FROM)
        assert limit.value.until is not None
        # From elsewhere, and after an hour, the right year opens.
        assert opening.check_year(invitation=second, typed=1980, network="203.0.113.8")
        hour = opening.HOUR + timedelta(seconds=1)
        for sent in SentForm.objects.filter(form="plasma-year"):
            SentForm.objects.filter(pk=sent.pk).update(sent_at=sent.sent_at - hour)
        assert opening.check_year(invitation=first, typed=1985, network=FROM)

    def test_right_years_cost_a_network_nothing(self, invitation: Invitation) -> None:
        assert opening.check_year(invitation=invitation, typed=1985, network=FROM)
        assert not SentForm.objects.filter(form="plasma-year").exists()

    def test_the_page_says_so_with_a_429_and_keeps_no_address(
        self, client: Client, invitation: Invitation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opening, "NETWORK_TRIES", 1)
        open_page(client, invitation, 1950)
        answer = open_page(client, invitation, 1951)
        assert answer.status_code == 429
        assert "from your connection" in answer.content.decode()
        row = SentForm.objects.get(form="plasma-year")
        assert "127.0.0.1" not in f"{row.principal} {row.key} {row.digest}"

    def test_a_known_name_with_guessed_years_costs_the_days_tries(
        self, donor_cast: DonorCast
    ) -> None:
        for year in range(1960, 1965):
            found = volunteers.come(phone=FAMILY_PHONE, about=about("Suman", year), may_ask=False)
            assert found != donor_cast.suman
            # Whoever guesses clears away what the guess made.
            Donor.objects.filter(pk=found.pk).update(
                erased_at=found.made_at, name="", given_name="", year_of_birth=None
            )
        with pytest.raises(Refused) as refused:
            volunteers.come(phone=FAMILY_PHONE, about=about("Suman", 1965), may_ask=False)
        assert refused.value.rule == "tries"

    @pytest.mark.parametrize(
        ("known", "told", "same"),
        [
            ("Amit", "Amita", False),
            ("Raj", "Raja", False),
            ("Amit", "अमिता", False),
            ("अमित", "अमिता", False),
            ("Amita", "अमिता", True),
            ("Amit", "अमित", True),
            ("AMIT", "amit", True),
        ],
    )
    def test_a_brother_and_his_sister_born_together_are_two(
        self, donor_cast: DonorCast, known: str, told: str, same: bool
    ) -> None:
        row = make_donor(f"{known} Singh", phone="+919870055555", year_of_birth=1990)
        found = volunteers.come(
            phone="+919870055555", about=about(f"{told} Singh", 1990), may_ask=False
        )
        assert (found == row) is same


class TestStopAndBack:
    def test_who_volunteers_again_by_a_code_is_asked_again(
        self, donor_cast: DonorCast, settings: Any
    ) -> None:
        own = donor_cast.imran.phones.get(position=1).phone
        numbers.opt_out(channel="sms", address=own, source="inbound")
        row = make_campaign(donor_cast.cohort)
        assert donor_cast.imran.pk not in {one.donor for one in planning.plan(row).reached}
        volunteers.come(phone=own, about=about("Imran Khan", 1992), may_ask=True)
        assert not OptOut.objects.filter(address=own).exists()
        assert donor_cast.imran.pk in {one.donor for one in planning.plan(row).reached}

    def test_nobody_at_a_desk_ends_a_donors_stop(
        self, donor_cast: DonorCast, invitation: Invitation
    ) -> None:
        answers.stop(asker=Asker(donor_cast.suman, invitation))
        found = volunteers.come(
            phone=FAMILY_PHONE,
            about=about("Suman", 1985),
            may_ask=True,
            how="bank",
            by=donor_cast.desk,
            proved=False,
        )
        found.refresh_from_db()
        assert found == donor_cast.suman
        assert found.stopped_at is not None
        assert not consents.stands(found, "appeals")

    def test_nobody_at_a_desk_consents_for_a_number_that_said_stop(
        self, donor_cast: DonorCast
    ) -> None:
        numbers.opt_out(channel="sms", address="+919870066666", source="inbound")
        found = volunteers.come(
            phone="+919870066666", about=about("Geeta", 1990), may_ask=True, how="bank",
            by=donor_cast.desk, proved=False,
        )  # fmt: skip
        assert not consents.stands(found, "appeals")


class TestWhateverStoodBefore:
    def test_the_wrong_person_may_say_so_after_a_stop(
        self, client: Client, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        answers.stop(asker=Asker(donor_cast.suman, invitation))
        answer = client.post(address(invitation, "wrong/"), {"key": "k" * 20})
        assert answer["Location"] == "/plasma/answered/wrong/"
        assert donor_cast.suman.phones.get().wrong_at is not None

    def test_stop_and_wrong_person_are_never_refused(
        self, campaign: Campaign, donor_cast: DonorCast
    ) -> None:
        for status in Invitation.Status.values:
            donor = make_donor(f"{status.title()} Singh")
            row = make_invitation(campaign, donor, status=status)
            answers.stop(asker=Asker(donor, row))
            donor.refresh_from_db()
            assert donor.stopped_at is not None, status
            answers.wrong_person(invitation=row)
            if status != "wrong_person":
                assert donor.phones.get().wrong_at is not None, status

"""A hospital's need that is over asks nobody more; who asks for it, and who finds the page."""

from datetime import timedelta

import pytest
from django.test import Client

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.notifications.models import Message
from plasma.models import HospitalCharge, Invitation, PlasmaRequest, Proposal
from plasma.own_desk import own_desk
from plasma.services import handing_over, looks, matching, needs
from tests.donors import (
    DonorCast,
    ask_for,
    make_donor,
    make_hospital,
    serve_bank,
)
from tests.people import make_staff, sign_in_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def need(donor_cast: DonorCast) -> PlasmaRequest:
    """A need for which Suman waits to be asked."""
    row = needs.ask(
        hospital=donor_cast.hospital, by=donor_cast.registrar, group="O", units=2,
        needed_by=clock.now() + timedelta(days=3),
    )  # fmt: skip
    matching.propose(request=row, by=donor_cast.priya)
    one = row.proposals.get(donor=donor_cast.suman)
    matching.ask(proposal=one, by=donor_cast.priya, version=one.version)
    row.refresh_from_db()
    return row


def at_desk(user: User) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, user)


class TestOver:
    def test_closed_by_the_hospital_nobody_waits_to_be_asked(
        self, need: PlasmaRequest, donor_cast: DonorCast
    ) -> None:
        needs.close(request=need, by=donor_cast.registrar, version=need.version)
        assert Invitation.objects.get().status == "cancelled"
        assert handing_over.tick() == 0
        assert not Message.objects.filter(template__key="plasma_need").exists()

    def test_whose_message_waits_in_the_outbox_is_not_asked_either(
        self, need: PlasmaRequest, donor_cast: DonorCast
    ) -> None:
        assert need.campaign is not None
        type(need.campaign).objects.update(allowance=10)
        assert handing_over.tick() == 1
        needs.close(request=need, by=donor_cast.registrar, version=need.version)
        assert Message.objects.get(template__key="plasma_need").status == "cancelled"

    def test_met_or_out_of_time_as_well(self, need: PlasmaRequest) -> None:
        PlasmaRequest.objects.update(needed_by=clock.now())
        needs.follow()
        need.refresh_from_db()
        assert need.campaign is not None
        assert (need.status, need.campaign.status) == ("closed", "stopped")
        assert Invitation.objects.get().status == "cancelled"


class TestList:
    def test_a_full_list_is_worked_off_before_it_grows(
        self, donor_cast: DonorCast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(matching, "MOST", 2)
        row = needs.ask(
            hospital=donor_cast.hospital, by=donor_cast.registrar, group="O", units=2,
            needed_by=clock.now() + timedelta(days=3),
        )  # fmt: skip
        assert matching.propose(request=row, by=donor_cast.priya) == 2
        with pytest.raises(Refused) as refused:
            matching.propose(request=row, by=donor_cast.priya)
        assert refused.value.rule == "many"
        assert Proposal.objects.count() == 2

    def test_one_officer_with_two_accounts_does_not_ask_for_their_own_need(
        self, donor_cast: DonorCast
    ) -> None:
        row = needs.ask(
            hospital=donor_cast.hospital, by=donor_cast.registrar, group="O", units=2,
            needed_by=clock.now() + timedelta(days=3),
        )  # fmt: skip
        twin = make_staff("twin", roles=("campaigns",), phone=donor_cast.registrar.phone)
        matching.propose(request=row, by=twin)
        one = row.proposals.first()
        assert one is not None
        with pytest.raises(Refused) as refused:
            matching.ask(proposal=one, by=twin, version=one.version)
        assert refused.value.rule == "second_officer"

    def test_a_number_of_a_whole_ward_is_not_proposed(self, donor_cast: DonorCast) -> None:
        for number in range(9):
            make_donor(f"Ward{number} Singh", cohort=donor_cast.cohort, phone="+919870088888")
        row = needs.ask(
            hospital=donor_cast.hospital, by=donor_cast.registrar, group="O", units=20,
            needed_by=clock.now() + timedelta(days=3),
        )  # fmt: skip
        assert matching.propose(request=row, by=donor_cast.priya) == 3

    def test_who_is_put_on_the_list_reads_that_it_was_looked_at(
        self, need: PlasmaRequest, donor_cast: DonorCast
    ) -> None:
        assert [purpose for _at, purpose in looks.of(donor_cast.suman)] == [looks.MATCHING]


class TestWayHome:
    def test_a_hospitals_officer_is_led_to_its_page(self, donor_cast: DonorCast) -> None:
        client = at_desk(donor_cast.registrar)
        code = donor_cast.hospital.code
        assert own_desk(donor_cast.registrar) == "/plasma/hospital/"
        assert client.get("/plasma/hospital/")["Location"] == f"/plasma/hospital/{code}/"
        assert (
            f"/plasma/hospital/{code}/" in client.get("/admin/", follow=True).request["PATH_INFO"]
        )

    def test_several_hospitals_are_listed_and_others_are_not(self, donor_cast: DonorCast) -> None:
        ask_for(make_hospital("PGI-ROH", name_en="PGIMS, Rohtak"), donor_cast.registrar)
        make_hospital("CH-REW", name_en="Civil Hospital, Rewari")
        page = at_desk(donor_cast.registrar).get("/plasma/hospital/").content.decode()
        assert "PGIMS, Rohtak" in page
        assert "Gurugram" in page
        assert "Rewari" not in page

    def test_who_asked_once_is_told_that_it_is_over_and_strangers_nothing(
        self, donor_cast: DonorCast
    ) -> None:
        ended = clock.now() - timedelta(seconds=1)
        HospitalCharge.objects.filter(user=donor_cast.registrar).update(ends_at=ended)
        client = at_desk(donor_cast.registrar)
        assert "You ask for no hospital now" in client.get("/plasma/hospital/").content.decode()
        assert client.get(f"/plasma/hospital/{donor_cast.hospital.code}/").status_code == 404
        assert at_desk(donor_cast.desk).get("/plasma/hospital/").status_code == 404
        assert client.post("/plasma/hospital/").status_code == 405

    def test_whoever_serves_at_both_starts_at_the_bank(self, donor_cast: DonorCast) -> None:
        serve_bank(donor_cast.bank, donor_cast.registrar)
        assert own_desk(donor_cast.registrar) == "/plasma/bank/"

    def test_roles_have_their_desk_in_the_admin(self, donor_cast: DonorCast) -> None:
        ask_for(donor_cast.hospital, donor_cast.priya)
        assert own_desk(donor_cast.priya) == ""

    def test_the_public_page_leads_hospitals_to_their_sign_in(
        self, client: Client, donor_cast: DonorCast
    ) -> None:
        client.cookies["language"] = "en"
        page = client.get("/plasma/").content.decode()
        assert 'href="/plasma/hospital/"' in page
        assert "Civil Surgeon of the district" in page
        answer = client.get("/plasma/hospital/")
        assert answer["Location"] == "/accounts/staff/?next=/plasma/hospital/"

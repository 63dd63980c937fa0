"""On what an appeal stands, who says so, and what was approved: nobody is asked beyond it."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse

from appointments.services.refusals import Refused
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications import numbers
from plasma.admin import campaign_acts, funnels
from plasma.models import Cohort, Donation, Donor, Policy
from plasma.services import answers, campaigns, matching, needs, planning, screening, volunteers
from plasma.services.answers import Asker
from plasma.services.volunteers import About
from tests.donors import DonorCast, make_campaign, make_donor, make_pledge, today
from tests.people import make_staff, sign_in_staff
from tests.plasma.campaigning import approved, ready
from tests.plasma.donor_pages import said
from tests.plasma.lists import line, loaded, written

pytestmark = pytest.mark.django_db


def came(name: str, *, may_ask: bool) -> Donor:
    about = About(name=name, year_of_birth=1990, district=None, blood_group="O+")
    phone = f"+9198700{sum(map(ord, name)):05}"
    return volunteers.come(phone=phone, about=about, may_ask=may_ask)


def reached(row: Any) -> set[str]:
    pks = [one.donor for one in planning.plan(row).reached]
    return set(Donor.objects.filter(pk__in=pks).values_list("given_name", flat=True))


class TestBasis:
    def test_a_volunteer_who_did_not_agree_to_it_is_never_asked(
        self, donor_cast: DonorCast
    ) -> None:
        came("Kavita Rani", may_ask=False)
        came("Lata Rani", may_ask=True)
        row = make_campaign(Cohort.objects.get(kind="volunteers"))
        assert reached(row) == {"Lata"}
        assert planning.plan(row).left_out == {"no_consent": 1}
        need = needs.ask(
            hospital=donor_cast.hospital, by=donor_cast.registrar, group="O", units=20,
            needed_by=clock.now() + timedelta(days=3),
        )  # fmt: skip
        matching.propose(request=need, by=donor_cast.priya)
        names = set(need.proposals.values_list("donor__given_name", flat=True))
        assert "Lata" in names
        assert "Kavita" not in names

    def test_a_list_whose_data_have_left_carries_no_appeal(self, donor_cast: DonorCast) -> None:
        row = make_campaign(donor_cast.cohort)
        assert "Suman" in reached(row)
        Cohort.objects.filter(pk=donor_cast.cohort.pk).update(
            dated=today() - timedelta(days=9), data_leave_on=today()
        )
        row.refresh_from_db()
        assert reached(row) == set()

    def test_a_number_of_a_whole_ward_gets_no_list_of_names(self, donor_cast: DonorCast) -> None:
        ward = [
            make_donor(f"Ward{n} Singh", cohort=donor_cast.cohort, phone="+919870088888")
            for n in range(8)
        ]
        row = make_campaign(donor_cast.cohort)
        assert len(reached(row)) == 11
        make_donor("Ward9 Singh", cohort=donor_cast.cohort, phone="+919870088888")
        assert reached(row) == {"Suman", "Rakesh", "Imran"}
        assert planning.plan(row).left_out == {"crowded": 9}
        # A second number of their own is used.
        ward[0].phones.create(phone="+919870089999", position=2)
        assert "Ward0" in reached(row)


class TestSecondOfficer:
    @pytest.mark.parametrize("same", ["phone", "email"])
    def test_a_second_account_of_the_same_officer_does_not_approve(
        self, donor_cast: DonorCast, same: str
    ) -> None:
        own = {same: getattr(donor_cast.priya, same).upper()}
        twin = make_staff("twin", roles=("campaigns",), **own)
        row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
        with pytest.raises(Refused) as refused:
            approved(row, donor_cast.priya, twin)
        assert refused.value.rule == "second_officer"
        row.refresh_from_db()
        assert row.status == "proposed"
        slugs = {one.slug for one in campaign_acts.possible(row, twin)}
        assert "approve" not in slugs
        assert "approve" in {one.slug for one in campaign_acts.possible(row, donor_cast.harish)}

    def test_another_list_of_the_same_length_wants_another_approval(
        self, donor_cast: DonorCast
    ) -> None:
        row = ready(donor_cast)
        number = donor_cast.imran.phones.get(position=1).phone
        for phone in donor_cast.imran.phones.all():
            numbers.opt_out(channel="sms", address=phone.phone, source="inbound")
        assert number
        loaded(donor_cast.cohort, written([line(name="Kavita Rani")]), donor_cast.priya)
        with pytest.raises(Refused) as refused:
            campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
        assert refused.value.rule == "more_people"


class TestRules:
    def test_without_rules_nobody_pledges_and_no_page_breaks(
        self, donor_cast: DonorCast, client: Any
    ) -> None:
        Policy.objects.update(last_day=today() - timedelta(days=1))
        with pytest.raises(Refused) as refused:
            answers.pledge(asker=Asker(donor_cast.suman), bank=donor_cast.bank, answers=said())
        assert refused.value.rule == "policy"
        row = make_pledge(donor_cast.suman, donor_cast.bank, donor_cast.policy, status="arrived")
        client.cookies["language"] = "en"
        sign_in_staff(client, donor_cast.doctor)
        page = reverse("plasma:visit", args=["GGM", row.pk])
        assert client.get(page).status_code == 200
        answer = client.get("/plasma/bank/GGM/walk-in/", follow=True)
        assert "rules of this bank are not set up" in answer.content.decode()
        said_ = {"key": new_key(), "version": row.version, "outcome": "donated"}
        answer = client.post(f"{page}decide/", {**said_, "haemoglobin": "13.0"})
        assert "rules of this bank are not set up" in answer.content.decode()
        # A deferral needs none.
        later = {"reason": "weight", "until": str(today() + timedelta(days=9)), "key": new_key()}
        assert client.post(f"{page}decide/", {**said_, "outcome": "deferred", **later})
        assert Donation.objects.get().outcome == "deferred"

    def test_the_days_between_donations_are_days_of_haryana(self, donor_cast: DonorCast) -> None:
        row = make_pledge(donor_cast.suman, donor_cast.bank, status="donated")
        # A quarter past midnight there is the day before in Greenwich.
        at = clock.at(today() - timedelta(days=14), time(0, 15))
        Donation.objects.create(
            pledge=row, outcome="donated", decided_by=donor_cast.doctor, at=at, certificate="C1"
        )
        judged = screening.judge(donor_cast.policy, donor_cast.suman, said(), today())
        assert judged.fits
        judged = screening.judge(
            donor_cast.policy, donor_cast.suman, said(), today() - timedelta(days=1)
        )
        assert not judged.fits
        assert judged.not_before == today()

    def test_the_funnels_file_has_no_formula(self, donor_cast: DonorCast) -> None:
        counts = [funnels.Count("pledged", 1, "", 2)]
        file = funnels.as_csv(funnels.Funnel(counts, {}, {1: '=HYPERLINK("x")'})).decode()
        assert "'=HYPERLINK" in file

"""Pledge, later, stop, wrong person: each for one person, counted, and taken back when left."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from appointments.services.refusals import Refused
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message, OptOut
from plasma.models import Campaign, ConsentEntry, Donation, Donor, Invitation, Pledge
from plasma.services import answers, consents, handing_over, planning, pledges
from plasma.services.answers import Asker, NotFit
from tests.donors import DonorCast, make_bank, make_campaign, make_invitation, make_pledge, today
from tests.plasma.donor_pages import address, counted, fit, open_page, said, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def suman(client: Client, invitation: Invitation) -> Client:
    """Suman behind her link, the year of birth given."""
    open_page(client, invitation)
    return client


def asker(invitation: Invitation) -> Asker:
    return Asker(invitation.donor, invitation)


def pledged(invitation: Invitation, cast: DonorCast, **fields: Any) -> Pledge:
    return answers.pledge(asker=asker(invitation), bank=cast.bank, answers=said(**fields))


def planned(donor: Donor, cast: DonorCast) -> tuple[Campaign, Invitation]:
    """Another campaign, which is about to ask ``donor``."""
    other = make_campaign(
        cast.cohort, name="Second", status="running", started_at=clock.now(), pace=6000
    )
    return other, make_invitation(other, donor, status="planned")


class TestPledge:
    def test_it_is_counted_at_its_bank_and_consented_to(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        row = pledged(invitation, donor_cast)
        invitation.refresh_from_db()
        assert (row.status, row.bank, row.policy) == ("made", donor_cast.bank, donor_cast.policy)
        assert invitation.status == "pledged"
        assert counted("pledged", bank=donor_cast.bank) == 1
        assert consents.stands(donor_cast.suman, "donation")
        assert not consents.stands(donor_cast.suman, "appeals")

    def test_to_the_same_bank_again_it_stands_as_it_is(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        assert pledged(invitation, donor_cast).pk == pledged(invitation, donor_cast).pk
        assert counted("pledged") == 1

    def test_to_another_bank_the_first_is_taken_back_with_its_bed(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        first = pledged(invitation, donor_cast)
        first = pledges.book(pledge=first, span=slots(donor_cast.bank)[0], version=first.version)
        other = answers.pledge(asker=asker(invitation), bank=donor_cast.other_bank, answers=said())
        first.refresh_from_db()
        assert (first.status, other.status) == ("cancelled", "made")
        assert not first.holds.filter(released_at__isnull=True).exists()
        assert counted("pledged", bank=donor_cast.bank) == 0
        assert counted("booked") == 0
        assert counted("pledged", bank=donor_cast.other_bank) == 1

    @pytest.mark.parametrize(
        ("answer", "value"),
        [
            ("weight_kg", 49),
            ("pregnant", True),
            ("insulin", True),
            ("blood_pressure", True),
            ("long_illness", True),
            ("recovered_on", date.max),
        ],
    )
    def test_what_does_not_fit_makes_no_pledge(
        self, invitation: Invitation, donor_cast: DonorCast, answer: str, value: Any
    ) -> None:
        with pytest.raises(NotFit):
            pledged(invitation, donor_cast, **{answer: value})
        assert not Pledge.objects.exists()
        assert counted("pledged") == 0
        assert not ConsentEntry.objects.exists()

    def test_what_passes_with_time_is_said_with_its_day(
        self, suman: Client, invitation: Invitation
    ) -> None:
        recovered = today() - timedelta(days=20)
        data = fit(recovered_on=str(recovered))
        answer = suman.post(address(invitation, "pledge/?bank=GGM"), data)
        page = answer.content.decode()
        assert "28 days must pass" in page
        assert f"later/?day={recovered + timedelta(days=28)}" in page
        invitation.donor.refresh_from_db()
        assert invitation.donor.not_before is None

    def test_while_a_deferral_holds_nothing_is_pledged(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        earlier = make_pledge(donor_cast.suman, donor_cast.bank, status="deferred")
        Donation.objects.create(
            pledge=earlier,
            outcome="deferred",
            reason="veins",
            for_good=True,
            decided_by=donor_cast.doctor,
            at=clock.now(),
        )
        with pytest.raises(Refused) as refused:
            pledged(invitation, donor_cast)
        assert refused.value.rule == "deferred_for_good"

    def test_another_campaign_that_is_about_to_ask_does_not(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        Invitation.objects.filter(pk=invitation.pk).update(status="later")
        _other, about_to = planned(donor_cast.suman, donor_cast)
        pledged(invitation, donor_cast)
        about_to.refresh_from_db()
        assert about_to.status == "cancelled"

    def test_no_answer_and_no_digest_of_one_is_kept(
        self, suman: Client, invitation: Invitation
    ) -> None:
        data = fit()
        suman.post(address(invitation, "pledge/?bank=GGM"), data)
        # The same key with other answers is the same form: their digest is no part of it.
        again = suman.post(address(invitation, "pledge/?bank=GGM"), {**data, "weight_kg": "80"})
        assert again.status_code == 303
        assert Pledge.objects.count() == 1


class TestLater:
    def test_the_donor_is_not_asked_before(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        day = today() + timedelta(days=40)
        answers.later(asker=asker(invitation), day=day)
        donor_cast.suman.refresh_from_db()
        invitation.refresh_from_db()
        assert donor_cast.suman.not_before == day
        assert invitation.status == "later"
        assert counted("later") == 1
        fresh = make_campaign(donor_cast.cohort, name="Next")
        assert planning.plan(fresh).left_out == {"later": 1}

    @pytest.mark.parametrize("days", [-1, 0, 181, 5000])
    def test_the_day_has_bounds(self, invitation: Invitation, days: int) -> None:
        with pytest.raises(Refused) as refused:
            answers.later(asker=asker(invitation), day=today() + timedelta(days=days))
        assert refused.value.rule == "day"

    def test_a_pledge_is_taken_back_and_counted_so(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        row = pledged(invitation, donor_cast)
        answers.later(asker=asker(invitation), day=today() + timedelta(days=10))
        row.refresh_from_db()
        assert row.status == "cancelled"
        assert (counted("pledged"), counted("later")) == (0, 1)

    def test_pledging_after_all_takes_later_back(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        answers.later(asker=asker(invitation), day=today() + timedelta(days=10))
        pledged(invitation, donor_cast)
        assert (counted("later"), counted("pledged")) == (0, 1)

    def test_it_does_not_shorten_a_deferral(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        earlier = make_pledge(donor_cast.suman, donor_cast.bank, status="deferred")
        until = today() + timedelta(days=90)
        Donation.objects.create(
            pledge=earlier,
            outcome="deferred",
            reason="haemoglobin",
            deferred_until=until,
            decided_by=donor_cast.doctor,
            at=clock.now(),
        )
        answers.later(asker=asker(invitation), day=today() + timedelta(days=10))
        donor_cast.suman.refresh_from_db()
        assert donor_cast.suman.not_before == until


class TestStop:
    def test_it_is_for_the_person_and_not_for_the_phone(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        answers.stop(asker=asker(invitation))
        donor_cast.suman.refresh_from_db()
        donor_cast.rakesh.refresh_from_db()
        invitation.refresh_from_db()
        assert donor_cast.suman.stopped_at is not None
        assert donor_cast.rakesh.stopped_at is None
        assert invitation.status == "stopped"
        assert counted("stopped") == 1
        assert not OptOut.objects.exists()
        fresh = make_campaign(donor_cast.cohort, name="Next")
        reached = {one.donor for one in planning.plan(fresh).reached}
        assert reached == {donor_cast.rakesh.pk, donor_cast.imran.pk}

    def test_what_another_campaign_has_in_the_outbox_does_not_go(
        self, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        Invitation.objects.filter(pk=invitation.pk).update(status="later")
        other, waiting = planned(donor_cast.suman, donor_cast)
        Campaign.objects.filter(pk=other.pk).update(allowance=100, allowance_at=clock.now())
        handing_over.tick()
        message = Message.objects.get(subject_id=str(waiting.pk), template__key="plasma_appeal")
        assert message.status == "queued"
        answers.stop(asker=asker(invitation))
        message.refresh_from_db()
        waiting.refresh_from_db()
        assert message.status == "cancelled"
        assert waiting.status == "stopped"

    def test_for_the_number_it_is_for_everybody_on_it(
        self, suman: Client, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        suman.post(address(invitation, "stop/"), {"key": new_key(), "whom": "number"})
        assert OptOut.objects.get().address == invitation.phone
        fresh = make_campaign(donor_cast.cohort, name="Next")
        assert [one.donor for one in planning.plan(fresh).reached] == [donor_cast.imran.pk]

    def test_a_booked_time_stays_and_so_does_the_way_back(
        self, suman: Client, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        row = pledged(invitation, donor_cast)
        pledges.book(pledge=row, span=slots(donor_cast.bank)[0], version=row.version)
        suman.post(address(invitation, "stop/"), {"key": new_key(), "whom": "me"})
        row.refresh_from_db()
        assert row.status == "booked"
        assert "Your time is booked" in suman.get(address(invitation)).content.decode()

    def test_twice_is_once(self, invitation: Invitation) -> None:
        answers.stop(asker=asker(invitation))
        answers.stop(asker=asker(invitation))
        assert counted("stopped") == 1
        assert ConsentEntry.objects.filter(act="withdrawn").count() == 1

    def test_the_page_says_for_whom_it_is(self, suman: Client, invitation: Invitation) -> None:
        page = suman.get(address(invitation, "stop/")).content.decode()
        assert "Here you speak for yourself." in page


class TestWrongPerson:
    def test_it_needs_no_year_and_marks_the_number_for_this_donor_alone(
        self, client: Client, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        page = client.get(address(invitation, "wrong/"))
        assert "Suman" not in page.content.decode()
        answer = client.post(address(invitation, "wrong/"), {"key": new_key()}, follow=True)
        assert "Suman" not in answer.content.decode()
        invitation.refresh_from_db()
        assert invitation.status == "wrong_person"
        assert counted("wrong_person") == 1
        assert donor_cast.suman.phones.get().wrong_at is not None
        assert donor_cast.rakesh.phones.get().wrong_at is None
        fresh = make_campaign(donor_cast.cohort, name="Next")
        assert planning.plan(fresh).left_out == {"no_number": 1}

    def test_the_link_opens_nothing_afterwards(
        self, client: Client, invitation: Invitation
    ) -> None:
        client.post(address(invitation, "wrong/"), {"key": new_key()})
        for page in ("", "wrong/", "pledge/"):
            assert client.get(address(invitation, page)).status_code == 404

    def test_sent_twice_it_is_counted_once(self, client: Client, invitation: Invitation) -> None:
        data = {"key": new_key()}
        first = client.post(address(invitation, "wrong/"), data)
        second = client.post(address(invitation, "wrong/"), data)
        assert first["Location"] == second["Location"] == "/plasma/answered/wrong/"
        client.post(address(invitation, "wrong/"), {"key": new_key()})
        assert counted("wrong_person") == 1

    def test_it_ends_no_booked_time_which_the_year_was_needed_for(
        self, client: Client, invitation: Invitation, donor_cast: DonorCast
    ) -> None:
        row = pledged(invitation, donor_cast)
        row = pledges.book(pledge=row, span=slots(donor_cast.bank)[0], version=row.version)
        client.post(address(invitation, "wrong/"), {"key": new_key()})
        row.refresh_from_db()
        assert row.status == "booked"
        assert donor_cast.suman.phones.get().wrong_at is not None

    def test_a_second_number_of_the_donor_is_still_theirs(
        self, campaign: Campaign, donor_cast: DonorCast
    ) -> None:
        row = make_invitation(campaign, donor_cast.imran)
        answers.wrong_person(invitation=row)
        fresh = make_campaign(donor_cast.cohort, name="Next", not_asked_for_days=30)
        reached = {one.donor: one.phone for one in planning.plan(fresh).reached}
        assert reached[donor_cast.imran.pk] == "+919870022222"


def test_a_bank_that_takes_nobody_is_not_offered(
    suman: Client, invitation: Invitation, donor_cast: DonorCast
) -> None:
    make_bank("RTK", active=False)
    page = suman.get(address(invitation, "pledge/?bank=RTK")).content.decode()
    assert "Gurugram" in page
    assert "City RTK" not in page
    assert page.index("Gurugram") < page.index("Panchkula")

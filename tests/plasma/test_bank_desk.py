"""A bank's desk: its own donors and nobody else's; the medical officer alone decides."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from esachivalaya.notifications.models import Message
from plasma.models import (
    BankCharge,
    BedHold,
    Donation,
    Donor,
    Invitation,
    Pledge,
)
from plasma.services import answers, pledges
from plasma.services.answers import Asker
from tests.donors import (
    DonorCast,
    make_donor,
    make_pledge,
    make_policy,
    serve_bank,
    today,
)
from tests.office import assert_strict, queries, told
from tests.people import make_staff, make_superuser, sign_in_staff
from tests.plasma.donor_pages import counted, fit, said, slots

pytestmark = pytest.mark.django_db
DAY = "/plasma/bank/GGM/"


def at_desk(user: User) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, user)


@pytest.fixture
def desk(donor_cast: DonorCast) -> Client:
    return at_desk(donor_cast.desk)


@pytest.fixture
def doctor(donor_cast: DonorCast) -> Client:
    return at_desk(donor_cast.doctor)


@pytest.fixture
def row(donor_cast: DonorCast, invitation: Invitation) -> Pledge:
    """Suman's pledge, with a time tomorrow morning."""
    made = answers.pledge(
        asker=Asker(donor_cast.suman, invitation), bank=donor_cast.bank, answers=said()
    )
    return pledges.book(pledge=made, span=slots(donor_cast.bank)[0], version=made.version)


@pytest.fixture
def arrived(donor_cast: DonorCast, desk: Client, row: Pledge) -> Pledge:
    act(desk, row, "arrive")
    row.refresh_from_db()
    assert row.status == "arrived"
    return row


def visit(row: Pledge, page: str = "") -> str:
    return reverse("plasma:visit", args=[row.bank.code, row.pk]) + page


def act(client: Client, row: Pledge, what: str, **fields: Any) -> Any:
    row.refresh_from_db()
    data = {"key": new_key(), "version": row.version, **fields}
    return client.post(visit(row, f"{what}/"), data)


def begun(row: Pledge) -> None:
    """As if the time had begun a quarter of an hour ago."""
    past = clock.now() - timedelta(minutes=15)
    Pledge.objects.filter(pk=row.pk).update(starts_at=past)


class TestAccess:
    def test_the_day_shows_given_names_alone(self, desk: Client, row: Pledge) -> None:
        assert row.starts_at is not None
        answer = desk.get(DAY, {"day": str(clock.day_of(row.starts_at))})
        page = answer.content.decode()
        assert_strict(answer)
        assert "Suman" in page
        assert "Devi" not in page
        assert "98700" not in page
        assert "no-store" in answer["Cache-Control"]

    def test_another_banks_desk_sees_nothing(self, donor_cast: DonorCast, row: Pledge) -> None:
        other = at_desk(donor_cast.other_desk)
        for address in (DAY, f"{DAY}walk-in/", f"{DAY}closing/", visit(row)):
            assert other.get(address).status_code == 404
        # Not through its own desk's address either.
        assert other.get(f"/plasma/bank/PKL/visits/{row.pk}/").status_code == 404
        assert act(other, row, "arrive").status_code == 404
        row.refresh_from_db()
        assert row.status == "booked"

    @pytest.mark.parametrize("role", ["campaigns", "setup", "appointing", "auditor", "superuser"])
    def test_other_roles_have_no_desk(self, row: Pledge, role: str) -> None:
        user = make_superuser() if role == "superuser" else make_staff("other", roles=(role,))
        client = at_desk(user)
        for address in ("/plasma/bank/", DAY, visit(row)):
            assert client.get(address).status_code == 404

    def test_strangers_are_led_to_the_staffs_sign_in(self, client: Client, row: Pledge) -> None:
        for address in (DAY, visit(row)):
            answer = client.get(address)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/staff/")

    def test_without_the_second_factor_there_is_no_desk(
        self, client: Client, donor_cast: DonorCast
    ) -> None:
        client.force_login(donor_cast.desk, backend="esachivalaya.accounts.backends.StaffBackend")
        assert client.get(DAY).status_code == 404

    def test_a_charge_that_has_ended_opens_nothing(
        self, desk: Client, donor_cast: DonorCast, row: Pledge
    ) -> None:
        BankCharge.objects.filter(user=donor_cast.desk).update(
            ends_at=clock.now() - timedelta(seconds=1)
        )
        assert desk.get(DAY).status_code == 404
        assert "no charge at a bank now" in desk.get("/plasma/bank/").content.decode()

    def test_a_pledge_taken_back_is_the_banks_no_more(self, desk: Client, row: Pledge) -> None:
        pledges.cancel(pledge=row, version=row.version)
        assert desk.get(visit(row)).status_code == 404

    def test_each_opening_of_a_record_is_noted_with_its_purpose(
        self, desk: Client, donor_cast: DonorCast, row: Pledge
    ) -> None:
        assert desk.get(visit(row)).status_code == 200
        noted = Entry.objects.filter(act="donor_looked_at", subject_id=str(donor_cast.suman.pk))
        assert [entry.actor_id for entry in noted] == [donor_cast.desk.pk]
        assert noted.get().detail.data["purpose"].startswith("The bank serves")

    def test_the_sign_in_leads_to_the_desk(self, desk: Client) -> None:
        assert desk.get("/plasma/bank/")["Location"] == DAY
        assert "/plasma/bank/" in desk.get("/admin/", follow=True).content.decode()

    def test_wrong_methods(self, desk: Client, row: Pledge) -> None:
        for page in ("arrive/", "no-show/", "decide/"):
            assert desk.get(visit(row, page)).status_code == 405
        assert desk.post(DAY).status_code == 405

    def test_as_many_queries_for_a_full_day_as_for_an_empty_one(
        self, desk: Client, donor_cast: DonorCast
    ) -> None:
        day = today() + timedelta(days=1)
        desk.get(DAY)
        empty = len(queries(desk, DAY, day=str(day)))
        for span in slots(donor_cast.bank)[:6]:
            for _bed in range(2):
                made = make_pledge(make_donor(), donor_cast.bank)
                pledges.book(pledge=made, span=span, version=made.version)
        assert len(queries(desk, DAY, day=str(day))) == empty


class TestArrival:
    def test_it_is_counted(self, arrived: Pledge) -> None:
        assert counted("arrived", bank=arrived.bank) == 1
        assert counted("booked") == 1
        states = Message.objects.filter(template__key="plasma_reminder").values_list("status")
        assert set(states) <= {("cancelled",)}

    def test_on_another_day_than_booked_its_bed_is_free_again(self, arrived: Pledge) -> None:
        assert not BedHold.objects.filter(released_at__isnull=True).exists()

    def test_twice_is_once(self, desk: Client, row: Pledge) -> None:
        data = {"key": new_key(), "version": row.version}
        first = desk.post(visit(row, "arrive/"), data)
        second = desk.post(visit(row, "arrive/"), data)
        assert first["Location"] == second["Location"]
        assert counted("arrived") == 1
        stale = desk.post(visit(row, "arrive/"), {**data, "key": new_key()})
        assert stale.status_code == 409


class TestNoShow:
    def test_it_can_be_noted_once_the_time_has_begun(self, desk: Client, row: Pledge) -> None:
        answer = act(desk, row, "no-show")
        assert "once the time has begun" in told(answer)
        begun(row)
        act(desk, row, "no-show")
        row.refresh_from_db()
        assert row.status == "no_show"
        assert (counted("no_show"), counted("booked")) == (1, 1)

    def test_who_comes_after_all_had_not_stayed_away(self, desk: Client, row: Pledge) -> None:
        begun(row)
        act(desk, row, "no-show")
        act(desk, row, "arrive")
        row.refresh_from_db()
        assert row.status == "arrived"
        assert (counted("no_show"), counted("arrived"), counted("booked")) == (0, 1, 1)

    def test_who_missed_it_may_take_another_time(
        self, desk: Client, donor_cast: DonorCast, row: Pledge
    ) -> None:
        begun(row)
        act(desk, row, "no-show")
        fresh = pledges.current(donor_cast.suman)
        assert fresh is not None
        fresh = pledges.book(pledge=fresh, span=slots(donor_cast.bank)[2], version=fresh.version)
        assert fresh.status == "booked"
        assert (counted("no_show"), counted("booked")) == (0, 1)


class TestDecision:
    def test_only_the_medical_officer_decides(
        self, desk: Client, doctor: Client, arrived: Pledge
    ) -> None:
        assert "Write down the decision" not in desk.get(visit(arrived)).content.decode()
        fields = {"outcome": "donated", "haemoglobin": "13.1"}
        assert act(desk, arrived, "decide", **fields).status_code == 404
        assert not Donation.objects.exists()
        page = doctor.get(visit(arrived)).content.decode()
        assert "Write down the decision" in page
        assert "12.5 g/dl" in page

    def test_a_donation_has_a_certificate_and_thanks(
        self, doctor: Client, donor_cast: DonorCast, arrived: Pledge
    ) -> None:
        act(doctor, arrived, "decide", outcome="donated", haemoglobin="12.5")
        donation = Donation.objects.get()
        assert donation.certificate.startswith("PL")
        donor_cast.suman.refresh_from_db()
        assert donor_cast.suman.not_before == today() + timedelta(days=14)
        assert counted("donated", bank=arrived.bank) == 1
        assert Message.objects.filter(template__key="plasma_thanks").count() == 1

    @pytest.mark.parametrize("measured", ["", "12.4", "9"])
    def test_no_donation_below_the_haemoglobin_of_the_rules(
        self, doctor: Client, arrived: Pledge, measured: str
    ) -> None:
        answer = act(doctor, arrived, "decide", outcome="donated", haemoglobin=measured)
        assert answer.status_code == 200
        assert not Donation.objects.exists()

    @pytest.mark.parametrize("measured", ["abc", "12.55", "-1", "125"])
    def test_what_is_no_measure_is_said_at_its_field(
        self, doctor: Client, arrived: Pledge, measured: str
    ) -> None:
        answer = act(doctor, arrived, "decide", outcome="donated", haemoglobin=measured)
        assert "Write it like 12.5." in answer.content.decode()

    def test_a_deferral_has_a_reason_and_an_end(
        self, doctor: Client, donor_cast: DonorCast, arrived: Pledge
    ) -> None:
        until = today() + timedelta(days=60)
        assert act(doctor, arrived, "decide", outcome="deferred").status_code == 200
        assert not Donation.objects.exists()
        fields = {"outcome": "deferred", "reason": "haemoglobin", "until": str(until)}
        act(doctor, arrived, "decide", **fields)
        assert Donation.objects.get().deferred_until == until
        donor_cast.suman.refresh_from_db()
        assert donor_cast.suman.not_before == until
        assert counted("deferred", reason="haemoglobin") == 1

    def test_a_deferral_for_good_is_asked_never_again(
        self, doctor: Client, donor_cast: DonorCast, arrived: Pledge
    ) -> None:
        fields = {"outcome": "deferred", "reason": "other", "for_good": "on"}
        act(doctor, arrived, "decide", **fields)
        donor_cast.suman.refresh_from_db()
        assert donor_cast.suman.not_before == date.max

    def test_nothing_that_was_found_stands_in_the_record(
        self, doctor: Client, arrived: Pledge
    ) -> None:
        fields = {"outcome": "deferred", "reason": "haemoglobin", "for_good": "on"}
        act(doctor, arrived, "decide", **fields)
        entry = Entry.objects.get(act="donation_decided")
        assert entry.detail.data == {}

    def test_decided_twice_is_decided_once(self, doctor: Client, arrived: Pledge) -> None:
        version = arrived.version
        fields = {"outcome": "donated", "haemoglobin": "13", "version": version}
        act(doctor, arrived, "decide", **fields)
        assert act(doctor, arrived, "decide", **fields).status_code == 409
        assert Donation.objects.count() == 1


class TestRulesThatChange:
    def change(self, donor_cast: DonorCast) -> None:
        make_policy(donor_cast.bank, least_weight_kg=55, least_haemoglobin=130)

    def test_the_pledge_stands_with_a_mark(
        self, desk: Client, donor_cast: DonorCast, row: Pledge
    ) -> None:
        self.change(donor_cast)
        row.refresh_from_db()
        assert row.status == "booked"
        assert row.starts_at is not None
        day = desk.get(DAY, {"day": str(clock.day_of(row.starts_at))}).content.decode()
        assert "Rules changed" in day
        page = desk.get(visit(row)).content.decode()
        assert "The rules have changed since this donor answered" in page
        assert "55" in page

    def test_the_medical_officer_decides_by_the_rules_of_today(
        self, doctor: Client, donor_cast: DonorCast, arrived: Pledge
    ) -> None:
        self.change(donor_cast)
        answer = act(doctor, arrived, "decide", outcome="donated", haemoglobin="12.8")
        assert "Below 13.0 g/dl" in answer.content.decode()
        act(doctor, arrived, "decide", outcome="donated", haemoglobin="13.0")
        assert Donation.objects.get().outcome == "donated"


class TestWalkIn:
    def typed(self, **fields: Any) -> dict[str, Any]:
        return {
            **fit(),
            "phone": "98700 55555",
            "name": "Kavita Rani",
            "year": "1988",
            "district": "GGM",
            "blood_group": "B+",
            **fields,
        }

    def test_a_new_person_is_there_at_once(self, desk: Client, donor_cast: DonorCast) -> None:
        answer = desk.post(f"{DAY}walk-in/", self.typed())
        made = Pledge.objects.get()
        assert answer["Location"] == visit(made)
        assert (made.status, made.bank, made.starts_at) == ("arrived", donor_cast.bank, None)
        assert list(made.donor.consents.values_list("purpose", "how")) == [("donation", "bank")]
        assert "Kavita" in desk.get(DAY).content.decode()

    def test_who_is_known_stays_the_same_donor(
        self, desk: Client, donor_cast: DonorCast, row: Pledge
    ) -> None:
        before = Donor.objects.count()
        data = self.typed(phone="98700 11111", name="Suman Devi", year="1985")
        desk.post(f"{DAY}walk-in/", data)
        row.refresh_from_db()
        assert row.status == "arrived"
        assert Donor.objects.count() == before

    def test_a_pledge_to_another_bank_ends_there(self, donor_cast: DonorCast, row: Pledge) -> None:
        other = at_desk(donor_cast.other_desk)
        data = self.typed(phone="98700 11111", name="Suman Devi", year="1985")
        other.post("/plasma/bank/PKL/walk-in/", data)
        row.refresh_from_db()
        assert row.status == "cancelled"
        assert Pledge.objects.get(bank=donor_cast.other_bank).status == "arrived"

    def test_who_does_not_fit_is_not_taken_in(self, desk: Client) -> None:
        answer = desk.post(f"{DAY}walk-in/", self.typed(weight_kg="40"))
        assert "50 kg or more" in answer.content.decode()
        assert not Pledge.objects.exists()
        assert not Donor.objects.filter(given_name="Kavita").exists()

    def test_a_form_without_its_answers_keeps_what_was_typed(self, desk: Client) -> None:
        answer = desk.post(f"{DAY}walk-in/", self.typed(weight_kg="", agree=""))
        page = answer.content.decode()
        assert "Kavita Rani" in page
        assert "Write a number." in page

    def test_sent_twice_one_comes(self, desk: Client) -> None:
        data = self.typed()
        desk.post(f"{DAY}walk-in/", data)
        desk.post(f"{DAY}walk-in/", data)
        assert Pledge.objects.count() == 1


def test_who_serves_at_two_banks_chooses(donor_cast: DonorCast) -> None:
    both = serve_bank(donor_cast.other_bank, serve_bank(donor_cast.bank, make_staff("both")))
    page = at_desk(both).get("/plasma/bank/").content.decode()
    assert "Gurugram" in page
    assert "Panchkula" in page

"""Banks, hours, hospitals, policies and charges in the admin; records of donors for a purpose."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation
from psycopg2.extras import DateTimeTZRange

from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.idempotency import new_key
from plasma.models import (
    Bank,
    BankCharge,
    BankHours,
    BedHold,
    Cohort,
    Hospital,
    HospitalCharge,
    Policy,
)
from plasma.permissions import serves_at
from plasma.services import charges, consents, looks, set_up
from tests.donors import FAMILY_PHONE, DonorCast, make_pledge, today
from tests.people import make_district, make_staff, sign_in_staff

PURPOSE = "The donor called and asks for another slot"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """The sentences below are the English ones."""
    with translation.override("en"):
        yield


def client_of(user: Any) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, user)


def book(cast: DonorCast, *, place: int = 1, hour: int = 10) -> None:
    """Hold a bed of Gurugram the day after tomorrow."""
    starts = clock.at(today() + timedelta(days=2), time(hour))
    ends = starts + timedelta(minutes=90)
    pledge = make_pledge(cast.suman, cast.bank, status="booked", starts_at=starts, ends_at=ends)
    BedHold.objects.create(
        bank=cast.bank, place=place, pledge=pledge, during=DateTimeTZRange(starts, ends)
    )


def new_policy(**fields: Any) -> Policy:
    return Policy(authority="Health Department", **{"first_day": today(), **fields})


# Banks


def test_the_four_banks_and_the_policy_come_by_a_command_once(db: None) -> None:
    for code in ("GGM", "FBD", "RTK", "PKL"):
        make_district(code)
    call_command("import_plasma_banks")
    call_command("import_plasma_banks")
    assert set(Bank.objects.values_list("code", flat=True)) == {"GGM", "FBD", "RTK", "PKL"}
    assert BankHours.objects.count() == 24
    policy = Policy.objects.get()
    assert policy.bank is None
    assert (policy.least_age, policy.greatest_age, policy.days_since_recovery) == (18, 60, 28)


def test_a_bed_that_is_booked_is_not_taken_away(donor_cast: DonorCast) -> None:
    book(donor_cast, place=2)
    bank = donor_cast.bank
    for change in ({"beds": 1}, {"active": False}):
        row = Bank.objects.get(pk=bank.pk)
        for name, value in change.items():
            setattr(row, name, value)
        with pytest.raises(Refusal, match="1 donor is booked"):
            set_up.save_bank(bank=row, by=donor_cast.nasreen)
    assert Bank.objects.get(pk=bank.pk).beds == 2


def test_hours_in_which_donors_are_booked_stay(donor_cast: DonorCast) -> None:
    book(donor_cast)
    day = today() + timedelta(days=2)
    hours = BankHours.objects.get(bank=donor_cast.bank, weekday=day.weekday())
    hours.opens = time(11)
    with pytest.raises(Refusal):
        set_up.save_hours(bank=donor_cast.bank, rows=[hours], removed=[], by=donor_cast.nasreen)
    hours.refresh_from_db()
    assert hours.opens == time(9)
    hours.closes = time(17)
    set_up.save_hours(bank=donor_cast.bank, rows=[hours], removed=[], by=donor_cast.nasreen)
    assert Entry.objects.filter(act="bank_changed").count() == 1


def test_two_openings_of_one_weekday_do_not_overlap(donor_cast: DonorCast) -> None:
    more = BankHours(bank=donor_cast.bank, weekday=0, opens=time(17), closes=time(20))
    with pytest.raises(Refusal, match="overlap"):
        set_up.save_hours(bank=donor_cast.bank, rows=[more], removed=[], by=donor_cast.nasreen)


def test_the_page_of_a_bank_saves_its_hours_with_it(donor_cast: DonorCast) -> None:
    client = client_of(donor_cast.nasreen)
    address = reverse("admin:plasma_bank_change", args=[donor_cast.other_bank.pk])
    form = client.get(address).context["adminform"].form
    rows = list(donor_cast.other_bank.hours.all())
    data = {
        name: form.initial.get(name, "")
        for name in form.fields
        if name not in {"form_key", "shown", "active"}
    }
    data |= {"form_key": new_key(), "shown": form.fields["shown"].initial, "active": "on"}
    data |= {
        "beds": "5",
        "hours-TOTAL_FORMS": str(len(rows)),
        "hours-INITIAL_FORMS": str(len(rows)),
    }
    for number, row in enumerate(rows):
        data |= {
            f"hours-{number}-id": str(row.pk),
            f"hours-{number}-bank": str(row.bank_id),
            f"hours-{number}-weekday": str(row.weekday),
            f"hours-{number}-opens": "08:00" if number == 0 else "09:00",
            f"hours-{number}-closes": "18:00",
        }
    data["hours-6-DELETE"] = "on"
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.context["errors"]
    assert Bank.objects.get(pk=donor_cast.other_bank.pk).beds == 5
    assert donor_cast.other_bank.hours.count() == 6
    assert donor_cast.other_bank.hours.order_by("weekday").first().opens == time(8)  # type: ignore[union-attr]


# Policies


def test_a_new_policy_ends_the_last(donor_cast: DonorCast) -> None:
    row = set_up.follow_policy(policy=new_policy(least_age=20), by=donor_cast.nasreen)
    donor_cast.policy.refresh_from_db()
    assert donor_cast.policy.last_day == today() - timedelta(days=1)
    assert row.last_day is None
    assert row.made_by == donor_cast.nasreen


def test_a_banks_policy_leaves_the_states_alone(donor_cast: DonorCast) -> None:
    set_up.follow_policy(policy=new_policy(bank=donor_cast.bank), by=donor_cast.nasreen)
    donor_cast.policy.refresh_from_db()
    assert donor_cast.policy.last_day is None


def test_two_policies_of_one_day_are_refused_in_words(donor_cast: DonorCast) -> None:
    set_up.follow_policy(policy=new_policy(), by=donor_cast.nasreen)
    with pytest.raises(Refusal, match="Another policy holds on some of these days"):
        set_up.follow_policy(policy=new_policy(), by=donor_cast.nasreen)


def test_a_policy_of_the_past_is_refused(donor_cast: DonorCast) -> None:
    with pytest.raises(Refusal, match="today at the earliest"):
        set_up.follow_policy(
            policy=new_policy(first_day=today() - timedelta(days=1)), by=donor_cast.nasreen
        )


def test_the_page_makes_a_policy_and_changes_none(donor_cast: DonorCast) -> None:
    client = client_of(donor_cast.nasreen)
    address = reverse("admin:plasma_policy_add")
    fields = client.get(address).context["adminform"].form.fields
    data = {
        name: field.initial
        for name, field in fields.items()
        if name not in {"form_key", "shown", "bank", "last_day"} and field.initial is not False
    }
    data |= {"form_key": new_key(), "authority": "Health", "first_day": str(today())}
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.context["errors"]
    assert Policy.objects.filter(bank=None).count() == 2
    again = client.post(address, {**data, "form_key": new_key()})
    assert "Another policy holds on some of these days" in again.content.decode()
    change = reverse("admin:plasma_policy_change", args=[donor_cast.policy.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, data).status_code == 403


# Charges


def test_an_appointing_role_gives_and_ends_a_charge(donor_cast: DonorCast) -> None:
    asha = make_staff("asha")
    charge = charges.give_at_bank(
        bank=donor_cast.bank, user=asha, kind="desk", by=donor_cast.gurpreet
    )
    assert serves_at(asha, donor_cast.bank)
    with pytest.raises(charges.ChargeRefused, match="has this charge at that time"):
        charges.give_at_bank(bank=donor_cast.bank, user=asha, kind="desk", by=donor_cast.gurpreet)
    charges.end(charge=charge, by=donor_cast.gurpreet)
    assert not serves_at(asha, donor_cast.bank)


@pytest.mark.parametrize("who", ["nasreen", "priya", "desk"])
def test_nobody_else_gives_charges(donor_cast: DonorCast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        charges.give_at_hospital(
            hospital=donor_cast.hospital,
            user=donor_cast.desk,
            by=getattr(donor_cast, who),
        )


def test_the_pages_give_and_end_charges(donor_cast: DonorCast) -> None:
    client = client_of(donor_cast.gurpreet)
    asha = make_staff("asha")
    data = {"form_key": new_key(), "user": asha.pk, "starts_at_0": "", "starts_at_1": ""}
    data |= {"ends_at_0": "", "ends_at_1": "", "shown": ""}
    at_bank = {**data, "bank": donor_cast.bank.pk, "kind": "medical_officer"}
    answer = client.post(reverse("admin:plasma_bankcharge_add"), at_bank)
    assert answer.status_code == 302, answer.context["errors"]
    at_hospital = {**data, "form_key": new_key(), "hospital": donor_cast.hospital.pk}
    assert client.post(reverse("admin:plasma_hospitalcharge_add"), at_hospital).status_code == 302
    assert HospitalCharge.objects.filter(user=asha).exists()
    charge = BankCharge.objects.get(user=asha)
    address = reverse("admin:plasma_bankcharge_change", args=[charge.pk])
    form = client.get(address).context["adminform"].form
    shown = form.fields["shown"].initial
    ended = {
        "form_key": new_key(),
        "shown": shown,
        "at_once": "on",
        "ends_at_0": "",
        "ends_at_1": "",
    }
    assert client.post(address, ended).status_code == 302
    assert not serves_at(asha, donor_cast.bank)


# Cohorts and hospitals


def test_the_day_of_leaving_is_brought_forward_and_never_put_off(donor_cast: DonorCast) -> None:
    cohort = donor_cast.cohort
    cohort.data_leave_on += timedelta(days=1)
    with pytest.raises(Refusal, match="for longer"):
        set_up.save_cohort(cohort=cohort, by=donor_cast.priya)
    cohort.data_leave_on -= timedelta(days=31)
    set_up.save_cohort(cohort=cohort, by=donor_cast.priya)
    with pytest.raises(PermissionDenied):
        set_up.save_cohort(cohort=cohort, by=donor_cast.nasreen)


def test_the_page_makes_a_cohort(donor_cast: DonorCast) -> None:
    client = client_of(donor_cast.priya)
    data = {
        "form_key": new_key(),
        "shown": "",
        "name": "Recovered by July",
        "source": "Health Department",
        "legal_basis": "Order 12/2020",
        "dated": str(today()),
        "data_leave_on": str(today() + timedelta(days=90)),
    }
    answer = client.post(reverse("admin:plasma_cohort_add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    assert Cohort.objects.get(name="Recovered by July").made_by == donor_cast.priya


def test_the_page_makes_a_hospital(donor_cast: DonorCast) -> None:
    client = client_of(donor_cast.nasreen)
    data = {
        "form_key": new_key(),
        "shown": "",
        "code": "ch-pkl",
        "name_hi": "नागरिक अस्पताल",
        "name_en": "Civil Hospital",
        "district": donor_cast.other_bank.district_id,
        "active": "on",
    }
    assert client.post(reverse("admin:plasma_hospital_add"), data).status_code == 302
    assert Hospital.objects.filter(code="CH-PKL").exists()


# Donors' records and the ledger


def test_a_record_is_shown_for_a_purpose_only(donor_cast: DonorCast) -> None:
    client = client_of(donor_cast.priya)
    address = reverse("admin:plasma_donor_changelist")
    assert "Suman" not in client.get(address).content.decode()
    data = {"form_key": new_key(), "phone": FAMILY_PHONE, "purpose": "look"}
    refused = client.post(address, data)
    assert refused.status_code == 422
    assert "Suman" not in refused.content.decode()
    page = client.post(address, {**data, "purpose": PURPOSE}).content.decode()
    assert "Suman Devi" in page
    assert "Rakesh Kumar" in page
    assert Entry.objects.filter(act=looks.ACT).count() == 2
    assert client.get(f"{address}?q=Suman").status_code == 200
    assert client.get(f"{address}{donor_cast.suman.pk}/change/").status_code == 404


def test_the_ledger_is_read_by_the_auditor_for_a_purpose(donor_cast: DonorCast) -> None:
    consents.give(donor_cast.suman, "appeals", "link")
    client = client_of(make_staff("auditor", roles=("auditor",)))
    address = reverse("admin:plasma_consententry_changelist")
    data = {"form_key": new_key(), "donor": donor_cast.suman.pk, "purpose": PURPOSE}
    assert "To be asked" not in client.get(address).content.decode()
    page = client.post(address, data).content.decode()
    assert "To be asked to donate plasma" in page
    assert "Suman" not in page
    assert Entry.objects.filter(act=looks.LEDGER_READ).count() == 1
    assert client.post(address, {**data, "purpose": ""}).status_code == 422


ADDRESSES = {
    "bank": {"nasreen", "gurpreet"},
    "hospital": {"nasreen", "gurpreet"},
    "policy": {"nasreen"},
    "bankcharge": {"nasreen", "gurpreet"},
    "hospitalcharge": {"nasreen", "gurpreet"},
    "cohort": {"priya", "harish"},
    "donor": {"priya", "harish"},
    "consententry": set(),
}


@pytest.mark.parametrize("who", ["nasreen", "gurpreet", "priya", "desk", "doctor", "registrar"])
def test_each_page_is_there_for_its_role_alone(donor_cast: DonorCast, who: str) -> None:
    client = client_of(getattr(donor_cast, who))
    for name, roles in ADDRESSES.items():
        status = client.get(reverse(f"admin:plasma_{name}_changelist")).status_code
        assert (status == 200) == (who in roles), (name, status)

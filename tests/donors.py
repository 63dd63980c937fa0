"""Builders of banks, policies, cohorts, donors, campaigns and hospitals, and one named cast."""

import itertools
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from plasma.models import (
    Bank,
    BankCharge,
    BankHours,
    Campaign,
    Cohort,
    ConsentEntry,
    Donor,
    DonorPhone,
    Hospital,
    HospitalCharge,
    Invitation,
    Pledge,
    Policy,
)
from tests.people import make_district, make_staff

_numbers = itertools.count(1)
_CITIES = {
    "GGM": ("Gurugram", "गुरुग्राम"),
    "PKL": ("Panchkula", "पंचकूला"),
    "REW": ("Rewari", "रेवाड़ी"),
}


def today() -> date:
    """The day in Asia/Kolkata by the database's clock."""
    return clock.day_of(clock.now())


def make_bank(code: str = "GGM", **fields: Any) -> Bank:
    """A bank of two beds, open every day from 9 to 18, 90 minutes for each donor.

    ``district`` is given by its code; ``opens``, ``closes`` and ``weekdays`` say its hours.
    """
    opens, closes = fields.pop("opens", time(9)), fields.pop("closes", time(18))
    weekdays = fields.pop("weekdays", range(7))
    city_en, city_hi = _CITIES.get(code, (f"City {code}", f"शहर {code}"))
    wanted = {"city_en": city_en, "city_hi": city_hi, **fields}
    wanted["district"] = make_district(wanted.get("district", code))
    bank = Bank.objects.create(code=code, **wanted)
    BankHours.objects.bulk_create(
        BankHours(bank=bank, weekday=weekday, opens=opens, closes=closes) for weekday in weekdays
    )
    return bank


def serve_bank(
    bank: Bank,
    user: User,
    kind: str = BankCharge.Kind.DESK,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> User:
    """Give ``user`` a charge at ``bank``: from a year ago, without end unless one is given."""
    BankCharge.objects.create(
        bank=bank,
        user=user,
        kind=kind,
        starts_at=starts_at or clock.now() - timedelta(days=365),
        ends_at=ends_at,
    )
    return user


def make_policy(bank: Bank | None = None, **fields: Any) -> Policy:
    """The State's policy (or that of ``bank``) from a year ago on, with the usual numbers.

    The State's is loaded with the portal: a test that makes its own gets the loaded one's place.
    """
    wanted: dict[str, Any] = {
        "authority": "Director General, Health Services, Haryana",
        "first_day": today() - timedelta(days=365),
        **fields,
    }
    return Policy.objects.create(bank=bank, **wanted)


def make_cohort(name: str = "Recovered by June", **fields: Any) -> Cohort:
    """An imported list of recovered people, of a month ago, whose data leave in a year."""
    wanted: dict[str, Any] = {
        "source": "Health Department, Haryana",
        "legal_basis": "Epidemic Diseases Act 1897, order 12/2020",
        "dated": today() - timedelta(days=30),
        "data_leave_on": today() + timedelta(days=365),
        **fields,
    }
    return Cohort.objects.create(name=name, **wanted)


def make_donor(
    name: str = "Suman Devi",
    *,
    cohort: Cohort | None = None,
    phone: str | None = None,
    phones: tuple[str, ...] = (),
    **fields: Any,
) -> Donor:
    """A recovered person of 1985 from Gurugram with one number of their own.

    ``phone`` gives another number, ``phones`` several, ``cohort`` puts them into one, ``district``
    is given by its code.
    """
    wanted: dict[str, Any] = {
        "given_name": name.split()[0],
        "language": "hi",
        "year_of_birth": 1985,
        "blood_group": "O+",
        "recovered_on": today() - timedelta(days=60),
        **fields,
    }
    if "district" in wanted:
        code = wanted["district"]
        wanted["district"] = make_district(code) if isinstance(code, str) else code
    else:
        wanted["district"] = make_district("GGM")
    donor = Donor.objects.create(name=name, **wanted)
    given = phones or (phone or f"+9198700{next(_numbers) % 100_000:05}",)
    DonorPhone.objects.bulk_create(
        DonorPhone(donor=donor, phone=number, position=position)
        for position, number in enumerate(given, start=1)
    )
    if cohort is not None:
        donor.cohorts.add(cohort)
    return donor


def make_campaign(cohort: Cohort, *, by: User | None = None, **fields: Any) -> Campaign:
    """A draft over ``cohort``, whole days long, that ends in a week; 600 segments a minute.

    ``status`` other than draft, proposed and stopped needs an ``approved_by``: one is made.
    """
    officer = by or make_staff(f"campaigns.{next(_numbers)}", roles=("campaigns",))
    wanted: dict[str, Any] = {
        "name": "July appeal",
        "pace": 600,
        "first_hour": time(0),
        "last_hour": time(23, 59, 59),
        "ends_at": clock.now() + timedelta(days=7),
        **fields,
    }
    if wanted.get("status", "draft") not in {"draft", "proposed", "stopped"}:
        second = make_staff(f"campaigns.{next(_numbers)}", roles=("campaigns",))
        approved = {"proposed_by": officer, "approved_by": second, "approved_at": clock.now()}
        wanted = {**approved, **wanted}
    return Campaign.objects.create(cohort=cohort, made_by=officer, **wanted)


def make_invitation(campaign: Campaign, donor: Donor, **fields: Any) -> Invitation:
    """The invitation of ``donor``, handed to the gateway just now unless a status is given."""
    phone = donor.phones.order_by("position").values_list("phone", flat=True).first() or ""
    wanted: dict[str, Any] = {"status": "sent", "phone": phone, "segments": 2, **fields}
    if wanted["status"] != "planned":
        wanted.setdefault("queued_at", clock.now())
    return Invitation.objects.create(campaign=campaign, donor=donor, **wanted)


def make_pledge(donor: Donor, bank: Bank, policy: Policy | None = None, **fields: Any) -> Pledge:
    """A pledge of ``donor`` to ``bank``, without a slot unless times are given."""
    held = policy or Policy.objects.filter(bank=None).first() or make_policy()
    return Pledge.objects.create(donor=donor, bank=bank, policy=held, **fields)


def make_hospital(code: str = "CH-GGM", **fields: Any) -> Hospital:
    """A hospital in Gurugram that may ask; ``district`` is given by its code."""
    wanted: dict[str, Any] = {
        "name_en": "Civil Hospital, Gurugram",
        "name_hi": "नागरिक अस्पताल, गुरुग्राम",
        **fields,
    }
    wanted["district"] = make_district(wanted.get("district", "GGM"))
    return Hospital.objects.create(code=code, **wanted)


def ask_for(hospital: Hospital, user: User, *, ends_at: datetime | None = None) -> User:
    """Let ``user`` ask for ``hospital``: from a year ago, without end unless one is given."""
    HospitalCharge.objects.create(
        hospital=hospital,
        user=user,
        starts_at=clock.now() - timedelta(days=365),
        ends_at=ends_at,
    )
    return user


def consent_to(
    donor: Donor, purpose: str = ConsentEntry.Purpose.APPEALS, *, act: str = "given"
) -> ConsentEntry:
    """An entry of the ledger, made just now on the page behind a link."""
    return ConsentEntry.objects.create(
        donor=donor, act=act, purpose=purpose, how="link", wording="test", at=clock.now()
    )


@dataclass(frozen=True)
class DonorCast:
    """The people of most tests: two on one phone, two officers, Gurugram's bank, a hospital."""

    cohort: Cohort
    policy: Policy
    bank: Bank  # Gurugram
    other_bank: Bank  # Panchkula
    suman: Donor  # Hindi, O+, on the family's phone
    rakesh: Donor  # her husband, English, A+, on the same phone
    imran: Donor  # B+, two phones of his own
    priya: User  # runs campaigns
    harish: User  # runs campaigns as well: the second officer
    desk: User  # Gurugram's desk
    doctor: User  # Gurugram's medical officer
    other_desk: User  # Panchkula's desk
    hospital: Hospital
    registrar: User  # asks for the hospital
    nasreen: User  # sets up
    gurpreet: User  # appoints


FAMILY_PHONE = "+919870011111"


def make_donor_cast() -> DonorCast:
    """Make the whole cast."""
    cohort = make_cohort()
    bank, other_bank = make_bank("GGM"), make_bank("PKL")
    hospital = make_hospital()
    return DonorCast(
        cohort=cohort,
        policy=Policy.objects.filter(bank=None).first() or make_policy(),
        bank=bank,
        other_bank=other_bank,
        suman=make_donor("Suman Devi", cohort=cohort, phone=FAMILY_PHONE),
        rakesh=make_donor(
            "Rakesh Kumar",
            cohort=cohort,
            phone=FAMILY_PHONE,
            language="en",
            year_of_birth=1980,
            blood_group="A+",
        ),
        imran=make_donor(
            "Imran Khan",
            cohort=cohort,
            phones=("+919870022221", "+919870022222"),
            year_of_birth=1992,
            blood_group="B+",
            district="PKL",
        ),
        priya=make_staff("priya", roles=("campaigns",)),
        harish=make_staff("harish", roles=("campaigns",)),
        desk=serve_bank(bank, make_staff("desk.ggm")),
        doctor=serve_bank(bank, make_staff("doctor.ggm"), BankCharge.Kind.MEDICAL_OFFICER),
        other_desk=serve_bank(other_bank, make_staff("desk.pkl")),
        hospital=hospital,
        registrar=ask_for(hospital, make_staff("registrar")),
        nasreen=make_staff("nasreen", roles=("setup",)),
        gurpreet=make_staff("gurpreet", roles=("appointing",)),
    )

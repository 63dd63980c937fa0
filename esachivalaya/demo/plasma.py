"""The demo's plasma banks, hospitals, their people, and a list of made-up donors."""

import csv
import io

from esachivalaya.accounts.models import Role, User
from esachivalaya.accounts.services.demo import make_demo_staff
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.csv_import import load
from esachivalaya.demo.offices import APPOINTING, PASSWORD, SEED, SETUP, Made
from esachivalaya.demo.people import Register
from officials.models import District
from plasma.bank_file import BANKS, DATA, first_policy
from plasma.generator import Wanted, rows
from plasma.models import Bank, BankCharge, Cohort, Hospital, HospitalCharge, Policy
from plasma.services import charges, imports, set_up
from plasma.services.set_up import ONE_DAY

CAMPAIGNS = ("campaigns", "campaigns-2")
# Code, names and district of the hospitals of the demo.
HOSPITALS = (
    ("CH-GGM", "Civil Hospital, Gurugram", "नागरिक अस्पताल, गुरुग्राम", "GGM"),
    ("CH-RTK", "Civil Hospital, Rohtak", "नागरिक अस्पताल, रोहतक", "RTK"),
)
OVERRIDDEN = "GGM"
DONORS = 300
DESK, DOCTOR, HOSPITAL = "bank", "bank-mo", "hospital"


def sign_ins() -> dict[str, str]:
    """Return who of the plasma work signs in to the demo, and what each does there."""
    found = dict.fromkeys(CAMPAIGNS, "runs campaigns for plasma donors")
    for bank in Bank.objects.order_by("code"):
        found[f"{DESK}-{bank.code.lower()}"] = f"desk of the plasma bank {bank.city_en}"
        found[f"{DOCTOR}-{bank.code.lower()}"] = f"medical officer of the bank {bank.city_en}"
    for hospital in Hospital.objects.order_by("code"):
        found[f"{HOSPITAL}-{hospital.district.code.lower()}"] = f"asks for {hospital.name_en}"
    return found


def make_plasma(staff: dict[str, User], made: Made) -> None:
    """Make banks, policies, hospitals and their people, where there are none yet."""
    if not Bank.objects.exists():
        made.add("plasma banks", load(DATA / "banks.csv", BANKS).new)
    if first_policy():
        made.add("policies", 1)
    _override(staff[SETUP], made)
    _make_hospitals(staff[SETUP], made)
    people = _make_people(made)
    _give_charges(people, staff[APPOINTING], made)
    _make_cohort(people[CAMPAIGNS[0]], made)


def _override(by: User, made: Made) -> None:
    """One bank takes people up to 65, and sooner after recovery, by its own authority."""
    bank = Bank.objects.filter(code=OVERRIDDEN).first()
    if bank is None or bank.policies.exists():
        return
    policy = Policy(
        bank=bank,
        authority="Ethics committee of the bank (sample)",
        first_day=day_of(now()),
        days_since_recovery=14,
        greatest_age=65,
    )
    set_up.follow_policy(policy=policy, by=by)
    made.add("policies", 1)


def _make_hospitals(by: User, made: Made) -> None:
    there = set(Hospital.objects.values_list("code", flat=True))
    for code, name_en, name_hi, district in HOSPITALS:
        of = District.objects.filter(code=district).first()
        if code not in there and of is not None:
            row = Hospital(code=code, name_en=name_en, name_hi=name_hi, district=of)
            set_up.save_hospital(hospital=row, by=by)
            made.add("hospitals", 1)


def _make_people(made: Made) -> dict[str, User]:
    """Make those who have no account yet; who is there keeps the password they may have set."""
    register = Register(SEED + 11)
    names = list(sign_ins())
    people = {user.username: user for user in User.objects.filter(username__in=names)}
    for number, name in enumerate(names, start=1):
        who = register.adult()
        if name in people:
            continue
        people[name] = make_demo_staff(
            name,
            PASSWORD,
            name_en=who.en,
            name_hi=who.hi,
            roles=(Role.Name.CAMPAIGNS,) if name in CAMPAIGNS else (),
            phone=f"+9198000{64_000 + number}",
            email=f"{name}@plasma.example",
        )
        made.add("people of the plasma banks", 1)
    return people


def _give_charges(people: dict[str, User], by: User, made: Made) -> None:
    banks = set(BankCharge.objects.values_list("user_id", flat=True))
    kinds = {DESK: BankCharge.Kind.DESK, DOCTOR: BankCharge.Kind.MEDICAL_OFFICER}
    for bank in Bank.objects.all():
        for name, kind in kinds.items():
            user = people.get(f"{name}-{bank.code.lower()}")
            if user is not None and user.pk not in banks:
                charges.give_at_bank(bank=bank, user=user, kind=kind, by=by)
                made.add("charges", 1)
    hospitals = set(HospitalCharge.objects.values_list("user_id", flat=True))
    for hospital in Hospital.objects.select_related("district"):
        user = people.get(f"{HOSPITAL}-{hospital.district.code.lower()}")
        if user is not None and user.pk not in hospitals:
            charges.give_at_hospital(hospital=hospital, user=user, by=by)
            made.add("charges", 1)


def _make_cohort(by: User, made: Made) -> None:
    """Load a made-up list by the same way as officers load theirs."""
    if Cohort.objects.filter(kind=Cohort.Kind.IMPORTED).exists():
        return
    today = day_of(now())
    cohort = Cohort(
        name="Recovered people, sample list",
        source="Made up by the portal for its demo",
        legal_basis="Sample: no order of any department",
        dated=today,
        data_leave_on=today + 180 * ONE_DAY,
    )
    set_up.save_cohort(cohort=cohort, by=by)
    file = io.StringIO()
    wanted = Wanted(DONORS, duplicates=4, bad=6)
    csv.writer(file).writerows(rows(wanted, seed=SEED, today=today))
    kept = imports.keep(
        cohort=cohort, content=file.getvalue().encode(), file_name="sample.csv", by=by
    )
    kept = imports.choose_columns(kept=kept, columns=kept.columns, by=by)
    imports.load(kept=kept, shown=imports.shown_of(kept), without_refused=True, by=by)
    made.add("donors", kept.counts["accepted"])

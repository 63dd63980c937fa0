"""The demo's citizens: families behind phones that nobody answers."""

from datetime import timedelta
from random import Random

from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common import clock
from esachivalaya.demo.offices import SEED, Made
from esachivalaya.demo.people import Name, Register

# +91 98000 00001 and so on: the first families are the ones whose numbers are printed.
FIRST_FAMILY_PEOPLE = 3
# How the user names of the demo's households begin.
USERNAME = "household-demo-"
NEAR = ("REW", "REW", "REW", "REW", "REW", "PKL", "PKL", "GGM", "GGM", "HSR")
REGISTERED = timedelta(days=60)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def phone_of(number: int) -> str:
    """Return the mobile number of the demo's household ``number``, counted from 1."""
    return f"+9198000{number:05}"


def make_citizens(count: int, districts: list[str], made: Made) -> list[Citizen]:
    """Make ``count`` citizens in about three quarters as many households, and return them.

    All rows are made with the acts that a sign-in and the household's page would record.
    """
    random = Random(SEED)  # noqa: S311 - people, not secrets
    register = Register(SEED + 1)
    at = clock.now() - REGISTERED
    households, citizens = [], []
    for number, people in enumerate(_sizes(count, random), start=1):
        district = "REW" if number <= 2 else _district(districts, random)
        household = _household(number, random)
        household.created_at = at
        household.phone_seen_at = at + timedelta(days=random.randint(20, 59))
        households.append(household)
        latin = household.user is not None and household.user.language == "en"
        latin = latin or (number > 1 and random.random() < 0.3)
        for name in register.household(people):
            citizen = _citizen(household, name, random, latin=latin)
            citizen.district_code, citizen.created_at = district, at
            citizens.append(citizen)
    User.objects.bulk_create([one.user for one in households if one.user])
    Household.objects.bulk_create(households)
    Citizen.objects.bulk_create(citizens)
    record_all([_made(one) for one in households] + [_added(one) for one in citizens], at=at)
    made.add("households", len(households))
    made.add("citizens", len(citizens))
    return citizens


def _sizes(count: int, random: Random) -> list[int]:
    """Return how many people each household has, ``count`` together."""
    sizes = [min(FIRST_FAMILY_PEOPLE, count)]
    left = count - sizes[0]
    while left > 0:
        size = min(left, random.choices((1, 2, 3), weights=(75, 19, 6))[0])
        sizes.append(size)
        left -= size
    return sizes


def _district(districts: list[str], random: Random) -> str:
    near = [code for code in NEAR if code in districts]
    return random.choice(near if near and random.random() < 0.7 else districts)


def _household(number: int, random: Random) -> Household:
    phone = phone_of(number)
    language = "hi" if number == 1 or random.random() < 0.8 else "en"
    user = User(
        kind=User.Kind.HOUSEHOLD,
        username=f"{USERNAME}{number:05}",
        phone=phone,
        language=language,
    )
    user.set_unusable_password()
    return Household(user=user, phone=phone)


def _citizen(household: Household, name: Name, random: Random, *, latin: bool) -> Citizen:
    has_id, has_email = random.random() < 0.6, random.random() < 0.1
    letters = "".join(random.choices(_LETTERS, k=3))
    family_id = f"{random.randint(1, 9)}{letters}{random.randint(0, 9999):04}" if has_id else ""
    return Citizen(
        household=household,
        name=name.en if latin else name.hi,
        given_name=name.given.en if latin else name.given.hi,
        family_id=family_id,
        email=f"{name.en.lower().replace(' ', '.')}@mail.example" if has_email else "",
        email_proved_at=clock.now() - REGISTERED if has_email else None,
    )


def _made(household: Household) -> Act:
    return Act(*subject_of(household), "household_made", household.user_id, new=True)


def _added(citizen: Citizen) -> Act:
    data = {
        "name": citizen.name,
        "given_name": citizen.given_name,
        "family_id": citizen.family_id,
    }
    actor = citizen.household.user_id
    return Act(*subject_of(citizen), "person_added", actor, data=data, new=True)

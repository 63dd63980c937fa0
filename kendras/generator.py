"""Made-up Kendras for showing and measuring. Their names and codes say that they are made up."""

import random
from collections.abc import Iterator
from datetime import time

from django.contrib.auth.hashers import make_password
from django.db import transaction

from esachivalaya.accounts.models import User
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common import clock
from kendras.models import Desk, Kendra, KendraCharge
from kendras.services.charges import facts
from officials.models import District

VILLAGE, TOWN = 6000, 115
PREFIX = "SAMPLE"
BATCH = 1000
_OPENS, _CLOSES = time(9), time(17)
_NAMES = {
    Kendra.Kind.ATAL_SEVA: ("Sample Atal Seva Kendra", "नमूना अटल सेवा केंद्र"),
    Kendra.Kind.SARAL: ("Sample Saral Kendra", "नमूना सरल केंद्र"),
    Kendra.Kind.ANTYODAYA: ("Sample Antyodaya Kendra", "नमूना अंत्योदय केंद्र"),
}


class NoDistricts(Exception):
    """There is no district in which a Kendra could be."""


@transaction.atomic
def generate(*, village: int = VILLAGE, town: int = TOWN) -> int:
    """Make the Kendras that are missing of so many, with one to three seats each.

    They are spread evenly over the districts. Made again, they are the same ones: what is there
    already stays as it is. Returns how many were made.
    """
    districts = list(District.objects.order_by("code"))
    if not districts:
        raise NoDistricts
    wanted = list(_wanted(districts, village, town))
    there = set(Kendra.objects.filter(generated=True).values_list("code", flat=True))
    missing = [kendra for kendra in wanted if kendra.code not in there]
    Kendra.objects.bulk_create(missing, batch_size=BATCH)
    Desk.objects.bulk_create(
        [desk for kendra in missing for desk in _desks_of(kendra)], batch_size=BATCH
    )
    _record([Act(*subject_of(kendra), "generated", new=True) for kendra in missing])
    return len(missing)


@transaction.atomic
def generate_operators(count: int, kendras: list[Kendra] | None = None) -> int:
    """Make so many operators, one after the other for each made-up Kendra, then a second one.

    Nobody signs in as one of them before a password is set. Returns how many were made.
    """
    places = kendras or list(Kendra.objects.filter(generated=True).order_by("code"))
    wanted = dict(_operators(places, count))
    there = set(User.objects.filter(username__in=wanted).values_list("username", flat=True))
    users = [
        User(
            kind=User.Kind.STAFF,
            username=username,
            name_en=f"Sample Operator {username}",
            name_hi=f"नमूना ऑपरेटर {username}",
            password=make_password(None),
        )
        for username in wanted
        if username not in there
    ]
    User.objects.bulk_create(users, batch_size=BATCH)
    now = clock.now()
    charges = [
        KendraCharge(
            kind=KendraCharge.Kind.OPERATOR,
            kendra=wanted[user.username],
            user=user,
            starts_at=now,
        )
        for user in users
    ]
    KendraCharge.objects.bulk_create(charges, batch_size=BATCH)
    kendra = Kendra._meta.label_lower
    _record([Act(*subject_of(user), "generated", new=True) for user in users])
    _record(
        [Act(kendra, str(one.kendra_id), "kendracharge_given", data=facts(one)) for one in charges]
    )
    return len(users)


def _wanted(districts: list[District], village: int, town: int) -> Iterator[Kendra]:
    for number in range(village):
        yield _kendra(districts[number % len(districts)], number // len(districts) + 1)
    for number in range(town):
        yield _kendra(districts[number % len(districts)], number // len(districts) + 1, town=True)


def _kendra(district: District, number: int, *, town: bool = False) -> Kendra:
    kind = Kendra.Kind.ATAL_SEVA
    if town:
        kind = Kendra.Kind.SARAL if number % 2 else Kendra.Kind.ANTYODAYA
    name_en, name_hi = _NAMES[kind]
    written = f"{number:04}"
    return Kendra(
        code=f"{PREFIX}-{district.code}-{'T' if town else ''}{written[1:] if town else written}",
        kind=kind,
        name_en=f"{name_en} {written}, {district.name_en}",
        name_hi=f"{name_hi} {written}, {district.name_hi}",
        district=district,
        block_en=f"Sample block {number % 7 + 1}",
        block_hi=f"नमूना खंड {number % 7 + 1}",
        address_en=f"Panchayat Bhawan {number}, {district.name_en} (made up)",
        address_hi=f"पंचायत भवन {number}, {district.name_hi} (काल्पनिक)",
        opens=_OPENS,
        closes=_CLOSES,
        generated=True,
    )


def _desks_of(kendra: Kendra) -> list[Desk]:
    """One to three seats; of every other Kendra the last one can be reached by a wheelchair."""
    chance = random.Random(kendra.code)  # noqa: S311 - the same seats each time, nothing secret
    seats = chance.choice([1, 1, 2, 2, 3])
    reached = chance.random() < 0.5
    return [
        Desk(kendra=kendra, number=number, accessible=reached and number == seats)
        for number in range(1, seats + 1)
    ]


def _operators(places: list[Kendra], count: int) -> Iterator[tuple[str, Kendra]]:
    for number in range(count if places else 0):
        kendra = places[number % len(places)]
        again = number // len(places)
        yield kendra.code.lower() + (f"-{again + 1}" if again else ""), kendra


def _record(acts: list[Act]) -> None:
    now = clock.now()
    for start in range(0, len(acts), BATCH):
        record_all(acts[start : start + BATCH], at=now)

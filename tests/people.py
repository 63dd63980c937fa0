"""The people and offices that the tests speak of: plain builders and one named cast.

Every builder makes one row in the database with what the test does not care about filled in;
what it does care about is given by name.
"""

import itertools
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from appointments.models import Category
from esachivalaya.accounts.models import Citizen, Household, Role, User
from esachivalaya.accounts.proved_lately import PROVED_AT
from esachivalaya.common import clock
from officials.models import Charge, Department, District, Hours, Post

_numbers = itertools.count(1)

LONG_AGO = date(2020, 7, 21)
STAFF_PASSWORD = "Kachehri-ka-darwaza-7"
STAFF_BACKEND = "esachivalaya.accounts.backends.StaffBackend"
HOUSEHOLD_BACKEND = "esachivalaya.accounts.backends.HouseholdBackend"

_DISTRICTS = {
    "REW": ("Rewari", "रेवाड़ी", "Gurugram"),
    "GGM": ("Gurugram", "गुरुग्राम", "Gurugram"),
    "PKL": ("Panchkula", "पंचकूला", "Ambala"),
}
_DEPARTMENTS = {
    "REV": ("Revenue and Disaster Management", "राजस्व एवं आपदा प्रबंधन विभाग"),
    "HOM": ("Home", "गृह विभाग"),
    "CMO": ("Chief Minister's Office", "मुख्यमंत्री कार्यालय"),
}
# Code: titles and short titles in English and Hindi, level, department, district.
_POSTS = {
    "DC-REW": (
        ("Deputy Commissioner, Rewari", "उपायुक्त, रेवाड़ी", "DC Rewari", "उपायुक्त रेवाड़ी"),
        ("deputy_commissioner", "REV", "REW"),
    ),
    "DC-GGM": (
        ("Deputy Commissioner, Gurugram", "उपायुक्त, गुरुग्राम", "DC Gurugram", "उपायुक्त गुरुग्राम"),
        ("deputy_commissioner", "REV", "GGM"),
    ),
    "DIV-GGM": (
        (
            "Divisional Commissioner, Gurugram",
            "मंडल आयुक्त, गुरुग्राम",
            "Div Comm Gurugram",
            "मंडल आयुक्त गुरुग्राम",
        ),
        ("divisional_commissioner", "REV", "GGM"),
    ),
    "SDM-REW": (
        (
            "Sub-Divisional Magistrate, Rewari",
            "उपमंडल अधिकारी (नागरिक), रेवाड़ी",
            "SDM Rewari",
            "एसडीएम रेवाड़ी",
        ),
        ("district_officer", "REV", "REW"),
    ),
    "MIN-HOME": (
        ("Home Minister", "गृह मंत्री", "Home Minister", "गृह मंत्री"),
        ("minister", "HOM", ""),
    ),
    "CM": (
        ("Chief Minister", "मुख्यमंत्री", "CM", "मुख्यमंत्री"),
        ("chief_minister", "CMO", ""),
    ),
    "DPS-CM": (
        (
            "Deputy Principal Secretary to Chief Minister",
            "मुख्यमंत्री के उप प्रधान सचिव",
            "Dy PS to CM",
            "उप प्रधान सचिव, मु.मं.",
        ),
        ("secretary", "CMO", ""),
    ),
}


def make_district(code: str = "REW", **fields: Any) -> District:
    """The district of that code; the same one when it is there already."""
    name_en, name_hi, division = _DISTRICTS.get(
        code, (f"District {code}", f"जिला {code}", "Ambala")
    )
    wanted = {"name_en": name_en, "name_hi": name_hi, "division": division, **fields}
    return District.objects.get_or_create(code=code, defaults=wanted)[0]


def make_department(code: str = "REV", **fields: Any) -> Department:
    """The department of that code; the same one when it is there already."""
    name_en, name_hi = _DEPARTMENTS.get(code, (f"Department {code}", f"विभाग {code}"))
    wanted = {"name_en": name_en, "name_hi": name_hi, "kind": "department", **fields}
    return Department.objects.get_or_create(code=code, defaults=wanted)[0]


def make_post(code: str = "DC-REW", **fields: Any) -> Post:
    """A post of that code, without hours and without anybody in charge."""
    titles, (level, department, district) = _POSTS.get(
        code,
        (
            (f"Officer {code}", f"अधिकारी {code}", f"Off {code}"[:24], f"अधि. {code}"[:24]),
            ("district_officer", "REV", "REW"),
        ),
    )
    wanted: dict[str, Any] = {
        **dict(zip(("title_en", "title_hi", "short_en", "short_hi"), titles, strict=True)),
        "level": level,
        **fields,
    }
    if "department" not in wanted:
        wanted["department"] = make_department(department)
    if "district" not in wanted and district:
        wanted["district"] = make_district(district)
    return Post.objects.create(code=code, **wanted)


def open_hours(
    post: Post,
    *,
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5),
    starts: time = time(10),
    ends: time = time(13),
    minutes: int = 15,
    gap_minutes: int = 0,
    from_day: date = LONG_AGO,
    until_day: date | None = None,
) -> list[Hours]:
    """Weekly hours: 10:00 to 13:00 from Monday to Saturday, 15 minutes each, from long ago."""
    return Hours.objects.bulk_create(
        Hours(
            post=post,
            weekday=weekday,
            starts=starts,
            ends=ends,
            minutes=minutes,
            gap_minutes=gap_minutes,
            from_day=from_day,
            until_day=until_day,
        )
        for weekday in weekdays
    )


def make_staff(username: str, *, roles: tuple[str, ...] = (), **fields: Any) -> User:
    """Active staff without any charge; ``password=`` sets one, ``roles=`` gives roles."""
    password = fields.pop("password", None)
    number = next(_numbers)
    wanted = {
        "name_en": username.split(".")[0].title(),
        "name_hi": username.split(".")[0],
        "phone": f"+9198001{number % 100_000:05}",
        "email": f"{username}@office.example",
        **fields,
    }
    user = User.objects.create_staff(username=username, **wanted)
    if password is not None:
        user.set_password(password)
        user.save(update_fields=["password"])
    Role.objects.bulk_create(Role(user=user, name=name) for name in roles)
    return user


def make_superuser(username: str = "superuser", **fields: Any) -> User:
    """The one who sets the portal up and sees no content."""
    return make_staff(username, is_superuser=True, **fields)


def give_charge(
    user: User,
    post: Post,
    kind: str = "holder",
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Charge:
    """A charge from a year ago on, without end unless one is given."""
    return Charge.objects.create(
        user=user,
        post=post,
        kind=kind,
        starts_at=starts_at or clock.now() - timedelta(days=365),
        ends_at=ends_at,
    )


def sign_in_staff(client: Client, user: User) -> Client:
    """Sign staff in with a confirmed second factor, as after the sign-in pages."""
    device, _made = TOTPDevice.objects.get_or_create(
        user=user, name="phone", defaults={"confirmed": True}
    )
    client.force_login(user, backend=STAFF_BACKEND)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session[PROVED_AT] = clock.now().isoformat()
    session.save()
    return client


def make_household(phone: str | None = None, **fields: Any) -> Household:
    """A household that signs in by its phone, proved just now; ``user=None`` for a walk-in's."""
    number = phone or f"+9198002{next(_numbers) % 100_000:05}"
    if "user" in fields:
        return Household.objects.create(phone=phone, **fields)
    language = fields.pop("language", "hi")
    user = User(
        kind=User.Kind.HOUSEHOLD, username=f"household-{number}", phone=number, language=language
    )
    user.set_unusable_password()
    user.save()
    wanted = {"phone": number, "phone_seen_at": clock.now(), **fields}
    return Household.objects.create(user=user, **wanted)


def make_citizen(
    household: Household | None = None, name: str = "Asha Devi", **fields: Any
) -> Citizen:
    """One named person, in a household of their own unless one is given."""
    wanted = {"given_name": name.split()[0], "district_code": "REW", **fields}
    return Citizen.objects.create(household=household or make_household(), name=name, **wanted)


def sign_in_household(client: Client, household: Household) -> Client:
    """Sign a household in, as after its code was typed."""
    assert household.user is not None, "A walk-in's household has no sign-in."
    client.force_login(household.user, backend=HOUSEHOLD_BACKEND)
    return client


def make_category(code: str = "revenue", **fields: Any) -> Category:
    """A category of requests; the same one when it is there already."""
    wanted = {"name_en": "Land and revenue", "name_hi": "भूमि एवं राजस्व", "position": 1, **fields}
    return Category.objects.get_or_create(code=code, defaults=wanted)[0]


@dataclass(frozen=True)
class Cast:
    """The people of most tests: Asha's family, and the office of the DC of Rewari."""

    household: Household
    asha: Citizen  # wants to meet the Deputy Commissioner
    ramesh: Citizen  # her husband, on the same phone
    rewari: Post  # Deputy Commissioner, Rewari: open 10:00 to 13:00, Monday to Saturday
    division: Post  # Divisional Commissioner, Gurugram, to whom Rewari reports
    meera: User  # holds Rewari
    suresh: User  # her private secretary
    anil: User  # her link officer
    kavita: User  # holds the division: the superior
    nasreen: User  # sets up departments, posts and holidays
    gurpreet: User  # appoints staff
    category: Category


def make_cast() -> Cast:
    """Make the whole cast."""
    household = make_household("+919800000001")
    division = make_post("DIV-GGM")
    rewari = make_post("DC-REW", reports_to=division)
    open_hours(rewari)
    cast = Cast(
        household=household,
        asha=make_citizen(household, "Asha Devi"),
        ramesh=make_citizen(household, "Ramesh Kumar"),
        rewari=rewari,
        division=division,
        meera=make_staff("meera", name_en="Meera Yadav", name_hi="मीरा यादव"),
        suresh=make_staff("suresh", name_en="Suresh Sharma", name_hi="सुरेश शर्मा"),
        anil=make_staff("anil", name_en="Anil Saini", name_hi="अनिल सैनी"),
        kavita=make_staff("kavita", name_en="Kavita Malik", name_hi="कविता मलिक"),
        nasreen=make_staff(
            "nasreen", name_en="Nasreen Khan", name_hi="नसरीन खान", roles=("setup",)
        ),
        gurpreet=make_staff(
            "gurpreet", name_en="Gurpreet Singh", name_hi="गुरप्रीत सिंह", roles=("appointing",)
        ),
        category=make_category(),
    )
    give_charge(cast.meera, rewari)
    give_charge(cast.suresh, rewari, "staff")
    give_charge(cast.anil, rewari, "link_officer")
    give_charge(cast.kavita, division)
    return cast

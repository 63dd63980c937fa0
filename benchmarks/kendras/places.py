"""What stands before the first walk-in: offices with hours, operators signed in, households."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import get_random_string
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from appointments.imports import CATEGORIES
from appointments.imports import DATA as APPOINTMENTS_DATA
from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.accounts.proved_lately import PROVED_AT
from esachivalaya.accounts.session_store import SessionStore
from esachivalaya.common.clock import now
from esachivalaya.common.csv_import import load
from kendras.models import KendraCharge
from officials.imports import DATA, DEPARTMENTS, DISTRICTS, POSTS, SERVICES
from officials.models import Department, District, Hours, Post
from officials.services.setting_up import refresh_words

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
STAFF = "esachivalaya.accounts.backends.StaffBackend"
SEED = 20200721
# Of so many operators one shares the Kendra, and so its seats, with the one before.
SHARING = 5
# Officers that each district gets, beside those whom the portal's own file names.
OFFICERS = (
    ("SDM", "Sub Divisional Officer (Civil)", "उप-मंडल अधिकारी (नागरिक)"),
    ("DRO", "District Revenue Officer", "जिला राजस्व अधिकारी"),
    ("DSWO", "District Social Welfare Officer", "जिला समाज कल्याण अधिकारी"),
    ("CS", "Civil Surgeon", "सिविल सर्जन"),
    ("DFSC", "District Food and Supplies Controller", "जिला खाद्य एवं पूर्ति नियंत्रक"),
    ("DEO", "District Education Officer", "जिला शिक्षा अधिकारी"),
    ("XEN", "Executive Engineer, Public Health", "कार्यकारी अभियंता, जनस्वास्थ्य"),
    ("BDPO", "Block Development and Panchayat Officer", "खंड विकास एवं पंचायत अधिकारी"),
)
# On weekdays, in hours in which every Kendra is open: twelve meetings a day.
OPENS, CLOSES, MINUTES = time(10), time(13), 15
GIVEN = ("आशा", "सुनीता", "राजेश", "महेंद्र", "कविता", "सतबीर", "रोशनी", "धर्मपाल")


@dataclass(frozen=True)
class Office:
    """One office as an operator thinks of it: what they type to find it."""

    code: str
    words: str


@dataclass(frozen=True)
class Operator:
    """One operator at a counter, with a session that a browser can use."""

    number: int
    user_id: int
    kendra: str
    session: str
    offices: tuple[Office, ...]
    # Numbers of households that are known already, for one walk-in each.
    phones: tuple[str, ...]


def offices() -> None:
    """Load the State's own offices, add each district's officers, and give all of them hours."""
    load(DATA / "districts.csv", DISTRICTS)
    load(DATA / "departments.csv", DEPARTMENTS)
    load(DATA / "posts.csv", POSTS)
    load(DATA / "services.csv", SERVICES)
    load(APPOINTMENTS_DATA / "categories.csv", CATEGORIES)
    there = set(Post.objects.values_list("code", flat=True))
    department = Department.objects.get(posts__code="DC-REW")
    Post.objects.bulk_create(
        Post(
            code=f"{short}-{district.code}",
            title_en=f"{english}, {district.name_en}",
            title_hi=f"{hindi}, {district.name_hi}",
            short_en=f"{short} {district.name_en}",
            short_hi=f"{short} {district.name_hi}",
            level=Post.Level.DISTRICT_OFFICER,
            department=department,
            district=district,
        )
        for district in District.objects.order_by("code")
        for short, english, hindi in OFFICERS
        if f"{short}-{district.code}" not in there
    )
    refresh_words(department)
    Hours.objects.bulk_create(
        Hours(
            post=post,
            weekday=weekday,
            starts=OPENS,
            ends=CLOSES,
            minutes=MINUTES,
            from_day=date(2020, 7, 21),
        )
        for post in Post.objects.order_by("pk")
        for weekday in Hours.Weekday.values[:5]
    )


def operators(count: int, *, walk_ins: int) -> list[Operator]:
    """Sign in so many operators of the loaded ones, each with households for so many walk-ins."""
    chosen = _charges(count)
    users = User.objects.in_bulk([charge.user_id for charge in chosen])
    devices = TOTPDevice.objects.bulk_create(
        TOTPDevice(user=user, name="phone", confirmed=True) for user in users.values()
    )
    by_user = {device.user_id: device.persistent_id for device in devices}
    sessions = Session.objects.bulk_create(
        _session(users[charge.user_id], by_user[charge.user_id]) for charge in chosen
    )
    phones = _households(count, walk_ins)
    near = _offices_by_district()
    found = []
    for number, (charge, session) in enumerate(zip(chosen, sessions, strict=True)):
        assert charge.kendra is not None
        found.append(
            Operator(
                number=number,
                user_id=charge.user_id,
                kendra=charge.kendra.code,
                session=session.session_key,
                offices=tuple(near[charge.kendra.district_id]),
                phones=tuple(phones[number * walk_ins : (number + 1) * walk_ins]),
            )
        )
    return found


def _charges(count: int) -> list[KendraCharge]:
    """Choose operators at Kendras all over the State, some of them two at the same Kendra."""
    dice = random.Random(SEED)  # noqa: S311 - nobody's secret
    by_kendra: defaultdict[int | None, list[KendraCharge]] = defaultdict(list)
    for charge in KendraCharge.objects.select_related("kendra").order_by("pk"):
        by_kendra[charge.kendra_id].append(charge)
    all_of_them = list(by_kendra.values())
    dice.shuffle(all_of_them)
    pairs = [pair for pair in all_of_them if len(pair) > 1][: count // SHARING]
    paired = {pair[0].pk for pair in pairs}
    chosen = [charge for pair in pairs for charge in pair[:2]]
    chosen += [first for first, *_more in all_of_them if first.pk not in paired]
    return chosen[:count]


def _session(user: User, device: str) -> Session:
    """Make the session of an operator who signed in with the second factor."""
    data = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: STAFF,
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        DEVICE_ID_SESSION_KEY: device,
        PROVED_AT: now().isoformat(),
    }
    return Session(
        session_key=get_random_string(32, LETTERS),
        session_data=SessionStore().encode(data),
        expire_date=now() + timedelta(hours=12),
    )


def _households(count: int, walk_ins: int) -> list[str]:
    """Make households with one to three people; return their numbers."""
    moment = now()
    numbers = [f"{7_000_000_000 + one}" for one in range(count * walk_ins)]
    made = Household.objects.bulk_create(
        [Household(phone=f"+91{number}", phone_seen_at=moment) for number in numbers],
        batch_size=1000,
    )
    Citizen.objects.bulk_create(
        [
            Citizen(household=household, name=f"{given} देवी", given_name=given, district_code="REW")
            for number, household in enumerate(made)
            for given in GIVEN[: number % 3 + 1]
        ],
        batch_size=1000,
    )
    return numbers


def _offices_by_district() -> dict[int, list[Office]]:
    """Return each district's offices with what is typed to find them: the title's first words.

    The counter shows its own district's office of that title first.
    """
    found: defaultdict[int, list[Office]] = defaultdict(list)
    for post in Post.objects.filter(district__isnull=False).order_by("pk"):
        assert post.district_id is not None
        words = post.title_hi.replace(",", "").split()
        found[post.district_id].append(Office(post.code, " ".join(words[:2])))
    return found

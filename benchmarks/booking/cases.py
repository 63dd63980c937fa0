"""Offices, households, their sessions and their drafts, ready for the last press of the button.

Each case is one household with one person, one sign-in and one draft whose every step was filled
in, so that no rule has to be switched off: nobody asks more often than a person may.
"""

import hashlib
import itertools
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.crypto import get_random_string

from appointments import drafts
from appointments.diary import own_phone_limit, slot_value
from appointments.forms.booking import AboutForm, MeetingForm, TimeForm
from appointments.models import Category, Draft
from benchmarks.load import Job
from benchmarks.surroundings import as_owner
from esachivalaya.accounts.backends import HOUSEHOLD
from esachivalaya.accounts.models import Citizen, Household, User
from esachivalaya.accounts.session_store import SessionStore
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.references import new_reference
from esachivalaya.common.slots import Span
from officials.diary import slots_of_posts
from officials.models import Department, District, Hours, Post

BROWSER = "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
DESCRIPTION = "पेंशन अप्रैल से नहीं आई है। बैंक में तीन बार पता किया, कार्यालय में दो बार आवेदन दिया। " * 6
# Numbers of each table begin so far apart that one is recognised wherever it turns up.
FIRST_IDS = {
    "accounts_user": 11_000_001,
    "accounts_household": 12_000_001,
    "accounts_citizen": 13_000_001,
    "appointments_draft": 14_000_001,
    "appointments_request": 15_000_001,
    "audit_entry": 16_000_001,
    "officials_post": 17_000_001,
}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Case:
    """One household about to press "send"."""

    number: int
    post: Post
    slot: Span
    user_id: int
    household_id: int
    citizen_id: int
    draft_id: int
    phone: str
    token: str
    session: str
    csrf: str
    masked: str
    key: str

    @property
    def form(self) -> dict[str, str]:
        return {"csrfmiddlewaretoken": self.masked, "key": self.key}

    @property
    def url(self) -> str:
        return reverse("appointments:new-step", args=[self.post.code, "check"])

    @property
    def cookies(self) -> dict[str, str]:
        return {"sessionid": self.session, "csrftoken": self.csrf}

    def job(self, port: int) -> Job:
        """Return the last step's form as a browser sends it."""
        body = urlencode(self.form)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return Job(
            self.number,
            (
                f"POST {self.url} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Origin: http://127.0.0.1:{port}\r\nUser-Agent: {BROWSER}\r\n"
                "Accept: text/html,application/xhtml+xml\r\nAccept-Encoding: gzip, deflate\r\n"
                "Accept-Language: hi-IN,hi;q=0.9,en;q=0.8\r\n"
                f"Cookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode(),
        )

    def values(self) -> dict[str, Any]:
        """Return what this case has for itself, by name, as the floor is told it."""
        day = day_of(self.slot.start)
        day_start, day_end = day_bounds(day)
        return {
            "user_id": self.user_id,
            "household_id": self.household_id,
            "citizen_id": self.citizen_id,
            "draft_id": self.draft_id,
            "post_id": self.post.pk,
            "post_code": self.post.code,
            "session": self.session,
            "owner_digest": _digest(self.token),
            "phone": self.phone,
            "key": self.key,
            "reference": new_reference(),
            "starts_at": self.slot.start,
            "ends_at": self.slot.end,
            "day": day,
            "day_start": day_start,
            "day_end": day_end,
        }

    def floor_job(self, port: int) -> Job:
        """Return the same case for the bare view."""
        body = json.dumps(
            {
                name: value.isoformat() if isinstance(value, date | datetime) else value
                for name, value in self.values().items()
            }
        )
        return Job(
            self.number,
            (
                f"POST /book HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            ).encode(),
        )


def number_tables() -> None:
    """Let the numbers of each table begin at its own height."""
    with as_owner() as cursor:
        for table, first in FIRST_IDS.items():
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first])


def analyse() -> None:
    """Tell the planner what is in the tables, as autovacuum does on a server that has run a day."""
    with as_owner() as cursor:
        cursor.execute("ANALYZE")


def open_posts(count: int, prefix: str) -> list[Post]:
    """Return offices open daily from 6 to 22 h, ten minutes a meeting; all else as by default."""
    department, _made = Department.objects.get_or_create(
        code="REV",
        defaults={
            "name_en": "Revenue",
            "name_hi": "राजस्व विभाग",
            "kind": Department.Kind.DEPARTMENT,
        },
    )
    district, _made = District.objects.get_or_create(
        code="REW",
        defaults={"name_en": "Rewari", "name_hi": "रेवाड़ी", "division": "Gurugram"},
    )
    posts = Post.objects.bulk_create(
        Post(
            code=f"{prefix}-{number:03}",
            title_en=f"Officer {number}, Rewari",
            title_hi=f"अधिकारी {number}, रेवाड़ी",
            short_en=f"Officer {number}",
            short_hi=f"अधिकारी {number}",
            level=Post.Level.DISTRICT_OFFICER,
            department=department,
            district=district,
        )
        for number in range(1, count + 1)
    )
    Hours.objects.bulk_create(
        Hours(
            post=post,
            weekday=weekday,
            starts=time(6),
            ends=time(22),
            minutes=10,
            from_day=date(2020, 7, 21),
        )
        for post in posts
        for weekday in Hours.Weekday.values
    )
    return posts


def slots(posts: list[Post]) -> Iterator[tuple[Post, Span]]:
    """Yield slots that own phones may take, from the day after tomorrow on.

    Neighbours differ in post and day; of no day more is used than the Kendras' share leaves.
    """
    today = day_of(now())
    days = [today + timedelta(days=number) for number in range(2, posts[0].horizon_days + 1)]
    by_post = slots_of_posts(posts, days[0], days[-1])
    for position in range(24 * 12):
        for day in days:
            for post in posts:
                of_day = by_post[post.pk].get(day, [])
                if position < own_phone_limit(post, len(of_day)):
                    yield post, of_day[position]


def prepare(wanted: list[tuple[Post, Span]]) -> list[Case]:
    """Make a household, a person, a sign-in and a filled draft for each of the wanted slots."""
    numbers = [next(_numbers) for _ in wanted]
    users = User.objects.bulk_create(
        User(
            kind=User.Kind.HOUSEHOLD,
            username=f"household-{_phone(number)}",
            phone=_phone(number),
            password=make_password(None),
        )
        for number in numbers
    )
    moment = now()
    households = Household.objects.bulk_create(
        Household(user=user, phone=user.phone, phone_seen_at=moment) for user in users
    )
    people = Citizen.objects.bulk_create(
        Citizen(household=household, name="Asha Devi", given_name="Asha", district_code="REW")
        for household in households
    )
    tokens = [secrets.token_urlsafe(32) for _ in wanted]
    words = _words(wanted[0][0])
    typed = Draft.objects.bulk_create(
        Draft(
            owner_digest=_digest(token),
            post=post,
            data={
                **words,
                "time": {**words["time"], "slot": slot_value(slot)},
                "person": {"citizen": person.pk},
            },
        )
        for token, (post, slot), person in zip(tokens, wanted, people, strict=True)
    )
    sessions = Session.objects.bulk_create(
        _session(user, token, moment) for user, token in zip(users, tokens, strict=True)
    )
    cases = []
    for number, (post, slot), household, person, draft, token, session in zip(
        numbers, wanted, households, people, typed, tokens, sessions, strict=True
    ):
        csrf, masked = _csrf()
        cases.append(
            Case(
                number=number,
                post=post,
                slot=slot,
                user_id=household.user_id or 0,
                household_id=household.pk,
                citizen_id=person.pk,
                draft_id=draft.pk,
                phone=_phone(number),
                token=token,
                session=session.session_key,
                csrf=csrf,
                masked=masked,
                key=new_key(),
            )
        )
    return cases


def _digest(token: str) -> str:
    """Return how the table of drafts knows a browser's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _phone(number: int) -> str:
    return f"+91{7_000_000_000 + number}"


def _session(user: User, token: str, moment: datetime) -> Session:
    """Return the session as signing in by the code leaves it, with the way to the draft."""
    data = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: HOUSEHOLD,
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        drafts.SESSION_NAME: token,
    }
    return Session(
        session_key=get_random_string(32, LETTERS),
        session_data=SessionStore().encode(data),
        expire_date=moment + timedelta(hours=12),
    )


def _csrf() -> tuple[str, str]:
    """Return a secret as the cookie carries it and, masked, as the form does."""
    request = HttpRequest()
    request.META["CSRF_COOKIE"] = secret = get_random_string(32)
    return secret, get_token(request)


def _words(post: Post) -> dict[str, Any]:
    """Return what the steps keep of forms filled in like any other."""
    category, _made = Category.objects.get_or_create(
        code="pension", defaults={"name_en": "Pensions", "name_hi": "पेंशन"}
    )
    when = TimeForm({"slot": "any", "other_times_ok": "on"}, post=post, open_=False)
    about = AboutForm(
        {
            "subject": "वृद्धावस्था पेंशन अप्रैल से नहीं मिली",
            "category": str(category.pk),
            "sought": "रुकी हुई पेंशन दिलाई जाए और कारण बताया जाए।",
            "description": DESCRIPTION,
        }
    )
    meeting = MeetingForm({"language": "hi", "name1": "राम कुमार", "relation1": "बेटा"})
    forms: dict[str, Any] = {"time": when, "about": about, "meeting": meeting}
    wrong = {name: form.errors.as_json() for name, form in forms.items() if not form.is_valid()}
    if wrong:
        raise SystemExit(f"The steps' forms refuse what the benchmark types: {wrong}")
    return {**{name: form.data_for_draft() for name, form in forms.items()}, "papers": {}}

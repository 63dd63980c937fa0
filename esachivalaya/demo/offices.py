"""The demo's offices: who holds them, who helps, and when they can be met."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta

from appointments.imports import CATEGORIES
from appointments.imports import DATA as APPOINTMENTS_DATA
from appointments.models import Category
from esachivalaya.accounts.models import Role, User
from esachivalaya.accounts.services.demo import make_demo_staff
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common import clock
from esachivalaya.common.csv_import import load
from esachivalaya.demo.people import Name, Register
from officials import calendar
from officials.imports import DATA, DEPARTMENTS, DISTRICTS, POSTS, SERVICES
from officials.models import Charge, Hours, HoursException, Leave, Post
from officials.services import appoint, save_in_diary
from officials.services.records import difference, values_of

# One password for all: the demo runs on one's own machine, and prints it.
PASSWORD = "Namaste-Haryana-2020"  # noqa: S105 - no secret: the demo shows it to everybody
SEED = 2020

SETUP, APPOINTING, MESSAGES, AUDITOR = "setup", "appointing", "messages", "auditor"
HELP_DESK, REPORTS = "helpdesk", "reports"
DUTIES = {
    SETUP: Role.Name.SETUP,
    APPOINTING: Role.Name.APPOINTING,
    MESSAGES: Role.Name.MESSAGES,
    AUDITOR: Role.Name.AUDITOR,
    HELP_DESK: Role.Name.HELP_DESK,
    REPORTS: Role.Name.REPORTS,
}
# Opened first when only some offices are wanted; together they show every policy and charge.
FIRST = (
    "DC-REW DIV-GGM CM DPS-CM MIN-HOME MLA-REW SDM-REW ADC-REW ACS-HOME FCR DIR-TCP PS-TCP DC-PKL"
).split()
# Nobody holds this post; its private secretary answers, and the post above hears of it.
VACANT = "DIR-TCP"
# This officer holds the first post, and the second one by additional charge.
ADDITIONAL = ("ACS-HOME", "FCR")
# A post and the post whose holder is its link officer.
LINK_OFFICERS = {
    "DC-REW": "ADC-REW",
    "ADC-REW": "SDM-REW",
    "SDM-REW": "CTM-REW",
    "DC-PKL": "DC-AMB",
    "DC-GGM": "DC-NUH",
    "DC-HSR": "DC-HNS",
    "DIV-GGM": "DIV-FBD",
    "DIV-HSR": "DIV-RTK",
    "CP-PKL": "DCP-PKL",
    "DCP-PKL": "ACP-PKL",
    "PS-CM": "APS-CM",
    "ACS-FIN": "ACS-MER",
    "PS-HED": "PS-SDT",
    "DIR-IPR": "PS-IPR",
}

MON, TUE, WED, THU, FRI, SAT = range(6)
Level = Post.Level
# By level: weekdays, from, to, minutes of one meeting.
HOURS: dict[str, list[tuple[tuple[int, ...], time, time, int]]] = {
    Level.CHIEF_MINISTER: [((WED,), time(11), time(12), 15)],
    Level.MINISTER: [((TUE, THU), time(11), time(13), 15)],
    Level.SECRETARY: [((MON, WED, FRI), time(15), time(16, 30), 15)],
    Level.HEAD_OF_DEPARTMENT: [((TUE, THU), time(15), time(17), 15)],
    Level.DIVISIONAL_COMMISSIONER: [((MON, TUE, THU), time(11), time(12, 30), 15)],
    Level.DEPUTY_COMMISSIONER: [((MON, TUE, WED, THU, FRI), time(10), time(12), 15)],
    Level.DISTRICT_OFFICER: [((MON, TUE, WED, THU, FRI), time(11), time(13), 20)],
    Level.LEGISLATOR: [((SAT,), time(10), time(13), 15), ((MON,), time(17), time(18, 30), 15)],
}
# Charges and hours began long enough ago for the history of the demo.
BEGAN = timedelta(days=400)


@dataclass
class Made:
    """How many rows a stage has made; all zero when everything was there."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, number: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    @property
    def nothing(self) -> bool:
        return not any(self.counts.values())


def username(post: Post, kind: str = Charge.Kind.HOLDER) -> str:
    """Return the user name of a post's holder, or of its private secretary."""
    return post.code.lower() + ("-ps" if kind == Charge.Kind.STAFF else "")


def is_loaded() -> bool:
    """Whether the tables were loaded by an earlier run: what was changed since then stays."""
    return User.objects.filter(username=SETUP).exists()


def load_tables(made: Made) -> None:
    """Load districts, departments, posts, services, categories and holidays by their importers."""
    made.add("districts", load(DATA / "districts.csv", DISTRICTS).new)
    made.add("departments", load(DATA / "departments.csv", DEPARTMENTS).new)
    made.add("posts", load(DATA / "posts.csv", POSTS).new)
    made.add("services", load(DATA / "services.csv", SERVICES).new)
    made.add("categories", load(APPOINTMENTS_DATA / "categories.csv", CATEGORIES).new)
    this_year = clock.day_of(clock.now()).year
    years = [year for year in (this_year, this_year + 1) if calendar.knows(year)]
    made.add("holidays", calendar.propose(years, by=None).new)


def chosen_posts(count: int | None) -> list[Post]:
    """Return the posts that the demo opens: all of them, or the ``count`` most telling ones."""
    posts = Post.objects.filter(active=True).select_related("department", "district", "reports_to")
    order = {code: place for place, code in enumerate(FIRST)}
    ordered = sorted(posts, key=lambda post: (order.get(post.code, len(order)), post.pk))
    return ordered if count is None else ordered[:count]


def make_staff(posts: list[Post], made: Made) -> dict[str, User]:
    """Make those with duties, and a holder and a private secretary for each post.

    Who is there already stays as they are, with the password that they may have changed.
    """
    register = Register(SEED)
    wanted: list[tuple[str, Name, tuple[str, ...]]] = [
        (name, register.officer(), (role,)) for name, role in DUTIES.items()
    ]
    for post in posts:
        holder, secretary = register.officer(), register.adult()
        if post.code not in {VACANT, ADDITIONAL[1]}:
            wanted.append((username(post), holder, ()))
        wanted.append((username(post, Charge.Kind.STAFF), secretary, ()))
    staff = {
        user.username: user
        for user in User.objects.filter(username__in=[name for name, _who, _roles in wanted])
    }
    for number, (name, who, roles) in enumerate(wanted, start=1):
        if name in staff:
            continue
        staff[name] = make_demo_staff(
            name,
            PASSWORD,
            name_en=who.en,
            name_hi=who.hi,
            roles=roles,
            phone=f"+9198000{50_000 + number}",
            email=f"{name}@office.example",
        )
        made.add("staff", 1)
    return staff


def give_charges(posts: list[Post], staff: dict[str, User], made: Made) -> None:
    """Post the staff; a post that has a charge of some kind already keeps it."""
    there = set(Charge.objects.values_list("post_id", "kind"))
    began = clock.now() - BEGAN
    for post, user, kind in _wanted_charges(posts, staff):
        same = {Charge.Kind.HOLDER, Charge.Kind.ADDITIONAL} if kind in _HEADS else {kind}
        if any((post.pk, one) in there for one in same):
            continue
        appoint(post=post, user=user, kind=kind, starts_at=began, by=staff[APPOINTING])
        made.add("charges", 1)


_HEADS = {Charge.Kind.HOLDER, Charge.Kind.ADDITIONAL}


def _wanted_charges(
    posts: list[Post], staff: dict[str, User]
) -> list[tuple[Post, User, Charge.Kind]]:
    by_code = {post.code: post for post in posts}
    wanted = []
    for post in posts:
        if username(post) in staff:
            wanted.append((post, staff[username(post)], Charge.Kind.HOLDER))
        wanted.append((post, staff[username(post, Charge.Kind.STAFF)], Charge.Kind.STAFF))
    first, second = ADDITIONAL
    if first in by_code and second in by_code:
        wanted.append((by_code[second], staff[first.lower()], Charge.Kind.ADDITIONAL))
    for code, link in LINK_OFFICERS.items():
        if code in by_code and link.lower() in staff:
            wanted.append((by_code[code], staff[link.lower()], Charge.Kind.LINK_OFFICER))
    return wanted


def open_doors(posts: list[Post], by: User, made: Made) -> None:
    """Give hours to the posts that have none, and to a few a leave or an exception."""
    now = clock.now()
    today, began = clock.day_of(now), clock.day_of(now - BEGAN)
    there = set(Hours.objects.values_list("post_id", flat=True))
    closed = [post for post in posts if post.pk not in there]
    _add_hours([row for post in closed for row in _hours(post, began)], by)
    made.add("diaries", len(closed))
    by_code = {post.code: post for post in closed}
    monday = today + timedelta(days=7 - today.weekday())
    for leave in _leaves(by_code, monday):
        save_in_diary(row=leave, by=by)
        made.add("leaves", 1)
    for exception in _exceptions(by_code, monday):
        save_in_diary(row=exception, by=by)
        made.add("exceptions", 1)


def _add_hours(rows: list[Hours], by: User) -> None:
    """Add all hours at once, recorded as one by one: no booking stands in a diary without hours."""
    Hours.objects.bulk_create(rows)
    acts = []
    for row in rows:
        data = {"row": row.pk, "changes": difference({}, values_of(row))}
        kind, post_id = subject_of(row.post)
        acts.append(Act(kind, post_id, "hours_added", by.pk, row.post.code, data))
    record_all(acts, at=clock.now())


def _hours(post: Post, began: date) -> list[Hours]:
    return [
        Hours(post=post, weekday=day, starts=starts, ends=ends, minutes=minutes, from_day=began)
        for days, starts, ends, minutes in HOURS[post.level]
        for day in days
    ]


def _leaves(posts: dict[str, Post], monday: date) -> list[Leave]:
    """Return a leave with the link officer sitting in, and one without."""
    return [
        Leave(
            post=posts[code],
            starts_at=clock.at(monday, time.min),
            ends_at=clock.at(monday + timedelta(days=days), time.min),
            link_officer_sits=sits,
            reason="अर्जित अवकाश",
        )
        for code, days, sits in (("DC-PKL", 2, True), ("DIR-IPR", 3, False))
        if code in posts
    ]


def _exceptions(posts: dict[str, Post], monday: date) -> list[HoursException]:
    """Return a camp on a Saturday, and an hour that is closed."""
    add, close = HoursException.Kind.ADD, HoursException.Kind.CLOSE
    return [
        HoursException(
            post=posts[code],
            day=monday + timedelta(days=weekday),
            kind=kind,
            starts=time(starts),
            ends=time(starts + 1),
            reason=reason,
        )
        for code, weekday, kind, starts, reason in (
            ("DC-REW", SAT, add, 10, "शनिवार विशेष शिविर"),
            ("SDM-REW", WED, close, 11, "न्यायालय में पेशी"),
        )
        if code in posts
    ]


def categories() -> dict[str, Category]:
    """Return the categories by code."""
    return {category.code: category for category in Category.objects.all()}

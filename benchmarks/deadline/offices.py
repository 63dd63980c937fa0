"""The offices of the benchmark: every policy, absences, link officers, and who sits there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from benchmarks.booking import cases
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import at, now
from officials.models import Charge, HoursException, Leave, Post

ALLOTTING, RELEASING, HANDING, WITH_LINK, WITHOUT_LINK = 72, 10, 10, 6, 2
OPENS, CLOSES = time(6), time(22)
# Slots of ten minutes from 6 to 22 h.
A_DAY = 96
# Nobody meets before this day, so that the benchmark's own duration decides nothing.
FIRST_DAY = 2
LAST_DAY = 28
# Held are only times from this day on: before it there is room for whoever is allotted one.
FIRST_HELD_DAY = 8
# All allotting offices are closed on these: what is held there has become impossible.
CLOSED_DAYS = (10, 11)


@dataclass
class Office:
    """One post as the reference knows it."""

    post: Post
    policy: str = "allot"
    absent: bool = False
    closed_days: frozenset[int] = frozenset()
    # Where else a time is sought: the link officer's own post, or the post below.
    other: "Office | None" = None
    staff: list[User] = field(default_factory=list)


def make(today: date) -> list[Office]:
    """Make the offices, those first that get requests."""
    count = ALLOTTING + RELEASING + HANDING + WITH_LINK + WITHOUT_LINK
    posts = cases.open_posts(count + HANDING + WITH_LINK + 1, "DUE")
    for hours in (hours for post in posts for hours in post.hours.all()):
        hours.from_day = today + timedelta(days=FIRST_DAY)
        hours.save(update_fields=["from_day"])
    superior, *others = reversed(posts)
    offices = [Office(post) for post in reversed(others)]
    asked, elsewhere = offices[:count], iter(offices[count:])
    for number, office in enumerate(asked):
        _set_up(office, number, today, elsewhere)
    for office in offices:
        office.post.reports_to = superior
        office.post.save()
        office.staff = [_officer(office.post, kind) for kind in ("holder", "staff")]
    _officer(superior, "holder")
    for office in asked:
        if office.absent and office.other:
            _charge(office.other.staff[0], office.post, "link_officer")
    return asked


def _set_up(office: Office, number: int, today: date, elsewhere: Iterator[Office]) -> None:
    post = office.post
    if number < ALLOTTING:
        office.closed_days = frozenset(CLOSED_DAYS)
        for days in CLOSED_DAYS:
            day = today + timedelta(days=days)
            HoursException.objects.create(
                post=post, day=day, kind="close", starts=OPENS, ends=CLOSES
            )
    elif number < ALLOTTING + RELEASING:
        office.policy = post.at_due_time = "release"
    elif number < ALLOTTING + RELEASING + HANDING:
        office.policy = post.at_due_time = "hand_down"
        office.other = next(elsewhere)
        post.hand_down_to = office.other.post
    else:
        office.absent = True
        start = at(today, time.min)
        Leave.objects.create(post=post, starts_at=start, ends_at=start + timedelta(days=90))
        if number < ALLOTTING + RELEASING + HANDING + WITH_LINK:
            office.other = next(elsewhere)


def _officer(post: Post, kind: str) -> User:
    officer = User.objects.create_staff(
        username=f"{kind}-{post.code}".lower(),
        name_en=f"{kind} of {post.code}",
        name_hi=f"{kind} of {post.code}",
        phone=f"+9160{post.pk:07}{0 if kind == 'holder' else 1}",
        email=f"{kind}-{post.code}@office.example".lower(),
    )
    _charge(officer, post, kind)
    return officer


def _charge(officer: User, post: Post, kind: str) -> None:
    Charge.objects.create(user=officer, post=post, kind=kind, starts_at=now() - timedelta(days=365))


def start_of(today: date, day: int, place: int) -> datetime:
    """Return when the slot at ``place`` of the day so many days ahead begins."""
    return at(today + timedelta(days=day), OPENS) + timedelta(minutes=10 * place)

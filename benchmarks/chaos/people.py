"""Who the load is: households about to book, officers who confirm, clerks who move files."""

import itertools
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.crypto import get_random_string

from benchmarks.booking import cases
from benchmarks.booking.cases import Case
from benchmarks.chaos.browsing import Person
from benchmarks.eoffice.offices import make_offices
from benchmarks.plasma.people import signed_in
from eoffice.models import Desk
from eoffice.services import filing
from eoffice.services.filing import NewFile
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from esachivalaya.common.slots import Span
from officials.models import Charge, Post

POSTS = 12
CLERKS = 34
FILES = 8
# Of so many slots one is asked for by two households at the same moment.
CONTESTED = 5
_addresses = itertools.count(1)


@dataclass
class Shuttle:
    """A file that goes to and fro between two desks."""

    file: int
    desks: tuple[str, str]
    people: tuple[Person, Person]
    # At which of the two it lies, as far as the clerks know.
    turn: int = 0


@dataclass(frozen=True)
class Cast:
    """Everybody, ready to act."""

    cases: list[Case]
    officers: dict[int, Person]
    shuttles: list[Shuttle]


def prepare(bookings: int) -> Cast:
    """Make so many households, and officers and clerks beside them."""
    cases.number_tables()
    posts = cases.open_posts(POSTS, "CHAOS")
    slots = cases.slots(posts)
    wanted: list[tuple[Post, Span]] = []
    while len(wanted) < bookings:
        slot = next(slots)
        wanted += [slot, slot] if len(wanted) % CONTESTED == 0 else [slot]
    prepared = cases.prepare(wanted)
    officers = User.objects.bulk_create(
        User(
            kind=User.Kind.STAFF,
            username=f"officer-{post.code}".lower(),
            name_en="Meera Yadav",
            name_hi="मीरा यादव",
            password=make_password(None),
        )
        for post in posts
    )
    began = now() - timedelta(days=9)
    Charge.objects.bulk_create(
        Charge(post=post, user=user, kind=Charge.Kind.HOLDER, starts_at=began)
        for post, user in zip(posts, officers, strict=True)
    )
    by_post = {post.pk: _staff(user) for post, user in zip(posts, officers, strict=True)}
    shuttles = _shuttles()
    cases.analyse()
    return Cast(prepared, by_post, shuttles)


def household(case: Case) -> Person:
    """Return the browser of a household that is about to book."""
    return Person(case.session, case.csrf, case.masked, _address())


def _shuttles() -> list[Shuttle]:
    (first, *_rest) = make_offices(departments=1, users=CLERKS, since_days=1)
    users = User.objects.in_bulk([place.user for place in first.places])
    desks = Desk.objects.in_bulk([place.desk for place in first.places])
    found = []
    for number in range(FILES):
        pair = first.places[2 * number : 2 * number + 2]
        new = NewFile(subject=f"Roads of ward {number}", free_number=f"CH {number + 1}/2020")
        file = filing.make(desk=desks[pair[0].desk], by=users[pair[0].user], new=new)
        here, there = (_staff(users[place.user]) for place in pair)
        found.append(Shuttle(file.pk, (pair[0].code, pair[1].code), (here, there)))
    return found


def _staff(user: User) -> Person:
    """Return the browser of staff who came in with the second factor."""
    request = HttpRequest()
    request.META["CSRF_COOKIE"] = secret = get_random_string(32)
    session = signed_in(user).cookies["sessionid"].value
    return Person(session, secret, get_token(request), _address())


def _address() -> str:
    """Return an address that nobody else comes from: limits by address hold as they are."""
    number = next(_addresses)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

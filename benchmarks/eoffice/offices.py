"""Departments, sections and desks with somebody at each, and who writes to them."""

from dataclasses import dataclass

from eoffice.models import Correspondent, Desk, Rank
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from officials.models import Charge, Department, Post, Section

# A section has a Section Officer and those who work for it.
DESKS_OF_A_SECTION = 17
FIRST_YEAR_HOURS = 24 * 365 * 4


@dataclass(frozen=True)
class Place:
    """A desk as the history of an item names it: the desk, who sits there, and their names."""

    desk: int
    user: int
    code: str
    name: str
    title: str
    section: int


@dataclass(frozen=True)
class Room:
    """A section with its desks."""

    section: int
    code: str
    department: str
    places: list[Place]
    # Who wrote to its department.
    correspondents: list[tuple[int, str]]


def make_offices(*, departments: int, users: int, since_days: int) -> list[Room]:
    """Make so many departments with so many desks among them, each held by one person."""
    starts = now()
    made = Department.objects.bulk_create(
        Department(
            code=f"B{number:03}",
            name_en=f"Department {number}",
            name_hi=f"विभाग {number}",
            kind="department",
        )
        for number in range(departments)
    )
    sections = Section.objects.bulk_create(
        Section(
            department=made[number % departments],
            code=f"S{number}",
            name_en=f"Section {number}",
            name_hi=f"शाखा {number}",
        )
        for number in range(max(users // DESKS_OF_A_SECTION, departments))
    )
    people = User.objects.bulk_create(
        User(
            username=f"bench.{number}",
            kind=User.Kind.STAFF,
            name_en=f"Officer {number}",
            name_hi=f"अधिकारी {number}",
            password="!",  # noqa: S106 - nobody signs in with it
        )
        for number in range(users)
    )
    posts = Post.objects.bulk_create(
        Post(
            code=f"BENCH-{number}",
            title_en=f"Desk {number}",
            title_hi=f"पटल {number}",
            short_en=f"Desk {number}",
            short_hi=f"पटल {number}",
            department=sections[number % len(sections)].department,
            level=Post.Level.SECTION,
            active=False,
        )
        for number in range(users)
    )
    Desk.objects.bulk_create(
        Desk(
            post=post,
            section=sections[number % len(sections)],
            rank=Rank.SECTION_OFFICER if number < len(sections) else Rank.ASSISTANT,
        )
        for number, post in enumerate(posts)
    )
    Charge.objects.bulk_create(
        Charge(
            post=post,
            user=user,
            kind=Charge.Kind.HOLDER,
            starts_at=starts.replace(year=starts.year - 1 - since_days // 365),
        )
        for post, user in zip(posts, people, strict=True)
    )
    senders = _correspondents(made)
    rooms = [
        Room(one.pk, one.code, one.department.code, [], senders[one.department_id])
        for one in sections
    ]
    for number, (post, user) in enumerate(zip(posts, people, strict=True)):
        room = rooms[number % len(rooms)]
        place = Place(post.pk, user.pk, post.code, user.name_en, post.title_en, room.section)
        room.places.append(place)
    return rooms


def _correspondents(departments: list[Department]) -> dict[int, list[tuple[int, str]]]:
    rows = [
        Correspondent(department=one, name=f"Asha Devi {number}", address=f"Village {number}")
        for one in departments
        for number in range(200)
    ]
    found: dict[int, list[tuple[int, str]]] = {one.pk: [] for one in departments}
    for row in Correspondent.objects.bulk_create(rows):
        found[row.department_id].append((row.pk, str(row)))
    return found

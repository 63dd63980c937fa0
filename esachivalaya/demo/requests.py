"""The plan of the demo's requests: how many of each sort, and the families whose phones are shown.

Every state that a request can be in occurs at least once, however small the demo is.
"""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction

from appointments.models import Category, Request
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import Citizen
from esachivalaya.common.clock import now
from esachivalaya.demo.casting import Casting, NobodyLeft, Part
from esachivalaya.demo.history import History
from esachivalaya.demo.offices import SEED, Made
from esachivalaya.demo.present import Present
from officials.models import Post

FULL = 200  # citizens of a whole demo, for whom the numbers below are meant
PAST = {
    "met": 26,
    "missed_by_citizen": 3,
    "missed_by_office": 2,
    "begun": 12,
    "coming": 8,
    "declined": 7,
    "withdrawn": 4,
    "cancelled_by_citizen": 3,
    "cancelled_by_office": 2,
    "allotted": 2,
    "allotted_and_coming": 2,
    "released": 3,
    "handed_down": 2,
    "offer_lapsed": 2,
}
PRESENT = {
    "waiting": 8,
    "waiting_open": 3,
    "waiting_at_the_top": 2,
    "from_a_kendra": 3,
    "private": 1,
    "with_companions": 2,
    "with_pdf": 2,
    "with_png": 1,
    "offered": 3,
    "offer_accepted": 2,
    "offer_refused": 1,
    "moved": 1,
    "confirmed": 8,
    "confirmed_at_other_time": 2,
    "declined": 2,
    "withdrawn": 1,
    "handed_over": 2,
    "cancelled_by_office": 1,
    "cancelled_by_citizen": 1,
}
# Minutes until the due time of what waits for long already; less than nothing is overdue. The
# ones that show most come first.
LEFT = (-12, 25, 170, -75, 55, 400, 720, 1100, 1350, 12, 95, -200, 240, 560, 880, 1230, 40, 310)
# Every so many of these leave the time to the office.
OPEN_EVERY = 5
TRIES = 6


def make_requests(
    *, citizens: list[Citizen], posts: list[Post], categories: dict[str, Category], made: Made
) -> None:
    """Make the demo's requests for ``citizens``; called once, for those who have none yet."""
    casting = Casting(
        seed=SEED, posts=posts, citizens=citizens, categories=categories, moment=now()
    )
    history, present = History(casting), Present(casting)
    before = Request.objects.count()
    scale = len(citizens) / FULL
    for name, number in PAST.items():
        _tell(getattr(history, name), _scaled(number, scale))
    for place, minutes in enumerate(LEFT[: max(4, round(len(LEFT) * scale))], start=1):
        _tell(_waiting(history, timedelta(minutes=minutes), open_=place % OPEN_EVERY == 0), 1)
    # From here on the services hold times of which the history knows nothing.
    _families(casting, history, present)
    for name, number in PRESENT.items():
        _tell(getattr(present, name), _scaled(number, scale))
    made.add("requests", Request.objects.count() - before)


def _scaled(number: int, scale: float) -> int:
    return max(1, round(number * scale))


def _waiting(history: History, left: timedelta, *, open_: bool) -> Callable[[], object]:
    return lambda: history.waiting(left, open_=open_)


def _tell(story: Callable[[], object], times: int) -> int:
    """Tell ``story`` so many times; one that a rule or a full diary forbids is tried with others.

    Each is told whole or not at all.
    """
    told = 0
    for _try in range(times * TRIES):
        if told == times:
            break
        try:
            with transaction.atomic():
                story()
        except (NobodyLeft, Refused):
            continue
        told += 1
    return told


def _families(casting: Casting, history: History, present: Present) -> None:
    """Give the first phone something to answer, to wait for, to look forward to and back on.

    The second phone has a private request, which its list does not show.
    """
    posts = {post.code: post for post in casting.posts}
    people, neighbours = casting.families
    wanted: list[tuple[str, Citizen, Callable[[Part], object]]] = [
        ("DC-REW", people[0], lambda part: history.waiting(timedelta(hours=3), part=part)),
        ("ADC-REW", people[0], history.begun),
        ("DIV-GGM", people[-1], present.offered),
        ("SDM-REW", people[len(people) // 2], present.confirmed),
        ("DC-REW", neighbours[0], present.private),
    ]
    for code, citizen, story in wanted:
        if code in posts:
            part = casting.give(citizen, posts[code], open_=True)
            _tell(_with(story, part), 1)


def _with(story: Callable[[Part], object], part: Part) -> Callable[[], object]:
    return lambda: story(part)

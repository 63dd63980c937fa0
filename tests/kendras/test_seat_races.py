"""Races for a seat, with real threads: nobody sits on somebody's lap, and no seat stays empty."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections

from appointments.diary import span_of
from appointments.models import Request
from appointments.services import wishes
from appointments.services.refusals import Refused, SlotTaken
from esachivalaya.common.states import Overtaken
from kendras.models import Kendra, KendraNotice, SeatHold
from kendras.services.seats import SeatTaken
from officials.models import Post
from tests.at_a_kendra import booked, booking, errors, operators, request_of, slot
from tests.counters import make_kendra
from tests.people import Cast, make_cast, make_post, open_hours

pytestmark = pytest.mark.django_db(transaction=True)
Race = Callable[..., list[Any]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    close_old_connections()
    return make_cast()


@pytest.fixture
def one_seat(cast: Cast) -> Kendra:
    """A Kendra with a single seat."""
    return make_kendra("REW-0777", seats=1)


def offices(count: int) -> list[Post]:
    """Offices with the same hours, whose meetings are attended at the same seats."""
    posts = [make_post(f"OFF-{number}") for number in range(count)]
    for post in posts:
        open_hours(post)
    return posts


def test_six_who_move_to_three_seats_all_move_and_three_sit(cast: Cast, race: Race) -> None:
    kendra = make_kendra("REW-0776", seats=3)
    posts = offices(6)
    by = operators(kendra, 6)
    rows = [
        request_of(booked(kendra, by[number], post, slot=slot(post, 10 + number)))
        for number, post in enumerate(posts)
    ]
    to = slot(posts[0], 30)
    outcomes = race(
        *[
            lambda row=row: wishes.ask_other_time(
                request=row, slot=to, by=None, version=row.version
            )
            for row in rows
        ]
    )
    assert errors(outcomes) == {"ok": 6}, [one.error for one in outcomes]
    held = SeatHold.objects.filter(released_at=None)
    assert held.count() == 3
    assert {span_of(hold.during) for hold in held} == {to}
    assert KendraNotice.objects.filter(kind="seat_lost").count() == 3


def test_as_many_as_there_are_seats_all_sit(cast: Cast, race: Race) -> None:
    """Whoever waited takes the next free seat, instead of losing the one that was just taken."""
    kendra = make_kendra("REW-0775", seats=6)
    posts = offices(6)
    span = slot(posts[0], 5)
    outcomes = race(
        *[
            booking(kendra, by, post, slot=span)
            for by, post in zip(operators(kendra, 6), posts, strict=True)
        ]
    )
    assert errors(outcomes) == {"ok": 6}
    assert SeatHold.objects.values("desk").distinct().count() == 6


def test_a_seat_that_is_freed_at_the_same_moment_is_had_or_not_but_never_twice(
    cast: Cast, one_seat: Kendra, race: Race
) -> None:
    other = make_post("OFF-1")
    open_hours(other)
    by = operators(one_seat, 2)
    span = slot(cast.rewari, 20)
    row = request_of(booked(one_seat, by[0], cast.rewari, slot=span))
    gone, came = race(
        lambda: wishes.withdraw(request=row, by=None, version=row.version),
        booking(one_seat, by[1], other, slot=span),
    )
    assert gone.ok
    assert came.ok or isinstance(came.error, SeatTaken)
    live = SeatHold.objects.filter(released_at=None)
    assert live.count() == (1 if came.ok else 0)


def test_bookings_and_moves_of_many_never_put_two_at_one_desk(
    cast: Cast, kendra: Kendra, race: Race
) -> None:
    posts = [make_post(f"OFF-{number}") for number in range(4)]
    for post in posts:
        open_hours(post)
    by = operators(kendra, 8)
    spans = [slot(posts[0], place) for place in range(20, 24)]
    rows = [
        request_of(booked(kendra, by[number], post, slot=spans[number % 2]))
        for number, post in enumerate(posts)
    ]
    to = spans[2:]
    outcomes = race(
        *[
            lambda row=row, n=n: wishes.ask_other_time(
                request=row, slot=to[n % 2], by=None, version=row.version
            )
            for n, row in enumerate(rows)
        ],
        *[booking(kendra, by[4 + n], posts[n], slot=spans[n % 2]) for n in range(4)],
    )
    assert all(
        one.ok or isinstance(one.error, SlotTaken | SeatTaken | Overtaken | Refused)
        for one in outcomes
    ), [one.error for one in outcomes]
    held = list(SeatHold.objects.filter(released_at=None).values_list("desk_id", "during"))
    clashes = [
        (a, b)
        for place, a in enumerate(held)
        for b in held[place + 1 :]
        if a[0] == b[0] and span_of(a[1]).overlaps(span_of(b[1]))
    ]
    assert clashes == []
    for row in Request.objects.filter(seat_holds__released_at=None).distinct():
        (hold,) = SeatHold.objects.filter(request=row, released_at=None)
        assert hold.during.lower == row.starts_at

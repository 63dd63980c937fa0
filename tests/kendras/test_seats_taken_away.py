"""A seat is taken away by whoever sets up, while its meeting is called off or moved."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, transaction

from appointments.models import Request
from appointments.services import wishes
from kendras.models import Desk, Kendra, SeatHold
from kendras.services.places import SeatsBooked, save_desk
from tests.at_a_kendra import booked, operators, request_of, slot
from tests.counters import make_kendra
from tests.people import Cast, make_cast, make_post, open_hours

pytestmark = pytest.mark.django_db(transaction=True)
Race = Callable[..., list[Any]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    close_old_connections()
    return make_cast()


@pytest.fixture
def two_seats(cast: Cast) -> Kendra:
    return make_kendra("REW-0778", seats=2, accessible=0)


@pytest.fixture
def row(cast: Cast, two_seats: Kendra) -> Request:
    """A request with a seat, made at the counter."""
    (by,) = operators(two_seats, 1)
    return request_of(booked(two_seats, by, cast.rewari, slot=slot(cast.rewari, 6)))


def out_of_service(row: Request) -> Desk:
    desk = SeatHold.objects.get(request=row, released_at=None).desk
    desk.active = False
    return desk


def take_away(desk: Desk, cast: Cast) -> Callable[[], object]:
    """Confirm the list that was shown, when it is pressed."""
    with pytest.raises(SeatsBooked) as refused:
        save_desk(desk=desk, by=cast.nasreen)
    return lambda: save_desk(desk=desk, by=cast.nasreen, confirmed=refused.value.seen)


def test_a_request_withdrawn_at_that_moment_keeps_no_seat(
    cast: Cast, row: Request, race: Race
) -> None:
    """The withdrawal is under way, not committed, when the seat is given anew."""
    pressed = take_away(out_of_service(row), cast)
    withdrawn, go_on = threading.Event(), threading.Event()

    def withdraw() -> None:
        with transaction.atomic():
            wishes.withdraw(request=row, by=None, version=row.version)
            withdrawn.set()
            go_on.wait(10)

    def place_anew() -> object:
        withdrawn.wait(10)
        # It waits for the withdrawal, or has read the request as it was before.
        threading.Timer(0.5, go_on.set).start()
        return pressed()

    race(withdraw, place_anew)
    assert Request.objects.get(pk=row.pk).status == "withdrawn"
    assert not SeatHold.objects.filter(released_at=None).exists()


def test_those_who_move_at_that_moment_and_whoever_takes_a_seat_away_wait_for_each_other(
    cast: Cast, race: Race
) -> None:
    """One locks the request and then the days, the other the days and then the requests."""
    kendra = make_kendra("REW-0779", seats=3, accessible=0)
    posts = [make_post(f"OFF-{number}") for number in range(3)]
    for post in posts:
        open_hours(post)
    by = operators(kendra, 3)
    span, to = slot(posts[0], 6), slot(posts[0], 8)
    rows = [
        request_of(booked(kendra, one, post, slot=span))
        for one, post in zip(by, posts, strict=True)
    ]
    pressed = take_away(out_of_service(rows[0]), cast)
    outcomes = race(
        pressed,
        *[
            lambda row=row: wishes.ask_other_time(
                request=row, slot=to, by=None, version=row.version
            )
            for row in rows
        ],
    )
    assert all(one.ok or isinstance(one.error, SeatsBooked) for one in outcomes), outcomes
    held = SeatHold.objects.filter(released_at=None).select_related("desk", "request")
    assert {hold.request.starts_at == hold.during.lower for hold in held} == {True}
    # Of three seats one may be gone: then somebody has none, and was told.
    gone = Desk.objects.filter(kendra=kendra, active=False).count()
    assert len(held) >= 3 - gone
    assert not any(not hold.desk.active for hold in held)

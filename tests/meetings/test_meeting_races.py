"""Two at the same moment: one wins, the other learns it, and nobody is in twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from appointments.models import Request
from appointments.services.refusals import Refused
from esachivalaya.audit.models import Entry
from esachivalaya.common.states import Overtaken
from meetings import engines
from meetings.models import Room, Seat
from meetings.services import rooms, seats
from tests.meeting_rooms import open_room
from tests.people import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
Race = Callable[..., list[Any]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def waiting(room: Room) -> Seat:
    seat = Seat.objects.get(room=room, kind="citizen")
    return seats.take(seat=seat, by=None).seat


def test_of_two_officers_one_lets_in_and_the_other_learns_it(race: Race, cast: Cast) -> None:
    room = open_room(cast)
    seat = waiting(room)
    outcomes = race(
        lambda: seats.admit(seat=seat, by=cast.meera, version=seat.version),
        lambda: seats.admit(seat=seat, by=cast.suresh, version=seat.version),
    )
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    assert isinstance(next(one.error for one in outcomes if not one.ok), Overtaken)
    assert Entry.objects.filter(subject_kind="meetings.room", act="seat_admitted").count() == 1


def test_at_the_last_free_place_one_comes_in(
    race: Race, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = open_room(cast)
    first = waiting(room)
    second = Seat.objects.create(
        room=room, kind="counter", user=cast.anil, name="Om Prakash", place="Kendra Bawal"
    )
    second = seats.take(seat=second, by=cast.anil).seat
    monkeypatch.setattr(type(engines.engine_of(room)), "max_people", 1)
    outcomes = race(
        lambda: seats.admit(seat=first, by=cast.meera, version=first.version),
        lambda: seats.admit(seat=second, by=cast.suresh, version=second.version),
    )
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    lost = next(one.error for one in outcomes if not one.ok)
    assert isinstance(lost, Refused)
    assert lost.rule == "room_full"
    assert Seat.objects.filter(room=room, status="admitted").count() == 1


def test_a_room_that_closes_while_somebody_enters_leaves_nobody_in_it(
    race: Race, cast: Cast
) -> None:
    room = open_room(cast)
    seat = Seat.objects.get(room=room, kind="citizen")
    entering, closing = race(
        lambda: seats.take(seat=seat, by=None), lambda: rooms.end(room=room, by=cast.meera)
    )
    assert closing.ok
    assert entering.ok or entering.error.rule == "room_closed"
    seat.refresh_from_db()
    assert seat.status in {"expected", "left"}


def test_a_meeting_cancelled_while_somebody_enters_leaves_nobody_in_it(
    race: Race, cast: Cast
) -> None:
    room = open_room(cast)
    seat = Seat.objects.get(room=room, kind="citizen")

    def cancel() -> None:
        with transaction.atomic():
            Request.objects.select_for_update().get(pk=room.request_id)
            rooms.appointment_cancelled("appointments.request", room.request_id)

    entering, closing = race(lambda: seats.take(seat=seat, by=None), cancel)
    assert closing.ok
    assert entering.ok or entering.error.rule == "room_closed"


def test_two_sweeps_at_once_close_a_room_once(race: Race, cast: Cast) -> None:
    room = open_room(cast)
    by = timedelta(hours=2)
    times = {name: F(name) - by for name in ("opens_at", "starts_at", "ends_at", "closes_at")}
    Room.objects.filter(pk=room.pk).update(**times)
    outcomes = race(rooms.sweep, rooms.sweep)
    assert all(outcome.ok for outcome in outcomes)
    assert Room.objects.get(pk=room.pk).closed_for == "time"
    assert Entry.objects.filter(subject_kind="meetings.room", act="room_closed").count() == 1

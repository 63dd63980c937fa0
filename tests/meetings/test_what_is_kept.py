"""What is kept of a meeting, what everybody inside reads, and what is told of it."""

from datetime import timedelta

import pytest
from django.db.models import F

from appointments.services import answers
from esachivalaya.audit.models import Entry
from esachivalaya.common import clock
from meetings.models import ChatLine, Room, Seat, Signal
from meetings.services import mailbox_cleaning, rooms, seats
from tests.meeting_rooms import open_room
from tests.meetings_in_browsers import OFFER, Page, let_in
from tests.people import (
    Cast,
)

pytestmark = pytest.mark.django_db


def test_signals_are_deleted_after_two_minutes_and_at_the_close(
    guest: Page, officer: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    for key in ("old", "new"):
        guest.post("signal", to=officer.seat, to_page=officer.page, **{**OFFER, "key": key})
    Signal.objects.filter(key="old").update(made_at=clock.now() - timedelta(seconds=121))
    assert mailbox_cleaning.remove_old() == 1
    assert Signal.objects.get().key == "new"
    guest.post("chat", words="Sheet 7")
    officer.post("end")
    assert not Signal.objects.exists()
    assert not ChatLine.objects.exists()


def test_everybody_inside_reads_what_is_written(
    guest: Page, officer: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    assert guest.post("chat", words="  Jamabandi, sheet 7 ").status_code == 200
    lines = officer.polled()["chat"]
    assert [(one["name"], one["words"]) for one in lines] == [("Asha Devi", "Jamabandi, sheet 7")]
    assert officer.polled(chat_after=lines[0]["id"])["chat"] is None
    assert guest.post("chat", words=" ").status_code == 409
    assert guest.post("chat", words="x" * 501).status_code == 409


def test_each_step_of_a_seat_is_on_record(
    guest: Page, officer: Page, room: Room, cast: Cast
) -> None:
    let_in(room, cast.meera)
    seat = Seat.objects.get(pk=guest.seat)
    seats.remove(seat=seat, by=cast.meera, version=seat.version)
    officer.post("leave")
    rooms.end(room=room, by=cast.meera)
    acts = Entry.objects.filter(subject_kind="meetings.room", subject_id=str(room.pk))
    assert set(acts.values_list("act", flat=True)) == {
        "room_planned",
        "seat_waits",
        "office_entered",
        "seat_admitted",
        "room_began",
        "seat_removed",
        "seat_left",
        "room_closed",
    }


def test_both_sides_count_as_there(guest: Page, officer: Page, room: Room) -> None:
    room.request.refresh_from_db()
    assert room.request.citizen_came_at
    assert room.request.office_came_at


def test_who_waits_learns_how_many_meetings_come_before(
    guest: Page, room: Room, cast: Cast
) -> None:
    earlier = open_room(cast, citizen=cast.ramesh)
    Room.objects.filter(pk=earlier.pk).update(starts_at=F("starts_at") - timedelta(minutes=5))
    assert guest.polled()["ahead"] == 1
    rooms.end(room=earlier, by=cast.meera)
    assert guest.polled()["ahead"] == 0


def test_a_cancelled_meeting_leaves_nobody_in_a_dead_room(
    guest: Page, room: Room, cast: Cast
) -> None:
    row = room.request
    row.refresh_from_db()
    type(row).objects.filter(pk=row.pk).update(starts_at=clock.now() + timedelta(minutes=5))
    row.refresh_from_db()
    answers.cancel(
        request=row, by=cast.meera, version=row.version, words="A flood in the district."
    )
    told = guest.polled()
    assert (told["room_open"], told["closed_for"]) == (False, "cancelled")

"""Rooms that the tests of engines speak of: open now, or with a meeting that is near."""

from datetime import timedelta
from typing import Any

from esachivalaya.common import clock
from meetings.models import Room, Seat
from meetings.models.rooms import CLOSES_AFTER, OPENS_BEFORE
from tests.meetings import begun, confirmed, shifted
from tests.people import Cast


def room_in(cast: Cast, until: timedelta, *, engine: str = "peer", **wish: Any) -> Room:
    """The planned room of Asha's meeting, which begins after ``until``."""
    row = shifted(confirmed(cast, **wish), clock.now() + until)
    return _moved(Room.objects.get(request=row), engine)


def open_room(cast: Cast, *, engine: str = "peer", **wish: Any) -> Room:
    """The room of Asha's meeting, which began a second ago."""
    return _moved(Room.objects.get(request=begun(cast, **wish)), engine)


def citizen_of(room: Room) -> Seat:
    """The citizen's seat, with all that is read of it."""
    return Seat.objects.select_related("room__request__citizen__household").get(
        room=room, kind=Seat.Kind.CITIZEN
    )


def _moved(room: Room, engine: str) -> Room:
    """Move the room's times to those of its request, as time would."""
    starts_at, ends_at = room.request.starts_at, room.request.ends_at
    assert starts_at is not None
    assert ends_at is not None
    Room.objects.filter(pk=room.pk).update(
        engine=engine,
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=starts_at - OPENS_BEFORE,
        closes_at=ends_at + CLOSES_AFTER,
    )
    room.refresh_from_db()
    return room

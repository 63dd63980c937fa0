"""How far a room is, as its pages tell it."""

from datetime import datetime

from meetings.models import Room

NONE, BEFORE, OPEN, OVER = "none", "before", "open", "over"


def phase_of(room: Room | None, moment: datetime) -> str:
    """Return whether ``room`` is still to open, open, or over at ``moment``."""
    if room is None:
        return NONE
    if room.is_open(moment):
        return OPEN
    planned = room.status != Room.Status.CLOSED and moment < room.opens_at
    return BEFORE if planned else OVER

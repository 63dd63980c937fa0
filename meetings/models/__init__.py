"""Meetings: the room of a confirmed appointment, who sits in it, and what passes between them."""

from meetings.models.calls import Call
from meetings.models.passing import ChatLine, SharedPaper, Signal
from meetings.models.rooms import Room
from meetings.models.seats import Seat

__all__ = ["Call", "ChatLine", "Room", "Seat", "SharedPaper", "Signal"]

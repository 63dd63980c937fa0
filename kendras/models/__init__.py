"""Kendras, who serves there, what they book, and what is left of it."""

from kendras.models.bookings import AssistedBooking, Consent, Lookup
from kendras.models.charges import KendraCharge, OperatorPin
from kendras.models.places import Desk, Kendra
from kendras.models.queue import KendraNotice, Token
from kendras.models.seats import SeatDay, SeatHold

__all__ = [
    "AssistedBooking",
    "Consent",
    "Desk",
    "Kendra",
    "KendraCharge",
    "KendraNotice",
    "Lookup",
    "OperatorPin",
    "SeatDay",
    "SeatHold",
    "Token",
]

"""Refusing what is new while the portal is closed. What was made goes on by its own rules."""

from appointments.services.refusals import Refused
from esachivalaya.common.registry import Closed, closed_portal

RULE = "portal_closed"


def closed() -> Closed | None:
    """Return why and until when the portal takes no new requests, or None."""
    told = [one for one in closed_portal() if one is not None]
    return max(told, key=lambda one: one.until) if told else None


def refuse_if_closed() -> None:
    """Refuse a new request, or a wish for a draw, while the portal is closed.

    Only what is new: answering, joining, withdrawing and the 24-hour rule never ask here.
    """
    told = closed()
    if told is not None:
        raise Refused(RULE, told.words, until=told.until)

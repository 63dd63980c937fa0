"""People who wish for earlier times, and the links they get."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from appointments.models import Request
from appointments.services import answers, earlier_wishes, wishes
from esachivalaya.common import clock
from esachivalaya.common.slots import Span
from esachivalaya.notifications.models import Message
from tests.booking import sent, slots
from tests.people import (
    Cast,
    make_citizen,
)

Race = Callable[..., list[Any]]


def meeting(cast: Cast, slot: Span, name: str = "Somebody Else", **wish: Any) -> Request:
    row = waiting(cast, slot, name, **wish)
    return answers.confirm(request=row, by=cast.meera, version=row.version)


def waiting(cast: Cast, slot: Span, name: str = "Somebody Else", **wish: Any) -> Request:
    citizen = wish.pop("citizen", None) or make_citizen(name=name)
    return sent(cast.rewari, citizen, slot, channel=wish.pop("channel", "kendra"), **wish)


def wishing(row: Request, wanted: bool = True) -> Request:
    earlier_wishes.set_wish(request=row, wanted=wanted, by=None, version=row.version)
    return row


def give_up(row: Request) -> None:
    wishes.withdraw(request=row, by=None, version=row.version)


def far_slots(cast: Cast, count: int) -> list[Span]:
    """Times more than a day away, so that every answer is due before them."""
    limit = clock.now() + timedelta(hours=25)
    return [slot for slot in slots(cast.rewari, count + 30) if slot.start > limit][:count]


def link_in(row: Request) -> str:
    body = (
        Message.objects.filter(
            subject_id=str(row.pk), template__key__startswith="earlier_time_free", channel="sms"
        )
        .latest("id")
        .body
    )
    found = re.search(r"/l/[A-Za-z0-9_-]+/", body)
    assert found, body
    return found.group()


def token_in(row: Request) -> str:
    return link_in(row).split("/")[2]

"""The queue of the hall as it stands on the counter's page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.template import Context

from esachivalaya.common.idempotency import new_key
from kendras.models import Token

register = template.Library()

# Which number stands on the sign above this PC's counter; kept in its browser.
SIGN_COOKIE = "kendra_counter"


@dataclass(frozen=True)
class Queue:
    """What the buttons of the queue need: how many wait, the counter's sign, a key."""

    waiting: int
    sign: str
    key: str


@register.simple_tag(takes_context=True)
def queue_buttons(context: Context, tokens: Iterable[Token]) -> Queue:
    """`{% queue_buttons tokens as buttons %}`: see :class:`Queue`."""
    request = context["request"]
    sign = sign_of(request.POST.get("counter", "")) or sign_of(request.COOKIES.get(SIGN_COOKIE, ""))
    waiting = sum(1 for token in tokens if token.status == Token.Status.WAITING)
    return Queue(waiting, sign, new_key())


def sign_of(typed: str) -> str:
    """Return the number of a counter's sign, "" for anything but 1 to 99."""
    plain = typed.isascii() and typed.isdecimal() and len(typed) < 3
    return typed if plain and int(typed) else ""

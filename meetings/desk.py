"""The desk's part about today's rooms: who waits there, and the way in."""

from typing import Any

from django.http import HttpRequest

from appointments.permissions import posts_of
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from meetings.today import rooms_of_day


def desk(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """Return today's rooms that are not closed, or None when there is none.

    Two queries, however many rooms and guests there are.
    """
    posts = posts_of(request.user)
    if not posts:
        return None
    now = clock.now()
    rooms = rooms_of_day(request.user, moment=now, post=request.GET.get("post", ""))
    live = [one for one in rooms if one.room.status != "closed" and now < one.room.closes_at]
    if not live:
        return None
    return "admin/meetings/desk.html", {
        "rooms": live,
        "waiting": sum(one.waiting for one in live),
        "several": len(posts) > 1,
        "now": now,
        "key": new_key(),
    }

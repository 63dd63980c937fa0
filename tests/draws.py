"""Draws that the tests speak of: announced, taken part in, and grown old."""

import itertools
import secrets
from datetime import date, timedelta
from typing import Any

from appointments.forms.fields import ANY_TIME
from appointments.models import Draft, Draw, DrawWish
from appointments.models.fairness import CODES_STAND
from appointments.services import draws
from appointments.services.drafted import wish_of
from appointments.services.draw_wishes import take_part
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.common import clock
from officials.models import Post
from tests.people import Cast, make_category, make_citizen, make_household

_keys = itertools.count(1)


def open_day(after: int = 4) -> date:
    """A day some days ahead on which the cast's offices are open (not a Sunday)."""
    day = clock.day_of(clock.now()) + timedelta(days=after)
    return day + timedelta(days=1) if day.weekday() == 6 else day


def announced(cast: Cast, *, post: Post | None = None, by: User | None = None, **when: Any) -> Draw:
    """A draw for one day of DC Rewari, its window open for a day and a half."""
    moment = clock.now()
    first = when.pop("first_day", None) or open_day()
    wanted = {
        "first_day": first,
        "last_day": when.pop("last_day", None) or first,
        "opens_at": moment,
        "closes_at": moment + timedelta(hours=36),
        **when,
    }
    return draws.announce(post=post or cast.rewari, by=by or cast.meera, **wanted)


def drafted(post: Post, citizen: Citizen, draw: Draw | None, **time: Any) -> Draft:
    """A draft of which every step was filled in, as the pages leave it."""
    companions = {f"{name}{n}": "" for n in (1, 2, 3) for name in ("name", "relation", "phone")}
    meeting = {
        "language": "hi",
        "needs_interpreter": False,
        "needs_accessible_seat": False,
        "private": False,
        **companions,
    }
    time = {"slot": ANY_TIME, "unsuitable_weekdays": [], "unsuitable_parts": [], **time}
    if draw is not None:
        time["draw"] = draw.pk
    about = {
        "category": make_category().pk,
        "subject": "Old-age pension not received since April",
        "sought": "Please have the pension paid out.",
        "description": "",
    }
    data = {
        "time": time,
        "about": about,
        "meeting": meeting,
        "papers": {},
        "person": {"citizen": citizen.pk},
    }
    return Draft.objects.create(owner_digest=secrets.token_hex(32), post=post, data=data)


def wished(draw: Draw, citizen: Citizen | None = None, **time: Any) -> DrawWish:
    """A wish in the draw, of somebody new unless ``citizen`` is given."""
    citizen = citizen or make_citizen(make_household(), f"Person {next(_keys)}")
    draft = drafted(draw.post, citizen, draw, **time)
    part = take_part(
        draw=draw,
        wish=wish_of(draft),
        by=citizen.household.user,
        channel="own_phone",
        principal=f"household:{citizen.household_id}",
        key=f"draw-key-{next(_keys):010d}",
    )
    return DrawWish.objects.get(code=part.code)


def closed(draw: Draw) -> Draw:
    """Shift the window so that it closed a moment ago; the codes stand, the seed is secret."""
    return _shifted(draw, timedelta(seconds=1))


def due(draw: Draw) -> Draw:
    """Shift the window so that the draw is due."""
    return _shifted(draw, CODES_STAND + timedelta(seconds=1))


def _shifted(draw: Draw, ago: timedelta) -> Draw:
    draw.closes_at = clock.now() - ago
    draw.opens_at = draw.closes_at - timedelta(hours=36)
    draw.save(update_fields=["opens_at", "closes_at"])
    return draw

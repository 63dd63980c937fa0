"""What the screen of a Kendra's hall shows: numbers and counters, and nobody's name.

Fifty halls ask every four seconds, so it is one question to the database, found by its indexes, and
an answer of a few bytes when nothing has changed.
"""

import hashlib
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateField, F, Func, OuterRef
from django.db.models.functions import JSONObject

from kendras.models import Kendra, Token

MOST_CALLED = 4
MOST_NEXT = 8


class Today(Func):
    """Today in Asia/Kolkata by the database's clock."""

    template = "(clock_timestamp() AT TIME ZONE 'Asia/Kolkata')::date"
    output_field = DateField()


@dataclass(frozen=True)
class Called:
    """A number that is called now, and to which counter, if that is known."""

    number: int
    counter: int | None


@dataclass(frozen=True)
class Hall:
    """The screen of one Kendra: the newest call first, and who comes next."""

    name_hi: str
    name_en: str
    called: list[Called]
    following: list[int]
    # When the newest call was made, so that a number called once more is seen to be called.
    newest: str

    @property
    def etag(self) -> str:
        """Return what tells this screen from another one."""
        return f'"{hashlib.sha256(repr(self).encode()).hexdigest()[:24]}"'


def hall_of(code: str) -> Hall | None:
    """Return the screen of the Kendra ``code``, or None when none in service has it. One query."""
    today = Token.objects.filter(kendra=OuterRef("pk"), day=Today())
    called = today.filter(status="called").order_by("-called_at", "-number")[:MOST_CALLED]
    following = today.filter(status="waiting").order_by("number")[:MOST_NEXT]
    found = (
        Kendra.objects.filter(code=code, active=True)
        .values("name_hi", "name_en")
        .annotate(
            called_now=ArraySubquery(
                called.values(
                    one=JSONObject(number=F("number"), counter=F("counter"), at=F("called_at"))
                )
            ),
            following=ArraySubquery(following.values("number")),
        )
        .first()
    )
    if found is None:
        return None
    calls = found["called_now"]
    return Hall(
        name_hi=found["name_hi"],
        name_en=found["name_en"],
        called=[Called(one["number"], one["counter"]) for one in calls],
        following=list(found["following"]),
        newest=str(calls[0]["at"]) if calls else "",
    )

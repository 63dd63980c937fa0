"""The same matter elsewhere: requests of the same people whose subject is much alike.

Subjects are compared by the sound of their words, so that one in Hindi, one in Latin letters and
one with other spelling are found alike; words that every second subject has count for nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet

from appointments.models import Request
from esachivalaya.accounts.models import Citizen
from esachivalaya.common.phonetics import sounds

LOOKED_BACK = timedelta(days=180)
# Each way of finding them (household, phone, Family ID) gives at most so many, the latest.
LOOKED_AT = 50
SHOWN = 8
ALIKE = 0.5

_COMMON_WORDS = """
a an the of for to in on at by with from and or not no is are was be been has have had my our me
i we it this that about regarding request application complaint please since till still pending
received get getting given done made office sir problem issue matter case new again month months
day days year years
का के की को से में पर ने और या नहीं न है हैं था थे थी हो हुआ हुई हुए रहा रही रहे मेरा मेरी मेरे हमारा हमारी हमारे
यह वह इस उस बारे संबंध सम्बन्ध संबंधी लिए हेतु तक अब भी आवेदन शिकायत प्रार्थना अनुरोध कृपया मिला मिली मिले मिल
मिलने किया की गई गया गए करने करवाने कार्यालय समस्या मामला नया नई फिर दोबारा महीने दिन साल जी श्रीमान
ज्यादा आया आई
nahi nahin hai ke ka ki ko se me mein mili mila
january february march april may june july august september october november december
जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर
"""


@dataclass(frozen=True)
class Elsewhere:
    """A request that seems to be about the same matter, as far as the reader may know of it."""

    row: Request
    percent: int
    # Whether the reader acts for its post: only then its words and its address are shown.
    readable: bool
    same_person: bool


def elsewhere(row: Request, *, posts: set[int], moment: datetime) -> list[Elsewhere]:
    """Return what else the same people asked about this matter in the last 180 days.

    ``posts`` are those that the reader acts for. Private requests are never among them. One query,
    whose cost depends on what these people asked and on nothing else.
    """
    found = [
        Elsewhere(
            row=other,
            percent=round(alike * 100),
            readable=other.post_id in posts,
            same_person=other.citizen_id == row.citizen_id,
        )
        for other in _asked_by_them(row, since=moment - LOOKED_BACK)
        if (alike := likeness(row.subject, other.subject)) >= ALIKE
    ]
    return sorted(found, key=lambda one: -one.percent)[:SHOWN]


def _asked_by_them(row: Request, *, since: datetime) -> list[Request]:
    """Return requests of the same person, household, mobile number or Family ID, latest first."""
    people = Q(household_id=row.citizen.household_id)
    ways = [Request.objects.filter(citizen__in=_ids(people))]
    if row.phone:
        ways.append(Request.objects.filter(phone=row.phone))
    if row.citizen.family_id:
        family = Q(family_id=row.citizen.family_id) & ~Q(family_id="")
        ways.append(Request.objects.filter(citizen__in=_ids(family)))
    # By an expression, not by the column: else the planner may walk back through everything that
    # was asked in the State, in order, until it meets these people.
    asked = ExpressionWrapper(F("created_at") + timedelta(0), output_field=DateTimeField())
    latest = [
        way.filter(created_at__gte=since, private=False)
        .exclude(pk=row.pk)
        .order_by(asked.desc())
        .values("pk")[:LOOKED_AT]
        for way in ways
    ]
    pks = latest[0].union(*latest[1:]) if latest[1:] else latest[0]
    rows = Request.objects.filter(pk__in=pks).select_related("post")
    return list(rows.order_by("-created_at", "-pk"))


def _ids(people: Q) -> "QuerySet[Citizen, Any]":
    return Citizen.objects.filter(people).order_by().values("pk")


def likeness(one: str, other: str) -> float:
    """Return how much alike two subjects are, from 0 to 1."""
    first, second = _pieces(one), _pieces(other)
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


def _pieces(subject: str) -> set[str]:
    """Return the threes of letters of the words that say what it is about."""
    words = [word for word in sounds(subject) if word not in _unsaying()]
    return {
        f"  {word} "[start : start + 3] for word in words for start in range(len(f"  {word} ") - 2)
    }


@lru_cache(maxsize=1)
def _unsaying() -> frozenset[str]:
    return frozenset(sounds(_COMMON_WORDS))

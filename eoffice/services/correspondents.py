"""Correspondents: remembered when a letter is diarised, suggested for the next one.

Suggested is only who wrote something that may be seen at the desk: a suggestion tells as much as a
list. Source: domain rules of e-Office, invariant 7.
"""

from dataclasses import dataclass, fields

from django.db.models import Exists, OuterRef, QuerySet

from eoffice.models import Correspondent, Receipt
from eoffice.permissions import Seat, visible_at
from esachivalaya.common.words import fold, tidy
from officials.models import Department, District

SUGGESTED = 30
FOUND = 8


@dataclass(frozen=True)
class Typed:
    """What a clerk typed of who wrote."""

    name: str
    kind: str = Correspondent.Kind.CITIZEN
    designation: str = ""
    organisation: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    district: District | None = None


def remember(department: Department, typed: Typed) -> Correspondent:
    """Return the department's correspondent of exactly these particulars, made now if need be."""
    told = {one.name: getattr(typed, one.name) for one in fields(typed)}
    row = Correspondent(department=department, **told)
    same = Correspondent.objects.filter(
        department=department,
        kind=typed.kind,
        search_words=row.folded(),
        phone=typed.phone,
        email=typed.email,
        district=typed.district,
    ).first()
    if same is not None:
        return same
    row.save()
    return row


def known_at(seat: Seat) -> QuerySet[Correspondent]:
    """Return the correspondents of whom something may be seen at ``seat``, latest first."""
    theirs = Receipt.objects.filter(correspondent=OuterRef("pk"), item__in=visible_at(seat))
    rows = Correspondent.objects.filter(Exists(theirs), department=seat.desk.section.department_id)
    return rows.order_by("-used_at", "-pk")


def names_for(seat: Seat) -> list[str]:
    """Return the names to suggest while the clerk types: each once, latest first."""
    names = known_at(seat).values_list("name", flat=True)[: SUGGESTED * 2]
    return list(dict.fromkeys(names))[:SUGGESTED]


def find(seat: Seat, words: str) -> list[Correspondent]:
    """Return known correspondents in whose name or address every one of ``words`` stands."""
    rows = known_at(seat)
    for word in fold(tidy(words)).split()[:4]:
        rows = rows.filter(search_words__contains=word)
    return list(rows[:FOUND]) if words.strip() else []

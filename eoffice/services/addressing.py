"""To whom a desk writes: those of whom it has read, or to whom its files wrote before.

A list of names tells as much as a list of papers, so only who stands in a paper that may be seen
at the desk is suggested. Source: domain rules of e-Office, invariant 7.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from eoffice.models import Addressee, Correspondent, Desk, Draft, Receipt
from eoffice.permissions import Seat, visible_at
from eoffice.services import correspondents, drafts
from eoffice.services.correspondents import Typed
from esachivalaya.accounts.models import User
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.words import fold, tidy

FOUND = 8
# Words that count; more of them find nobody the sooner.
MOST_WORDS = 4


def addressable_at(seat: Seat) -> QuerySet[Correspondent]:
    """Return whom the person in ``seat`` may address by choosing, latest first."""
    items = visible_at(seat)
    wrote = Receipt.objects.filter(correspondent=OuterRef("pk"), item__in=items)
    read = Addressee.objects.filter(correspondent=OuterRef("pk"), draft__file__item__in=items)
    rows = Correspondent.objects.filter(department=seat.desk.section.department_id)
    return rows.filter(Q(Exists(wrote)) | Q(Exists(read))).order_by("-used_at", "-pk")


def find(seat: Seat, words: str, *, without: set[int]) -> list[Correspondent]:
    """Return whom the desk knows by every one of ``words``; with no words, the latest ones."""
    rows = addressable_at(seat).exclude(pk__in=without)
    for word in fold(tidy(words)).split()[:MOST_WORDS]:
        rows = rows.filter(search_words__contains=word)
    return list(rows[:FOUND])


@on_deadlock
@transaction.atomic
def address_with_new(
    *,
    draft: Draft,
    desk: Desk,
    by: User,
    version: int,
    to: tuple[Correspondent, ...],
    copies: tuple[Correspondent, ...],
    modes: dict[int, str],
    typed: Typed | None = None,
    copy: bool = False,
    mode: str = "",
) -> Draft:
    """Say to whom a draft goes, with one more who is remembered from now on, or neither."""
    if typed is not None:
        person = correspondents.remember(draft.made_at_desk.section.department, typed)
        if copy:
            copies = (*copies, person)
        else:
            to = (*to, person)
        modes = {**modes, person.pk: mode}
    return drafts.address(
        draft=draft, desk=desk, by=by, version=version, to=to, copies=copies, modes=modes
    )

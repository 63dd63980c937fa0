"""Help for who comes to any Kendra with reference and PIN: every act says at which Kendra.

The acts are those of the citizens' pages; at the counter an operator presses the buttons. The
citizen reads in the time line of the request where it was done.
"""

from django.db import transaction

from appointments.models import DrawWish, Offer, Request
from appointments.models.fairness import OPENS_FOR, PREFIX
from appointments.services import draw_wishes, wishes
from appointments.services.pins import check_pin
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.references import normalise
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from kendras.models import Kendra

ACT = "helped_at_kendra"


def open_by_pin(*, kendra: Kendra, by: User, reference: str, pin: str) -> Request | DrawWish | None:
    """Return what ``reference`` and ``pin`` open, and note who opened it where; None for others.

    A reference that does not exist, a wrong PIN and one that rests after five wrong tries get the
    same answer. Not to be called inside a transaction that may be rolled back: the tries would come
    back with it. A wish that was drawn leads to its request.
    """
    row = _row_behind(reference)
    if row is None or not _opens(row, pin):
        return None
    if isinstance(row, DrawWish) and row.request is not None:
        row = row.request
    note(row=row, kendra=kendra, by=by, what="opened")
    return row


@transaction.atomic
def note(*, row: Request | DrawWish, kendra: Kendra, by: User, what: str, slip: str = "") -> None:
    """Write into the record of ``row`` what was done for its person at ``kendra``.

    ``slip`` names the paper that the person signed for it, where one is asked for.
    """
    type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
    told = {"kendra": kendra.code, "kendra_en": kendra.name_en, "kendra_hi": kendra.name_hi}
    post = row.post if isinstance(row, Request) else row.draw.post
    record(
        row,
        ACT,
        at=now(),
        by=by,
        post_code=post.code,
        data={**told, "what": what, **({"slip": slip} if slip else {})},
    )


@on_deadlock
@transaction.atomic
def withdraw(*, row: Request | DrawWish, kendra: Kendra, by: User, version: int) -> None:
    """Take back a request, a meeting or a wish for its person, and note where that was done."""
    if isinstance(row, DrawWish):
        draw_wishes.take_back(wish=row, by=by)
    else:
        wishes.withdraw(request=row, by=by, version=version)
    note(row=row, kendra=kendra, by=by, what="withdrawn")


@on_deadlock
@transaction.atomic
def move(*, row: Request, kendra: Kendra, by: User, slot: Span, version: int) -> None:
    """Move a request or a meeting to another time for its person; the seat follows it."""
    wishes.ask_other_time(request=row, slot=slot, by=by, version=version)
    note(row=row, kendra=kendra, by=by, what="moved")


@on_deadlock
@transaction.atomic
def answer_offer(*, offer: Offer, kendra: Kendra, by: User, accept: bool) -> None:
    """Accept or refuse the time that the office offered, as its person says at the counter."""
    act = wishes.accept_offer if accept else wishes.refuse_offer
    row = act(offer=offer, by=by)
    note(row=row, kendra=kendra, by=by, what="offer_accepted" if accept else "offer_refused")


def _row_behind(typed: str) -> Request | DrawWish | None:
    reference, code = normalise(typed), normalise(typed, PREFIX)
    if reference is not None:
        row = Request.objects.select_related("post").filter(reference=reference).first()
        if row is not None:
            return row
    if code is None:
        return None
    rows = DrawWish.objects.select_related("draw__post", "request__post")
    return rows.filter(code=code).exclude(request__starts_at__lt=now() - OPENS_FOR).first()


def _opens(row: Request | DrawWish, pin: str) -> bool:
    """Whether the PIN is right; one that rests after too many tries counts as wrong."""
    try:
        return check_pin(row, pin)
    except Refused:
        return False

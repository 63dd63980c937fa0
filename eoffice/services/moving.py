"""Marking, returning, pulling back, parking: an item goes from desk to desk, never in between.

Source: domain rules of e-Office, "Movement" and invariants 1, 2, 5, 8, 10.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from eoffice.models import Classification, Desk, Holding, Item, Movement, Nature
from eoffice.permissions import Seat, visible_at
from eoffice.services import access, cards, ledger, notes, urgency, vacancy
from eoffice.services.locking import in_hand, locked, seated
from eoffice.services.refusals import Elsewhere, Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp, day_of, now
from esachivalaya.common.retry import on_deadlock

Act = Movement.Act
Came = Holding.Came
MOVES = {Item.Status.OPEN, Item.Status.CLOSE_PROPOSED}
# Whoever gets it back is told why, be it in a word.
LEAST_WORDS = 3
UNTOLD = _("Write why it goes back: in a note, or in a few words beside it.")
# A receipt has no notes.
UNTOLD_OF_RECEIPT = _("Write why, in a few words.")


@dataclass(frozen=True)
class Sent:
    """What the sender writes beside the item: what it goes for, by when, and a few words."""

    action: str = ""
    words: str = ""
    due_on: date | None = None
    priority: int | None = None


@on_deadlock
@transaction.atomic
def mark(*, item: Item, desk: Desk, to: Desk, by: User, sent: Sent) -> Movement:
    """Send ``item`` from ``desk`` to the desk ``to``; the sender's green notes are sealed with it.

    Two who send it at once: one movement, the other gets :class:`Elsewhere` with the new holder.
    :class:`Refused` for a closed or inner item, for a desk that is closed or the same one.
    """
    row, holding, seat = in_hand(item.pk, desk=desk, by=by)
    if row.status not in MOVES:
        raise Refused("not_moving", _("It is closed, or lies in another file: it does not move."))
    if to.pk == desk.pk:
        raise Refused("same_desk", _("It lies at this desk."), field="to")
    target = Desk.objects.select_related("post", "section").get(pk=to.pk)
    if target.closed_at is not None:
        raise Refused("desk_closed", _("This desk is closed. Choose another."), field="to")
    moment = now()
    _refuse_past(sent, moment)
    if sent.priority is not None:
        urgency.set_priority(row, seat, sent.priority)
    return _send(row, holding, seat, target, came=Came.MARKED, moment=moment, sent=sent)


@on_deadlock
@transaction.atomic
def give_back(*, item: Item, desk: Desk, by: User, sent: Sent) -> Movement:
    """Return ``item`` to the desk that sent it here, with a word of why.

    It stands in a green note of this stay, which is sealed with the sending, or in ``sent.words``.
    :class:`Refused` without either, and for an item that moves nowhere.
    """
    row, holding, seat = in_hand(item.pk, desk=desk, by=by)
    if holding.from_desk is None:
        raise Refused("from_nobody", _("Nobody sent it here: mark it to a desk instead."))
    if row.status not in MOVES:
        raise Refused("not_moving", _("It is closed, or lies in another file: it does not move."))
    target = holding.from_desk
    if target.closed_at is not None:
        raise Refused("desk_closed", _("That desk is closed by now. Mark it to another."))
    if len(sent.words.strip()) < LEAST_WORDS and not notes.to_seal(row).exists():
        untold = UNTOLD if row.kind == Item.Kind.FILE else UNTOLD_OF_RECEIPT
        raise Refused("words", untold, field="words")
    moment = now()
    _refuse_past(sent, moment)
    return _send(row, holding, seat, target, came=Came.RETURNED, moment=moment, sent=sent)


@on_deadlock
@transaction.atomic
def pull_back(*, item: Item, desk: Desk, by: User, words: str = "") -> Movement:
    """Take back what ``desk`` sent, while the receiver has not opened its content.

    The check and the taking back are one statement on the holding's row, so that a first view at
    this very moment either comes first (:class:`Refused`) or finds nothing any more.
    """
    row = locked([item.pk])[item.pk]
    seat = seated(by, desk)
    if seat is None or not visible_at(seat).filter(pk=row.pk).exists():
        raise PermissionDenied
    holding = Holding.objects.open().filter(item=row).select_related("desk").first()
    theirs = holding is not None and holding.from_desk_id == desk.pk
    if holding is None or not theirs or holding.came not in {Came.MARKED, Came.RETURNED}:
        raise Elsewhere(holding)
    moment = now()
    unread = Holding.objects.open().filter(pk=holding.pk, read_at__isnull=True)
    if unread.update(ended_at=moment) != 1:
        raise Refused("read", _("It was opened there already and cannot be pulled back."))
    # It lies here as before it was sent: whoever sent it here then gets it when it is returned.
    stays = Holding.objects.filter(item=row, desk=desk, pk__lt=holding.pk).order_by("-pk")
    before = stays.select_related("from_desk").first()
    sender = before.from_desk if before else None
    _stay(row, desk, came=Came.PULLED_BACK, moment=moment, from_desk=sender, read=True)
    access.withdraw(row)
    return ledger.append(
        row, Act.PULLED_BACK, seat=seat, at=moment, to_desk=desk, words=words[:500]
    )


def read(*, item: Item, desk: Desk) -> bool:
    """Note the first view of the content at the holding desk; return whether it was the first.

    A list or a preview is no reading. Called by who shows the content, before it is shown.
    """
    # A paper that has not come yet was not read.
    here = Holding.objects.at(desk.pk).filter(item=item, received_at__isnull=False)
    first = here.filter(read_at__isnull=True)
    return first.update(read_at=ClockTimestamp()) == 1


@on_deadlock
@transaction.atomic
def receive(*, item: Item, desk: Desk, by: User) -> Movement:
    """Confirm that the paper is here; nothing else is done with a physical item before."""
    row = locked([item.pk])[item.pk]
    seat = seated(by, desk)
    if seat is None or not visible_at(seat).filter(pk=row.pk).exists():
        raise PermissionDenied
    moment = now()
    here = Holding.objects.at(desk.pk).filter(item=row, received_at__isnull=True)
    # Whoever opened its noting earlier read it then.
    changes = {"received_at": moment, "read_at": Coalesce("read_at", Value(moment))}
    if row.nature != Nature.PHYSICAL or here.update(**changes) != 1:
        raise Elsewhere(Holding.objects.open().filter(item=row).first())
    return ledger.append(row, Act.RECEIVED, seat=seat, at=moment)


@on_deadlock
@transaction.atomic
def park(*, item: Item, desk: Desk, by: User, until: date, words: str) -> Movement:
    """Lay ``item`` aside until a day, with the reason; it comes back into the inbox by itself."""
    row, holding, seat = in_hand(item.pk, desk=desk, by=by)
    moment = now()
    if until <= day_of(moment):
        raise Refused("until", _("Choose a day to come."), field="until")
    if not words.strip():
        raise Refused("words", _("Write why it is parked."), field="words")
    if row.status != Item.Status.OPEN:
        raise Refused("not_moving", _("It is closed, or lies in another file."))
    holding.parked_until, holding.parked_words = until, words.strip()[:200]
    holding.save(update_fields=["parked_until", "parked_words"])
    more = {"until": until.isoformat()}
    return ledger.append(row, Act.PARKED, seat=seat, at=moment, words=words[:500], more=more)


@on_deadlock
@transaction.atomic
def take_up(*, item: Item, desk: Desk, by: User) -> Movement:
    """Take a parked item up again before its day."""
    row, holding, seat = in_hand(item.pk, desk=desk, by=by)
    if holding.parked_until is None:
        raise Refused("not_parked", _("It is not parked."))
    holding.parked_until, holding.parked_words = None, ""
    holding.save(update_fields=["parked_until", "parked_words"])
    return ledger.append(row, Act.UNPARKED, seat=seat, at=now())


def _refuse_past(sent: Sent, moment: datetime) -> None:
    if sent.due_on is not None and sent.due_on < day_of(moment):
        raise Refused("due_on", _("The due date has passed."), field="due_on")


def _send(
    row: Item,
    holding: Holding,
    seat: Seat,
    target: Desk,
    *,
    came: str,
    moment: datetime,
    sent: Sent,
) -> Movement:
    sealed = notes.seal(row, seat, moment)
    Holding.objects.filter(pk=holding.pk).update(ended_at=moment)
    _stay(row, target, came=came, moment=moment, from_desk=seat.desk, sent=sent)
    access.grant(row, target)
    act = Act.MARKED if came == Came.MARKED else Act.RETURNED
    more: dict[str, Any] = {"notes": sealed, "action": sent.action}
    if row.kind == Item.Kind.FILE and (card := cards.going_up(holding)):
        more["card"] = card
    if row.classification >= Classification.CONFIDENTIAL and (vacant := vacancy.of(target)):
        # Who could open it there, when it was sent to a vacant post.
        more["vacant"] = vacant.goes_to(row.classification)
    return ledger.append(
        row, act, seat=seat, at=moment, to_desk=target, words=sent.words[:500], more=more
    )


def _stay(
    row: Item,
    desk: Desk,
    *,
    came: str,
    moment: datetime,
    from_desk: Desk | None,
    sent: Sent | None = None,
    read: bool = False,
) -> Holding:
    told = sent or Sent()
    return Holding.objects.create(
        item=row,
        desk=desk,
        came=came,
        from_desk=from_desk,
        since=moment,
        action=told.action[:60],
        due_on=told.due_on,
        read_at=moment if read else None,
        received_at=moment if read or row.nature != Nature.PHYSICAL else None,
    )

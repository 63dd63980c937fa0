"""The decision card, and deciding by it: approve, return or discuss in one act.

A decision is a green note that moves the file back to who put it up, together with the approval of
the drafts that wait: all of it or nothing. Source: domain rules of e-Office, "decision card".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from eoffice.models import DecisionCard, Desk, Draft, File, Holding, Item, Movement, Note
from eoffice.permissions import Seat
from eoffice.services import drafts, moving, notes
from eoffice.services.locking import in_hand
from eoffice.services.moving import Sent
from eoffice.services.refusals import Elsewhere, Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import ClockTimestamp, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken
from esachivalaya.common.words import tidy

Decision = DecisionCard.Decision


@dataclass(frozen=True)
class CardWords:
    """What who puts a file up writes on the card."""

    matter: str
    rule: str = ""
    options: str = ""
    money: str = ""


@dataclass(frozen=True)
class Decided:
    """A decision as it was taken on a page: what that page showed has to be so still.

    ``stay`` is the holding and ``drafts`` the waiting drafts with their versions that it showed;
    ``version`` is that of the officer's yellow note, None when there was none.
    """

    decision: str
    words: str
    stay: int
    version: int | None = None
    drafts: Mapping[int, int] | None = None


def decides(seat: Seat) -> bool:
    """Whether the person in this seat takes decisions: who approves drafts."""
    return drafts.may_approve(seat)


def waiting(item: Item) -> list[Draft]:
    """Return the drafts of a file that wait for approval."""
    found = Draft.objects.filter(file=item.pk, status=Draft.Status.PUT_UP)
    return list(found.order_by("ordinal"))


def own_card(holding: Holding | None) -> DecisionCard | None:
    """Return the card that is written in this very stay, or None."""
    if holding is None:
        return None
    return DecisionCard.objects.filter(holding=holding).first()


def card_put_up(item: Item, holding: Holding | None) -> DecisionCard | None:
    """Return the latest card with which the file was put up to where it lies now, or None.

    A card that was decided upon belongs to its decision, not to the next putting-up.
    """
    cards = DecisionCard.objects.filter(file=item.pk).select_related("desk__post", "by")
    earlier = cards.exclude(holding=holding) if holding else cards
    latest = earlier.order_by("-pk").first()
    return latest if latest is not None and not latest.decision else None


@on_deadlock
@transaction.atomic
def fill_card(
    *, file: File, desk: Desk, by: User, told: CardWords, version: int | None
) -> DecisionCard:
    """Write the card of this stay, while the file lies at ``desk``; it goes up with the file.

    ``version`` is that of the card as the page showed it (None: there was none): raises Overtaken
    when a colleague at the desk wrote meanwhile.
    """
    item, holding, seat = in_hand(file.pk, desk=desk, by=by)
    if item.status != Item.Status.OPEN:
        raise Refused("closed", _("The file is closed. Reopen it first."))
    if len(tidy(told.matter).strip()) < 5:
        raise Refused("matter", _("Write what is to be decided."), field="matter")
    words = {
        "matter": tidy(told.matter).strip()[:2000],
        "rule": tidy(told.rule).strip()[:1500],
        "options": tidy(told.options).strip()[:2000],
        "money": tidy(told.money).strip()[:500],
    }
    card = own_card(holding)
    if card is None:
        return DecisionCard.objects.create(
            file=file, holding=holding, desk=desk, by=seat.charge.user, **words
        )
    if card.version != version:
        raise Overtaken(card)
    DecisionCard.objects.filter(pk=card.pk).update(
        by=by, version=card.version + 1, changed_at=ClockTimestamp(), **words
    )
    card.refresh_from_db()
    return card


@on_deadlock
@transaction.atomic
def decide(*, file: File, desk: Desk, by: User, told: Decided) -> Movement:
    """Approve, return or ask to discuss; the file goes back to the desk that put it up.

    The note is signed and sealed with it. An approval approves every draft that waits, as the page
    showed it. :class:`Refused` for who may not decide and for a file that nobody put up,
    :class:`Elsewhere` when the file left meanwhile, Overtaken when a draft or the note changed.
    """
    item, holding, seat = in_hand(file.pk, desk=desk, by=by)
    if holding.pk != told.stay:
        raise Elsewhere(holding)
    if not decides(seat):
        raise Refused("rank", _("A decision is taken by a Section Officer or above."))
    if holding.from_desk is None:
        raise Refused("from_nobody", _("Nobody put this file up here: mark it to a desk instead."))
    if told.decision == Decision.RETURNED and len(tidy(told.words).strip()) < 5:
        raise Refused("words", _("Write why it is returned."), field="words")
    note = _noted(file, desk, by, told)
    if told.decision == Decision.APPROVED:
        _approve_drafts(item, desk, by, told.drafts or {})
    card = card_put_up(item, holding)
    if card is not None:
        DecisionCard.objects.filter(pk=card.pk).update(
            decision=told.decision, note=note, decided_at=now()
        )
    return _sent_back(item, holding.from_desk, desk, by, told.decision)


def _noted(file: File, desk: Desk, by: User, told: Decided) -> Note:
    """Sign the note: the decision in the officer's language, then the officer's own words."""
    first = {
        Decision.APPROVED: _("Approved."),
        Decision.RETURNED: _("The file is returned."),
        Decision.DISCUSS: _("Please discuss."),
    }[Decision(told.decision)]
    text = "\n".join(part for part in (first, told.words.strip()) if part)
    row = notes.write(file=file, desk=desk, by=by, text=text, version=told.version)
    return notes.make_green(note=row, by=by, version=row.version)


def _approve_drafts(item: Item, desk: Desk, by: User, shown: Mapping[int, int]) -> None:
    rows = waiting(item)
    for row in rows:
        if row.pk not in shown:
            # It was put up after the page was opened: nobody approves what they did not see.
            raise Overtaken(row)
        drafts.approve(draft=row, desk=desk, by=by, version=shown[row.pk])
    if missing := set(shown) - {row.pk for row in rows}:
        raise Overtaken(Draft.objects.get(pk=min(missing)))


def _sent_back(item: Item, to: Desk, desk: Desk, by: User, decision: str) -> Movement:
    if decision == Decision.APPROVED:
        return moving.mark(item=item, desk=desk, to=to, by=by, sent=Sent(action="action"))
    action = "discuss" if decision == Decision.DISCUSS else ""
    return moving.give_back(item=item, desk=desk, by=by, sent=Sent(action=action))

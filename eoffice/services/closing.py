"""Closing a file or receipt, and reopening it. A refusal lists everything that stands against it.

Source: domain rules of e-Office, invariant 9.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from eoffice.models import (
    Desk,
    Draft,
    FileLink,
    Holding,
    Item,
    Movement,
    Nature,
    Note,
    Question,
    Rank,
)
from eoffice.permissions import Seat, visible_at
from eoffice.services import access, ledger, notes
from eoffice.services.locking import in_hand, locked, seated
from eoffice.services.refusals import Blocked, Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock

Status = Item.Status


def blockers_of(item: Item, seat: Seat) -> list[str]:
    """Return everything that keeps ``item`` from being closed, in words; [] when nothing does.

    A part or linked file that the person in ``seat`` may not see stands against it without its
    number: it is said that there is one, not which.
    """
    found: list[str] = []
    if item.kind == Item.Kind.RECEIPT:
        return found
    for draft in Draft.objects.filter(file=item.pk, status__in=Draft.PENDING).order_by("ordinal"):
        words = _("Draft %(number)s is %(status)s.")
        found.append(words % {"number": draft.ordinal, "status": draft.get_status_display()})
    still_open = [Status.OPEN, Status.CLOSE_PROPOSED]
    seen = visible_at(seat)
    parts = Item.objects.filter(file__of=item.pk, status__in=still_open).order_by("pk")
    named = list(parts.filter(pk__in=seen))
    found += [_("%(number)s is still open.") % {"number": part.number} for part in named]
    if len(named) < parts.count():
        found.append(_("Another part or volume is still open."))
    links = FileLink.objects.filter(Q(one=item.pk) | Q(other=item.pk), ended_at__isnull=True)
    bound = {other if one == item.pk else one for one, other in links.values_list("one", "other")}
    live = Item.objects.filter(pk__in=bound, status__in=still_open).order_by("pk")
    named = list(live.filter(pk__in=seen))
    words = _("The linked file %(number)s is still open.")
    found += [words % {"number": other.number} for other in named]
    if len(named) < live.count():
        found.append(_("Another linked file is still open."))
    # Only one's own: nobody learns of another's, and a predecessor's stays private for good.
    yellow = Note.objects.filter(file=item.pk, status=Note.Status.YELLOW)
    if yellow.filter(by=seat.charge.user).exists():
        found.append(_("You have a yellow note on it. Sign or discard it."))
    asked = item.questions.open().select_related("to_desk__post").order_by("pk")
    words = _("%(desk)s was asked and has not answered.")
    found += [words % {"desk": question.to_desk} for question in asked]
    return found + _inside(item)


def _inside(item: Item) -> list[str]:
    """Return what stands against the files that lie in ``item``, each with its file's number.

    Who sees a file sees what lies in it.
    """
    inner = [one.pk for one in access.contents_of(item) if one.kind == Item.Kind.FILE]
    if not inner:
        return []
    rows = Draft.objects.filter(file__in=inner, status__in=Draft.PENDING)
    words = _("Draft %(number)s is %(status)s.")
    found = [
        f"{draft.file.item.number}: "
        + words % {"number": draft.ordinal, "status": draft.get_status_display()}
        for draft in rows.select_related("file__item").order_by("file", "ordinal")
    ]
    asked = Question.objects.open().filter(item__in=inner).select_related("item", "to_desk__post")
    words = _("%(desk)s was asked and has not answered.")
    return found + [
        f"{one.item.number}: {words % {'desk': one.to_desk}}" for one in asked.order_by("pk")
    ]


@on_deadlock
@transaction.atomic
def propose(*, item: Item, desk: Desk, by: User, words: str) -> Item:
    """Propose to close a file; a Section Officer or above approves."""
    row, _holding, seat = in_hand(item.pk, desk=desk, by=by)
    _reason(words)
    if row.kind != Item.Kind.FILE or row.status != Status.OPEN:
        raise Refused("not_open", _("Only an open file is proposed for closing."))
    _refuse_blocked(row, seat)
    return _to(row, Status.CLOSE_PROPOSED, Movement.Act.CLOSE_PROPOSED, seat, words)


@on_deadlock
@transaction.atomic
def close(*, item: Item, desk: Desk, by: User, words: str) -> Item:
    """Close a file, at Section Officer or above, or a receipt that needs nothing more.

    :class:`Blocked` lists every draft, part, link, note and question that stands against it.
    """
    row, holding, seat = in_hand(item.pk, desk=desk, by=by)
    _reason(words)
    if row.status not in {Status.OPEN, Status.CLOSE_PROPOSED}:
        raise Refused("not_open", _("It is closed already, or lies in another file."))
    is_file = row.kind == Item.Kind.FILE
    if is_file and not (seat.is_officer and seat.desk.rank >= Rank.SECTION_OFFICER):
        raise Refused("rank", _("A file is closed by a Section Officer or above: propose it."))
    _refuse_blocked(row, seat)
    moment = now()
    sealed = notes.seal(row, seat, moment) if is_file else []
    Holding.objects.filter(pk=holding.pk).update(ended_at=moment)
    changes = {"closed_at": moment, "closed_by_desk": desk, "words": words.strip()[:500]}
    Item.objects.filter(pk=row.pk).update(status=Status.CLOSED, version=F("version") + 1, **changes)
    ledger.append(
        row, Movement.Act.CLOSED, seat=seat, at=moment, words=words[:500], more={"notes": sealed}
    )
    row.refresh_from_db()
    return row


@on_deadlock
@transaction.atomic
def reopen(*, item: Item, desk: Desk, by: User, words: str) -> Item:
    """Reopen what was closed, by the desk that closed it or one above, with the reason.

    Above is a higher desk of the same department that may see it. It lies at the desk that reopened
    it. A paper file is on its way there from the record room, and is received before anything else
    is done with it.
    """
    row = locked([item.pk])[item.pk]
    seat = seated(by, desk)
    if seat is None or not visible_at(seat).filter(pk=row.pk).exists():
        raise PermissionDenied
    _reason(words)
    if row.status == Status.CLOSE_PROPOSED:
        row, _holding, seat = in_hand(item.pk, desk=desk, by=by)
        return _to(row, Status.OPEN, Movement.Act.REOPENED, seat, words)
    if row.status != Status.CLOSED or row.closed_by_desk is None:
        raise Refused("not_closed", _("It is not closed."))
    closed_by = row.closed_by_desk
    theirs = closed_by.section.department_id == seat.desk.section.department_id
    if desk.pk != closed_by.pk and not (theirs and seat.desk.rank > closed_by.rank):
        raise Refused("rank", _("It is reopened by the desk that closed it, or by one above."))
    moment = now()
    here = None if row.nature == Nature.PHYSICAL else moment
    Holding.objects.create(
        item=row,
        desk=desk,
        came=Holding.Came.REOPENED,
        since=moment,
        read_at=here,
        received_at=here,
    )
    access.grant(row, desk)
    return _to(row, Status.OPEN, Movement.Act.REOPENED, seat, words, closed_at=None)


@on_deadlock
@transaction.atomic
def cancel_number(*, item: Item, desk: Desk, by: User, words: str) -> Item:
    """Cancel a number that was issued by mistake, while nothing was done under it.

    It stays visible with its reason and is never given again.
    """
    row, holding, seat = in_hand(item.pk, desk=desk, by=by)
    _reason(words)
    used = Movement.objects.filter(item=row).exclude(act=Movement.Act.MADE).exists()
    if used or Note.objects.filter(file=row.pk).exclude(status=Note.Status.DISCARDED).exists():
        raise Refused("used", _("Something was done under this number: close it instead."))
    Holding.objects.filter(pk=holding.pk).update(ended_at=now())
    return _to(row, Status.CANCELLED, Movement.Act.CANCELLED, seat, words)


def _to(row: Item, status: str, act: str, seat: Seat, words: str, **changes: Any) -> Item:
    text = words.strip()[:500]
    Item.objects.filter(pk=row.pk).update(
        status=status, version=F("version") + 1, words=text, **changes
    )
    ledger.append(row, act, seat=seat, at=now(), words=text)
    row.refresh_from_db()
    return row


def _reason(words: str) -> None:
    if len(words.strip()) < 5:
        raise Refused("words", _("Write why, in a few words."), field="words")


def _refuse_blocked(row: Item, seat: Seat) -> None:
    blockers = blockers_of(row, seat)
    if blockers:
        raise Blocked("blocked", _("It cannot be closed yet:"), blockers)

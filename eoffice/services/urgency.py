"""How soon: the priority of an item and its due day, changed by who has it, kept in the ledger.

Source: domain rules of e-Office, "Priority": run-through is set and cleared by the Chief Minister's
office alone.
"""

from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from eoffice.models import Desk, Item, Movement, Priority
from eoffice.permissions import Seat
from eoffice.services import ledger
from eoffice.services.locking import in_hand
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.retry import on_deadlock

Act = Movement.Act
OPEN = {Item.Status.OPEN, Item.Status.CLOSE_PROPOSED}


def choices(seat: Seat, current: int) -> list[tuple[int, str]]:
    """Return the priorities that the person in ``seat`` may set on what is ``current`` now."""
    wanted = list(Priority)
    if not seat.sets_run_through:
        held = current == Priority.RUN_THROUGH
        wanted = [one for one in wanted if (one == Priority.RUN_THROUGH) == held]
    return [(one.value, str(one.label)) for one in wanted]


def refuse_run_through(seat: Seat, *priorities: int) -> None:
    """Raise :class:`Refused` where run-through is set or cleared by any but the CM's office."""
    if Priority.RUN_THROUGH in priorities and not seat.sets_run_through:
        raise Refused(
            "run_through",
            _("Only the Chief Minister's office sets or clears run-through."),
            field="priority",
        )


def set_priority(row: Item, seat: Seat, priority: int, *, words: str = "") -> None:
    """Set the priority of ``row``, which the caller has locked; the same again changes nothing."""
    if priority == row.priority:
        return
    refuse_run_through(seat, priority, row.priority)
    more = {"from": row.priority, "to": priority}
    Item.objects.filter(pk=row.pk).update(priority=priority, version=F("version") + 1)
    row.priority = priority
    ledger.append(row, Act.PRIORITY, seat=seat, at=now(), words=words[:500], more=more)


@on_deadlock
@transaction.atomic
def change_priority(*, item: Item, desk: Desk, by: User, priority: int, words: str = "") -> Item:
    """Set the priority of what lies at ``desk``; the same one again changes nothing."""
    row, _holding, seat = in_hand(item.pk, desk=desk, by=by)
    _may_change(row)
    set_priority(row, seat, priority, words=words)
    return row


@on_deadlock
@transaction.atomic
def change_due(*, item: Item, desk: Desk, by: User, due_on: date | None, words: str = "") -> Item:
    """Set the due day of what lies at ``desk``, or clear it; a day that has passed is refused."""
    row, _holding, seat = in_hand(item.pk, desk=desk, by=by)
    _may_change(row)
    if due_on == row.due_on:
        return row
    moment = now()
    if due_on is not None and due_on < day_of(moment):
        raise Refused("due_on", _("The due date has passed."), field="due_on")
    before, after = (day.isoformat() if day else None for day in (row.due_on, due_on))
    Item.objects.filter(pk=row.pk).update(due_on=due_on, version=F("version") + 1)
    row.due_on = due_on
    more = {"from": before, "to": after}
    ledger.append(row, Act.DUE, seat=seat, at=moment, words=words[:500], more=more)
    return row


def _may_change(row: Item) -> None:
    if row.status not in OPEN:
        raise Refused("closed", _("It is closed, or lies in another file."))

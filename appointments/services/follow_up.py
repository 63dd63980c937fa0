"""The sweep over what was decided to be done: reminding, asking the citizen, telling superiors.

Three days before and on its day the acting post is reminded; on its day the citizen is asked; the
day after the superior is told. What was reported and not objected to for 14 days is closed. Every
step stands in the action as the day of its next one, so that workers may rest for days: then only
the latest step is taken, once.
"""

import logging
from collections import defaultdict
from datetime import date, datetime

from django.db import transaction

from appointments.models import Action
from appointments.services import action_letters, letters, unrecorded
from appointments.services.after_meeting import first_reminder
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import move
from esachivalaya.notifications.services import Letter
from officials.models import Post

logger = logging.getLogger(__name__)

Status = Action.Status
BATCH = 200


def sweep() -> int:
    """Take every step whose time has come, about actions and about outcomes; return how many.

    Safe to run twice at once and to be told twice: what one sweep has locked the other passes by,
    and each step moves the day of the next one in the transaction that does it.
    """
    total = unrecorded.sweep()
    while done := _batch():
        total += done
    return total


@on_deadlock
@transaction.atomic
def _batch() -> int:
    moment = now()
    today = day_of(moment)
    due = list(
        Action.objects.filter(next_reminder_on__lte=today)
        .select_related(
            "post__reports_to",
            "outcome__request__post",
            "outcome__request__citizen__household__user",
        )
        .order_by("next_reminder_on", "id")
        # The request too: its record is written, and others lock it first as well.
        .select_for_update(of=("self", "outcome__request"), skip_locked=True)[:BATCH]
    )
    remind: dict[Post, list[Action]] = defaultdict(list)
    late: dict[Post, int] = defaultdict(int)
    found: list[Letter] = []
    for action in due:
        if action.status == Status.REPORTED:
            found.append(_close(action, moment))
        elif action.status == Status.OPEN and action.by_day < today:
            found += _late(action, moment)
            late[action.post] += 1
        else:
            found += _remind(action, today, moment)
            remind[action.post].append(action)
    found += action_letters.reminders(remind, today)
    found += action_letters.overdue(late, today)
    letters.send(action_letters.by_day(found, moment))
    return len(due)


def _remind(action: Action, today: date, moment: datetime) -> list[Letter]:
    """Remind the acting post of it; on its day the citizen is asked as well."""
    asked: list[Letter] = []
    action.next_reminder_on = None
    if action.status == Status.OPEN:
        action.next_reminder_on = first_reminder(action.by_day, today)
        if action.by_day == today:
            asked = _ask(action, moment)
    action.save(update_fields=["next_reminder_on", "asked_at"])
    _record(action, "action_reminded", moment)
    return asked


def _late(action: Action, moment: datetime) -> list[Letter]:
    """Its day is over: the superior hears of it, and the citizen is asked who was not yet."""
    asked = _ask(action, moment)
    action.next_reminder_on, action.escalated_at = None, moment
    action.save(update_fields=["next_reminder_on", "asked_at", "escalated_at"])
    _record(action, "action_escalated", moment)
    return asked


def _ask(action: Action, moment: datetime) -> list[Letter]:
    if action.asked_at is not None:
        return []
    action.asked_at = moment
    _record(action, "action_asked", moment)
    return [action_letters.question(action, moment=moment, reported=False)]


def _close(action: Action, moment: datetime) -> Letter:
    """Nobody objected to what the office reported."""
    move(action, to=Status.CLOSED, next_reminder_on=None)
    _record(action, "action_closed", moment)
    return action_letters.closed(action)


def _record(action: Action, act: str, moment: datetime) -> None:
    record(
        action.outcome.request,
        act,
        at=moment,
        post_code=action.post.code,
        data={"to": action.post.code, "what": action.what},
    )

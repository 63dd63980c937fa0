"""The outcome of a meeting: held, with what was decided and who acts by when; or missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Action, Outcome, Request
from appointments.services import action_letters, given_anew, letters, outcomes
from appointments.services.locking import locked_for_office
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_of
from esachivalaya.common.retry import on_deadlock
from officials.models import Post

Status = Request.Status
SETTLED = {str(Status.CONFIRMED)}
OUTCOMES = {Status.MET, Status.MISSED_BY_CITIZEN, Status.MISSED_BY_OFFICE}
SHORTEST, LONGEST = 10, 2000
MOST_ACTIONS = 3
LATEST = timedelta(days=366)
# How long before its day the acting post is reminded of an action.
REMIND_BEFORE = timedelta(days=3)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class ToDo:
    """One thing that was decided to be done: what, by which post, by when.

    ``place`` is where it stood in the form, for what is to be mended there.
    """

    what: str
    post: Post
    by_day: date
    place: int = 1


@on_deadlock
@transaction.atomic
def record_outcome(
    *,
    request: Request,
    by: User,
    version: int,
    outcome: str,
    decision: str = "",
    actions: Sequence[ToDo] = (),
) -> Request:
    """Record a meeting as held or missed, once its time has begun.

    Guarantees: a held meeting says what was decided, with at most three actions, each with a post
    and a day from today to a year ahead; the citizen is told, and each acting post once. A citizen
    who was seen to be there is not recorded as missing. Whom the office did not meet gets a new
    meeting without asking again (:mod:`given_anew`). Source: domain rules, "After the meeting".
    """
    if outcome not in OUTCOMES:
        raise ValueError(outcome)
    row, moment = locked_for_office(request, by=by, version=version, status=SETTLED)
    if row.starts_at is None or moment < row.starts_at:
        raise Refused("not_begun", _("The meeting has not begun yet."))
    if outcome == Status.MET:
        _held(row, by, moment, decision.strip(), actions)
    elif outcome == Status.MISSED_BY_CITIZEN:
        if row.citizen_came_at is not None:
            raise Refused(
                "citizen_came",
                _(
                    "The citizen was noted as being there. Take that back first, if it was a "
                    "mistake, or record what happened."
                ),
                field="outcome",
            )
        outcomes.close(row, to=outcome, at=moment, by=by)
        letters.send([letters.to_citizen(row, "missed_by_citizen")])
    else:
        outcomes.close(row, to=outcome, at=moment, by=by)
        given_anew.give(row, moment=moment)
    return row


def _held(row: Request, by: User, moment: datetime, decision: str, actions: Sequence[ToDo]) -> None:
    _check_decision(decision)
    _check_actions(actions, day_of(moment))
    outcomes.close(row, to=Status.MET, at=moment, by=by, data={"words": decision})
    outcome = Outcome.objects.create(
        request=row, decision=decision, recorded_by=by, recorded_at=moment
    )
    given = [_give(outcome, place, one, by, moment) for place, one in enumerate(actions, start=1)]
    letters.send([letters.to_citizen(row, "outcome_recorded"), *action_letters.given(row, given)])


def _give(outcome: Outcome, position: int, wanted: ToDo, by: User, moment: datetime) -> Action:
    action = Action.objects.create(
        outcome=outcome,
        position=position,
        what=wanted.what,
        post=wanted.post,
        by_day=wanted.by_day,
        next_reminder_on=first_reminder(wanted.by_day, day_of(moment)),
    )
    record(
        outcome.request,
        "action_given",
        at=moment,
        by=by,
        post_code=outcome.request.post.code,
        data={"to": wanted.post.code, "by_day": wanted.by_day, "what": wanted.what},
    )
    return action


def first_reminder(by_day: date, today: date) -> date:
    """Return the first day after ``today`` on which the sweep has something to do.

    Three days before, on the day, and the day after, when the superior hears of it.
    """
    steps = (by_day - REMIND_BEFORE, by_day, by_day + DAY)
    return next(day for day in steps if day > today)


def _check_decision(decision: str) -> None:
    if not SHORTEST <= len(decision) <= LONGEST:
        raise Refused(
            "decision",
            _("Write what was decided, in 10 to 2,000 characters. The citizen reads it."),
            field="decision",
        )


def _check_actions(actions: Sequence[ToDo], today: date) -> None:
    if len(actions) > MOST_ACTIONS:
        raise Refused("actions", _("Three actions are the most."))
    for wanted in actions:
        if not today <= wanted.by_day <= today + LATEST:
            raise Refused(
                "by_day",
                _("Choose a day from today to a year from now."),
                field=f"by_day_{wanted.place}",
            )
        if not wanted.post.active:
            raise Refused(
                "acting_post",
                _("Choose an office that is there at present."),
                field=f"post_{wanted.place}",
            )

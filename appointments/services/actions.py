"""What is done about an action: the acting post reports it, the citizen says whether it is so.

Each act is on the version that was shown. "Done" ends it; "not done" goes to the superior and back
to the acting post, which may report it anew.
"""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.models import Action, Request
from appointments.permissions import may_answer
from appointments.services import action_letters, letters
from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import Overtaken, move

Status = Action.Status
# The citizen has so many days to object to what the office reported.
OBJECT_WITHIN = timedelta(days=14)
# What was not done is reminded of anew after so many days.
REMIND_AGAIN = timedelta(days=3)
SHORTEST, LONGEST = 5, 500


@on_deadlock
@transaction.atomic
def report(*, action: Action, by: User, version: int, words: str) -> Action:
    """Report for the acting post that it is done, with words that the citizen reads.

    The citizen is asked at once whether it is so.
    """
    row, moment = _locked(action, version)
    if not may_answer(by, row.post):
        raise PermissionDenied
    if not row.is_owed:
        raise Overtaken(row)
    words = words.strip()
    if not SHORTEST <= len(words) <= LONGEST:
        raise Refused(
            "words", _("Write in a sentence what was done. The citizen reads it."), field="words"
        )
    move(
        row,
        to=Status.REPORTED,
        words=words,
        reported_at=moment,
        reported_by=by,
        asked_at=moment,
        said_at=None,
        next_reminder_on=day_of(moment + OBJECT_WITHIN),
    )
    request = row.outcome.request
    record(
        request,
        "action_reported",
        at=moment,
        by=by,
        post_code=row.post.code,
        data={"to": row.post.code, "what": row.what, "words": words},
    )
    letters.send([action_letters.question(row, moment=moment, reported=True)])
    return row


@on_deadlock
@transaction.atomic
def say(*, action: Action, done: bool, by: User | None, version: int) -> Action:
    """Say for the citizen whether it was done, once its day has come or the office reported it.

    ``by`` is None for somebody who came with reference and PIN, or by the link in a message. "Not
    done" is told to the superior of the acting post, and to that post, once.
    """
    row, moment = _locked(action, version)
    today = day_of(moment)
    if not (row.can_be_called_done(today) if done else row.can_be_called_not_done(today)):
        if row.status in {Status.DONE, Status.CLOSED}:
            raise Overtaken(row)
        raise Refused("not_yet", _("This can be said when its day has come."))
    move(
        row,
        to=Status.DONE if done else Status.NOT_DONE,
        said_at=moment,
        next_reminder_on=None if done else day_of(moment + REMIND_AGAIN),
    )
    record(
        row.outcome.request,
        "action_done" if done else "action_not_done",
        at=moment,
        by=by,
        post_code=row.post.code,
        data={"to": row.post.code, "what": row.what},
    )
    if not done:
        letters.send(action_letters.by_day(action_letters.not_done(row), moment))
    return row


def _locked(action: Action, version: int) -> tuple[Action, datetime]:
    """Return ``action`` as it is now, its request locked first, with the time after the wait."""
    Request.objects.select_for_update(of=("self",)).get(outcome__actions=action.pk)
    row = (
        Action.objects.select_related(
            "post__reports_to",
            "outcome__request__post",
            "outcome__request__citizen__household__user",
        )
        .select_for_update(of=("self",))
        .get(pk=action.pk)
    )
    if row.version != version:
        raise Overtaken(row)
    return row, now()

"""The answers an office can give, each with its form and the one service it calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from appointments.admin import forms
from appointments.admin.outcome_form import OutcomeForm
from appointments.models import Request
from appointments.services import after_meeting, answers
from esachivalaya.accounts.models import User

Words = Promise | str


@dataclass(frozen=True)
class Answer:
    """One answer: its name in addresses, its words, its form, its act, and what it led to."""

    slug: str
    title: Words
    button: Words
    done: Words
    form: type[forms.AnswerForm]
    act: Callable[[Request, Mapping[str, Any], User], object]
    # Big answers stand in the bar at the foot of a phone's screen.
    big: bool = True
    # After these the request is no longer the person's to see.
    leaves: bool = False


def _confirm(row: Request, said: Mapping[str, Any], by: User) -> object:
    return answers.confirm(request=row, by=by, version=said["version"])


def binds_citizen(row: Request) -> bool:
    """Whether another time may be set without asking again: the citizen said that it suits."""
    return row.other_times_ok or row.kind == Request.Kind.OPEN


def _another_time(row: Request, said: Mapping[str, Any], by: User) -> object:
    act = answers.confirm_at if binds_citizen(row) else answers.offer
    return act(request=row, slot=said["slot"], by=by, version=said["version"])


def _decline(row: Request, said: Mapping[str, Any], by: User) -> object:
    return answers.decline(
        request=row,
        by=by,
        version=said["version"],
        reason=said["reason"],
        words=said["words"],
        go_to=said["go_to"],
    )


def _hand_over(row: Request, said: Mapping[str, Any], by: User) -> object:
    return answers.hand_over(
        request=row, to=said["to"], by=by, version=said["version"], words=said["words"]
    )


def _record_outcome(row: Request, said: Mapping[str, Any], by: User) -> object:
    return after_meeting.record_outcome(
        request=row,
        by=by,
        version=said["version"],
        outcome=said["outcome"],
        decision=said["decision"],
        actions=said["actions"],
    )


def _cancel(row: Request, said: Mapping[str, Any], by: User) -> object:
    return answers.cancel(request=row, by=by, version=said["version"], words=said["words"])


ANSWERS: dict[str, Answer] = {
    one.slug: one
    for one in (
        Answer(
            "confirm",
            _("Confirm"),
            _("Confirm this time"),
            _("The meeting is confirmed. The citizen is told."),
            forms.ConfirmForm,
            _confirm,
        ),
        Answer(
            "another-time",
            _("Another time"),
            _("Set this time"),
            _("The other time is set. The citizen is told."),
            forms.AnotherTimeForm,
            _another_time,
        ),
        Answer(
            "decline",
            _("Decline"),
            _("Decline with these words"),
            _("The request is declined. The citizen reads your words."),
            forms.DeclineForm,
            _decline,
        ),
        Answer(
            "hand-over",
            _("Hand to another office"),
            _("Hand it over"),
            _("The request is with the other office now. Its clock runs on."),
            forms.HandOverForm,
            _hand_over,
            big=False,
            leaves=True,
        ),
        Answer(
            "outcome",
            _("Record the outcome"),
            _("Record"),
            _("The outcome is recorded."),
            OutcomeForm,
            _record_outcome,
        ),
        Answer(
            "cancel",
            _("Cancel the meeting"),
            _("Cancel with these words"),
            _("The meeting is cancelled. The citizen reads your words."),
            forms.CancelForm,
            _cancel,
        ),
    )
}


def open_answers(row: Request, now: datetime) -> list[Answer]:
    """Return the answers that can be given to ``row`` at ``now``, the likeliest first.

    At the due time the rule answers, so nothing is offered that the services would refuse.
    """
    slugs: list[str] = []
    if row.status == Request.Status.REQUESTED and now < row.due_at:
        slugs = ["another-time", "decline", "hand-over"]
        if row.starts_at is not None and row.starts_at > now:
            slugs.insert(0, "confirm")
    elif row.status == Request.Status.CONFIRMED and row.starts_at is not None:
        slugs = ["cancel"] if now < row.starts_at else ["outcome"]
    return [ANSWERS[slug] for slug in slugs]

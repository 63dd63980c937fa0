"""The messages about what follows from a meeting: to the citizen, to who acts, to who watches.

Offices read references and figures, never a citizen's name or subject; each person has one message
a day about many things. Nobody's phone rings for one at night.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.urls import reverse

from appointments.models import Action, Request
from appointments.services import letters, links
from appointments.services.ladder import NIGHT_FROM, NIGHT_UNTIL, is_night
from esachivalaya.common.clock import IST, at
from esachivalaya.common.formats import date_short
from esachivalaya.notifications.services import Letter
from officials.models import Post
from officials.permissions import HEADS, people_to_tell


def day_words(day: date) -> dict[str, str]:
    """Return a day as both languages write it."""
    return {"hi": date_short(day, "hi"), "en": date_short(day, "en")}


def list_link(show: str = "") -> str:
    """Return the address of the list of what is to be done."""
    address = settings.PUBLIC_URL + reverse("admin:appointments_action_list")
    return f"{address}?show={show}" if show else address


def by_day(found: Iterable[Letter], moment: datetime) -> list[Letter]:
    """Return the letters, those written at night for eight in the morning."""
    if not is_night(moment):
        return list(found)
    local = moment.astimezone(IST)
    day = local.date() + timedelta(days=1) if local.time() >= NIGHT_FROM else local.date()
    return [replace(letter, not_before=at(day, NIGHT_UNTIL)) for letter in found]


def given(row: Request, actions: Sequence[Action]) -> list[Letter]:
    """Tell each acting post once what came to it from the meeting ``row``."""
    found: list[Letter] = []
    in_order = sorted(actions, key=lambda action: (action.post_id, action.by_day))
    for _post_id, group in groupby(in_order, key=lambda action: action.post_id):
        own = list(group)
        found += letters.to_desk(
            row,
            "office_action_given",
            post=own[0].post,
            event=f"{row.pk}:{own[0].post_id}",
            count=str(len(own)),
            due=day_words(own[0].by_day),
            link=list_link(),
        )
    return found


def question(action: Action, *, moment: datetime, reported: bool) -> Letter:
    """Ask the citizen whether it was done: when the office says so, or when its day has come."""
    row = action.outcome.request
    return letters.to_citizen(
        row,
        "action_reported" if reported else "action_due_question",
        event=f"{action.pk}:{action.version}",
        to_post=letters.post_words(action.post),
        short_link=links.to_say_whether_done(action, row, moment=moment),
    )


def closed(action: Action) -> Letter:
    """Tell the citizen that what the office reported counts as done."""
    return letters.to_citizen(
        action.outcome.request,
        "action_closed",
        event=str(action.pk),
        to_post=letters.post_words(action.post),
    )


def not_done(action: Action) -> list[Letter]:
    """Tell the acting post and the post it reports to that the citizen says "not done"."""
    row, post = action.outcome.request, action.post
    event = f"{action.pk}:{action.version}"
    found = letters.to_desk(row, "office_action_not_done", post=post, event=event, link=list_link())
    if post.reports_to is not None:
        found += letters.to_officers(
            people_to_tell(post.reports_to, HEADS),
            "office_superior_not_done",
            event=event,
            values={
                "post": letters.post_words(post),
                "ref": letters.reference_words(row),
                "link": list_link("below"),
            },
            about=row,
        )
    return found


def reminders(due: Mapping[Post, Sequence[Action]], today: date) -> list[Letter]:
    """Remind each acting post of what is due soon: one digest a person, post and day."""
    return [
        letter
        for post, actions in due.items()
        for letter in letters.to_officers(
            people_to_tell(post, letters.DESK),
            "office_actions_due",
            event=f"{post.pk}:{today:%Y%m%d}",
            values={
                "post": letters.post_words(post),
                "count": str(len(actions)),
                "due": day_words(min(action.by_day for action in actions)),
                "link": list_link(),
            },
        )
    ]


def overdue(counts: Mapping[Post, int], today: date) -> list[Letter]:
    """Tell the superiors what was not done by its day: one digest a superior and day."""
    above: dict[Post, int] = {}
    for post, count in counts.items():
        if post.reports_to is not None:
            above[post.reports_to] = above.get(post.reports_to, 0) + count
    return [
        letter
        for post, count in above.items()
        for letter in letters.to_officers(
            people_to_tell(post, HEADS),
            "office_superior_actions",
            event=f"{post.pk}:{today:%Y%m%d}",
            values={"count": str(count), "link": list_link("below")},
        )
    ]


def unrecorded(
    office: Mapping[Post, int], above: Mapping[Post, int], moment: datetime
) -> list[Letter]:
    """Tell the offices, and after three reminders their superiors, which outcomes are missing."""
    day = f"{moment.astimezone(IST):%Y%m%d}"
    found: list[Letter] = []
    for post, count in office.items():
        found += letters.to_officers(
            people_to_tell(post, letters.DESK),
            "office_outcomes_missing",
            event=f"{post.pk}:{day}",
            values={
                "post": letters.post_words(post),
                "count": str(count),
                "link": letters.desk_address(),
            },
        )
    for post, count in above.items():
        if post.reports_to is None:
            continue
        found += letters.to_officers(
            people_to_tell(post.reports_to, HEADS),
            "office_superior_outcomes",
            event=f"{post.pk}:{day}",
            values={
                "post": letters.post_words(post),
                "count": str(count),
                "link": letters.desk_address(),
            },
        )
    return by_day(found, moment)

"""The ladder of reminders that leads to the due time.

On arrival and at half the time the post and its staff are told, at three quarters its link officer
too, with a twelfth left the post it reports to. Rungs between 20:00 and 08:00 come early, at 20:00;
news of arrivals in that time wait until 08:00. Every rung is set on a quarter of an hour, so that
one sweep gathers what falls into it and each person gets one digest, never a message per request.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet

from appointments.models import LadderStep, Request
from appointments.services import letters
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import Act, record_all, subject_of
from esachivalaya.common.clock import IST, at, now
from esachivalaya.notifications.services import Letter
from officials.models import Charge, Post

Rung = LadderStep.Rung
QUARTER = timedelta(minutes=15)
NIGHT_FROM, NIGHT_UNTIL = time(20), time(8)
# In the order in which they come; each one's share of the time to the due time.
RUNGS = [(Rung.HALF, 6 / 12), (Rung.THREE_QUARTERS, 9 / 12), (Rung.LAST_TWELFTH, 11 / 12)]
BATCH = 2000


def quarter_of(moment: datetime) -> datetime:
    """Return the beginning of the quarter of an hour in which ``moment`` falls."""
    local = moment.astimezone(IST)
    return local.replace(minute=local.minute - local.minute % 15, second=0, microsecond=0)


def is_night(moment: datetime) -> bool:
    """Whether nobody is reminded at ``moment``: from 20:00 to 08:00 in Asia/Kolkata."""
    clock = moment.astimezone(IST).time()
    return clock >= NIGHT_FROM or clock < NIGHT_UNTIL


def arrival_reminder(created_at: datetime) -> datetime:
    """Return when the office hears of a request: the next quarter, or 08:00 after a night."""
    moment = quarter_of(created_at) + QUARTER
    if not is_night(moment):
        return moment
    day = moment.astimezone(IST).date()
    if moment.astimezone(IST).time() >= NIGHT_FROM:
        day += timedelta(days=1)
    return at(day, NIGHT_UNTIL)


def rung_time(rung: str, created_at: datetime, due_at: datetime) -> datetime:
    """Return when ``rung`` is taken, by day, never before the request itself."""
    if rung == Rung.ARRIVED:
        return arrival_reminder(created_at)
    moment = quarter_of(created_at + (due_at - created_at) * dict(RUNGS)[Rung(rung)])
    if is_night(moment):
        day = moment.astimezone(IST).date()
        if moment.astimezone(IST).time() < NIGHT_UNTIL:
            day -= timedelta(days=1)
        moment = at(day, NIGHT_FROM)
    # Asked for after 20:00: then at once, with whatever else falls into this quarter.
    return moment if moment >= created_at else quarter_of(created_at) + QUARTER


def schedule(created_at: datetime, due_at: datetime) -> list[tuple[datetime, str]]:
    """Return all rungs with their times, soonest first."""
    rungs = [Rung.ARRIVED, *(rung for rung, _share in RUNGS)]
    times = [(rung_time(rung, created_at, due_at), str(rung)) for rung in rungs]
    return sorted((moment, rung) for moment, rung in times if moment < due_at)


def first_reminder(created_at: datetime, due_at: datetime) -> datetime | None:
    """Return when the office is first told of a request."""
    rungs = schedule(created_at, due_at)
    return rungs[0][0] if rungs else None


@dataclass(frozen=True)
class _Due:
    """A request with the rungs whose time has come, and the time of the next one."""

    request: Request
    rungs: list[str]
    next_at: datetime | None

    @property
    def highest(self) -> str:
        return max(self.rungs, key=list(Rung.values).index)


def climb() -> int:
    """Take every rung whose time has come; return how many requests were reminded of.

    After an outage a request's rungs that were missed are logged, and only the highest is told.
    """
    total = 0
    while done := _climb_batch():
        total += done
    return total


@transaction.atomic
def _climb_batch() -> int:
    moment = now()
    waiting: QuerySet[Request] = (
        Request.objects.waiting()
        .filter(next_reminder_at__lte=moment, due_at__gt=moment)
        .select_related("post")
        .order_by("next_reminder_at", "id")
        .select_for_update(of=("self",), skip_locked=True)[:BATCH]
    )
    due = [_due(request, moment) for request in waiting]
    if not due:
        return 0
    audience = _audience({one.request.post_id for one in due})
    told: dict[tuple[str, int], list[Request]] = defaultdict(list)
    steps, acts = [], []
    for one in due:
        one.request.next_reminder_at = one.next_at
        if not one.rungs:
            # Put down under earlier rules of the ladder: its rung is still to come.
            continue
        officers = _officers_for(one.highest, one.request.post, audience)
        for officer in officers:
            told[(one.highest, officer)].append(one.request)
        steps += [
            LadderStep(request=one.request, rung=rung, taken_at=moment, told=sorted(officers))
            for rung in one.rungs
        ]
        kind, pk = subject_of(one.request)
        acts.append(Act(kind, pk, "reminded", data={"rung": one.highest, "told": sorted(officers)}))
    LadderStep.objects.bulk_create(steps, ignore_conflicts=True)
    Request.objects.bulk_update([one.request for one in due], ["next_reminder_at"])
    record_all(acts, at=moment)
    letters.send(_digests(told, moment))
    return len(due)


def _due(request: Request, moment: datetime) -> _Due:
    rungs = schedule(request.created_at, request.due_at)
    begun = request.next_reminder_at
    return _Due(
        request=request,
        rungs=[rung for when, rung in rungs if begun is not None and begun <= when <= moment],
        next_at=next((when for when, _rung in rungs if when > moment), None),
    )


def _audience(post_ids: set[int]) -> dict[int, dict[str, set[int]]]:
    """Return, for each post and its superior, the live officers by kind of charge."""
    superiors = Post.objects.filter(reporting__in=post_ids).values_list("pk", flat=True)
    found: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    charges = Charge.objects.live().filter(
        post_id__in=[*post_ids, *superiors], user__is_active=True
    )
    for post_id, kind, user_id in charges.values_list("post_id", "kind", "user_id"):
        found[post_id][kind].add(user_id)
    return found


def _officers_for(rung: str, post: Post, audience: dict[int, dict[str, set[int]]]) -> set[int]:
    here = audience[post.pk]
    officers = here["holder"] | here["additional"] | here["staff"]
    if rung in {Rung.THREE_QUARTERS, Rung.LAST_TWELFTH}:
        officers = officers | here["link_officer"]
    if rung == Rung.LAST_TWELFTH and post.reports_to_id is not None:
        above = audience[post.reports_to_id]
        officers = officers | above["holder"] | above["additional"]
    if not officers and post.reports_to_id is not None:
        # A vacant post without staff: nobody there can be told, so that its superior is.
        above = audience[post.reports_to_id]
        officers = above["holder"] | above["additional"]
    return set(officers)


def _digests(told: dict[tuple[str, int], list[Request]], moment: datetime) -> Iterable[Letter]:
    users = User.objects.in_bulk({officer for _rung, officer in told})
    quarter = quarter_of(moment)
    for (rung, officer), requests in told.items():
        first = min(requests, key=lambda request: request.due_at)
        due = letters.moment_words(first.due_at)
        values: dict[str, letters.Value] = {
            "post": letters.post_words(first.post),
            "count": str(len(requests)),
            "link": letters.desk_address(),
        }
        if rung == Rung.ARRIVED:
            template, values["due"] = "office_new_requests", due
        else:
            template, values["oldest_due"] = "office_ladder", due
            values["rung_text"] = letters.in_both_languages(Rung(rung).label)
        event = f"{rung}:{quarter:%Y%m%dT%H%M}"
        yield from letters.to_officers([users[officer]], template, event=event, values=values)

"""What follows from the demo's meetings: decisions, who acts by when, ratings, a missed meeting.

Everything is recorded by the services, as on any page, for meetings that have begun already.
"""

from datetime import timedelta

from appointments.models import Action, EarlierWish, Rating, Request, RunningLate
from appointments.services import actions, after_meeting, earlier_wishes, rating, running_late
from appointments.services.after_meeting import ToDo
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from esachivalaya.demo.households import phone_of
from esachivalaya.demo.offices import Made
from officials.models import Post
from officials.permissions import heads

Status = Request.Status
# So many of the begun meetings are left for the offices to record.
LEFT_OPEN = 2
# In each language: what was decided, what is to be done, what the acting office reports.
WORDS = {
    "hi": (
        "आपकी बात सुनी गई। नीचे लिखे कार्यालय को कहा गया है कि मामले की जाँच करके तय तारीख तक निपटाए।",
        "मामले की जाँच करके आवेदन निपटाना और आवेदक को लिखित उत्तर देना",
        "जाँच पूरी हो गई और आदेश जारी कर दिया गया है। उसकी प्रति कार्यालय से मिल सकती है।",
    ),
    "en": (
        "The matter was heard. The office named below settles it by the day given there.",
        "Look into the matter, settle the application and answer in writing",
        "The matter was looked into and the order issued. A copy can be had at the office.",
    ),
}
# How far the actions have come, in turn, and in how many days each is to be done.
FAR = {"reported": 5, "owed": 10, "not_done": 4, "done": 3}
RATINGS = (
    (5, "धैर्य से सुना गया और काम की तारीख भी मिली।"),
    (4, ""),
    (5, ""),
    (3, "बात हुई, पर समय कम लगा।"),
    (4, "I was heard at the time that was fixed."),
    (2, "बैठक आधा घंटा देर से शुरू हुई।"),
)
LATE_MINUTES = 15


def make_outcomes(posts: list[Post], made: Made) -> None:
    """Record what became of meetings that have begun, one that its office missed among them."""
    begun = _begun(posts)
    recorded = begun[: max(1, len(begun) - LEFT_OPEN)]
    held, missed = recorded[: max(1, len(recorded) - 1)], recorded[1:][-1:]
    for place, row in enumerate(held):
        _hold(row, list(FAR)[place % len(FAR)], posts)
    for row in missed:
        _record(row, Status.MISSED_BY_OFFICE)
    made.add("outcomes", len(recorded))
    if not Rating.objects.exists():
        made.add("ratings", _rate(posts[0]))
    if not EarlierWish.objects.exists():
        made.add("wishes for an earlier time", _wish_for_earlier(posts))
    if not RunningLate.objects.exists():
        _run_late(posts)


def _begun(posts: list[Post]) -> list[Request]:
    """Return the confirmed meetings that have begun: the first family's, then by office."""
    order = {post.pk: place for place, post in enumerate(posts)}
    rows = Request.objects.filter(status=Status.CONFIRMED, starts_at__lt=now(), post__in=posts)
    rows = rows.select_related("post", "citizen__household__user")
    # An office that nobody holds records nothing here.
    held = [row for row in rows if heads(row.post)]
    return sorted(held, key=lambda row: (row.phone != phone_of(1), order[row.post_id], row.pk))


def _head(post: Post) -> User:
    return heads(post)[0]


def _record(row: Request, outcome: str, decision: str = "", *wanted: ToDo) -> Request:
    return after_meeting.record_outcome(
        request=row,
        by=_head(row.post),
        version=row.version,
        outcome=outcome,
        decision=decision,
        actions=wanted,
    )


def _hold(row: Request, far: str, posts: list[Post]) -> None:
    """Record a meeting as held, with one action that has come so ``far``."""
    decision, what, done = WORDS[row.language]
    acting = _below(row.post, posts)
    by_day = day_of(now()) + timedelta(days=FAR[far])
    _record(row, Status.MET, decision, ToDo(what=what, post=acting, by_day=by_day))
    if far == "owed":
        return
    action = Action.objects.get(outcome__request=row)
    action = actions.report(action=action, by=_head(acting), version=action.version, words=done)
    if far != "reported":
        by = row.citizen.household.user
        actions.say(action=action, done=far == "done", by=by, version=action.version)


def _below(post: Post, posts: list[Post]) -> Post:
    """Return an office that reports to ``post`` and that somebody holds, else ``post`` itself."""
    below = (one for one in posts if one.reports_to_id == post.pk and heads(one))
    return next(below, post)


def _rate(post: Post) -> int:
    """Let citizens rate meetings that ``post`` held: enough of them for an average to be shown."""
    met = Request.objects.filter(post=post, status=Status.MET, rating=None)
    rows = met.select_related("citizen__household__user").order_by("-created_at")[: len(RATINGS)]
    for row, (stars, words) in zip(rows, RATINGS, strict=False):
        rating.rate(request=row, by=row.citizen.household.user, stars=stars, words=words)
    return Rating.objects.count()


def _wish_for_earlier(posts: list[Post]) -> int:
    """Let those whose meeting is furthest away ask to hear of earlier times."""
    rows = Request.objects.filter(
        status=Status.CONFIRMED, post__in=posts, starts_at__gt=now() + timedelta(days=1)
    )
    for row in rows.select_related("citizen__household__user").order_by("-starts_at")[:2]:
        by = row.citizen.household.user
        earlier_wishes.set_wish(request=row, wanted=True, by=by, version=row.version)
    return EarlierWish.objects.count()


def _run_late(posts: list[Post]) -> None:
    """Let the first office that still meets people today say that it runs late."""
    moment = now()
    for post in posts:
        if not heads(post):
            continue
        if running_late.still_to_come(post, moment=moment).exists():
            running_late.say(post=post, minutes=LATE_MINUTES, by=_head(post))
            return

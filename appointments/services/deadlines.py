"""The 24-hour rule: what was not answered by its due time is answered by the portal.

A sweep looks at the database, takes what is due with ``SKIP LOCKED`` in batches, and gives every
overdue request exactly one transition. Workers may have been dead for hours, two sweeps may run at
once, a task may come twice: the outcome is the same, and the breach carries the due time. One
request that cannot be answered keeps none of the others waiting, nor does a message that cannot be
written.
"""

import logging
import traceback
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Count
from django.urls import reverse

from appointments.diary import free_slots, next_free
from appointments.models import Breach, Hold, Offer, Request
from appointments.services import holds, letters, outcomes
from appointments.services.ladder import quarter_of
from appointments.services.refusals import Refused
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from esachivalaya.notifications.services import Letter
from officials.diary import slots_on
from officials.models import Charge, Post
from officials.permissions import HEADS, people_to_tell

logger = logging.getLogger(__name__)

BATCH = 50
Rule = Breach.Outcome
# Not the fault of one request: the whole batch is done again, by the retry or by the next sweep.
NOT_ITS_FAULT = (OperationalError, SoftTimeLimitExceeded)


def sweep(*, limit: int | None = None) -> int:
    """Apply the rule to every request that is due; return how many were answered.

    ``limit`` bounds the number for one call. The cost follows what is due, not what is open. What
    could not be answered is logged and tried again by the next sweep.
    """
    done, failed = 0, set[int]()
    while limit is None or done < limit:
        size = BATCH if limit is None else min(BATCH, limit - done)
        looked_at, failing = _sweep_batch(size, frozenset(failed))
        done += looked_at - len(failing)
        failed |= failing
        if looked_at < size:
            break
    return done


@on_deadlock
@transaction.atomic
def _sweep_batch(size: int, without: frozenset[int]) -> tuple[int, set[int]]:
    """Answer up to ``size`` overdue requests; return how many were looked at and which failed."""
    due = (
        Request.objects.overdue()
        .exclude(pk__in=without)
        .select_related("post__hand_down_to", "post__reports_to", "citizen__household__user")
        .order_by("due_at", "id")
        .select_for_update(of=("self",), skip_locked=True)[:size]
    )
    looked_at, failed = 0, set[int]()
    moment = now()
    breached: set[Post] = set()
    for request in due:
        owing = request.post
        looked_at += 1
        try:
            with transaction.atomic():
                if _answer(request, moment := now()):
                    breached.add(owing)
        except NOT_ITS_FAULT:
            raise
        except Exception as problem:
            failed.add(request.pk)
            _log(f"Request {request.pk} stays overdue", problem)
    _tell(lambda: _to_superiors(breached, moment))
    return looked_at, failed


def _tell(write: Callable[[], Iterable[Letter]]) -> None:
    """Write the letters that ``write`` returns; what cannot be written does not undo the answer."""
    try:
        with transaction.atomic():
            letters.send(write())
    except NOT_ITS_FAULT:
        raise
    except Exception as problem:
        _log("A message of the 24-hour rule is not written", problem)


def _log(what: str, problem: Exception) -> None:
    """Log where it failed, without the database's words: they may quote a row and its phone."""
    where = "".join(traceback.format_tb(problem.__traceback__))
    logger.error("%s (%s).\n%s", what, type(problem).__name__, where)


def _answer(request: Request, moment: datetime) -> bool:
    """Give one overdue request, locked by the caller, its one transition; was it a breach?"""
    offered = Offer.objects.filter(request=request, status=Offer.Status.OPEN).first()
    if offered is not None and _settle_unanswered_offer(request, offered, moment):
        return False
    outcomes.end_offer(request, status=Offer.Status.LAPSED, at=moment)
    POLICIES[request.post.at_due_time](request, moment)
    return True


def _settle_unanswered_offer(request: Request, offered: Offer, moment: datetime) -> bool:
    """Confirm the slot first asked for, or the offered one if that has become impossible.

    No breach: the office answered in time. False when neither time can take place any more.
    """
    if _possible(request.post, _held(request), moment):
        outcomes.end_offer(request, status=Offer.Status.LAPSED, at=moment)
        span = _held(request)
    elif _possible(request.post, Span(offered.starts_at, offered.ends_at), moment):
        offered.status, offered.answered_at = Offer.Status.LAPSED, moment
        offered.save(update_fields=["status", "answered_at"])
        outcomes.accept_offered_time(request, at=moment)
        span = Span(offered.starts_at, offered.ends_at)
    else:
        return False
    assert span is not None
    outcomes.confirm(
        request,
        act="offer_lapsed",
        confirmed_by=Request.ConfirmedBy.RULE,
        at=moment,
        by=None,
        span=span,
    )
    _tell(lambda: [letters.of_meeting(request, "offer_lapsed")])
    return True


def _allot(request: Request, moment: datetime) -> None:
    """Confirm the held slot in the State's name; else the next possible one; else release."""
    if _possible(request.post, _held(request), moment):
        _confirm_by_rule(request, request.post, _held(request), moment)
    elif not any(_allot_next(request, post, moment) for post in _allotting_posts(request.post)):
        _release(request, moment)


def _hand_down(request: Request, moment: datetime) -> None:
    """Pass the request to the named post below and allot there, if the citizen agreed to that."""
    below = request.post.hand_down_to
    if not (request.hand_down_agreed and below and _allot_next(request, below, moment)):
        _release(request, moment)


def _release(request: Request, moment: datetime) -> None:
    """Free the slot and tell the citizen the next free times; a second try comes first."""
    post = request.post
    _record_breach(request, post, Rule.RELEASED, moment)
    outcomes.close(request, to=Request.Status.RELEASED, at=moment, by=None)
    times = [letters.moment_words(span.start) for span in next_free(post, channel=request.channel)]
    joined = {
        "hi": "; ".join(time["hi"] for time in times) or "अभी कोई नहीं",
        "en": "; ".join(time["en"] for time in times) or "none at present",
    }
    _tell(lambda: [letters.to_citizen(request, "request_released", times=joined)])


class Policy(Protocol):
    """What a post's policy does with a request at its due time."""

    def __call__(self, request: Request, moment: datetime) -> None: ...


POLICIES: dict[str, Policy] = {
    Post.AtDueTime.ALLOT: _allot,
    Post.AtDueTime.HAND_DOWN: _hand_down,
    Post.AtDueTime.RELEASE: _release,
}


def _held(request: Request) -> Span | None:
    if request.starts_at is None or request.ends_at is None:
        return None
    return Span(request.starts_at, request.ends_at)


def _possible(post: Post, span: Span | None, moment: datetime) -> bool:
    """Whether a held time can still take place: not past, not on closed time."""
    if span is None or not post.active or span.start < moment + holds.OFFICE_NOTICE:
        return False
    return span in slots_on(post, day_of(span.start))


def _allotting_posts(post: Post) -> list[Post]:
    """Return where a time is sought: the post itself, then the posts of its link officers."""
    officers = Charge.objects.live().filter(post=post, kind=Charge.Kind.LINK_OFFICER)
    own = Charge.objects.live().filter(user__in=officers.values("user"), kind__in=HEADS)
    return [post, *Post.objects.filter(pk__in=own.values("post"), active=True).exclude(pk=post.pk)]


def _allot_next(request: Request, post: Post, moment: datetime) -> bool:
    """Allot the next free slot of ``post`` that suits; False when there is none.

    A slot that is lost to somebody at this moment makes the next one be tried.
    """
    if not post.active or (post.pk != request.post_id and _has_open_request(request, post)):
        return False
    for span in suitable_slots(request, post, moment):
        try:
            with transaction.atomic():
                holds.free(request, moment=moment)
                holds.seize(request, post, span, purpose=Hold.Purpose.ASKED)
        except Refused:
            continue
        _confirm_by_rule(request, post, span, moment)
        return True
    return False


def suitable_slots(request: Request, post: Post, moment: datetime) -> list[Span]:
    """Return the free slots of ``post``, soonest first, that suit an open request's wishes.

    The share of the Kendras does not bind the rule.
    """
    free = free_slots(post, channel=Request.Channel.KENDRA, moment=moment)
    return [
        slot.span for slots in free.values() for slot in slots if request.suits(slot.span.start)
    ]


def _has_open_request(request: Request, post: Post) -> bool:
    others = Request.objects.open().filter(citizen=request.citizen, post=post)
    return others.exclude(pk=request.pk).exists()


def _confirm_by_rule(request: Request, post: Post, span: Span | None, moment: datetime) -> None:
    """Confirm in the State's name, count the breach, tell citizen, post and superior."""
    assert span is not None
    owing = request.post
    handed_down = post.pk != owing.pk
    _record_breach(request, owing, Rule.HANDED_DOWN if handed_down else Rule.ALLOTTED, moment)
    if handed_down:
        Request.objects.filter(pk=request.pk).update(post=post)
        request.post = post
    outcomes.confirm(
        request,
        act="handed_down" if handed_down else "allotted",
        confirmed_by=Request.ConfirmedBy.RULE,
        at=moment,
        by=None,
        span=span,
        data={"from": owing.code, "to": post.code, "due_at": request.due_at},
    )
    when, due = letters.moment_words(span.start), letters.moment_words(request.due_at)
    _tell(lambda: [letters.of_meeting(request, "request_confirmed_by_rule")])
    _tell(
        lambda: letters.to_desk(
            request,
            "office_allotted",
            post=post,
            event=str(request.pk),
            when=when,
            due=due,
            link=letters.desk_link(request),
        )
    )
    if handed_down:
        _tell(
            lambda: letters.to_desk(
                request,
                "office_handed_down",
                post=owing,
                event=str(request.pk),
                to_post=letters.post_words(post),
                when=when,
                due=due,
            )
        )


def _record_breach(request: Request, post: Post, outcome: str, moment: datetime) -> None:
    Breach.objects.create(
        request=request, post=post, due_at=request.due_at, outcome=outcome, recorded_at=moment
    )


def _to_superiors(posts: set[Post], moment: datetime) -> list[Letter]:
    """Tell who the posts report to how many answers they owed today; once in a quarter."""
    today = day_bounds(day_of(moment))[0]
    owed = dict(
        Breach.objects.filter(post__in=posts, recorded_at__gte=today)
        .values_list("post")
        .annotate(Count("pk"))
    )
    return [
        letter
        for post in posts
        if post.reports_to is not None
        for letter in letters.to_officers(
            people_to_tell(post.reports_to, HEADS),
            "office_superior_breach",
            event=f"{post.pk}:{quarter_of(moment):%Y%m%dT%H%M}",
            values={
                "post": letters.post_words(post),
                "count": str(owed[post.pk]),
                "link": settings.PUBLIC_URL + reverse("appointments:promise"),
            },
        )
    ]

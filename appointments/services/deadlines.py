"""The 24-hour rule: what was not answered by its due time is answered by the portal.

A sweep looks at the database, takes what is due with ``SKIP LOCKED`` in batches, and gives every
overdue request exactly one transition. Workers may have been dead for hours, two sweeps may run at
once, a task may come twice: the outcome is the same, and the breach carries the due time. One
request that cannot be answered keeps none of the others waiting, nor does a message that cannot be
written.

A batch is of one post, so that its diary is read once and its days are locked for a moment only:
first comes the post whose request is overdue for longest, and of its requests the oldest.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Prefetch
from django.urls import reverse

from appointments.models import Breach, Hold, Offer, Request
from appointments.services import letters, links, verdict_letters, verdicts
from appointments.services.batch_diaries import Booked, PostDiary
from appointments.services.ladder import quarter_of
from appointments.services.link_posts import posts_of_link_officers
from appointments.services.verdict_letters import Writing
from appointments.services.verdicts import Verdict
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.slots import Span
from esachivalaya.common.sweeps import NOT_ITS_FAULT, log_failure
from esachivalaya.notifications.services import Letter
from officials.models import Post
from officials.permissions import HEADS, people_to_tell

logger = logging.getLogger(__name__)

BATCH = 100
Rule = Breach.Outcome


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
        if not looked_at:
            break
    return done


@on_deadlock
@transaction.atomic
def _sweep_batch(size: int, without: frozenset[int]) -> tuple[int, set[int]]:
    """Answer up to ``size`` overdue requests; return how many were looked at and which failed."""
    overdue = Request.objects.overdue(now()).exclude(pk__in=without).order_by("due_at", "id")
    free = overdue.select_for_update(of=("self",), skip_locked=True)
    first = free.values_list("post", flat=True).first()
    if first is None:
        return 0, set()
    due = list(free.filter(post=first).values_list("pk", flat=True)[:size])
    return len(due), _answer_each(due)


def _answer_each(pks: Sequence[int]) -> set[int]:
    """Answer locked requests of one post together; return those that cannot be answered.

    If anything fails, all of it is undone and each half is answered by itself, down to the single
    request that is at fault.
    """
    try:
        with transaction.atomic():
            decided, moment = _answer(pks)
    except NOT_ITS_FAULT:
        raise
    except Exception as problem:
        if len(pks) == 1:
            log_failure(logger, f"Request {pks[0]} stays overdue", problem)
            return set(pks)
        middle = len(pks) // 2
        return _answer_each(pks[:middle]) | _answer_each(pks[middle:])
    breached = {one.owing for one in decided if one.breach}
    _tell([*verdict_letters.writings(decided), lambda: _to_superiors(breached, moment)])
    return set()


def _tell(writings: Sequence[Writing]) -> None:
    """Write the letters that ``writings`` make; what cannot be written does not undo the answer.

    All in one go; if one fails, each half by itself, so that all but the one at fault are written.
    """
    try:
        with transaction.atomic(), links.written_together():
            letters.send([letter for write in writings for letter in write()])
    except NOT_ITS_FAULT:
        raise
    except Exception as problem:
        if len(writings) == 1:
            log_failure(logger, "A message of the 24-hour rule is not written", problem)
            return
        middle = len(writings) // 2
        _tell(writings[:middle])
        _tell(writings[middle:])


def _answer(pks: Sequence[int]) -> tuple[list[Verdict], datetime]:
    """Give overdue requests of one post, locked by the caller, their one transition each."""
    posts = Post.objects.select_related("hand_down_to", "reports_to")
    requests = list(
        Request.objects.filter(pk__in=pks)
        .select_related("citizen__household__user")
        # They are of one post: it is read once, not once for each.
        .prefetch_related(Prefetch("post", posts))
        .order_by("due_at", "id")
    )
    batch = Batch(requests)
    decided = [_decide(request, batch) for request in requests]
    # After the last wait for a day's lock.
    moment = now()
    verdicts.write(decided, at=moment)
    return decided, moment


class Batch:
    """What deciding about several requests of one post reads once for all of them."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self.moment = now()
        self._citizens = [request.citizen_id for request in requests]
        self._own = requests[0].post
        self._diaries: dict[int, PostDiary] = {}
        self._engaged: dict[int, set[int]] = {}
        self._standing_in: list[Post] | None = None
        self.offers = {
            offer.request_id: offer
            for offer in Offer.objects.filter(request__in=requests, status=Offer.Status.OPEN)
        }
        times = [request.starts_at for request in requests]
        times += [offer.starts_at for offer in self.offers.values()]
        self._last = max(
            (day_of(moment) for moment in times if moment), default=day_of(self.moment)
        )

    def diary(self, post: Post) -> PostDiary:
        """Return the diary of ``post``, kept in step with what this batch books and frees."""
        if post.pk not in self._diaries:
            self._diaries[post.pk] = PostDiary(post, moment=self.moment, last=self._last)
        return self._diaries[post.pk]

    def allotting_posts(self) -> Iterator[Post]:
        """Yield where a time is sought: the post itself, then the posts of its link officers."""
        yield self._own
        # Most find a time at the post itself, so that these are asked for only when needed.
        if self._standing_in is None:
            self._standing_in = posts_of_link_officers(self._own)
        yield from self._standing_in

    def engaged_elsewhere(self, request: Request, post: Post) -> bool:
        """Whether the citizen waits for ``post`` or for its meeting already, by another request."""
        if post.pk == request.post_id:
            return False
        if post.pk not in self._engaged:
            others = Request.objects.open().filter(citizen__in=self._citizens, post=post)
            self._engaged[post.pk] = set(others.values_list("citizen", flat=True))
        return request.citizen_id in self._engaged[post.pk]


def _decide(request: Request, batch: Batch) -> Verdict:
    """Decide what becomes of one overdue request."""
    offer = batch.offers.get(request.pk)
    if offer is not None:
        if settled := _unanswered_offer(request, offer, batch):
            return settled
        batch.diary(request.post).release(request, purpose=Hold.Purpose.OFFERED)
    return POLICIES[request.post.at_due_time](request, batch)


def _unanswered_offer(request: Request, offer: Offer, batch: Batch) -> Verdict | None:
    """Confirm the slot first asked for, or the offered one if that has become impossible.

    No breach: the office answered in time. None when neither time can take place any more.
    """
    diary = batch.diary(request.post)
    asked, offered = _held(request), Span(offer.starts_at, offer.ends_at)
    for span, given_up in ((asked, Hold.Purpose.OFFERED), (offered, Hold.Purpose.ASKED)):
        if diary.possible(span):
            diary.release(request, purpose=given_up)
            return Verdict(
                request,
                "offer_lapsed",
                owing=request.post,
                post=request.post,
                span=span,
                offer=offer,
                by_offer=span is offered,
            )
    return None


def _allot(request: Request, batch: Batch) -> Verdict:
    """Confirm the held slot in the State's name; else the next possible one; else release."""
    held = _held(request)
    if batch.diary(request.post).possible(held):
        return _confirmed(request, batch, request.post, span=held)
    for post in batch.allotting_posts():
        if found := _allot_next(request, batch, post):
            return found
    return _release(request, batch)


def _hand_down(request: Request, batch: Batch) -> Verdict:
    """Pass the request to the named post below and allot there, if the citizen agreed to that."""
    below = request.post.hand_down_to
    found = _allot_next(request, batch, below) if request.hand_down_agreed and below else None
    return found or _release(request, batch)


def _release(request: Request, batch: Batch) -> Verdict:
    """Free the slot and tell the citizen the next free times; a second try comes first."""
    diary = batch.diary(request.post)
    diary.release(request)
    return Verdict(
        request,
        str(Request.Status.RELEASED),
        owing=request.post,
        post=request.post,
        breach=Rule.RELEASED,
        offer=batch.offers.get(request.pk),
        times=diary.next_free(channel=request.channel, count=3),
    )


class Policy(Protocol):
    """What a post's policy does with a request at its due time."""

    def __call__(self, request: Request, batch: Batch) -> Verdict: ...


POLICIES: dict[str, Policy] = {
    Post.AtDueTime.ALLOT: _allot,
    Post.AtDueTime.HAND_DOWN: _hand_down,
    Post.AtDueTime.RELEASE: _release,
}


def _held(request: Request) -> Span | None:
    if request.starts_at is None or request.ends_at is None:
        return None
    return Span(request.starts_at, request.ends_at)


def _allot_next(request: Request, batch: Batch, post: Post) -> Verdict | None:
    """Allot the next free slot of ``post`` that suits; None when there is none.

    A slot that is lost to somebody at this moment makes the next one be tried.
    """
    if not post.active or batch.engaged_elsewhere(request, post):
        return None
    booked = batch.diary(post).book(request)
    if booked is None:
        return None
    if post.pk != request.post_id:
        batch.diary(request.post).release(request)
    return _confirmed(request, batch, post, span=booked.span, booked=booked)


def _confirmed(
    request: Request, batch: Batch, post: Post, *, span: Span | None, booked: Booked | None = None
) -> Verdict:
    """Confirm in the State's name and count the breach of the post that owed the answer."""
    handed_down = post.pk != request.post_id
    return Verdict(
        request,
        "handed_down" if handed_down else "allotted",
        owing=request.post,
        post=post,
        breach=Rule.HANDED_DOWN if handed_down else Rule.ALLOTTED,
        span=span,
        booked=booked,
        offer=batch.offers.get(request.pk),
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

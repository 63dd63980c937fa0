"""What is not yet in order about the offices: asked over all of them at once.

Nothing here is refused: a post is set up step by step. What is found stands as a warning after a
post was saved, and on a page of its own for those who set the portal up.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from esachivalaya.common import clock
from esachivalaya.common.formats import date_short
from officials.models import Charge, Hours, HoursException, Leave, Post
from officials.permissions import HEADS

# Where something is mended: which page of the admin.
POST, HOURS, CHARGE, LEAVE = "post", "hours", "charge", "leave"
Told = list[tuple[str, str]]


@dataclass(frozen=True)
class Missing:
    """One thing about a post: what is not in order, and on which page it is mended."""

    post: Post
    words: str
    where: str


@dataclass
class Facts:
    """What the checks look at, read once for all posts."""

    today: date
    with_hours: set[int]
    too_short: dict[int, Hours]
    headed: set[int]
    unattended: dict[int, Leave] = field(default_factory=dict)


def missing_of(posts: Iterable[Post]) -> list[Missing]:
    """Return what is not in order about those of ``posts`` that can be met, post by post.

    Seven queries, whatever the number of posts; superiors and targets come with the posts.
    """
    ids = [post.pk for post in posts]
    shown = list(
        Post.objects.filter(pk__in=ids, active=True)
        .select_related("reports_to", "hand_down_to")
        .order_by("code")
    )
    facts = _facts(shown)
    return [
        Missing(post, words, where)
        for post in shown
        for check in CHECKS
        for words, where in check(post, facts)
    ]


def _facts(posts: list[Post]) -> Facts:
    now = clock.now()
    today = clock.day_of(now)
    ids = {post.pk for post in posts}
    ids |= {pk for post in posts for pk in (post.reports_to_id, post.hand_down_to_id) if pk}
    hours = list(
        Hours.objects.filter(post__in=ids).filter(
            Q(until_day__isnull=True) | Q(until_day__gt=today)
        )
    )
    extra = HoursException.objects.filter(post__in=ids, day__gte=today).exclude(kind="close")
    heads = Charge.objects.live().filter(post__in=ids, kind__in=HEADS, user__is_active=True)
    facts = Facts(
        today=today,
        with_hours={one.post_id for one in hours} | set(extra.values_list("post_id", flat=True)),
        too_short={one.post_id: one for one in hours if _minutes(one) < one.minutes},
        headed=set(heads.values_list("post_id", flat=True)),
    )
    _look_at_leave(facts, ids, now)
    return facts


def _look_at_leave(facts: Facts, ids: set[int], now: datetime) -> None:
    """Find leave during which a link officer is to sit in, and there is none then."""
    leaves = Leave.objects.filter(post__in=ids, link_officer_sits=True, ends_at__gt=now)
    sitting = Charge.objects.filter(
        post__in=ids, kind=Charge.Kind.LINK_OFFICER, user__is_active=True
    ).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    charges: dict[int, list[Charge]] = defaultdict(list)
    for charge in sitting:
        charges[charge.post_id].append(charge)
    for leave in leaves.order_by("-starts_at"):
        covered = any(
            charge.starts_at <= leave.starts_at
            and (charge.ends_at is None or charge.ends_at >= leave.ends_at)
            for charge in charges[leave.post_id]
        )
        if not covered:
            facts.unattended[leave.post_id] = leave


def _minutes(hours: Hours) -> int:
    start, end = hours.starts, hours.ends
    return (end.hour - start.hour) * 60 + end.minute - start.minute


def _hours(post: Post, facts: Facts) -> Told:
    if post.pk not in facts.with_hours:
        return [(_("It has no hours: nobody can book a time."), HOURS)]
    short = facts.too_short.get(post.pk)
    if short is not None:
        return [
            (_("Its hours “%(hours)s” are shorter than one meeting.") % {"hours": short}, HOURS)
        ]
    return []


def _charge(post: Post, facts: Facts) -> Told:
    if post.pk not in facts.headed:
        return [(_("Nobody is in charge of it: no holder and no additional charge."), CHARGE)]
    return []


def _superior(post: Post, facts: Facts) -> Told:
    above = post.reports_to
    if above is None:
        # A diary that is released binds nobody; above the Chief Minister there is nobody.
        top = post.level == Post.Level.CHIEF_MINISTER
        if top or post.at_due_time == Post.AtDueTime.RELEASE:
            return []
        return [
            (_("It reports to no post: nobody above is told of what it does not answer."), POST)
        ]
    if above.pk not in facts.headed:
        words = _("Nobody is in charge of the post it reports to, %(post)s.")
        return [(words % {"post": above}, POST)]
    return []


def _hand_down(post: Post, facts: Facts) -> Told:
    below = post.hand_down_to
    if below is None:
        return []
    told = {"post": below}
    if not below.active:
        return [(_("It hands down to %(post)s, which cannot be met.") % told, POST)]
    if below.pk not in facts.with_hours:
        return [(_("It hands down to %(post)s, which has no hours.") % told, POST)]
    if below.pk not in facts.headed:
        return [(_("It hands down to %(post)s, of which nobody is in charge.") % told, POST)]
    return []


def _booking(post: Post, facts: Facts) -> Told:
    found: Told = []
    if post.minimum_notice_hours >= post.horizon_days * 24:
        words = _(
            "Its minimum notice of %(hours)s hours is longer than the %(days)s days that can be "
            "booked ahead: no time is ever free."
        )
        told = {"hours": post.minimum_notice_hours, "days": post.horizon_days}
        found.append((words % told, POST))
    if post.kendra_share_percent == 100:
        words = _("All its times are kept for Kendras until 24 hours before: no phone can book.")
        found.append((words, POST))
    return found


def _leave(post: Post, facts: Facts) -> Told:
    leave = facts.unattended.get(post.pk)
    if leave is None:
        return []
    words = _("The link officer sits in during the leave from %(day)s, and there is none then.")
    return [(words % {"day": date_short(leave.starts_at)}, LEAVE)]


CHECKS: tuple[Callable[[Post, Facts], Told], ...] = (
    _hours,
    _charge,
    _superior,
    _hand_down,
    _booking,
    _leave,
)


def grouped(found: Iterable[Missing]) -> list[dict[str, Any]]:
    """Return what was found, together for each post."""
    by_post: dict[int, dict[str, Any]] = {}
    for one in found:
        by_post.setdefault(one.post.pk, {"post": one.post, "missing": []})["missing"].append(one)
    return list(by_post.values())

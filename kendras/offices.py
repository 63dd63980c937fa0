"""Whom a walk-in may want to meet: proposed before anything is typed, and found as one types."""

from dataclasses import dataclass

from django.db.models import BooleanField, Case, F, Q, Value, When
from django.db.models.functions import Coalesce

from appointments import diary
from appointments.models import Request
from esachivalaya.common.slots import Span
from kendras.models import AssistedBooking, Kendra
from officials.models import District, Post
from officials.querysets import PostQuerySet
from officials.search import search

SHOWN = 8
# So far back the counter looks for the offices that its people go to.
LOOKED_BACK = 40


@dataclass(frozen=True)
class Office:
    """One office of the list, with its next free time, or none within a week."""

    post: Post
    next_free: Span | None


def found(kendra: Kendra, text: str) -> list[Office]:
    """Return the offices that ``text`` may mean; the district's own before others as likely.

    Without text: those that this Kendra booked last, then its district's. The number of queries is
    the same however many offices, bookings and holds there are.
    """
    posts = _searched(kendra, text) if text.strip() else _proposed(kendra)
    free = diary.next_free_of(posts, channel=Request.Channel.KENDRA)
    return [Office(post, free.get(post.pk)) for post in posts]


def office_of(code: str) -> Office | None:
    """Return the office of that code if it can be met; one that was chosen before."""
    post = _offices().filter(code=code).first()
    if post is None:
        return None
    return Office(post, diary.next_free_of([post], channel=Request.Channel.KENDRA)[post.pk])


def _offices() -> PostQuerySet:
    return Post.objects.visible_to(None).select_related("department", "district")


def _searched(kendra: Kendra, text: str) -> list[Post]:
    likely = search(_offices(), text)
    if "search_rank" not in likely.query.annotations:
        return []
    nearest = likely.order_by(
        F("search_rank").desc(), _own(kendra.district).desc(), *likely.query.order_by[1:]
    )
    return list(nearest[:SHOWN])


def _proposed(kendra: Kendra) -> list[Post]:
    """Those booked last first: whoever comes tomorrow most often wants one of them."""
    lately = list(
        AssistedBooking.objects.filter(kendra=kendra)
        .order_by("-booked_at")
        .values_list(Coalesce("request__post_id", "wish__draw__post_id"), flat=True)[:LOOKED_BACK]
    )
    order = {pk: place for place, pk in enumerate(list(dict.fromkeys(lately))[: SHOWN // 2])}
    known = _offices().filter(Q(pk__in=order) | Q(district=kendra.district))
    return sorted(known, key=lambda post: (order.get(post.pk, SHOWN), _place(post), post.pk))[
        :SHOWN
    ]


def _place(post: Post) -> int:
    """The Deputy Commissioner before other officers of the district, and those before the rest."""
    levels = [Post.Level.DEPUTY_COMMISSIONER, Post.Level.DISTRICT_OFFICER]
    return levels.index(post.level) if post.level in levels else len(levels)


def _own(district: District) -> Case:
    return Case(
        When(district=district, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )

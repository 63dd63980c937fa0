"""Who would be left standing on closed time, and the ways in which each can be helped.

Source: domain rules of appointments, "Diary changes".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _
from psycopg2.extras import DateTimeTZRange

from appointments.diary import span_of
from appointments.models import Hold, Request
from appointments.services.link_posts import posts_of_link_officers
from appointments.services.moving import bumped_before
from esachivalaya.common.clock import day_bounds, day_of, now
from esachivalaya.common.references import grouped
from esachivalaya.common.registry import Left
from esachivalaya.common.slots import lowest_free_place
from officials.diary import slots_of_posts
from officials.models import Post

MOVE, LINK, SUCCESSOR, POST, CANCEL, WITHDRAW = (
    "move",
    "link",
    "successor",
    "post:",
    "cancel",
    "withdraw",
)
EVERY_POST = 0
# How many other offices are offered for the requests of one that is closed.
NEARBY = 20


@dataclass(frozen=True)
class Victim:
    """A held time that its post can no longer keep, or a request to a post that is closed."""

    request: Request
    hold: Hold | None

    @property
    def key(self) -> str:
        return self.request.reference + ("-offer" if self.is_offer else "")

    @property
    def is_offer(self) -> bool:
        return self.hold is not None and self.hold.purpose == Hold.Purpose.OFFERED


def find(post_id: int, first: date, last: date) -> list[Victim]:
    """Return the victims from ``first`` to ``last``, in the order of their times.

    ``post_id`` 0 stands for every post (a holiday). A booking is kept when its time is still a slot
    and the post still has that many places and can be met; a meeting that has begun is nobody's
    victim. Of a post that cannot be met, requests without a time are found as well.
    """
    days = DateTimeTZRange(day_bounds(first)[0], day_bounds(last)[1])
    holds = Hold.objects.filter(
        released_at__isnull=True, during__overlap=days, during__startswith__gt=now()
    )
    if post_id != EVERY_POST:
        holds = holds.filter(post=post_id)
    found = list(
        holds.select_related("request__post", "request__citizen", "post").order_by(
            "during", "post_id", "place", "pk"
        )
    )
    slots = slots_of_posts({hold.post for hold in found}, first, last)
    victims = [
        Victim(hold.request, hold)
        for hold in found
        if not hold.post.active
        or hold.place > hold.post.places
        or span_of(hold.during) not in slots[hold.post_id].get(_day(hold), [])
    ]
    if post_id != EVERY_POST:
        victims += [Victim(row, None) for row in _without_time(post_id)]
    return victims


def take_lower_places(post_id: int, first: date, last: date) -> None:
    """Where a post meets fewer at once now, let each keep its time at a lower place that is free.

    The caller holds the locks of the days. What finds none is a victim.
    """
    days = DateTimeTZRange(day_bounds(first)[0], day_bounds(last)[1])
    of_post = Hold.objects.filter(post=post_id, released_at__isnull=True, during__overlap=days)
    for hold in of_post.filter(place__gt=Post.objects.get(pk=post_id).places).select_related(
        "post"
    ):
        others = of_post.filter(during__overlap=hold.during).exclude(pk=hold.pk)
        place = lowest_free_place(others.values_list("place", flat=True), hold.post.places)
        if place is not None:
            hold.place = place
            hold.save(update_fields=["place"])


def lock_days(post_id: int, first: date, last: date) -> None:
    """Wait for the bookings under way on these days, and make later ones wait for this change.

    A day that nobody booked yet gets its row here: a first booking would otherwise slip through.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO appointments_diaryday (post_id, day) "
            "SELECT post.id, day::date FROM officials_post AS post, "
            "generate_series(%(first)s::timestamp, %(last)s, '1 day') AS day "
            "WHERE %(post)s IN (0, post.id) ORDER BY post.id, day "
            "ON CONFLICT (post_id, day) DO UPDATE SET day = EXCLUDED.day",
            {"first": first, "last": last, "post": post_id},
        )


@dataclass
class Ways:
    """What can be done with each of ``victims``, read once for all of them."""

    victims: Sequence[Victim]
    bumped: set[int] = field(init=False)
    _links: dict[int, list[Post]] = field(init=False, default_factory=dict)
    _others: dict[int, list[Post]] = field(init=False, default_factory=dict)
    _one_post: bool = field(init=False)

    def __post_init__(self) -> None:
        self.bumped = bumped_before(victim.request for victim in self.victims)
        self._one_post = len({victim.request.post_id for victim in self.victims}) == 1

    def links(self, post: Post) -> list[Post]:
        """The posts of the link officers of ``post``."""
        if post.pk not in self._links:
            self._links[post.pk] = posts_of_link_officers(post)
        return self._links[post.pk]

    def others(self, post: Post) -> list[Post]:
        """The offices among which the requests of a closed post can be shared out.

        First the one that does its work now, then those that are near to it.
        """
        if post.active:
            return []
        if post.pk not in self._others:
            self._others[post.pk] = _offices_near(post)
        return self._others[post.pk]

    def of(self, victim: Victim) -> tuple[tuple[str, str], ...]:
        """Return what can be chosen for ``victim``, as (code, words)."""
        if victim.is_offer:
            return ((WITHDRAW, _("Take the offer back")),)
        post = victim.request.post
        bumped = victim.request.pk in self.bumped
        found: list[tuple[str, str]] = []
        if post.active and not bumped and victim.hold is not None:
            found.append((MOVE, _("Move to the next free time")))
        others, links = self.others(post), self.links(post)
        found += [
            (SUCCESSOR, self._same(_("Give to its successor, %(post)s") % {"post": other}, bumped))
            for other in others
            if other.pk == post.succeeded_by_id
        ]
        if links:
            words = _("Give to the link officer")
            if self._one_post:
                words = _("Give to the link officer, %(post)s") % {"post": links[0]}
            found.append((LINK, self._same(words, bumped)))
        found += [
            (f"{POST}{other.code}", self._same(_("Give to %(post)s") % {"post": other}, bumped))
            for other in others
            if other.pk != post.succeeded_by_id
        ]
        confirmed = victim.request.status == Request.Status.CONFIRMED
        found.append((CANCEL, _("Cancel, with words") if confirmed else _("Decline, with words")))
        return tuple(found)

    @staticmethod
    def _same(words: str, bumped: bool) -> str:
        return _("%(way)s, at the same time only") % {"way": words} if bumped else words


def lefts(
    victims: Sequence[Victim], ways: Ways, problems: dict[str, str], *, readable: Iterable[int]
) -> list[Left]:
    """Return ``victims`` as whoever changes the diary sees them; those with a problem come first.

    Name and subject only of requests to the posts ``readable``, and never of a private one.
    """
    readable = set(readable)
    told = [
        Left(
            key=victim.key,
            words=f"{grouped(victim.request.reference)}, {victim.request.post}",
            choices=ways.of(victim),
            starts_at=span_of(victim.hold.during).start if victim.hold else None,
            state=_state(victim),
            about=_about(victim.request, readable),
            problem=problems.get(victim.key, ""),
        )
        for victim in victims
    ]
    return sorted(told, key=lambda left: not left.problem)


def _state(victim: Victim) -> str:
    if victim.is_offer:
        return _("Offered, waiting for the citizen")
    return str(victim.request.get_status_display())


def _about(request: Request, readable: set[int]) -> str:
    if request.post_id not in readable:
        return ""
    if request.private:
        return _("Private")
    return f"{request.citizen.given_name}: {request.subject}"


def _without_time(post_id: int) -> list[Request]:
    """Requests that wait without a time at a post that cannot be met."""
    rows = Request.objects.waiting().filter(
        post=post_id, post__active=False, starts_at__isnull=True
    )
    return list(rows.select_related("post", "citizen").order_by("created_at", "pk"))


def _offices_near(post: Post) -> list[Post]:
    open_ = Post.objects.filter(active=True).exclude(pk=post.pk)
    wanted = [post.succeeded_by_id, post.reports_to_id, post.hand_down_to_id]
    first = open_.filter(pk__in=[pk for pk in wanted if pk])
    near = open_.filter(department=post.department_id, district=post.district_id)
    below = open_.filter(reports_to=post.reports_to_id) if post.reports_to_id else open_.none()
    found = {one.pk: one for part in (first, near[:NEARBY], below[:NEARBY]) for one in part}
    return list(found.values())[:NEARBY]


def _day(hold: Hold) -> date:
    return day_of(span_of(hold.during).start)

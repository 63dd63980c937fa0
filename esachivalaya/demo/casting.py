"""Who asks whom about what in the demo: a citizen near the office, a matter that suits it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from appointments.models import Category, Hold
from appointments.services.rules import OPEN_PER_PERSON
from esachivalaya.accounts.models import Citizen, User
from esachivalaya.common.clock import day_of
from esachivalaya.common.slots import Span
from esachivalaya.demo.matters import MATTERS, Matter
from officials.diary import slots_of_posts
from officials.models import Charge, Post

# How far back the demo's history reaches, and how far ahead its direct bookings.
BACK, AHEAD = timedelta(days=27), timedelta(days=14)


class NobodyLeft(LookupError):
    """No citizen, post or free time is left for one more request of this sort."""


@dataclass(frozen=True)
class Part:
    """One request to be: who asks, whom, about what."""

    citizen: Citizen
    post: Post
    matter: Matter

    @property
    def user(self) -> User | None:
        return self.citizen.household.user


class Casting:
    """Gives out parts, each citizen to each post at most once; reproducible by its seed."""

    def __init__(
        self,
        *,
        seed: int,
        posts: list[Post],
        citizens: list[Citizen],
        categories: dict[str, Category],
        moment: datetime,
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - stories, not secrets
        self.posts, self.categories, self.moment = posts, categories, moment
        # The first two families get their parts by name; the others are the crowd.
        first, second = list(dict.fromkeys(one.household_id for one in citizens))[:2]
        self.families = [
            [one for one in citizens if one.household_id == household]
            for household in (first, second)
        ]
        self.crowd = [one for one in citizens if one.household_id not in {first, second}]
        self._met: set[tuple[int, int]] = set()
        self._open: Counter[int] = Counter()
        self._turns: Counter[int] = Counter()
        self._told: Counter[str] = Counter()
        self._slots = self._all_slots()
        self._officers = self._all_officers()

    def officers(self, post: Post) -> list[User]:
        """Return who answers for ``post``, its head first."""
        return self._officers.get(post.pk, [])

    def answerer(self, post: Post) -> User:
        """Return one of those who answer for ``post``: mostly the private secretary."""
        officers = self.officers(post)
        return officers[-1] if self.random.random() < 0.7 else officers[0]

    def other_office(self, post: Post) -> Post:
        """Return where one could go instead: an office of the district, else the one above."""
        others = [one for one in self.posts if one.pk != post.pk]
        near = [one for one in others if post.district_id and one.district_id == post.district_id]
        above = [one for one in others if one.pk == post.reports_to_id]
        return self.random.choice(near or above or others)

    def part(self, *, policy: str = "", code: str = "", open_: bool = False) -> Part:
        """Return a part for a post (of ``policy`` or ``code``) and a citizen who may ask it.

        ``open_`` says that the request stays open, of which a person may have three.
        """
        posts = [
            post
            for post in self.posts
            if (not policy or post.at_due_time == policy) and (not code or post.code == code)
        ]
        for _try in range(40):
            if not posts:
                break
            post = self.random.choices(posts, [_weight(post) for post in posts])[0]
            citizen = self._citizen(post, open_=open_)
            if citizen is not None:
                return self.give(citizen, post, open_=open_)
        raise NobodyLeft

    def give(self, citizen: Citizen, post: Post, *, open_: bool = False) -> Part:
        """Note that ``citizen`` asks ``post`` and return the part with a fitting matter."""
        self._met.add((citizen.pk, post.pk))
        self._turns[citizen.pk] += 1
        self._open[citizen.pk] += open_
        return Part(citizen, post, self._matter(post, citizen))

    def past_slot(self, post: Post, *, latest: datetime, newest: bool = False) -> Span:
        """Return a slot of ``post`` over by ``latest`` (the last one if ``newest``), only once."""
        spans = [span for span in self._slots[post.pk] if span.end <= latest]
        return self._take(post, spans[-1:] if newest else spans)

    def coming_slot(self, post: Post, *, earliest: datetime, soon: bool = False) -> Span:
        """Return a slot from ``earliest`` on (the first one if ``soon``); nobody else gets it."""
        spans = [span for span in self._slots[post.pk] if span.start >= earliest]
        return self._take(post, spans[:1] if soon else spans)

    def _take(self, post: Post, spans: list[Span]) -> Span:
        if not spans:
            raise NobodyLeft
        span = self.random.choice(spans)
        self._slots[post.pk].remove(span)
        return span

    def _citizen(self, post: Post, *, open_: bool) -> Citizen | None:
        free = [
            citizen
            for citizen in self.crowd
            if (citizen.pk, post.pk) not in self._met
            and not (open_ and self._open[citizen.pk] >= OPEN_PER_PERSON)
        ]
        near = [one for one in free if post.district and one.district_code == post.district.code]
        candidates = near if len(near) > 2 else free
        if not candidates:
            return None
        fewest = min(self._turns[one.pk] for one in candidates)
        return self.random.choice([one for one in candidates if self._turns[one.pk] == fewest])

    def _matter(self, post: Post, citizen: Citizen) -> Matter:
        """Return a matter that suits, in the household's language if there is one; told least."""
        user = citizen.household.user
        language = user.language if user else "hi"
        suiting = [matter for matter in MATTERS if matter.suits(post)]
        own = [matter for matter in suiting if matter.language == language]
        pool = own if own and self.random.random() < 0.6 else suiting
        fewest = min(self._told[matter.subject] for matter in pool)
        matter = self.random.choice([one for one in pool if self._told[one.subject] == fewest])
        self._told[matter.subject] += 1
        return matter

    def _all_slots(self) -> dict[int, list[Span]]:
        """Return the free slots of every post around now, in order."""
        first, last = day_of(self.moment - BACK), day_of(self.moment + AHEAD)
        days = slots_of_posts(self.posts, first, last)
        taken = Hold.objects.filter(released_at__isnull=True, post__in=self.posts)
        held: dict[int, list[Span]] = {}
        for post_id, during in taken.values_list("post_id", "during"):
            if during.lower and during.upper:
                held.setdefault(post_id, []).append(Span(during.lower, during.upper))
        return {
            pk: [
                span
                for spans in by_day.values()
                for span in spans
                if not any(other.overlaps(span) for other in held.get(pk, []))
            ]
            for pk, by_day in days.items()
        }

    def _all_officers(self) -> dict[int, list[User]]:
        officers: dict[int, list[User]] = {}
        kinds = [Charge.Kind.HOLDER, Charge.Kind.ADDITIONAL, Charge.Kind.STAFF]
        charges = Charge.objects.live().filter(kind__in=kinds, post__in=self.posts)
        for charge in sorted(
            charges.select_related("user"), key=lambda one: (one.kind == Charge.Kind.STAFF, one.pk)
        ):
            officers.setdefault(charge.post_id, []).append(charge.user)
        return officers


def _weight(post: Post) -> int:
    if post.code == "DC-REW":
        return 60
    if post.code.endswith(("-REW", "-PKL", "-GGM")):
        return 6
    return 2 if post.level == Post.Level.DEPUTY_COMMISSIONER else 3

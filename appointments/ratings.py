"""Ratings of meetings as an office may see them: averages, and none over fewer than five."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Avg, Count

from appointments.models import Rating
from officials.models import Post

FEWEST = 5
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Average:
    """The average of ``count`` ratings, rounded to a tenth."""

    stars: Decimal
    count: int


def average_of(
    posts: Iterable[Post], *, since: datetime | None = None, until: datetime | None = None
) -> dict[int, Average]:
    """Return the average rating of each post's meetings, by post id, in one query.

    A post with fewer than five ratings is left out: nobody is to be told from an average.
    """
    ratings = Rating.objects.filter(request__post__in=[post.pk for post in posts])
    if since is not None:
        ratings = ratings.filter(at__gte=since)
    if until is not None:
        ratings = ratings.filter(at__lt=until)
    rows = ratings.values("request__post").annotate(mean=Avg("stars"), count=Count("pk"))
    return {
        row["request__post"]: Average(
            Decimal(str(row["mean"])).quantize(_TENTH, rounding=ROUND_HALF_UP), row["count"]
        )
        for row in rows
        if row["count"] >= FEWEST
    }

"""Questions about many posts and charges."""

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Q

from esachivalaya.common.clock import ClockTimestamp

if TYPE_CHECKING:
    # Named in quotation marks below.
    from officials.models.charges import Charge  # noqa: F401
    from officials.models.posts import Post  # noqa: F401
    from officials.models.services import Service  # noqa: F401

Row = TypeVar("Row", bound=models.Model)


def in_force() -> Q:
    """Return the condition that a charge is in force at this moment by the database's clock."""
    return Q(starts_at__lte=ClockTimestamp()) & (
        Q(ends_at__isnull=True) | Q(ends_at__gt=ClockTimestamp())
    )


class TermQuerySet(models.QuerySet[Row]):
    """Charges of whatever place: whose they are, and which of them are in force."""

    def live(self) -> Self:
        """Charges that are in force at this moment by the database's clock."""
        return self.filter(in_force())

    def of(self, user: Any) -> Self:
        """The charges of ``user``; none for somebody who is not active staff."""
        if not (user.is_authenticated and user.is_active and user.is_staff):
            return self.none()
        return self.filter(user_id=user.pk)


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: Any) -> "PostQuerySet":
        """Posts that can be met are public; nobody sees the others here."""
        return self.filter(active=True)

    def held_by(self, user: Any) -> "PostQuerySet":
        """The posts for which ``user`` has a live charge of any kind."""
        charges: ChargeQuerySet = apps.get_model("officials", "Charge").objects.of(user).live()
        return self.filter(pk__in=charges.values("post_id"))


class ServiceQuerySet(models.QuerySet["Service"]):
    def visible_to(self, user: Any) -> "ServiceQuerySet":
        """Services that are offered are public; nobody sees the others here."""
        return self.filter(active=True)


class ChargeQuerySet(TermQuerySet["Charge"]):
    """The charges of posts."""

"""Questions about many items and holdings."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    # Named in quotation marks below.
    from eoffice.models.items import Item  # noqa: F401
    from eoffice.models.movements import Holding, Question  # noqa: F401


class ItemQuerySet(models.QuerySet["Item"]):
    def visible_to_desks(self, desks: list[int], sections: list[int]) -> "ItemQuerySet":
        """The items that one of these desks, or of these sections, may see.

        The desks are those of the person's live charges (``eoffice.permissions.seat_of``): nobody
        sees anything by a role or as a superuser.
        """
        access: models.Manager[Any] = apps.get_model("eoffice", "Access").objects
        of_item = access.filter(item=OuterRef("pk"))
        return self.filter(Exists(of_item.filter(Q(desk__in=desks) | Q(section__in=sections))))


class HoldingQuerySet(models.QuerySet["Holding"]):
    def open(self) -> "HoldingQuerySet":
        """Where everything lies now."""
        return self.filter(ended_at__isnull=True)

    def at(self, desk: int) -> "HoldingQuerySet":
        """What lies at this desk now."""
        return self.open().filter(desk_id=desk)


class QuestionQuerySet(models.QuerySet["Question"]):
    def open(self) -> "QuestionQuerySet":
        """Those that wait: neither answered, nor withdrawn, nor closed in silence."""
        return self.filter(
            answered_at__isnull=True, silent_at__isnull=True, withdrawn_at__isnull=True
        )

"""Questions about many messages."""

from typing import Any

from django.db import models
from django.db.models import Q

from esachivalaya.common.clock import ClockTimestamp

WAITING = ("queued", "retry", "held")


class MessageQuerySet(models.QuerySet[Any]):
    """Chainable questions about messages."""

    def due(self) -> "MessageQuerySet":
        """Those that should go out now."""
        return self.filter(status__in=WAITING, due_at__lte=ClockTimestamp())

    def worthless(self) -> "MessageQuerySet":
        """Those that wait and would come too late: a code after its ten minutes."""
        return self.filter(status__in=WAITING, expires_at__lte=ClockTimestamp())

    def fresh(self) -> "MessageQuerySet":
        """Those that are still worth sending."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=ClockTimestamp()))

    def oldest_wait(self) -> float:
        """Return for how many seconds the oldest due message has waited; 0 when none waits."""
        oldest = self.due().annotate(now=ClockTimestamp()).order_by("due_at").first()
        return (oldest.now - oldest.due_at).total_seconds() if oldest else 0.0


class MessageTemplateQuerySet(models.QuerySet[Any]):
    """Chainable questions about words."""

    def newer_than(self, row: Any) -> "MessageTemplateQuerySet":
        """Versions of the same words that came after ``row``."""
        return self.filter(key=row.key, channel=row.channel, version__gt=row.version)

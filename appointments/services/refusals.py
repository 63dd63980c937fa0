"""What the portal refuses, each with the rule and, where there is one, the moment it ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from esachivalaya.common.slots import Span


class Refused(Exception):
    """An act that a rule forbids. ``message`` is a sentence for the person, in their language.

    ``rule`` names the rule for tests and figures, ``until`` is when it ends (None: not by itself),
    ``field`` the form field that the person can mend ("" for none).
    """

    def __init__(
        self, rule: str, message: Any, *, until: datetime | None = None, field: str = ""
    ) -> None:
        super().__init__(rule)
        self.rule = rule
        self.message = message
        self.until = until
        self.field = field


class SlotTaken(Refused):
    """The time was free when it was shown and is taken now; ``alternatives`` are free."""

    def __init__(self, alternatives: Sequence[Span] = ()) -> None:
        super().__init__(
            "slot_taken",
            _("This time was taken a moment ago by someone else. Your details are kept."),
            field="slot",
        )
        self.alternatives = list(alternatives)

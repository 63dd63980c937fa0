"""What e-Office refuses, in words that name the rule."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from eoffice.models import Holding


class Refused(Exception):
    """An act that a rule forbids: ``rule`` names it, ``message`` says it, ``field`` can mend it."""

    def __init__(self, rule: str, message: Any, *, field: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.message = message
        self.field = field


class Blocked(Refused):
    """An act that several things stand against: ``blockers`` lists every one of them."""

    def __init__(self, rule: str, message: Any, blockers: Sequence[Any]) -> None:
        super().__init__(rule, message)
        self.blockers = list(blockers)


class Elsewhere(Refused):
    """The item lies at another desk by now: ``holding`` says where, None inside another file."""

    def __init__(self, holding: Holding | None) -> None:
        super().__init__("elsewhere", _("It has moved on meanwhile. What you wrote is kept."))
        self.holding = holding

"""Finds template variables that a view forgot to give, in our own templates only.

Django's admin and crispy-forms ask for variables that may be missing, by design. They must go on
as ever, so the decision is made where the engine asks whether a text for invalid variables was
set: for our templates it was, for all others it was not.
"""

import sys
from types import FrameType
from typing import Any

from django.conf import settings
from django.template.base import FilterExpression, Node

OUR_TEMPLATES = str(settings.BASE_DIR / "templates")
# `{{ x|default:"..." }}` says that x may be missing.
FORGIVING = {"default", "default_if_none"}

found: list[str] = []


class Undefined(str):
    """An empty text that is true, and takes notes, when a template of ours has a hole."""

    __slots__ = ()

    def __bool__(self) -> bool:
        frame: FrameType | None = sys._getframe(1)
        expression = frame.f_locals.get("self") if frame else None
        if not isinstance(expression, FilterExpression) or _forgives(expression):
            return False
        while frame:
            node = frame.f_locals.get("self")
            if isinstance(node, Node) and getattr(node, "origin", None) is not None:
                return self._note(expression, str(node.origin))
            frame = frame.f_back
        return False

    def _note(self, expression: Any, template: str) -> bool:
        if not template.startswith(OUR_TEMPLATES):
            return False
        found.append(f"undefined template variable '{expression.var}' in {template}")
        return True


def _forgives(expression: FilterExpression) -> bool:
    return any(function.__name__ in FORGIVING for function, _arguments in expression.filters)
